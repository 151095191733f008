import type { Descriptor } from '../encoding/descriptor.ts';
import { AttributeName, type SignedAttributes } from '../envelope/attributes.ts';
import type { SignatureEnvelope } from '../envelope/model.ts';
import type { TargetArtifact } from '../envelope/payload.ts';
import { formatRfc3339 } from '../envelope/rfc3339.ts';
import { NotationError } from '../errors/index.ts';
import type { PluginSource } from '../plugin/plugin.ts';
import type { StatementBase } from '../policy/types.ts';
import { shortSubject } from '../x509/name.ts';
import { findTrusted, type TrustStore } from '../x509/trust-store.ts';
import { readStores } from './stores.ts';

// The steps of "Signature Verification" in the trust store and trust policy specification, each on its own: it
// returns when the step passes and throws a NotationError when it does not. Time-stamps and revocation have their own
// files.

/** The name of the verification plugin that a signature demands, if it demands one. */
export function namedPlugin({ extended }: SignedAttributes): string | undefined {
  const attribute = extended.find(({ key }) => key === AttributeName.verificationPlugin);
  return attribute && String(attribute.value).slice(0, 80);
}

/**
 * Part of integrity: what is critical must be understood, and only the specification's own attributes are, unless a
 * plugin is going to process the others.
 * @throws NotationError `ERR_PLUGIN_REQUIRED`, `ERR_CRITICAL_ATTRIBUTE_UNKNOWN`
 */
export function checkCriticalAttributes(attributes: SignedAttributes, plugins?: PluginSource): void {
  const plugin = namedPlugin(attributes);
  if (plugin === undefined) demandNoneCritical(attributes, []);
  else if (!plugins) {
    const shown = JSON.stringify(plugin);
    throw new NotationError('ERR_PLUGIN_REQUIRED', `the signature demands the verification plugin ${shown}`);
  }
}

/** @throws NotationError `ERR_CRITICAL_ATTRIBUTE_UNKNOWN` for one that is not among those that are processed */
export function demandNoneCritical(
  { extended }: SignedAttributes,
  processed: readonly (string | number)[],
): void {
  const unknown = extended.find(({ key, critical }) => critical && !processed.includes(key));
  if (!unknown) return;
  const shown = JSON.stringify(String(unknown.key).slice(0, 80));
  throw new NotationError('ERR_CRITICAL_ATTRIBUTE_UNKNOWN', `the critical attribute ${shown} is unknown`);
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
 * The chain contains a certificate of a named store of the type that the signing scheme asks for. Whether the leaf is a
 * trusted identity is the other half of authenticity.
 *
 * @throws NotationError `ERR_ROOT_UNTRUSTED`, `ERR_TRUST_STORE_NOT_FOUND`, `ERR_TRUST_STORE_INVALID`
 */
export async function checkTrusted(
  { certificates, signedAttributes }: SignatureEnvelope,
  statement: StatementBase,
  trustStore: TrustStore,
): Promise<void> {
  const type = signedAttributes.signingScheme === 'notary.x509' ? 'ca' : 'signingAuthority';
  const stores = statement.trustStores.filter((store) => store.type === type);
  const anchors = await readStores(trustStore, stores);
  if (findTrusted(certificates, anchors)) return;
  const [root, leaf] = [certificates.at(-1), certificates[0]];
  const names =
    stores.map(({ name }) => `${type}:${name}`).join(', ') || `of the type ${type}, and it names none`;
  throw new NotationError(
    'ERR_ROOT_UNTRUSTED',
    `the certificate chain of "${leaf ? shortSubject(leaf) : ''}" ends in "${root ? shortSubject(root) : ''}", and ` +
      `no certificate of it is in the trust stores of the statement "${statement.name}": ${names}`,
  );
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
