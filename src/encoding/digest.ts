import { NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';

/** The digest algorithms that the OCI image specification registers and the key table can choose. */
export type DigestAlgorithm = 'sha256' | 'sha384' | 'sha512';

const HEX_LENGTH: Readonly<Record<DigestAlgorithm, number>> = { sha256: 64, sha384: 96, sha512: 128 };

/** A parsed content digest. */
export interface ParsedDigest {
  algorithm: DigestAlgorithm;
  /** Lower-case hexadecimal. */
  hex: string;
}

/**
 * Parses a digest such as `sha256:9f86…`.
 * @throws NotationError `ERR_DESCRIPTOR_INVALID` for another algorithm, a wrong length or upper case.
 */
export function parseDigest(digest: string): ParsedDigest {
  const [, algorithm, hex] = /^(sha256|sha384|sha512):([0-9a-f]+)$/.exec(digest) ?? [];
  if (!isDigestAlgorithm(algorithm) || hex?.length !== HEX_LENGTH[algorithm]) {
    throw new NotationError('ERR_DESCRIPTOR_INVALID', `${quote(digest)} is not a digest`);
  }
  return { algorithm, hex };
}

/** Reports whether {@link parseDigest} accepts a string (rule BLOB-2). */
export function isDigest(text: string): boolean {
  const [, algorithm, hex] = /^(sha256|sha384|sha512):([0-9a-f]+)$/.exec(text) ?? [];
  return isDigestAlgorithm(algorithm) && hex?.length === HEX_LENGTH[algorithm];
}

function isDigestAlgorithm(name: string | undefined): name is DigestAlgorithm {
  return name !== undefined && Object.hasOwn(HEX_LENGTH, name);
}
