import { isPlainObject } from '../encoding/schema.ts';
import { discard, readAtMost } from '../net/body.ts';
import { limits } from '../oci/repository.ts';
import type { Exchange } from './exchange.ts';
import { refuse } from './responses.ts';
import { type UpstreamResponse, untilRead } from './upstream-request.ts';

const WHAT = 'the request for a blob';
const BRACE = 0x7b;
const SPACES: readonly number[] = [0x09, 0x0a, 0x0d, 0x20];

/** The bytes by which content is told apart from JSON. */
const BEGINNING = 64;

/**
 * Returns the body of a blob that passes; `undefined` for the content of a manifest. Some registries serve manifests as blobs,
 * too, and some clients request as a blob what they were refused as a manifest. What is not a JSON object is streamed.
 * @throws NotationError `ERR_TIMEOUT`, `ERR_REGISTRY_UNREACHABLE`
 */
export async function blobBody(
  exchange: Exchange,
  sent: UpstreamResponse,
): Promise<BodyInit | null | undefined> {
  const { response, stop, endLimit } = sent;
  const length = response.headers.get('content-length');
  if (!response.body || (length !== null && Number(length) > limits.manifest)) {
    endLimit();
    return response.body;
  }
  const [copy, body] = response.body.tee();
  const [beginning, whole] = copy.tee();
  const read = (from: ReadableStream<Uint8Array>, maxBytes: number) =>
    readAtMost(from, { maxBytes, signal: stop, expected: 0 });
  try {
    const bytes = await untilRead(exchange, sent, WHAT, async () =>
      mayBeObject(await read(beginning, BEGINNING)) ? read(whole, limits.manifest) : undefined,
    );
    if (bytes && bytes.length <= limits.manifest && isManifestContent(bytes)) {
      discard(body);
      return undefined;
    }
    discard(whole);
    return body;
  } catch (error) {
    // The response ends when all of its copies do.
    for (const one of [whole, body]) discard(one);
    throw error;
  }
}

/** Reports whether a JSON object may begin so. */
function mayBeObject(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => !SPACES.includes(byte));
  return first === BRACE || (first === undefined && bytes.length > 0);
}

/** Reports whether a response is a part of a blob that is larger than any manifest. */
export function isPartOfLargeBlob({ headers }: Response): boolean {
  const [, length] = /^bytes \d+-\d+\/(\d+)$/.exec(headers.get('content-range') ?? '') ?? [];
  return length !== undefined && Number(length) > limits.manifest;
}

/** Refuses a blob with the content of a manifest. */
export function refuseManifestContent({ request, destination }: Exchange, digest: string): Response {
  const name = `${destination.upstream.registry}/${destination.repository}@${digest}`;
  return refuse(request.method, {
    status: 403,
    code: 'DENIED',
    message: `${name} has the content of a manifest, which is not served as a blob: pull it as a manifest`,
  });
}

/** Reports whether a client could take bytes for a manifest. */
export function isManifestContent(bytes: Uint8Array): boolean {
  if (!mayBeObject(bytes)) return false;
  const document = parsed(bytes);
  if (!isPlainObject(document)) return false;
  // Go reads members in any case, takes `ſ` for an `s`, and of several the last one that is not refused.
  const members = Object.entries(document).map(([name, value]) => [name.toUpperCase(), value] as const);
  const has = (name: string) => members.some(([other]) => other === name);
  const isList = (name: string) => members.some(([other, value]) => other === name && Array.isArray(value));
  return (
    isList('MANIFESTS') ||
    isList('FSLAYERS') ||
    (isList('LAYERS') && has('CONFIG')) ||
    (isList('BLOBS') && has('ARTIFACTTYPE'))
  );
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
