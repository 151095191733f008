import { equalBytes } from '../encoding/bytes.ts';
import { NotationError } from '../errors/index.ts';
import type { Certificate } from './certificate.ts';
import { chainInvalid, checkSigningPath } from './chain.ts';
import { IssuanceVerifier } from './issuance.ts';
import { isSameName, shortSubject } from './name.ts';
import { findPath, MAX_CHAIN, type Path } from './path-builder.ts';

/** Limit of the certificates from which a chain is built. */
export const MAX_POOL = 100;

/**
 * Finds the chain of a key in a pool of certificates. If several certificates are for the key, one issued by a
 * CA is preferred to a self-signed one, which is often a placeholder.
 * @param spki - The public key: SubjectPublicKeyInfo, DER.
 * @throws NotationError `ERR_KEY_MISMATCH` if no certificate is for the key, and those of {@link buildSigningChain}
 */
export async function findSigningChain(pool: readonly Certificate[], spki: Uint8Array): Promise<Path> {
  const leaves = pool.filter(({ publicKey }) => equalBytes(publicKey.spki, spki));
  const issued = leaves.filter(({ issuer, subject }) => !isSameName(issuer, subject));
  const [leaf] = [...issued, ...leaves];
  if (leaf) return buildSigningChain(leaf, pool);
  const subjects = pool.slice(0, 5).map(shortSubject).join('; ');
  throw new NotationError(
    'ERR_KEY_MISMATCH',
    `none of the ${pool.length} certificates is for the key: ${subjects || 'there are none'}`,
  );
}

/**
 * Builds the chain of a certificate up to a self-signed root from a pool of certificates in any order, which may contain
 * unrelated ones and duplicates. Returns the shortest chain that satisfies the certificate profile.
 *
 * @throws NotationError `ERR_CERTIFICATE_CHAIN_INVALID` if an issuer is missing, or no chain satisfies the profile,
 * `ERR_CERTIFICATE_INVALID` for a key that cannot be used, `ERR_LIMIT_EXCEEDED`
 * @see https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md#certificate-requirements
 */
export async function buildSigningChain(leaf: Certificate, pool: readonly Certificate[]): Promise<Path> {
  if (pool.length > MAX_POOL) {
    throw new NotationError('ERR_LIMIT_EXCEEDED', `there are more than ${MAX_POOL} certificates`);
  }
  const issuance = new IssuanceVerifier();
  const { path, exceeded, misfit, unverified, deadEnd } = await findPath(leaf, {
    pool,
    issuance,
    isAnchor: (certificate) => issuance.isIssuedBy(certificate, certificate),
    check: (candidate) => {
      requireIdenticalNames(candidate);
      return checkSigningPath(candidate, issuance);
    },
  });
  if (path) return path;
  throw exceeded ?? misfit ?? unverified ?? incomplete(deadEnd, pool);
}

function incomplete(path: Path, pool: readonly Certificate[]): NotationError {
  if (path.length > MAX_CHAIN) return chainInvalid(`it has more than ${MAX_CHAIN} certificates`);
  const last = path.at(-1);
  if (!last) return chainInvalid('there is no certificate');
  const problem = issuerProblem(last, pool);
  return chainInvalid(
    `it ends with "${shortSubject(last)}", which is not a self-signed root, and whose ${problem}`,
  );
}

/** Returns why no certificate of the pool issued another one: it may be there and not fit. */
function issuerProblem({ issuer }: Certificate, pool: readonly Certificate[]): string {
  const named = pool.filter(({ subject }) => isSameName(subject, issuer));
  const unsupported = named.find(({ publicKey }) => publicKey.type === 'other');
  if (unsupported) {
    const { keySpec } = unsupported.publicKey;
    return `issuer "${shortSubject(unsupported)}" has a key of type ${keySpec}, which is not supported`;
  }
  const [namesake] = named;
  if (!namesake) return 'issuer is not among the certificates';
  return `signature was not made by "${shortSubject(namesake)}", although its issuer has that name`;
}

/**
 * Requires that each issuer is named with the bytes of its own name. Verification compares names by value, but the
 * `notation` CLI compares bytes: it would reject the new signature.
 */
function requireIdenticalNames(path: Path): void {
  for (const [i, { issuer }] of path.entries()) {
    const next = path[i + 1];
    if (!next || equalBytes(issuer.der, next.subject.der)) continue;
    throw chainInvalid(
      `the issuer "${shortSubject(next)}" writes its name in other string types, or in other letters or spaces, than the certificates that it issued: to sign, the two names must have the same bytes`,
    );
  }
}
