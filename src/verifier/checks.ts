import type { Descriptor } from '../encoding/descriptor.ts';
import { AttributeName, type SignedAttributes } from '../envelope/attributes.ts';
import type { SignatureEnvelope } from '../envelope/model.ts';
import type { TargetArtifact } from '../envelope/payload.ts';
import { formatRfc3339 } from '../envelope/rfc3339.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { matchIdentity } from '../policy/identities.ts';
import type { NamedStore, TrustPolicyStatement } from '../policy/types.ts';
import type { Certificate } from '../x509/certificate.ts';
import { checkValidAt } from '../x509/chain.ts';
import { shortSubject } from '../x509/name.ts';
import { findTrusted, type TrustStore } from '../x509/trust-store.ts';

// The steps of "Signature Verification" in the trust store and trust policy specification, each on its own: it
// returns when the step passes and throws a NotationError when it does not.

/**
 * Part of integrity: what is critical must be understood, and only the specification's own attributes are.
 * @throws NotationError `ERR_PLUGIN_REQUIRED`, `ERR_CRITICAL_ATTRIBUTE_UNKNOWN`
 */
export function checkCriticalAttributes({ extended }: SignedAttributes): void {
  const plugin = extended.find(({ key }) => key === AttributeName.verificationPlugin);
  if (plugin) {
    const shown = JSON.stringify(String(plugin.value).slice(0, 80));
    throw new NotationError('ERR_PLUGIN_REQUIRED', `the signature demands the verification plugin ${shown}`);
  }
  const unknown = extended.find(({ critical }) => critical);
  if (unknown) {
    const shown = JSON.stringify(String(unknown.key).slice(0, 80));
    throw new NotationError('ERR_CRITICAL_ATTRIBUTE_UNKNOWN', `the critical attribute ${shown} is unknown`);
  }
}

/** The payload is about the artifact that was asked for. @throws NotationError `ERR_ARTIFACT_MISMATCH` */
export function checkArtifact(signed: TargetArtifact, artifact: Descriptor): void {
  for (const part of ['digest', 'mediaType', 'size'] as const) {
    if (signed[part] === artifact[part]) continue;
    throw new NotationError(
      'ERR_ARTIFACT_MISMATCH',
      `the signature is about another artifact: its ${part} is ${String(signed[part]).slice(0, 160)}`,
    );
  }
}

/**
 * The chain contains a certificate of a named store of the type that the signing scheme asks for, and the leaf is a
 * trusted identity.
 *
 * @returns The trusted identity that matched.
 * @throws NotationError `ERR_ROOT_UNTRUSTED`, `ERR_IDENTITY_UNTRUSTED`, `ERR_TRUST_STORE_NOT_FOUND`,
 * `ERR_TRUST_STORE_INVALID`
 */
export async function checkAuthenticity(
  { certificates, signedAttributes }: SignatureEnvelope,
  statement: TrustPolicyStatement,
  trustStore: TrustStore,
): Promise<string> {
  const type = signedAttributes.signingScheme === 'notary.x509' ? 'ca' : 'signingAuthority';
  const stores = statement.trustStores.filter((store) => store.type === type);
  const anchors = await readStores(trustStore, stores);
  if (!findTrusted(certificates, anchors)) {
    const [root, leaf] = [certificates.at(-1), certificates[0]];
    const names =
      stores.map(({ name }) => `${type}:${name}`).join(', ') || `of the type ${type}, and it names none`;
    throw new NotationError(
      'ERR_ROOT_UNTRUSTED',
      `the certificate chain of "${leaf ? shortSubject(leaf) : ''}" ends in "${root ? shortSubject(root) : ''}", and ` +
        `no certificate of it is in the trust stores of the statement "${statement.name}": ${names}`,
    );
  }
  return matchIdentity(statement, certificates[0]?.subject.attributes ?? []);
}

/** A trust store of the caller's own may fail with anything: nothing is trusted by it then. */
async function readStores(trustStore: TrustStore, stores: readonly NamedStore[]): Promise<Certificate[]> {
  try {
    const contents = await Promise.all(stores.map(({ type, name }) => trustStore.certificates(type, name)));
    return contents.flat();
  } catch (cause) {
    if (isNotationError(cause)) throw cause;
    const message = `the trust store cannot be read: ${String(cause).slice(0, 300)}`;
    throw new NotationError('ERR_TRUST_STORE_INVALID', message, { cause });
  }
}

/** The signature has not expired: the expiry itself is too late. @throws NotationError `ERR_SIGNATURE_EXPIRED` */
export function checkExpiry({ expiry }: SignedAttributes, now: Date): void {
  if (!expiry || now < expiry) return;
  throw new NotationError('ERR_SIGNATURE_EXPIRED', `the signature expired on ${formatRfc3339(expiry)}`);
}

/**
 * The certificates were valid when the signature was made, as far as that can be known.
 * @throws NotationError `ERR_CERTIFICATE_NOT_VALID_AT_TIME`, `ERR_TIMESTAMP_MISSING`,
 * `ERR_TIMESTAMP_UNSUPPORTED`
 */
export function checkAuthenticTimestamp(
  { certificates, signedAttributes, unsignedAttributes }: SignatureEnvelope,
  statement: TrustPolicyStatement,
  now: Date,
): void {
  const { authenticSigningTime } = signedAttributes;
  if (authenticSigningTime || !needsTimestamp(certificates, statement, now)) {
    checkValidAt(certificates, authenticSigningTime ?? now);
    return;
  }
  if (!unsignedAttributes.timestampSignature) {
    throw new NotationError(
      'ERR_TIMESTAMP_MISSING',
      'the signature has no time-stamp, which the policy demands',
    );
  }
  throw new NotationError(
    'ERR_TIMESTAMP_UNSUPPORTED',
    'the time-stamp of the signature cannot be verified yet',
  );
}

function needsTimestamp(chain: readonly Certificate[], statement: TrustPolicyStatement, now: Date): boolean {
  if (!statement.trustStores.some(({ type }) => type === 'tsa')) return false;
  return statement.verifyTimestamp === 'always' || chain.some(({ notAfter }) => now > notAfter);
}

/**
 * No certificate is revoked but for the root, whose trust the store decides; a leaf that is its own root is a leaf.
 * One that names no address to ask cannot be revoked.
 * @throws NotationError `ERR_REVOCATION_UNSUPPORTED`
 */
export function checkRevocation({ certificates }: SignatureEnvelope): void {
  const [leaf, ...authorities] = certificates;
  for (const certificate of leaf ? [leaf, ...authorities.slice(0, -1)] : []) {
    const [address] = [...certificate.revocation.ocsp, ...certificate.revocation.crl];
    if (address === undefined) continue;
    throw new NotationError(
      'ERR_REVOCATION_UNSUPPORTED',
      `the certificate "${shortSubject(certificate)}" names ${JSON.stringify(address.slice(0, 160))} to learn its ` +
        'revocation status from, and it cannot be asked yet: the status is unknown',
    );
  }
}

/** Everything that was asked for is signed. @throws NotationError `ERR_USER_METADATA_MISMATCH` */
export function checkUserMetadata(
  signed: Readonly<Record<string, string>>,
  required: Readonly<Record<string, string>>,
): void {
  for (const [key, value] of Object.entries(required)) {
    if (Object.hasOwn(signed, key) && signed[key] === value) continue;
    const found = Object.hasOwn(signed, key) ? JSON.stringify(signed[key]?.slice(0, 120)) : 'missing';
    const wanted = `${JSON.stringify(key)} must be ${JSON.stringify(value)}`;
    throw new NotationError(
      'ERR_USER_METADATA_MISMATCH',
      `the signed user metadata differ: ${wanted}, but is ${found}`,
    );
  }
}
