import { digestOf } from '../../crypto/digest.ts';
import { encodeUtf8 } from '../../encoding/bytes.ts';
import { type Descriptor, identityOf } from '../../encoding/descriptor.ts';
import { describeManifest } from '../documents.ts';
import { EMPTY_CONFIG_TYPE, mediaTypes, SIGNATURE_ARTIFACT_TYPE } from '../media-types.ts';

/** What was sent to a registry to find out what it supports. It is noted before it is sent, so that nothing is forgotten. */
export interface Probe {
  /** Digests, in the order in which they were sent. */
  manifests: string[];
  blobs: Descriptor[];
}

/** Bytes and what describes them. */
export interface Content {
  descriptor: Descriptor;
  bytes: Uint8Array;
}

/** The end of an archive: two blocks of zeros. Readers ignore what is after it. */
const END_OF_TAR = 1024;
/** Makes a probe differ from every other. */
const RANDOM = 32;
const NOTE = { 'org.opencontainers.image.description': 'made by a check of the registry, to be deleted' };

/** Makes a blob that nobody else has: an empty tar archive. */
export async function makeLayer(length = END_OF_TAR): Promise<Content> {
  const bytes = new Uint8Array(Math.max(length, END_OF_TAR) + RANDOM);
  globalThis.crypto.getRandomValues(bytes.subarray(-RANDOM));
  return contentOf('application/vnd.oci.image.layer.v1.tar', bytes);
}

/** Makes the config of an image with one layer. */
export function makeConfig({ digest }: Descriptor): Promise<Content> {
  const config = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [digest] } };
  return contentOf('application/vnd.oci.image.config.v1+json', encodeUtf8(JSON.stringify(config)));
}

/** Makes an image manifest. */
export function makeImage(config: Descriptor, layer: Descriptor): Promise<Content> {
  return manifestOf({ config, layers: [layer] });
}

/** The config of signature manifests. */
export const emptyConfig: Uint8Array = encodeUtf8('{}');

/**
 * Makes a manifest in the form of a signature manifest, which has its type in `artifactType` or, in the form for registries
 * without OCI 1.1, in the media type of its config.
 */
export async function makeReferrer(
  form: 'artifactType' | 'config',
  subject: Descriptor,
  layer: Descriptor,
): Promise<Content> {
  const isTyped = form === 'artifactType';
  const { descriptor } = await contentOf(isTyped ? EMPTY_CONFIG_TYPE : SIGNATURE_ARTIFACT_TYPE, emptyConfig);
  return manifestOf({
    ...(isTyped && { artifactType: SIGNATURE_ARTIFACT_TYPE }),
    config: descriptor,
    layers: [{ ...layer, mediaType: 'application/jose+json' }],
    subject: identityOf(subject),
  });
}

async function manifestOf(members: object): Promise<Content> {
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, ...members, annotations: NOTE };
  return describeManifest(mediaTypes.manifest, encodeUtf8(JSON.stringify(manifest)));
}

async function contentOf(mediaType: string, bytes: Uint8Array): Promise<Content> {
  return { descriptor: { mediaType, digest: await digestOf(bytes), size: bytes.length }, bytes };
}
