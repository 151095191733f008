import { isPlainObject } from '../encoding/schema.ts';
import { discard, readAtMost } from '../net/body.ts';
import { limits } from '../oci/repository.ts';
import type { Exchange } from './exchange.ts';
import { refuse } from './responses.ts';
import { type UpstreamResponse, untilRead } from './upstream-request.ts';

const WHAT = 'the request for a blob';
const BRACE = 0x7b;
const SPACES: readonly number[] = [0x09, 0x0a, 0x0d, 0x20];

/**
 * Returns the body of a blob that passes; `undefined` for the content of a manifest. Some registries serve manifests as blobs,
 * too, and some clients request as a blob what they were refused as a manifest.
 * @throws NotationError `ERR_TIMEOUT`, `ERR_REGISTRY_UNREACHABLE`
 */
export async function blobBody(
  exchange: Exchange,
  sent: UpstreamResponse,
): Promise<BodyInit | null | undefined> {
  const { response, stop, endLimit } = sent;
  const maxBytes = limits.manifest;
  const length = response.headers.get('content-length');
  const expected = Number(length);
  if (length !== null && expected > maxBytes) {
    endLimit();
    return response.body;
  }
  // Of a body without a length the beginning is read, and kept for the client.
  const [head, whole] = length === null && response.body ? response.body.tee() : [response.body, null];
  const bytes = await untilRead(exchange, sent, WHAT, () =>
    readAtMost(head, { maxBytes, signal: stop, expected }),
  ).catch((error: unknown) => {
    // The response ends when both of its copies do.
    discard(whole);
    throw error;
  });
  if (bytes.length > maxBytes) return whole;
  return isManifestContent(bytes) ? undefined : (bytes as BodyInit);
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
  if (bytes.find((byte) => !SPACES.includes(byte)) !== BRACE) return false;
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
