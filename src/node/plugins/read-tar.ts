import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { decodeUtf8 } from '../../encoding/bytes.ts';
import { isNotationError } from '../../errors/index.ts';
import {
  type ArchiveEntry,
  type ArchiveFile,
  archiveInvalid,
  archiveTooLarge,
  EntryGate,
  MAX_PACKAGE,
} from './archive.ts';
import { ByteSource } from './byte-source.ts';

const BLOCK = 512;
/** The bytes that can describe the entry that follows, such as a long path. */
const MAX_DESCRIPTION = 64 * 1024;

interface Header {
  path: string;
  size: number;
  mode: number;
  type: string;
}

/**
 * Reads the files at the top level of a gzipped tar archive while it is unpacked: the limit counts the actual bytes. It
 * reads ustar, pax, and the long names of GNU tar.
 *
 * @throws NotationError `ERR_PLUGIN_INVALID`, `ERR_LIMIT_EXCEEDED`
 * @see POSIX.1-2017, "pax Interchange Format" and "ustar Interchange Format"
 */
export async function* readTarGz(archive: Uint8Array): AsyncGenerator<ArchiveFile> {
  const source = new ByteSource(gunzip(archive));
  const gate = new EntryGate();
  let described: Partial<Header> = {};
  for (;;) {
    const header = readHeader(await source.take(BLOCK));
    if (!header) return await source.drain();
    if (isDescription(header.type)) {
      gate.admit({ path: 'description', kind: 'directory' });
      described = { ...described, ...(await readDescription(source, header)) };
      continue;
    }
    const { path, size } = { ...header, ...described };
    described = {};
    if (size >= MAX_PACKAGE) throw archiveTooLarge(`it unpacks to at least ${size} bytes`);
    const name = gate.admit({ path, kind: kindOf(path, header.type) });
    const content = source.stream(size);
    if (name !== undefined) yield { name, executable: (header.mode & 0o100) !== 0, content };
    for await (const _ of content);
    await source.take(padding(size));
  }
}

async function* gunzip(archive: Uint8Array): AsyncGenerator<Uint8Array> {
  let length = 0;
  try {
    for await (const chunk of Readable.from([archive], { objectMode: false }).pipe(createGunzip())) {
      length += chunk.length;
      if (length >= MAX_PACKAGE) throw archiveTooLarge(`it unpacks to at least ${length} bytes`);
      yield chunk;
    }
  } catch (cause) {
    if (isNotationError(cause)) throw cause;
    throw archiveInvalid('it cannot be unpacked', cause);
  }
}

/** Returns `undefined` for the block of zeros that ends the archive. */
function readHeader(block: Uint8Array): Header | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  if (sum !== readOctal(block.subarray(148, 156))) throw archiveInvalid('it is damaged or not a tar archive');
  const ustar = readText(block.subarray(257, 263)) === 'ustar' && block[262] === 0;
  const prefix = ustar ? readText(block.subarray(345, 500)) : '';
  const name = readText(block.subarray(0, 100));
  return {
    path: prefix ? `${prefix}/${name}` : name,
    size: readOctal(block.subarray(124, 136)),
    mode: readOctal(block.subarray(100, 108)),
    type: String.fromCharCode(block[156] ?? 0),
  };
}

/** Reports whether an entry describes the next one (pax, GNU tar) or all that follow (pax). */
function isDescription(type: string): boolean {
  return type === 'x' || type === 'g' || type === 'L';
}

async function readDescription(source: ByteSource, { type, size }: Header): Promise<Partial<Header>> {
  if (size > MAX_DESCRIPTION) throw archiveTooLarge(`the description of an entry has ${size} bytes`);
  const bytes = await source.take(size);
  await source.take(padding(size));
  if (type === 'L') return { path: readText(bytes) };
  const records = readRecords(bytes);
  if ([...records.keys()].some((key) => key.startsWith('GNU.sparse')))
    throw archiveInvalid('it has sparse files');
  const [path, size64] = [records.get('path'), records.get('size')];
  if (type === 'g') {
    if (path !== undefined || size64 !== undefined)
      throw archiveInvalid('it sets one path or size for all entries');
    return {};
  }
  if (size64 !== undefined && !/^[0-9]{1,15}$/.test(size64))
    throw archiveInvalid('an entry has a malformed size');
  return { ...(path !== undefined && { path }), ...(size64 !== undefined && { size: Number(size64) }) };
}

/** Parses lines of the form `<length of the line> <key>=<value>`. */
function readRecords(bytes: Uint8Array): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const digits = space < 0 ? '' : textOf(bytes.subarray(at, space));
    const end = at + Number(digits);
    const line =
      /^[1-9][0-9]{0,5}$/.test(digits) && bytes[end - 1] === 0x0a
        ? bytes.subarray(space + 1, end - 1)
        : undefined;
    const equals = line?.indexOf(0x3d) ?? -1;
    if (!line || equals < 1) throw archiveInvalid('an entry has a malformed description');
    records.set(textOf(line.subarray(0, equals)), textOf(line.subarray(equals + 1)));
    at = end;
  }
  return records;
}

function kindOf(path: string, type: string): ArchiveEntry['kind'] {
  if (type === '5') return 'directory';
  if (type !== '0' && type !== '\0') return 'other';
  // Directories were written this way before they had a type.
  return path.endsWith('/') ? 'directory' : 'file';
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

function readOctal(field: Uint8Array): number {
  const text = readText(field).trim();
  if (/^[0-7]*$/.test(text)) return text === '' ? 0 : Number.parseInt(text, 8);
  throw archiveInvalid('an entry has a number that is malformed or too large');
}

/** Returns the text up to the first zero byte. */
function readText(field: Uint8Array): string {
  const end = field.indexOf(0);
  return textOf(end < 0 ? field : field.subarray(0, end));
}

function textOf(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch (cause) {
    throw archiveInvalid('it has a string that is not UTF-8', cause);
  }
}
