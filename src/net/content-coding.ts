import { quote } from '../errors/quote.ts';
import type { Abortable } from './abort.ts';
import { readAtMost } from './body.ts';
import type { TransportResponse } from './send.ts';

/** A content coding (RFC 9110, section 8.4.1). */
interface Coding {
  /** Reports whether bytes begin as the coding makes them. */
  marks: (bytes: Uint8Array) => boolean;
  /** The name for DecompressionStream, if runtimes have the coding there. */
  format?: CompressionFormat;
}

const gzip: Coding = { marks: ([first, second]) => first === 0x1f && second === 0x8b, format: 'gzip' };
const CODINGS: ReadonlyMap<string, Coding> = new Map<string, Coding>([
  ['gzip', gzip],
  ['x-gzip', gzip],
  // RFC 1950, section 2.2: the method 8, and a check of the two bytes.
  [
    'deflate',
    {
      marks: ([first = 0, second = 0]) => (first & 0x8f) === 0x08 && (first * 256 + second) % 31 === 0,
      format: 'deflate',
    },
  ],
  ['zstd', { marks: (bytes) => [0x28, 0xb5, 0x2f, 0xfd].every((byte, index) => bytes[index] === byte) }],
  // Without a mark: where the runtime does not decode it, whatever reads the content finds it malformed.
  ['br', { marks: () => false }],
]);
/** Some object stores repeat `aws-chunked`, which is about the upload only. */
const UNENCODED: readonly string[] = ['', 'identity', 'aws-chunked'];
/** Limit of the codings of one body; usual ones have one. */
const MAX_CODINGS = 4;
const NEXT_STEP = 'Have the server, or the proxy in front of it, send bodies without a Content-Encoding.';

/** Options of {@link decodeBody}. */
export interface DecodeOptions {
  /** The most bytes to decode. */
  maxBytes: number;
  signal: Abortable;
  /** Makes the error of a coding that cannot be decoded. */
  refuse: (reason: string, nextStep: string) => Error;
}

/**
 * Decodes a body that the runtime has left encoded: some know few codings, and Deno decodes nothing if the request names
 * the codings that it accepts. The Content-Encoding header does not show it, because runtimes keep it either way.
 * @param body - As the runtime gave it; longer than the limit if it was cut off there.
 * @returns The decoded body: at most one byte more than the limit.
 * @throws NotationError As `refuse` makes it, for a coding that is unknown or that this runtime does not have.
 */
export async function decodeBody(
  body: Uint8Array,
  headers: TransportResponse['headers'],
  { maxBytes, signal, refuse }: DecodeOptions,
): Promise<Uint8Array> {
  const names = (headers.get('content-encoding') ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => !UNENCODED.includes(name));
  if (body.length === 0 || body.length > maxBytes) return body;
  // A body can decode to itself, again and again.
  if (names.length > MAX_CODINGS) throw refuse(`sends a body in ${names.length} encodings`, NEXT_STEP);
  const isAsSent = hasClaimedLength(body, headers);
  let decoded = body;
  for (const name of names.reverse()) {
    const coding = CODINGS.get(name);
    if (!coding) throw refuse(`sends a body in the unknown encoding ${quote(name)}`, NEXT_STEP);
    if (!isAsSent || !coding.marks(decoded)) continue;
    if (!coding.format) {
      throw refuse(`sends a body in the encoding "${name}", which this runtime does not decode`, NEXT_STEP);
    }
    const stream = new Blob([decoded as BlobPart])
      .stream()
      .pipeThrough(new DecompressionStream(coding.format));
    decoded = await readAtMost(stream, { maxBytes, signal, expected: 0 });
  }
  return decoded;
}

/** Content-Length is that of the encoded body; it is absent from a body in chunks. */
function hasClaimedLength({ length }: Uint8Array, headers: TransportResponse['headers']): boolean {
  const claimed = headers.get('content-length') ?? '';
  return !/^[0-9]{1,15}$/.test(claimed) || Number(claimed) === length;
}
