import { NotationError } from '../../errors/index.ts';
import { bytesSource } from '../blob-source.ts';
import type { OperationOptions } from '../repository.ts';
import { type Capability, lacking } from './capabilities.ts';
import type { Connection } from './connection.ts';
import { makeLayer, type Probe } from './probe.ts';
import { finish, leastChunk, open, requestStatus, sendChunk, sessionUrl } from './upload.ts';

/** The longest chunk that is sent, if a registry requires long ones: that of Amazon ECR has 5 MiB. */
const MAX_CHUNK = 16 * 1024 * 1024;
/** How registries that know nothing of the status of an upload respond to a request for it. */
const NO_STATUS: readonly number[] = [400, 404, 405, 501];

/** Sends a blob in two chunks, and requests the status of the upload in between. */
export async function probeUpload(
  connection: Connection,
  probe: Probe,
  options: OperationOptions,
): Promise<Capability> {
  const { host } = connection.origin;
  const session = await open({ connection, ...options });
  const least = leastChunk(session);
  if (least > MAX_CHUNK) {
    const message = `${host} only accepts chunks of ${least} bytes or more, and no probe is sent that is as long`;
    throw new NotationError('ERR_LIMIT_EXCEEDED', message);
  }
  const { descriptor, bytes } = await makeLayer(least);
  const chunkSize = bytes.length - 1;
  probe.blobs.push(descriptor);
  const work = {
    connection,
    descriptor,
    source: bytesSource(bytes),
    chunkSize,
    onSent: () => undefined,
    ...options,
  };
  const first = await sendChunk(work, { url: sessionUrl(connection, session), offset: 0 }, chunkSize);
  if (first === 'refused') return without(`${host} does not accept a blob in chunks`);
  if (typeof first === 'string') throw interrupted(host);
  const status = await requestStatus(work, first.url, NO_STATUS);
  if (status?.offset !== first.offset) {
    return without(`${host} does not say how much it has of an upload that it accepted a chunk of`);
  }
  const rest = await sendChunk(work, status, chunkSize);
  if (typeof rest === 'string' || rest.offset !== bytes.length) throw interrupted(host);
  await finish(work, rest.url, new Uint8Array());
  return { status: 'yes' };
}

function without(message: string): Capability {
  const nextStep = 'Push again after an interruption: the registry does not resume an upload.';
  return lacking(new NotationError('ERR_REGISTRY_RESPONSE', message, { nextStep }));
}

function interrupted(host: string): NotationError {
  return new NotationError('ERR_REGISTRY_RESPONSE', `${host} did not accept a chunk of an upload`);
}
