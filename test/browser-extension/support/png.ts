import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const MAX_COLORS = 256;
const INDEXED = 3;
/** Bytes of a pixel by the type of its color: RGB and RGBA. */
const CHANNELS: Readonly<Record<number, number>> = { 2: 3, 6: 4 };

/**
 * Writes a picture of the browser, which has one byte for each channel, with at most 256 colors: about a third of the bytes.
 * The most frequent colors stay as they are; the others, edges of letters, become the nearest of them.
 */
export function shrinkPng(png: Buffer): Buffer {
  const { width, height, channels, pixels } = readPng(png);
  const colors = Array.from({ length: width * height }, (_, at) => pixels.readUIntBE(at * channels, 3));
  const counts = new Map<number, number>();
  for (const color of colors) counts.set(color, (counts.get(color) ?? 0) + 1);
  const byCount = [...counts].sort(([, one], [, other]) => other - one).map(([color]) => color);
  const palette = byCount.slice(0, MAX_COLORS);
  const indexes = new Map(byCount.map((color) => [color, nearest(color, palette)]));
  const rows = Buffer.alloc((width + 1) * height);
  for (const [at, color] of colors.entries()) {
    rows[at + Math.floor(at / width) + 1] = indexes.get(color) ?? 0;
  }
  return writePng(width, height, palette, rows);
}

function nearest(color: number, palette: readonly number[]): number {
  const distance = (other: number) =>
    [16, 8, 0].reduce((sum, shift) => sum + Math.abs(((color >> shift) & 255) - ((other >> shift) & 255)), 0);
  return palette.reduce(
    (best, other, index) => (distance(other) < distance(palette[best] ?? 0) ? index : best),
    0,
  );
}

function readPng(png: Buffer) {
  const data: Buffer[] = [];
  for (let at = SIGNATURE.length; at < png.length; at += png.readUInt32BE(at) + 12) {
    const end = at + 8 + png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') data.push(png.subarray(at + 8, end));
  }
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const channels = CHANNELS[png[25] ?? 0];
  if (channels === undefined || png[24] !== 8) throw new Error('the picture is not RGB or RGBA of 8 bits');
  return {
    width,
    height,
    channels,
    pixels: withoutFilters(inflateSync(Buffer.concat(data)), width * channels, channels),
  };
}

/** Undoes the filters of the rows, which write a byte as the difference from its neighbors. */
function withoutFilters(rows: Buffer, length: number, channels: number): Buffer {
  const pixels = Buffer.alloc((rows.length / (length + 1)) * length);
  for (let row = 0; row * (length + 1) < rows.length; row++) {
    const filter = rows[row * (length + 1)];
    for (let column = 0; column < length; column++) {
      const at = row * length + column;
      const left = column < channels ? 0 : (pixels[at - channels] ?? 0);
      const above = row === 0 ? 0 : (pixels[at - length] ?? 0);
      const corner = row === 0 || column < channels ? 0 : (pixels[at - length - channels] ?? 0);
      const predicted = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter ?? 0] ?? 0;
      pixels[at] = (rows[row * (length + 1) + 1 + column] ?? 0) + predicted;
    }
  }
  return pixels;
}

function paeth(left: number, above: number, corner: number): number {
  const estimate = left + above - corner;
  const [toLeft, toAbove, toCorner] = [left, above, corner].map((value) => Math.abs(estimate - value));
  if ((toLeft ?? 0) <= (toAbove ?? 0) && (toLeft ?? 0) <= (toCorner ?? 0)) return left;
  return (toAbove ?? 0) <= (toCorner ?? 0) ? above : corner;
}

function writePng(width: number, height: number, palette: readonly number[], rows: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  header[9] = INDEXED;
  const colors = Buffer.from(palette.flatMap((color) => [color >> 16, (color >> 8) & 255, color & 255]));
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', colors),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
