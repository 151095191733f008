const FORMATS: Readonly<Record<string, CompressionFormat>> = {
  gzip: 'gzip',
  'x-gzip': 'gzip',
  deflate: 'deflate',
};
/** Bytes of a block of zstd. */
const MAX_BLOCK = 128 * 1024;

/** Encodes a body in a content coding, in any runtime. */
export async function encodeBody(coding: string, body: Uint8Array): Promise<Uint8Array> {
  const name = coding.trim().toLowerCase();
  if (name === 'zstd') return encodeZstd(body);
  const format = FORMATS[name];
  if (!format) throw new Error(`no coding ${name}`);
  const stream = new Blob([body as BlobPart]).stream().pipeThrough(new CompressionStream(format));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Returns a frame of one block that is stored as it is (RFC 8878, section 3.1.1). */
export function encodeZstd(body: Uint8Array): Uint8Array {
  if (body.length > MAX_BLOCK) throw new Error(`zstd: ${body.length} bytes are more than a block`);
  const frame = new Uint8Array(12 + body.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, 0xfd2fb528, true);
  // A single segment, whose length has four bytes.
  view.setUint8(4, 0xa0);
  view.setUint32(5, body.length, true);
  const header = body.length * 8 + 1;
  view.setUint16(9, header & 0xffff, true);
  view.setUint8(11, header >> 16);
  frame.set(body, 12);
  return frame;
}
