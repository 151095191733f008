import type { DigestAlgorithm } from '../encoding/digest.ts';
import { NotationError } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import type { HashName, ImportParams, SignParams } from './types.ts';

/** The types of key that the specification allows for signing, by their names in the plugin protocol. */
export type KeySpec = 'RSA-2048' | 'RSA-3072' | 'RSA-4096' | 'EC-256' | 'EC-384' | 'EC-521';

/** One row of the specification's table of algorithms, with its names and identifiers in each format. */
export interface SignatureAlgorithm {
  /** The name in JWS (RFC 7518), used as the name everywhere. */
  readonly name: 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512';
  readonly keySpec: KeySpec;
  readonly hash: HashName;
  /** The digest algorithm of a blob that is signed with such a key. */
  readonly digest: DigestAlgorithm;
  /** The COSE algorithm identifier (RFC 9053, RFC 8230). */
  readonly cose: number;
  /** The name in the plugin protocol, and in the output of `notation inspect`. */
  readonly plugin: string;
  /** Bytes of a raw signature: the RSA modulus, or r and s. */
  readonly signatureLength: number;
  /** WebCrypto parameters to import the key. */
  readonly importParams: ImportParams;
  /** WebCrypto parameters to sign and verify. The PSS salt is as long as the hash (RFC 7518, section 3.5). */
  readonly signParams: SignParams;
}

function pss(bits: 256 | 384 | 512, modulus: 2048 | 3072 | 4096, cose: number): SignatureAlgorithm {
  const hash: HashName = `SHA-${bits}`;
  return {
    name: `PS${bits}`,
    keySpec: `RSA-${modulus}`,
    hash,
    digest: `sha${bits}`,
    cose,
    plugin: `RSASSA-PSS-${hash}`,
    signatureLength: modulus / 8,
    importParams: { name: 'RSA-PSS', hash },
    signParams: { name: 'RSA-PSS', saltLength: bits / 8 },
  };
}

function ecdsa(bits: 256 | 384 | 512, curve: 256 | 384 | 521, cose: number): SignatureAlgorithm {
  const hash: HashName = `SHA-${bits}`;
  return {
    name: `ES${bits}`,
    keySpec: `EC-${curve}`,
    hash,
    digest: `sha${bits}`,
    cose,
    plugin: `ECDSA-${hash}`,
    signatureLength: 2 * Math.ceil(curve / 8),
    importParams: { name: 'ECDSA', namedCurve: `P-${curve}` },
    signParams: { name: 'ECDSA', hash },
  };
}

/**
 * The algorithms of the specification: the key decides the algorithm, and nothing else is allowed
 * (signature specification, "Algorithm Selection").
 * @see docs/specification.md, rule ALG-1
 */
export const signatureAlgorithms: readonly SignatureAlgorithm[] = [
  pss(256, 2048, -37),
  pss(384, 3072, -38),
  pss(512, 4096, -39),
  ecdsa(256, 256, -7),
  ecdsa(384, 384, -35),
  ecdsa(512, 521, -36),
];

/**
 * Returns the algorithm that a type of key signs with.
 * @param keySpec - Such as `RSA-2048` or `EC-256`.
 * @throws NotationError `ERR_ALGORITHM_UNSUPPORTED`
 * @see docs/specification.md, rule ALG-2
 */
export function algorithmForKey(keySpec: string): SignatureAlgorithm {
  const algorithm = signatureAlgorithms.find((row) => row.keySpec === keySpec);
  if (algorithm) return algorithm;
  throw new NotationError('ERR_ALGORITHM_UNSUPPORTED', `a key of type ${quote(keySpec)} cannot sign`);
}
