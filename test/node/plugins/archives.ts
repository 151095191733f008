import { deflateRawSync, gzipSync, type ZlibOptions } from 'node:zlib';
import { Crc32 } from '../../../src/node/plugins/crc32.ts';

/** An entry of a forged archive; omitted members are as honest tools write them. */
export interface ForgedEntry {
  path: string | Uint8Array;
  content?: string | Uint8Array;
  /** Permissions, with the type of the file on Unix. */
  mode?: number;
  /** Of ZIP. */
  method?: number;
  localPath?: string;
  size?: number;
  crc?: number;
  flags?: number;
  /** Of tar. */
  type?: string;
  linkTarget?: string;
}

const bytesOf = (content: string | Uint8Array) => Buffer.from(content);

/** A ZIP archive with the given content. */
export function forgeZip(entries: readonly ForgedEntry[], comment = ''): Uint8Array {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const {
    path,
    content = '',
    mode = 0o100755,
    method = 8,
    localPath,
    size,
    crc,
    flags = 0,
  } of entries) {
    const [name, plain] = [bytesOf(path), bytesOf(content)];
    const packed = method === 8 ? deflateRawSync(plain) : plain;
    const checksum = new Crc32();
    checksum.update(plain);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(crc ?? checksum.value, 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(size ?? plain.length, 18);
    const localName = localPath === undefined ? name : bytesOf(localPath);
    const localCommon = Buffer.from(common);
    localCommon.writeUInt16LE(localName.length, 22);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), localCommon, localName, packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(mode * 0x10000, 6);
    rest.writeUInt32LE(offset, 10);
    centrals.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x03', 'latin1'), common, rest, name]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  end.writeUInt16LE(comment.length, 16);
  return Buffer.concat([...locals, directory, Buffer.from('PK\x05\x06'), end, Buffer.from(comment)]);
}

/** A tar archive, not yet compressed. */
export function forgeTar(entries: readonly ForgedEntry[]): Buffer {
  const blocks = entries.flatMap(
    ({ path, content = '', mode = 0o755, type = '0', linkTarget = '', size }) => {
      const body = bytesOf(content);
      const header = Buffer.alloc(512);
      bytesOf(path).copy(header, 0, 0, 100);
      header.write(`${(mode & 0o7777).toString(8).padStart(7, '0')}\0`, 100);
      header.write(`${(size ?? body.length).toString(8).padStart(11, '0')}\0`, 124);
      header.write(type, 156);
      header.write(linkTarget, 157);
      header.write('ustar\x0000', 257);
      header.write('        ', 148);
      const sum = header.reduce((total, byte) => total + byte, 0);
      header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
      return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
    },
  );
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

export function forgeTarGz(entries: readonly ForgedEntry[], options?: ZlibOptions): Uint8Array {
  return gzipSync(forgeTar(entries), options);
}

/** A record of pax. */
export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return `${length}${rest}`;
}
