import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNotationError } from '../../../src/errors/index.ts';
import { EntryGate } from '../../../src/node/plugins/archive.ts';
import { readTarGz } from '../../../src/node/plugins/read-tar.ts';
import { readZip } from '../../../src/node/plugins/read-zip.ts';
import { type ForgedEntry, forgeTar, forgeTarGz, forgeZip } from './archives.ts';
import { programOf, usePluginDirectory } from './support.ts';

const here = usePluginDirectory();

const PROGRAM = { path: 'notation-acme', content: programOf('acme') };

const FORMATS = [
  { format: '.zip', forge: (entries: readonly ForgedEntry[]) => forgeZip(entries) },
  { format: '.tar.gz', forge: (entries: readonly ForgedEntry[]) => forgeTarGz(entries) },
];

describe('install of an archive', () => {
  it('installs the other files of an archive as well', async () => {
    const zip = forgeZip([
      PROGRAM,
      { path: './LICENSE', content: 'do what you want'.repeat(1000), mode: 0o100664 },
      { path: 'empty', method: 0, mode: 0 },
    ]);
    await here.plugins.install(await here.sourceOf(zip));
    expect((await readdir(join(here.directory, 'acme'))).sort()).toEqual([
      'LICENSE',
      'empty',
      'notation-acme',
    ]);
    expect(await readFile(join(here.directory, 'acme', 'LICENSE'), 'utf8')).toHaveLength(16_000);
    expect(await readFile(join(here.directory, 'acme', 'empty'), 'utf8')).toBe('');
    expect((await stat(join(here.directory, 'acme', 'LICENSE'))).mode & 0o7777).toBe(0o644);
  });

  describe.each(FORMATS)('of an archive $format', ({ forge }) => {
    const install = async (entries: readonly ForgedEntry[]) =>
      here.plugins.install(await here.sourceOf(forge(entries)));

    it('leaves out directories and their files', async () => {
      await install([
        PROGRAM,
        { path: 'docs/', mode: 0o40755, type: '5' },
        { path: 'docs/notation-other', content: '#!' },
      ]);
      expect(await readdir(join(here.directory, 'acme'))).toEqual(['notation-acme']);
    });

    it('makes its one program executable if the archive does not', async () => {
      await install([{ ...PROGRAM, mode: 0o100644 }]);
      expect((await stat(join(here.directory, 'acme', 'notation-acme'))).mode & 0o7777).toBe(0o755);
    });

    it('sets no more permissions than are needed', async () => {
      await install([{ ...PROGRAM, mode: 0o106777 }]);
      expect((await stat(join(here.directory, 'acme', 'notation-acme'))).mode & 0o7777).toBe(0o755);
    });

    it('takes the one that is executable of several', async () => {
      const result = await install([{ path: 'notation-config', content: '', mode: 0o100644 }, PROGRAM]);
      expect(result.name).toBe('acme');
    });

    it.each<[string, ForgedEntry[], RegExp]>([
      ['without a program', [{ path: 'LICENSE' }], /no program notation-\{name\}/],
      ['that is empty', [], /no program notation-\{name\}|neither a \.zip/],
      ['with the program in a directory', [{ ...PROGRAM, path: 'bin/notation-acme' }], /no program/],
      [
        'with two programs',
        [PROGRAM, { path: 'notation-b', content: programOf('b') }],
        /more than one program: notation-acme, notation-b/,
      ],
      ['with a program of another name', [{ ...PROGRAM, path: 'notation-other' }], /it calls itself "acme"/],
      ['with an absolute path', [PROGRAM, { path: '/etc/x' }], /leads out of it/],
      ['with a path to the directory above', [PROGRAM, { path: '../x' }], /leads out of it/],
      ['with such a path further on', [PROGRAM, { path: 'a/../../x' }], /leads out of it/],
      [
        'with such a path to a directory',
        [PROGRAM, { path: '../x/', mode: 0o40755, type: '5' }],
        /leads out of it/,
      ],
      ['with a path of Windows', [PROGRAM, { path: '..\\x' }], /leads out of it/],
      ['with a drive of Windows', [PROGRAM, { path: 'C:x' }], /leads out of it/],
      ['with a control character', [PROGRAM, { path: 'a\u001bb' }], /leads out of it/],
      [
        'with a symbolic link',
        [
          PROGRAM,
          { path: 'l', content: '/etc/passwd', mode: 0o120777, type: '2', linkTarget: '/etc/passwd' },
        ],
        /neither a file nor a directory/,
      ],
      [
        'with a symbolic link as its program',
        [{ ...PROGRAM, mode: 0o120777, type: '2', linkTarget: '/bin/true' }],
        /neither a file nor a directory/,
      ],
      ['with a device', [PROGRAM, { path: 'd', mode: 0o20666, type: '3' }], /neither a file nor a directory/],
      ['with a pipe', [PROGRAM, { path: 'p', mode: 0o10666, type: '6' }], /neither a file nor a directory/],
      ['with a name twice', [PROGRAM, PROGRAM], /it has two files with the name/],
      [
        'with a name in two spellings',
        [PROGRAM, { path: 'A' }, { path: 'a' }],
        /it has two files with the name/,
      ],
      ['with a path that is not UTF-8', [PROGRAM, { path: new Uint8Array([0xff, 0x41]) }], /not UTF-8/],
    ])('rejects one %s', async (_, entries, message) => {
      await expect(install(entries)).rejects.toMatchObject({ message: expect.stringMatching(message) });
      await here.expectOnly();
    });

    it('rejects one with too many entries', async () => {
      const entries = Array.from({ length: 1001 }, (__, i) => ({ path: `f${i}`, mode: 0o100644 }));
      await expect(install(entries)).rejects.toMatchObject({ code: 'ERR_LIMIT_EXCEEDED' });
    });

    it('fails only with a NotationError, whatever the archive', async () => {
      const good = Buffer.from(forge([PROGRAM, { path: 'LICENSE', content: 'x'.repeat(500) }]));
      const plain = forge === FORMATS[0]?.forge ? good : gunzipSync(good);
      const read = forge === FORMATS[0]?.forge ? readZip : readTarGz;
      const change = fc.array(fc.tuple(fc.nat(plain.length - 1), fc.nat(255)), {
        minLength: 1,
        maxLength: 4,
      });
      await fc.assert(
        fc.asyncProperty(change, fc.nat(plain.length), fc.boolean(), async (changes, length, cut) => {
          const bytes = Buffer.from(plain.subarray(0, cut ? length : plain.length));
          for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte;
          try {
            for await (const { content } of read(read === readZip ? bytes : gzipSync(bytes))) {
              for await (const chunk of content) expect(chunk.length).toBeLessThanOrEqual(70_000);
            }
          } catch (error) {
            if (!isNotationError(error)) throw error;
          }
        }),
        { numRuns: 300 },
      );
    });
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['that is cut off', forgeZip([PROGRAM]).subarray(0, 60), /no directory/],
    ['with something behind it', Buffer.concat([forgeZip([PROGRAM]), Buffer.from('x')]), /no directory/],
    [
      'with another name before the content',
      forgeZip([{ ...PROGRAM, localPath: 'notation-evil' }]),
      /does not match its directory/,
    ],
    ['with a checksum that does not fit', forgeZip([{ ...PROGRAM, crc: 1 }]), /"notation-acme" is damaged/],
    [
      'whose content is longer than it says',
      forgeZip([{ ...PROGRAM, size: 5 }]),
      /longer than its declared size/,
    ],
    ['whose content is shorter than it says', forgeZip([{ ...PROGRAM, size: 5000 }]), /is damaged/],
    ['that is encrypted', forgeZip([{ ...PROGRAM, flags: 1 }]), /encrypted/],
    ['of another method', forgeZip([{ ...PROGRAM, method: 12 }]), /unknown compression method 12/],
    [
      'whose content is not DEFLATE',
      forgeZip([{ ...PROGRAM, method: 0 }]).map((byte, i, all) =>
        i === 8 || i === all.length - 22 - 59 + 10 ? 8 : byte,
      ),
      /cannot be unpacked/,
    ],
  ])('rejects a .zip %s', async (_, bytes, message) => {
    await expect(here.plugins.install(await here.sourceOf(bytes))).rejects.toMatchObject({
      code: 'ERR_PLUGIN_INVALID',
      message: expect.stringMatching(message),
    });
    await here.expectOnly();
  });

  it('accepts a .zip with a comment and stored content', async () => {
    const zip = forgeZip([{ ...PROGRAM, method: 0 }], 'a comment');
    expect(await here.plugins.install(await here.sourceOf(zip))).toMatchObject({ name: 'acme' });
  });

  describe('a bomb', () => {
    const zeros = Buffer.alloc(64 * 1024 * 1024);

    it('in a .zip that declares its size is not unpacked', async () => {
      const bytes = forgeZip([PROGRAM, { path: 'a', content: '', size: 256 * 1024 * 1024 }]);
      await expect(here.plugins.install(await here.sourceOf(bytes))).rejects.toMatchObject({
        code: 'ERR_LIMIT_EXCEEDED',
      });
      await here.expectOnly();
    });

    it('in a .zip that declares a small size is unpacked up to that size', async () => {
      const bytes = forgeZip([{ path: 'a', content: zeros, size: 1000 }, PROGRAM]);
      await expect(here.plugins.install(await here.sourceOf(bytes))).rejects.toMatchObject({
        message: expect.stringContaining('longer than its declared size'),
      });
      await here.expectOnly();
    });

    it('in a .zip of parts is rejected because of their sum', async () => {
      const parts = [1, 2, 3, 4].map((part) => ({ path: `${part}`, content: '', size: zeros.length }));
      await expect(
        here.plugins.install(await here.sourceOf(forgeZip([PROGRAM, ...parts]))),
      ).rejects.toMatchObject({
        code: 'ERR_LIMIT_EXCEEDED',
      });
    });

    it('in a .tar.gz is rejected when too much has come out', async () => {
      // Parts in directories, which are left out, count too.
      const part = forgeTar([{ path: 'directory/a', content: zeros }]).subarray(0, -1024);
      const bomb = Buffer.concat([1, 2, 3, 4].map(() => gzipSync(part, { level: 1 })));
      await expect(here.plugins.install(await here.sourceOf(bomb))).rejects.toMatchObject({
        code: 'ERR_LIMIT_EXCEEDED',
        message: expect.stringContaining('unpacks to'),
      });
      await here.expectOnly();
    });

    it('in a .tar.gz is rejected because of its declared size', async () => {
      const bytes = forgeTarGz([{ path: 'a', size: 2 ** 32 - 1 }, PROGRAM]);
      await expect(here.plugins.install(await here.sourceOf(bytes))).rejects.toMatchObject({
        code: 'ERR_LIMIT_EXCEEDED',
      });
    });

    it('in the description of an entry is rejected', async () => {
      const bytes = forgeTarGz([{ path: '@', type: 'x', content: Buffer.alloc(70_000, 'x') }, PROGRAM]);
      await expect(here.plugins.install(await here.sourceOf(bytes))).rejects.toMatchObject({
        code: 'ERR_LIMIT_EXCEEDED',
      });
    });
  });

  it('counts descriptions among the entries', () => {
    const gate = new EntryGate();
    for (let i = 0; i < 1000; i++) gate.admit({ path: 'd', kind: 'directory' });
    expect(() => gate.admit({ path: 'd', kind: 'directory' })).toThrow(
      expect.objectContaining({ code: 'ERR_LIMIT_EXCEEDED' }),
    );
  });
});
