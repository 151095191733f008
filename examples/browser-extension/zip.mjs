// Writes zip archives: no date and no owner, so that the same files give the same bytes.
import { crc32, deflateRawSync } from 'node:zlib';

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const VERSION = 20;
const UTF8_NAMES = 0x0800;
const DEFLATE = 8;
/** The first day that the format knows: 1 January 1980. */
const DATE = 0x0021;

/**
 * @param {ReadonlyMap<string, Uint8Array>} files - By their paths, with slashes.
 * @returns {Buffer} The archive.
 */
export function zip(files) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const [path, content] of files) {
    const name = Buffer.from(path);
    const data = deflateRawSync(content, { level: 9 });
    const common = numbers([
      [2, VERSION],
      [2, UTF8_NAMES],
      [2, DEFLATE],
      [2, 0],
      [2, DATE],
      [4, crc32(content)],
      [4, data.length],
      [4, content.length],
      [2, name.length],
      [2, 0],
    ]);
    parts.push(numbers([[4, LOCAL]]), common, name, data);
    directory.push(
      numbers([
        [4, CENTRAL],
        [2, VERSION],
      ]),
      common,
      numbers([
        [2, 0], // comment
        [2, 0], // disk
        [2, 0],
        [4, 0], // attributes
        [4, offset],
      ]),
      name,
    );
    offset += 4 + common.length + name.length + data.length;
  }
  const central = Buffer.concat(directory);
  const end = numbers([
    [4, END],
    [4, 0],
    [2, files.size],
    [2, files.size],
    [4, central.length],
    [4, offset],
    [2, 0],
  ]);
  return Buffer.concat([...parts, central, end]);
}

/** Writes numbers of 2 or 4 bytes, the least significant byte first. */
function numbers(fields) {
  const bytes = Buffer.alloc(fields.reduce((sum, [length]) => sum + length, 0));
  let at = 0;
  for (const [length, value] of fields) at = bytes.writeUIntLE(value, at, length);
  return bytes;
}
