import { NotationError } from '../../errors/index.ts';
import { SIGNATURE_ARTIFACT_TYPE } from '../media-types.ts';
import { createQueue } from '../queue.ts';
import type { OperationOptions } from '../repository.ts';
import { attempt, type Capabilities, type Capability, lacking } from './capabilities.ts';
import type { Connection } from './connection.ts';
import { responseError } from './failure.ts';
import { howListed } from './observe-capabilities.ts';
import { offerManifest, putManifest } from './offer-manifest.ts';
import {
  type Content,
  emptyConfig,
  makeConfig,
  makeImage,
  makeLayer,
  makeReferrer,
  type Probe,
} from './probe.ts';
import { probeUpload } from './probe-upload.ts';
import { pushBlob } from './push-blobs.ts';
import { pushManifest } from './push-manifest.ts';
import { listReferrers } from './referrers.ts';
import type { ReferrersApi } from './referrers-api.ts';

const REFUSED_STEP =
  "Sign with `manifestForm: 'config'` if the registry accepts that form, or use another registry.";

/** An image that a registry has, to which signatures can refer. */
interface StoredImage {
  image: Content;
  layer: Content;
}

/**
 * Finds out what only writing shows, except whether what is written can be deleted. How signatures are listed is found out
 * again, for an image that the repository is sure to have.
 * @param probe - Notes what is sent.
 */
export async function probeCapabilities(
  connection: Connection,
  probe: Probe,
  options: OperationOptions,
): Promise<Omit<Capabilities, 'referrers'> & Partial<Capabilities>> {
  const resumableUploads = await attempt(() => probeUpload(connection, probe, options), options);
  let stored: StoredImage | undefined;
  const imageStored = await attempt(async () => {
    stored = await storeImage(connection, probe, options);
    return { status: 'yes' };
  }, options);
  if (!stored) {
    const [artifactTypeManifests, deletion, listsReferrers] = [imageStored, imageStored, imageStored];
    return { artifactTypeManifests, deletion, resumableUploads, listsReferrers };
  }
  return {
    resumableUploads,
    deletion: { status: 'unknown' },
    ...(await probeReferrers(connection, probe, stored, options)),
  };
}

async function storeImage(
  connection: Connection,
  probe: Probe,
  options: OperationOptions,
): Promise<StoredImage> {
  const layer = await makeLayer();
  const config = await makeConfig(layer.descriptor);
  for (const { descriptor, bytes } of [layer, config]) {
    probe.blobs.push(descriptor);
    await storeBlob(connection, descriptor.mediaType, bytes, options);
  }
  const image = await makeImage(config.descriptor, layer.descriptor);
  probe.manifests.push(image.descriptor.digest);
  await putManifest(connection, image.descriptor, image.bytes, options);
  return { image, layer };
}

async function probeReferrers(
  connection: Connection,
  probe: Probe,
  { image, layer }: StoredImage,
  options: OperationOptions,
): Promise<Pick<Capabilities, 'referrers' | 'artifactTypeManifests' | 'listsReferrers'>> {
  const api: ReferrersApi = { registry: {} };
  const subject = image.descriptor;
  const referrers = await howListed(connection, api, subject.digest, options);
  const typed = await makeReferrer('artifactType', subject, layer.descriptor);
  const older = await makeReferrer('config', subject, layer.descriptor);
  const offer = (referrer: Content) =>
    attempt(() => offerReferrer(connection, probe, referrer, options), options);
  const artifactTypeManifests = await offer(typed);
  const accepted = artifactTypeManifests.status === 'yes' ? artifactTypeManifests : await offer(older);
  const referrer = artifactTypeManifests.status === 'yes' ? typed : older;
  const listsReferrers =
    accepted.status === 'yes'
      ? await attempt(() => listAgain(connection, api, subject, referrer, options), options)
      : accepted;
  return { referrers, artifactTypeManifests, listsReferrers };
}

/** Stores a referrer, if the registry accepts its form. */
async function offerReferrer(
  connection: Connection,
  probe: Probe,
  { descriptor, bytes }: Content,
  options: OperationOptions,
): Promise<Capability> {
  await storeBlob(connection, 'application/octet-stream', emptyConfig, options);
  probe.manifests.push(descriptor.digest);
  const response = await offerManifest(connection, descriptor, bytes, options);
  if (response.status === 201) return { status: 'yes' };
  const { code, message } = responseError(
    response,
    `the manifest ${descriptor.digest}`,
    'ERR_REGISTRY_RESPONSE',
  );
  return lacking(new NotationError(code, message, { nextStep: REFUSED_STEP }));
}

/** Stores a referrer as `sign` does, and lists it as `verify` does. */
async function listAgain(
  connection: Connection,
  api: ReferrersApi,
  subject: Content['descriptor'],
  { descriptor, bytes }: Content,
  options: OperationOptions,
): Promise<Capability> {
  const pushed = await attempt(async () => {
    await pushManifest(connection, api, createQueue(), descriptor.mediaType, bytes, options);
    return { status: 'yes' };
  }, options);
  const signatures = { ...options, artifactType: SIGNATURE_ARTIFACT_TYPE };
  for await (const { digest } of listReferrers(connection, api, subject, signatures)) {
    if (digest === descriptor.digest) return { status: 'yes' };
  }
  if (pushed.reason) return { status: 'no', reason: pushed.reason };
  const message = `${connection.origin.host} does not list ${descriptor.digest} among the referrers of ${subject.digest}`;
  const nextStep = 'Use another registry, or ask the operator of this one why signatures are not listed.';
  return lacking(new NotationError('ERR_REGISTRY_RESPONSE', message, { nextStep }));
}

function storeBlob(connection: Connection, mediaType: string, bytes: Uint8Array, options: OperationOptions) {
  return pushBlob(connection, mediaType, bytes, { ...options, chunkSize: bytes.length });
}
