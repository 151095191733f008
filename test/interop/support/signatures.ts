import { createHash } from 'node:crypto';
import type { Descriptor } from '../../../src/index.ts';
import { type Forged, type ForgedChain, forgeChain } from '../../support/forge.ts';
import { type Envelope, type ForgedEnvelope, forgeCose, forgeJws } from './forge-envelope.ts';
import type { Target } from './verdict.ts';

/** The chain that the store `ca:acme` trusts: leaf, intermediate and root. */
export const acme: ForgedChain = forgeChain({ intermediates: [{}] });

/** The attributes of the subject of every forged leaf. */
export const ACME_SUBJECT = 'C=US, ST=WA, L=Seattle, O=Notary, CN=forged-leaf';

export const NOTATION = 'application/vnd.cncf.notary.signature';
const IMAGE_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const ARTIFACT_MANIFEST = 'application/vnd.oci.artifact.manifest.v1+json';
const IMAGE_INDEX = 'application/vnd.oci.image.index.v1+json';
const EMPTY = 'application/vnd.oci.empty.v1+json';

type Content = Partial<Omit<ForgedEnvelope, 'artifact'>>;

/** A JWS envelope about the artifact, signed by {@link acme} by default. */
export function jwsFor({ artifact }: Target, content: Content = {}, ...rest: TamperJws): Envelope {
  return forgeJws({ chain: acme.chain, artifact, ...content }, ...rest);
}

/** A COSE envelope about the artifact, signed by {@link acme} by default. */
export function coseFor({ artifact }: Target, content: Content = {}, ...rest: TamperCose): Envelope {
  return forgeCose({ chain: acme.chain, artifact, ...content }, ...rest);
}

type TamperJws = [] | [NonNullable<Parameters<typeof forgeJws>[1]>];
type TamperCose = [] | [NonNullable<Parameters<typeof forgeCose>[1]>];

/** Signs in both formats: a case for each. */
export type Format = 'jws' | 'cose';

/** An envelope of either format. */
export function envelopeFor(format: Format, target: Target, content: Content = {}): Envelope {
  return format === 'jws' ? jwsFor(target, content) : coseFor(target, content);
}

/** How a signature manifest is written, if not as by notation 1.3. */
export interface ManifestOptions {
  form?: 'config' | 'artifactType' | 'retired';
  chain?: readonly Forged[];
  /** Replaces members of the manifest; `undefined` removes one. */
  manifest?: Record<string, unknown>;
}

/** Pushes an envelope as a referrer of the artifact. */
export async function pushSignature(
  target: Target,
  { bytes, mediaType }: Envelope,
  options: ManifestOptions = {},
): Promise<{ manifest: Descriptor; envelope: Descriptor }> {
  const { repository } = target;
  const envelope = await repository.pushBlob(mediaType, bytes);
  const manifest = await pushSignatureManifest(target, envelope, options);
  return { manifest, envelope };
}

/** Pushes the manifest of a signature whose envelope exists, or is only named. */
export async function pushSignatureManifest(
  { repository, artifact }: Target,
  envelope: Descriptor,
  { form = 'config', chain = acme.chain, manifest = {} }: ManifestOptions,
): Promise<Descriptor> {
  const thumbprints = chain.map(({ der }) => createHash('sha256').update(der).digest('hex'));
  const common = {
    subject: artifact,
    annotations: { 'io.cncf.notary.x509chain.thumbprint#S256': JSON.stringify(thumbprints) },
  };
  if (form === 'retired') {
    const document = { mediaType: ARTIFACT_MANIFEST, artifactType: NOTATION, blobs: [envelope], ...common };
    return repository.pushManifest(ARTIFACT_MANIFEST, toJson({ ...document, ...manifest }));
  }
  const config = await repository.pushBlob(form === 'config' ? NOTATION : EMPTY, toJson({}));
  const type = form === 'config' ? {} : { artifactType: NOTATION };
  const document = {
    schemaVersion: 2,
    mediaType: IMAGE_MANIFEST,
    ...type,
    config,
    layers: [envelope],
    ...common,
  };
  return repository.pushManifest(IMAGE_MANIFEST, toJson({ ...document, ...manifest }));
}

/** Rewrites the index under the fallback tag with these referrers, in this order. */
export async function setReferrers(
  { repository, artifact }: Target,
  manifests: readonly (Descriptor & { artifactType?: string })[],
): Promise<void> {
  const index = toJson({ schemaVersion: 2, mediaType: IMAGE_INDEX, manifests });
  await repository.pushManifest(IMAGE_INDEX, index, { tag: artifact.digest.replace(':', '-') });
}

/** A signature that both sides accept. */
export function pushGood(target: Target, options?: ManifestOptions): ReturnType<typeof pushSignature> {
  return pushSignature(target, jwsFor(target), options);
}

/** A signature by a chain that no store of the cases trusts. */
export function pushUntrusted(target: Target): ReturnType<typeof pushSignature> {
  return pushSignature(target, jwsFor(target, { chain: stranger.chain }), { chain: stranger.chain });
}

/** A chain that no store of the cases trusts. */
export const stranger: ForgedChain = forgeChain({ root: { subject: 'Stranger Root' } });

function toJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
