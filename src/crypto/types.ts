// The part of WebCrypto that is used: the names of its types differ between runtimes, and need the DOM's types.

/** A hash function as WebCrypto names it. */
export type HashName = 'SHA-256' | 'SHA-384' | 'SHA-512';

/**
 * A WebCrypto key, in the types of the runtime that this is compiled for; described by its members if these types have
 * no global variable `crypto`: those of Cloudflare Workers declare a constant, which is not a property of `globalThis`.
 */
export type CryptoKey = typeof globalThis extends {
  crypto: { subtle: { generateKey(...args: never[]): Promise<infer Generated> } };
}
  ? Extract<Generated, { type: string }>
  : {
      readonly type: string;
      readonly extractable: boolean;
      readonly algorithm: { readonly name: string };
      readonly usages: string[];
    };

/** The parameters of WebCrypto to import a key. */
export interface ImportParams {
  readonly name: 'RSA-PSS' | 'RSASSA-PKCS1-v1_5' | 'ECDSA';
  /** For RSA. */
  readonly hash?: HashName;
  /** For ECDSA, such as `P-256`. */
  readonly namedCurve?: string;
}

/** The parameters of WebCrypto to sign and verify. */
export interface SignParams {
  readonly name: 'RSA-PSS' | 'RSASSA-PKCS1-v1_5' | 'ECDSA';
  /** For ECDSA. */
  readonly hash?: HashName;
  /** For RSA-PSS, in bytes. */
  readonly saltLength?: number;
}
