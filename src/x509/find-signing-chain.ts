import { equalBytes } from '../encoding/bytes.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import type { Certificate } from './certificate.ts';
import { checkSigningChain, isIssuedBy } from './chain.ts';
import { shortSubject } from './name.ts';

/** Certificates that a chain is made of at most. */
const MAX_CHAIN = 16;
/** Certificates that it may be chosen from. */
export const MAX_BAG = 100;
/** Chains that are followed at the same time: certificates that issue each other crosswise make many. */
const MAX_PATHS = 64;
/** Signatures that are verified to find issuers: of an honest bag a few names are the same, not all. */
const MAX_VERIFIED = 500;

/**
 * The chain of the certificate of a key, out of a bag of certificates. Of several certificates of the key one that
 * somebody issued goes before one that is self-signed, which is often a placeholder.
 * @param spki - The public key: SubjectPublicKeyInfo, DER.
 * @throws NotationError `ERR_KEY_MISMATCH` when none is for the key, and those of {@link orderChain}
 */
export async function findChain(bag: readonly Certificate[], spki: Uint8Array): Promise<Certificate[]> {
  const leaves = bag.filter(({ publicKey }) => equalBytes(publicKey.spki, spki));
  const issued = leaves.filter(({ issuer, subject }) => !equalBytes(issuer.der, subject.der));
  const [leaf] = [...issued, ...leaves];
  if (leaf) return orderChain(leaf, bag);
  throw new NotationError(
    'ERR_KEY_MISMATCH',
    `none of the ${bag.length} certificates is for the key: ${bag.slice(0, 5).map(shortSubject).join('; ') || 'there are none'}`,
  );
}

/**
 * The chain of a certificate up to a self-signed root, out of a bag of certificates in any order, in which there may be
 * others, and the same more than once. Of several chains it is the shortest that fits the certificate profile.
 *
 * @throws NotationError `ERR_CERTIFICATE_CHAIN_INVALID` where an issuer is missing, or no chain fits the profile,
 * `ERR_LIMIT_EXCEEDED`
 * @see Signature specification, "Certificate Requirements"
 */
export async function orderChain(leaf: Certificate, bag: readonly Certificate[]): Promise<Certificate[]> {
  if (bag.length > MAX_BAG) {
    throw new NotationError('ERR_LIMIT_EXCEEDED', `there are more than ${MAX_BAG} certificates`);
  }
  const certificates = withoutDuplicates(bag);
  const issuersOf = remember(certificates);
  let paths: Certificate[][] = [[leaf]];
  let misfit: unknown;
  let longest: Certificate[] = [leaf];
  for (let length = 1; length <= MAX_CHAIN && paths.length > 0; length++) {
    const longer: Certificate[][] = [];
    for (const path of paths) {
      const issuers = await issuersOf(path.at(-1) ?? leaf);
      if (issuers === 'itself') {
        const problem = await misfitOf(path);
        if (problem === undefined) return path;
        misfit ??= problem;
        continue;
      }
      longest = path;
      longer.push(...issuers.filter((issuer) => !path.includes(issuer)).map((issuer) => [...path, issuer]));
    }
    paths = longer.slice(0, MAX_PATHS);
  }
  if (misfit) throw misfit;
  throw paths.length > 0 ? invalid(`it has more than ${MAX_CHAIN} certificates`) : incomplete(longest);
}

function withoutDuplicates(bag: readonly Certificate[]): Certificate[] {
  return bag.filter(
    (certificate, i) => bag.findIndex((other) => equalBytes(other.der, certificate.der)) === i,
  );
}

/** Who issued a certificate: each is looked for once, as that takes verifying signatures. */
function remember(certificates: readonly Certificate[]) {
  const known = new Map<Certificate, Certificate[] | 'itself'>();
  let verified = 0;
  const issuedBy = async (certificate: Certificate, issuer: Certificate): Promise<boolean> => {
    if (!equalBytes(certificate.issuer.der, issuer.subject.der)) return false;
    if (++verified > MAX_VERIFIED) {
      throw new NotationError('ERR_LIMIT_EXCEEDED', 'too many of the certificates have the same name');
    }
    return isIssuedBy(certificate, issuer);
  };
  return async (certificate: Certificate): Promise<Certificate[] | 'itself'> => {
    const found = known.get(certificate) ?? (await issuersIn(certificates, certificate, issuedBy));
    known.set(certificate, found);
    return found;
  };
}

async function issuersIn(
  certificates: readonly Certificate[],
  certificate: Certificate,
  issuedBy: typeof isIssuedBy,
): Promise<Certificate[] | 'itself'> {
  if (await issuedBy(certificate, certificate)) return 'itself';
  const issued = await Promise.all(certificates.map((issuer) => issuedBy(certificate, issuer)));
  return certificates.filter((_, i) => issued[i]);
}

async function misfitOf(path: readonly Certificate[]): Promise<unknown> {
  try {
    await checkSigningChain(path);
    return undefined;
  } catch (error) {
    if (isNotationError(error)) return error;
    throw error;
  }
}

function incomplete(path: readonly Certificate[]): NotationError {
  const last = path.at(-1);
  const name = last ? shortSubject(last) : '';
  return invalid(
    `it ends with "${name}", which is not a self-signed root, and whose issuer is not among the certificates`,
  );
}

function invalid(reason: string): NotationError {
  return new NotationError('ERR_CERTIFICATE_CHAIN_INVALID', `the certificate chain is invalid: ${reason}`);
}
