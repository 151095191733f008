import { Readable } from 'node:stream';
import { createInflateRaw } from 'node:zlib';
import { decodeUtf8, equalBytes } from '../../encoding/bytes.ts';
import { isNotationError } from '../../errors/index.ts';
import { quote } from '../../errors/quote.ts';
import { type ArchiveFile, archiveInvalid, archiveTooLarge, EntryGate, MAX_PACKAGE } from './archive.ts';
import { Crc32 } from './crc32.ts';

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END = 0x06054b50;
const END_SIZE = 22;
const ENCRYPTED = 0x2041;
const STORED = 0;
const DEFLATED = 8;
const UNIX = 3;
/** Marks a size or an offset that is stored elsewhere in 64 bits; no plugin is that large. */
const ZIP64 = 0xffffffff;

interface Entry {
  path: Uint8Array;
  method: number;
  crc: number;
  packedSize: number;
  size: number;
  /** The file mode of Unix; 0 if it is unknown. */
  mode: number;
  offset: number;
}

/**
 * Reads the files at the top level of a ZIP archive, in the order of its directory. No file is unpacked beyond its
 * declared size, and the declared sizes together must stay below the limit.
 *
 * @throws NotationError `ERR_PLUGIN_INVALID`, `ERR_LIMIT_EXCEEDED`
 * @see PKWARE APPNOTE 6.3, section 4.3
 */
export async function* readZip(archive: Uint8Array): AsyncGenerator<ArchiveFile> {
  const entries = readDirectory(new DataView(archive.buffer, archive.byteOffset, archive.length));
  const total = entries.reduce((sum, { size }) => sum + size, 0);
  if (total >= MAX_PACKAGE) throw archiveTooLarge(`it unpacks to ${total} bytes`);
  const gate = new EntryGate();
  for (const entry of entries) {
    const path = readPath(entry.path);
    const name = gate.admit({ path, kind: kindOf(path, entry.mode) });
    if (name === undefined) continue;
    const packed = packedBytes(archive, entry);
    yield { name, executable: (entry.mode & 0o100) !== 0, content: unpack(packed, entry, name) };
  }
}

function readDirectory(view: DataView): Entry[] {
  return guard(() => {
    const end = findEnd(view);
    const [disk, firstDisk, here, count] = [4, 6, 8, 10].map((at) => view.getUint16(end + at, true));
    const size = view.getUint32(end + 12, true);
    let at = view.getUint32(end + 16, true);
    if (disk !== 0 || firstDisk !== 0 || here !== count)
      throw archiveInvalid('it is split into several parts');
    if (at + size !== end) throw archiveInvalid('its directory is not at the declared offset');
    const entries: Entry[] = [];
    while (at < end) {
      const { entry, length } = readEntry(view, at);
      entries.push(entry);
      at += length;
    }
    if (at !== end || entries.length !== count)
      throw archiveInvalid('its directory does not have the declared length');
    return entries;
  });
}

/** Finds the end record. With its comment it must end the file, so that an archive inside is not mistaken for it. */
function findEnd(view: DataView): number {
  for (let at = view.byteLength - END_SIZE; at >= Math.max(0, view.byteLength - END_SIZE - 0xffff); at--) {
    if (view.getUint32(at, true) !== END) continue;
    if (at + END_SIZE + view.getUint16(at + 20, true) === view.byteLength) return at;
  }
  throw archiveInvalid('it has no directory');
}

function readEntry(view: DataView, at: number): { entry: Entry; length: number } {
  if (view.getUint32(at, true) !== CENTRAL_HEADER) throw archiveInvalid('its directory is malformed');
  if ((view.getUint16(at + 8, true) & ENCRYPTED) !== 0) throw archiveInvalid('it is encrypted');
  const [nameLength = 0, extraLength = 0, commentLength = 0] = [28, 30, 32].map((i) =>
    view.getUint16(at + i, true),
  );
  const unix = view.getUint8(at + 5) === UNIX;
  const entry = {
    path: bytesAt(view, at + 46, nameLength),
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    packedSize: view.getUint32(at + 20, true),
    size: view.getUint32(at + 24, true),
    mode: unix ? view.getUint16(at + 40, true) : 0,
    offset: view.getUint32(at + 42, true),
  };
  if ([entry.packedSize, entry.size, entry.offset].includes(ZIP64)) {
    throw archiveTooLarge('it has 64-bit sizes');
  }
  return { entry, length: 46 + nameLength + extraLength + commentLength };
}

/** Returns the packed bytes of an entry. The header in front of them must agree with the directory. */
function packedBytes(archive: Uint8Array, { path, method, offset, packedSize }: Entry): Uint8Array {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.length);
  return guard(() => {
    if (view.getUint32(offset, true) !== LOCAL_HEADER)
      throw archiveInvalid('an entry is not at the offset that its directory declares');
    const nameLength = view.getUint16(offset + 26, true);
    const same = equalBytes(bytesAt(view, offset + 30, nameLength), path);
    if (!same || view.getUint16(offset + 8, true) !== method) {
      throw archiveInvalid('an entry does not match its directory');
    }
    return bytesAt(view, offset + 30 + nameLength + view.getUint16(offset + 28, true), packedSize);
  });
}

async function* unpack(packed: Uint8Array, entry: Entry, name: string): AsyncGenerator<Uint8Array> {
  const crc = new Crc32();
  let length = 0;
  try {
    for await (const chunk of streamOf(packed, entry.method)) {
      length += chunk.length;
      if (length > entry.size) throw archiveInvalid(`${quote(name)} is longer than its declared size`);
      crc.update(chunk);
      yield chunk;
    }
  } catch (cause) {
    if (isNotationError(cause)) throw cause;
    throw archiveInvalid(`${quote(name)} cannot be unpacked`, cause);
  }
  if (length !== entry.size || crc.value !== entry.crc) throw archiveInvalid(`${quote(name)} is damaged`);
}

function streamOf(packed: Uint8Array, method: number): AsyncIterable<Uint8Array> {
  const source = Readable.from([packed], { objectMode: false });
  if (method === STORED) return source;
  if (method !== DEFLATED) throw archiveInvalid(`it uses the unknown compression method ${method}`);
  return source.pipe(createInflateRaw());
}

function kindOf(path: string, mode: number): 'file' | 'directory' | 'other' {
  const type = mode & 0o170000;
  if (path.endsWith('/')) return type === 0 || type === 0o040000 ? 'directory' : 'other';
  return type === 0 || type === 0o100000 ? 'file' : 'other';
}

function readPath(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch (cause) {
    throw archiveInvalid('a path is not UTF-8', cause);
  }
}

function bytesAt(view: DataView, at: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength).subarray(
    at,
    at + checked(view, at, length),
  );
}

function checked(view: DataView, at: number, length: number): number {
  if (at + length > view.byteLength) throw archiveInvalid('it ends too early');
  return length;
}

/** Replaces the RangeError of a DataView. */
function guard<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (isNotationError(cause)) throw cause;
    throw archiveInvalid('it ends too early', cause);
  }
}
