import { Oid } from '../../asn1/oids.ts';
import { equalBytes } from '../../encoding/bytes.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import type { Certificate } from '../certificate.ts';
import { checkValidAt } from '../chain.ts';
import { IssuanceVerifier } from '../issuance.ts';
import { shortSubject } from '../name.ts';
import { findPath, type Path } from '../path-builder.ts';
import { checkTsaCa, checkTsaLeaf, profileViolated } from '../profile.ts';

/**
 * Finds the certificate chain from the leaf of a TSA to one of the roots, which the token need not include. Returns
 * the shortest chain that satisfies the profile.
 *
 * @param leaf - The certificate that signed the timestamp.
 * @param others - The certificates in the token, in any order.
 * @param roots - The trusted roots.
 * @param time - The time at which all of them must be valid.
 * @throws NotationError `ERR_TIMESTAMP_UNTRUSTED` if no chain leads to a root, `ERR_CERTIFICATE_CHAIN_INVALID`,
 * `ERR_CERTIFICATE_NOT_VALID_AT_TIME`, `ERR_RUNTIME_UNSUPPORTED` for a key that this runtime cannot verify with
 * @see https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md#certificate-requirements
 * (rules TIME-6, TIME-9)
 * @see https://www.rfc-editor.org/rfc/rfc3161#section-2.3
 */
export async function findTsaChain(
  leaf: Certificate,
  others: readonly Certificate[],
  roots: readonly Certificate[],
  time: Date,
): Promise<Path> {
  checkTsaLeaf(leaf);
  const issuance = new IssuanceVerifier();
  const { path, misfit, exceeded, unverified } = await findPath(leaf, {
    pool: [...roots, ...others],
    issuance,
    isAnchor: ({ der }) => roots.some((root) => equalBytes(root.der, der)),
    check: (candidate) => checkTsaPath(candidate, time, issuance),
  });
  if (path) return path;
  const why = exceeded ? 'no chain was found within the limits' : 'no certificate chain leads';
  if (!misfit && isNotationError(unverified, 'ERR_RUNTIME_UNSUPPORTED')) throw unverified;
  throw misfit ?? untrusted(leaf, why);
}

function untrusted(leaf: Certificate, why: string): NotationError {
  return new NotationError(
    'ERR_TIMESTAMP_UNTRUSTED',
    `${why} from the TSA "${shortSubject(leaf)}" to a trusted root`,
  );
}

async function checkTsaPath(path: Path, time: Date, issuance: IssuanceVerifier): Promise<void> {
  checkValidAt(path, time);
  path.forEach(checkMember);
  await checkRoot(path, issuance);
}

function checkMember(certificate: Certificate, i: number): void {
  if (i > 0) checkTsaCa(certificate, i - 1);
  const { extendedKeyUsage, unknownCritical } = certificate;
  const purposes = extendedKeyUsage?.purposes ?? [Oid.timeStamping];
  if (unknownCritical !== undefined) {
    throw profileViolated(certificate, `of the TSA has the unknown critical extension ${unknownCritical}`);
  }
  if (!purposes.includes(Oid.timeStamping) && !purposes.includes(Oid.anyExtendedKeyUsage)) {
    throw profileViolated(certificate, 'of the TSA is not for timestamping');
  }
}

/** Trust stores guarantee this; direct callers may pass other certificates. */
async function checkRoot(path: Path, issuance: IssuanceVerifier): Promise<void> {
  const root = path.at(-1);
  if (!root || (await issuance.isIssuedBy(root, root))) return;
  throw profileViolated(root, 'is not a root of the TSA: it is not self-signed');
}
