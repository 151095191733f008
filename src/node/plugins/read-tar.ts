import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { decodeUtf8 } from '../../encoding/bytes.ts';
import { isNotationError } from '../../errors/index.ts';
import { type ArchiveEntry, type ArchiveFile, broken, EntryGate, MAX_PACKAGE, tooLarge } from './archive.ts';
import { ByteSource } from './byte-source.ts';

const BLOCK = 512;
/** Bytes of what describes the entry that follows: a long path, some times. */
const MAX_DESCRIPTION = 64 * 1024;

interface Header {
  path: string;
  size: number;
  mode: number;
  type: string;
}

/**
 * Reads the files at the top of a gzipped tar archive, as it is unpacked: the ceiling counts what really comes out.
 * The forms that are read are ustar, pax and that of GNU tar for long names.
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
      gate.admit({ path: 'description', kind: 'folder' });
      described = { ...described, ...(await readDescription(source, header)) };
      continue;
    }
    const { path, size } = { ...header, ...described };
    described = {};
    if (size >= MAX_PACKAGE) throw tooLarge(`it unpacks to ${size} bytes and more`);
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
      if (length >= MAX_PACKAGE) throw tooLarge(`it unpacks to ${length} bytes and more`);
      yield chunk;
    }
  } catch (cause) {
    if (isNotationError(cause)) throw cause;
    throw broken('it cannot be unpacked', cause);
  }
}

/** `undefined` for the block of zeros that ends the archive. */
function readHeader(block: Uint8Array): Header | undefined {
  if (block.every((octet) => octet === 0)) return undefined;
  const sum = block.reduce((total, octet, at) => total + (at >= 148 && at < 156 ? 0x20 : octet), 0);
  if (sum !== readOctal(block.subarray(148, 156))) throw broken('it is no tar archive, or damaged');
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

/** Of the entry that follows: by pax, or by GNU tar; and of all of them, which nothing here needs. */
function isDescription(type: string): boolean {
  return type === 'x' || type === 'g' || type === 'L';
}

async function readDescription(source: ByteSource, { type, size }: Header): Promise<Partial<Header>> {
  if (size > MAX_DESCRIPTION) throw tooLarge(`an entry is described by ${size} bytes`);
  const bytes = await source.take(size);
  await source.take(padding(size));
  if (type === 'L') return { path: readText(bytes) };
  const records = readRecords(bytes);
  if ([...records.keys()].some((key) => key.startsWith('GNU.sparse'))) throw broken('it has sparse files');
  const [path, size64] = [records.get('path'), records.get('size')];
  if (type === 'g') {
    if (path !== undefined || size64 !== undefined) throw broken('it describes all of its entries alike');
    return {};
  }
  if (size64 !== undefined && !/^[0-9]{1,15}$/.test(size64)) throw broken('an entry has a malformed size');
  return { ...(path !== undefined && { path }), ...(size64 !== undefined && { size: Number(size64) }) };
}

/** Lines of the form `<length of the line> <key>=<value>`. */
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
    if (!line || equals < 1) throw broken('an entry has a malformed description');
    records.set(textOf(line.subarray(0, equals)), textOf(line.subarray(equals + 1)));
    at = end;
  }
  return records;
}

function kindOf(path: string, type: string): ArchiveEntry['kind'] {
  if (type === '5') return 'folder';
  if (type !== '0' && type !== '\0') return 'other';
  // So were folders written before they had a type.
  return path.endsWith('/') ? 'folder' : 'file';
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

function readOctal(field: Uint8Array): number {
  const text = readText(field).trim();
  if (/^[0-7]*$/.test(text)) return text === '' ? 0 : Number.parseInt(text, 8);
  throw broken('an entry has a malformed number, or it is too large');
}

/** Up to the first zero. */
function readText(field: Uint8Array): string {
  const end = field.indexOf(0);
  return textOf(end < 0 ? field : field.subarray(0, end));
}

function textOf(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch (cause) {
    throw broken('a text in it is not UTF-8', cause);
  }
}
