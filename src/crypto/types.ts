// The part of WebCrypto that is used: its own types have other names in each runtime, and no names without the DOM.

/** A hash function as WebCrypto names it. */
export type HashName = 'SHA-256' | 'SHA-384' | 'SHA-512';

/** A WebCrypto key, as the types of the runtime that this is compiled for name it. */
export type CryptoKey = Extract<
  Awaited<ReturnType<typeof globalThis.crypto.subtle.generateKey>>,
  { type: string }
>;

/** What WebCrypto takes to import a key. */
export interface ImportParams {
  readonly name: 'RSA-PSS' | 'RSASSA-PKCS1-v1_5' | 'ECDSA';
  /** For RSA. */
  readonly hash?: HashName;
  /** For ECDSA, such as `P-256`. */
  readonly namedCurve?: string;
}

/** What WebCrypto takes to sign and verify. */
export interface SignParams {
  readonly name: 'RSA-PSS' | 'RSASSA-PKCS1-v1_5' | 'ECDSA';
  /** For ECDSA. */
  readonly hash?: HashName;
  /** For RSA-PSS, in bytes. */
  readonly saltLength?: number;
}
