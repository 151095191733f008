import type { Descriptor } from '../encoding/descriptor.ts';
import { AttributeName, type SignedAttributes } from '../envelope/attributes.ts';
import type { SignatureEnvelope } from '../envelope/model.ts';
import type { TargetArtifact } from '../envelope/payload.ts';
import { formatRfc3339 } from '../envelope/rfc3339.ts';
import { NotationError } from '../errors/index.ts';
import { matchIdentity } from '../policy/identities.ts';
import type { TrustPolicyStatement } from '../policy/types.ts';
import { shortSubject } from '../x509/name.ts';
import { findTrusted, type TrustStore } from '../x509/trust-store.ts';
import { readStores } from './stores.ts';

// The steps of "Signature Verification" in the trust store and trust policy specification, each on its own: it
// returns when the step passes and throws a NotationError when it does not. Time-stamps and revocation have their own
// files.

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

/** The signature has not expired: the expiry itself is too late. @throws NotationError `ERR_SIGNATURE_EXPIRED` */
export function checkExpiry({ expiry }: SignedAttributes, now: Date): void {
  if (!expiry || now < expiry) return;
  throw new NotationError('ERR_SIGNATURE_EXPIRED', `the signature expired on ${formatRfc3339(expiry)}`);
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
