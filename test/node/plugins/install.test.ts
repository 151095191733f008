import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { isNotationError } from '../../../src/errors/index.ts';
import { createPluginManager, type PluginManager } from '../../../src/node/index.ts';
import { EntryGate } from '../../../src/node/plugins/archive.ts';
import { readTarGz } from '../../../src/node/plugins/read-tar.ts';
import { readZip } from '../../../src/node/plugins/read-zip.ts';
import { type ForgedEntry, forgeTar, forgeTarGz, forgeZip, paxRecord } from './archives.ts';
import { programOf, putPlugin, shell, temporaryFolder, writeProgram } from './support.ts';

let directory: string;
let sources: string;
let plugins: PluginManager;

beforeEach(async () => {
  directory = join(await temporaryFolder(), 'plugins');
  sources = await temporaryFolder();
  plugins = createPluginManager({ directory });
});

const PROGRAM = { path: 'notation-acme', content: programOf('acme') };

async function sourceOf(bytes: Uint8Array | string, name = 'package'): Promise<string> {
  await writeFile(join(sources, name), bytes);
  return join(sources, name);
}

/** Nothing was left behind, but for what is named. */
async function demandOnly(...names: string[]): Promise<void> {
  expect(await readdir(directory).catch(() => [])).toEqual(names);
}

const FORMATS = [
  { format: '.zip', forge: (entries: readonly ForgedEntry[]) => forgeZip(entries) },
  { format: '.tar.gz', forge: (entries: readonly ForgedEntry[]) => forgeTarGz(entries) },
];

describe('install', () => {
  it('takes a program by itself', async () => {
    const source = await writeProgram(join(sources, 'notation-acme'), programOf('acme', '1.2.3'));
    expect(await plugins.install(source)).toMatchObject({ name: 'acme', metadata: { version: '1.2.3' } });
    expect(await plugins.list()).toMatchObject([{ name: 'acme', metadata: { version: '1.2.3' } }]);
    expect((await stat(join(directory, 'acme', 'notation-acme'))).mode & 0o7777).toBe(0o755);
    await demandOnly('acme');
  });

  it('takes what else is in an archive as well', async () => {
    const zip = forgeZip([
      PROGRAM,
      { path: './LICENSE', content: 'do what you want'.repeat(1000), mode: 0o100664 },
      { path: 'empty', method: 0, mode: 0 },
    ]);
    await plugins.install(await sourceOf(zip));
    expect((await readdir(join(directory, 'acme'))).sort()).toEqual(['LICENSE', 'empty', 'notation-acme']);
    expect(await readFile(join(directory, 'acme', 'LICENSE'), 'utf8')).toHaveLength(16_000);
    expect(await readFile(join(directory, 'acme', 'empty'), 'utf8')).toBe('');
    expect((await stat(join(directory, 'acme', 'LICENSE'))).mode & 0o7777).toBe(0o644);
  });

  it.each(['gnu', 'pax', 'ustar'])('takes an archive that tar made in the format %s', async (format) => {
    await writeProgram(join(sources, 'notation-acme'), programOf('acme'));
    const long = 'x'.repeat(format === 'ustar' ? 99 : 180);
    await writeFile(join(sources, long), 'long');
    execFileSync('tar', [`--format=${format}`, '-czf', 'acme.tgz', './notation-acme', `./${long}`], {
      cwd: sources,
    });
    await plugins.install(join(sources, 'acme.tgz'));
    expect((await readdir(join(directory, 'acme'))).sort()).toEqual(['notation-acme', long]);
    expect(await readFile(join(directory, 'acme', long), 'utf8')).toBe('long');
  });

  describe.each(FORMATS)('of an archive $format', ({ forge }) => {
    const install = async (entries: readonly ForgedEntry[]) =>
      plugins.install(await sourceOf(forge(entries)));

    it('leaves out directories and what is in them', async () => {
      await install([
        PROGRAM,
        { path: 'docs/', mode: 0o40755, type: '5' },
        { path: 'docs/notation-other', content: '#!' },
      ]);
      expect(await readdir(join(directory, 'acme'))).toEqual(['notation-acme']);
    });

    it('makes its one program executable where the archive does not say so', async () => {
      await install([{ ...PROGRAM, mode: 0o100644 }]);
      expect((await stat(join(directory, 'acme', 'notation-acme'))).mode & 0o7777).toBe(0o755);
    });

    it('gives no more permissions than are needed', async () => {
      await install([{ ...PROGRAM, mode: 0o106777 }]);
      expect((await stat(join(directory, 'acme', 'notation-acme'))).mode & 0o7777).toBe(0o755);
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
    ])('refuses one %s', async (_, entries, message) => {
      await expect(install(entries)).rejects.toMatchObject({ message: expect.stringMatching(message) });
      await demandOnly();
    });

    it('refuses one with too many entries', async () => {
      const entries = Array.from({ length: 1001 }, (__, i) => ({ path: `f${i}`, mode: 0o100644 }));
      await expect(install(entries)).rejects.toMatchObject({ code: 'ERR_LIMIT_EXCEEDED' });
    });

    it('never fails otherwise than with an error of its own, whatever it is given', async () => {
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
          for (const [at, octet] of changes) if (at < bytes.length) bytes[at] = octet;
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
      'whose content is no DEFLATE',
      forgeZip([{ ...PROGRAM, method: 0 }]).map((octet, i, all) =>
        i === 8 || i === all.length - 22 - 59 + 10 ? 8 : octet,
      ),
      /cannot be unpacked/,
    ],
  ])('refuses a .zip %s', async (_, bytes, message) => {
    await expect(plugins.install(await sourceOf(bytes))).rejects.toMatchObject({
      code: 'ERR_PLUGIN_INVALID',
      message: expect.stringMatching(message),
    });
    await demandOnly();
  });

  it('takes a .zip with a comment and with content that is not packed', async () => {
    const zip = forgeZip([{ ...PROGRAM, method: 0 }], 'a comment');
    expect(await plugins.install(await sourceOf(zip))).toMatchObject({ name: 'acme' });
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['that is no tar', gzipSync('x'.repeat(2000)), /number that is malformed|not a tar archive/],
    ['that is cut off', forgeTarGz([PROGRAM]).subarray(0, 100), /cannot be unpacked/],
    ['without its end', gzipSync(forgeTar([PROGRAM]).subarray(0, 1024)), /ends too early/],
    [
      'with a hard link',
      forgeTarGz([PROGRAM, { path: 'l', type: '1', linkTarget: '/etc/passwd' }]),
      /neither a file/,
    ],
    ['with a sparse file', forgeTarGz([{ ...PROGRAM, type: 'S' }]), /neither a file/],
    [
      'whose long name leads out',
      forgeTarGz([{ path: '@', type: 'L', content: '../x\0' }, PROGRAM]),
      /leads out of it/,
    ],
    [
      'whose pax path leads out',
      forgeTarGz([{ path: '@', type: 'x', content: paxRecord('path', '../x') }, PROGRAM]),
      /leads out of it/,
    ],
    [
      'with a path for all',
      forgeTarGz([{ path: '@', type: 'g', content: paxRecord('path', 'x') }, PROGRAM]),
      /gives all entries one path or size/,
    ],
    [
      'with a malformed description',
      forgeTarGz([{ path: '@', type: 'x', content: '99 path=x\n' }, PROGRAM]),
      /malformed description/,
    ],
    ['with a checksum that does not fit', gzipSync(forgeTar([PROGRAM]).fill(0x41, 0, 1)), /damaged/],
  ])('refuses a .tar.gz %s', async (_, bytes, message) => {
    await expect(plugins.install(await sourceOf(bytes))).rejects.toMatchObject({
      code: 'ERR_PLUGIN_INVALID',
      message: expect.stringMatching(message),
    });
    await demandOnly();
  });

  it('refuses a .tar.gz whose end was changed, by its checksum', async () => {
    const bytes = Buffer.from(forgeTarGz([PROGRAM]));
    bytes.writeUInt32LE(0, bytes.length - 8);
    await expect(plugins.install(await sourceOf(bytes))).rejects.toMatchObject({
      code: 'ERR_PLUGIN_INVALID',
    });
    await demandOnly();
  });

  it('takes a tar that describes its entries', async () => {
    const pax = {
      path: '@',
      type: 'x',
      content: paxRecord('path', 'notation-acme') + paxRecord('mtime', '1.5'),
    };
    const bytes = forgeTarGz([
      { path: '@', type: 'g', content: paxRecord('comment', 'abc') },
      pax,
      { ...PROGRAM, path: 'short' },
    ]);
    expect(await plugins.install(await sourceOf(bytes))).toMatchObject({ name: 'acme' });
  });

  describe('a bomb', () => {
    const zeros = Buffer.alloc(64 * 1024 * 1024);

    it('in a .zip that says how large it is, is not unpacked', async () => {
      const bytes = forgeZip([PROGRAM, { path: 'a', content: '', size: 256 * 1024 * 1024 }]);
      await expect(plugins.install(await sourceOf(bytes))).rejects.toMatchObject({
        code: 'ERR_LIMIT_EXCEEDED',
      });
      await demandOnly();
    });

    it('in a .zip that says to be small, is unpacked as far as it says', async () => {
      const bytes = forgeZip([{ path: 'a', content: zeros, size: 1000 }, PROGRAM]);
      await expect(plugins.install(await sourceOf(bytes))).rejects.toMatchObject({
        message: expect.stringContaining('longer than its declared size'),
      });
      await demandOnly();
    });

    it('in a .zip of parts, is refused by their sum', async () => {
      const parts = [1, 2, 3, 4].map((part) => ({ path: `${part}`, content: '', size: zeros.length }));
      await expect(plugins.install(await sourceOf(forgeZip([PROGRAM, ...parts])))).rejects.toMatchObject({
        code: 'ERR_LIMIT_EXCEEDED',
      });
    });

    it('in a .tar.gz is refused when too much has come out', async () => {
      // Parts in directories, which are left out, count too.
      const part = forgeTar([{ path: 'folder/a', content: zeros }]).subarray(0, -1024);
      const bomb = Buffer.concat([1, 2, 3, 4].map(() => gzipSync(part, { level: 1 })));
      await expect(plugins.install(await sourceOf(bomb))).rejects.toMatchObject({
        code: 'ERR_LIMIT_EXCEEDED',
        message: expect.stringContaining('unpacks to'),
      });
      await demandOnly();
    });

    it('in a .tar.gz is refused by the size that it says', async () => {
      const bytes = forgeTarGz([{ path: 'a', size: 2 ** 32 - 1 }, PROGRAM]);
      await expect(plugins.install(await sourceOf(bytes))).rejects.toMatchObject({
        code: 'ERR_LIMIT_EXCEEDED',
      });
    });

    it('in the description of an entry is refused', async () => {
      const bytes = forgeTarGz([{ path: '@', type: 'x', content: Buffer.alloc(70_000, 'x') }, PROGRAM]);
      await expect(plugins.install(await sourceOf(bytes))).rejects.toMatchObject({
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

describe('install of what is no archive', () => {
  it.each(['acme', 'notation-', 'notation-a b', 'Notation-acme'])('refuses the name %j', async (name) => {
    const source = await sourceOf(programOf('acme'), name);
    await expect(plugins.install(source)).rejects.toMatchObject({
      code: 'ERR_PLUGIN_INVALID',
      message: expect.stringContaining('is neither a .zip, nor a .tar.gz, nor named notation-{name}'),
    });
  });

  it.each<[string, string, string]>([
    ['that does not work', shell('exit 1'), 'ERR_PLUGIN_FAILED'],
    ['of another contract', programOf('acme').replace('"1.0"', '"2.0"'), 'ERR_PLUGIN_INCOMPATIBLE'],
    ['that is no program', 'touch here', 'ERR_PLUGIN_INVALID'],
  ])('refuses a program %s, and leaves nothing behind', async (_, program, code) => {
    await expect(plugins.install(await sourceOf(program, 'notation-acme'))).rejects.toMatchObject({ code });
    await demandOnly();
  });

  it('refuses a file that is not there, a directory and a symbolic link', async () => {
    await mkdir(join(sources, 'folder'));
    await symlink(
      await writeProgram(join(sources, 'program'), programOf('acme')),
      join(sources, 'notation-acme'),
    );
    for (const name of ['none', 'folder', 'notation-acme']) {
      await expect(plugins.install(join(sources, name))).rejects.toMatchObject({
        code: 'ERR_PLUGIN_NOT_FOUND',
      });
    }
  });

  it('tells when the directory of plugins cannot be written', async () => {
    await writeFile(join(sources, 'file'), '');
    const manager = createPluginManager({ directory: join(sources, 'file') });
    const source = await sourceOf(programOf('acme'), 'notation-acme');
    await expect(manager.install(source)).rejects.toMatchObject({
      code: 'ERR_PLUGIN_INVALID',
      message: expect.stringMatching(/^cannot write the plugin directory .* \(ENOTDIR\)$/),
    });
  });

  it('can be aborted while the plugin is asked for its metadata', async () => {
    const source = await sourceOf(shell('exec sleep 60'), 'notation-acme');
    const signal = AbortSignal.timeout(200);
    await expect(plugins.install(source, { signal })).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    await demandOnly();
  });

  it('takes only what has the SHA-256 that is asked for', async () => {
    const source = await sourceOf(programOf('acme'), 'notation-acme');
    await expect(plugins.install(source, { sha256: '0'.repeat(64) })).rejects.toMatchObject({
      code: 'ERR_CONTENT_MISMATCH',
    });
    await demandOnly();
    const sha256 = createHash('sha256').update(programOf('acme')).digest('hex').toUpperCase();
    await plugins.install(source, { sha256 });
    await demandOnly('acme');
  });

  it.each(['', 'abc', 'sha256:'.concat('0'.repeat(64))])('refuses the SHA-256 %j', async (sha256) => {
    const source = await sourceOf(programOf('acme'), 'notation-acme');
    await expect(plugins.install(source, { sha256 })).rejects.toMatchObject({ code: 'ERR_ARGUMENT_INVALID' });
  });
});

describe('install over a plugin that is there', () => {
  const offer = async (version: string) => sourceOf(programOf('acme', version), 'notation-acme');
  const installed = async () => (await plugins.list()).map(({ metadata }) => metadata?.version);

  beforeEach(async () => {
    await putPlugin(directory, 'acme', programOf('acme', '1.10.0'));
    await writeFile(join(directory, 'acme', 'old'), '');
  });

  it('replaces it with a newer one, wholly', async () => {
    expect(await plugins.install(await offer('1.11.0-rc.1'))).toMatchObject({ replacedVersion: '1.10.0' });
    expect(await installed()).toEqual(['1.11.0-rc.1']);
    expect(await readdir(join(directory, 'acme'))).toEqual(['notation-acme']);
    await demandOnly('acme');
  });

  it.each(['1.10.0', '1.9.0', '1.10.0-rc.1', '1.10.0+build', 'latest'])(
    'refuses the version %s',
    async (version) => {
      await expect(plugins.install(await offer(version))).rejects.toMatchObject({
        code: 'ERR_PLUGIN_EXISTS',
        message: expect.stringContaining('"1.10.0"'),
      });
      expect(await installed()).toEqual(['1.10.0']);
      expect((await readdir(join(directory, 'acme'))).sort()).toEqual(['notation-acme', 'old']);
      await demandOnly('acme');
    },
  );

  it.each(['1.10.0', '1.0.0'])('takes the version %s when it may overwrite', async (version) => {
    await plugins.install(await offer(version), { overwrite: true });
    expect(await installed()).toEqual([version]);
    await demandOnly('acme');
  });

  it('replaces one that does not work only when it may overwrite', async () => {
    await writeFile(join(directory, 'acme', 'notation-acme'), shell('exit 1'));
    const source = await offer('9.0.0');
    await expect(plugins.install(source)).rejects.toMatchObject({
      code: 'ERR_PLUGIN_EXISTS',
      message: expect.stringContaining('is already installed in an unknown version'),
    });
    expect(await plugins.install(source, { overwrite: true })).toEqual({
      name: 'acme',
      metadata: expect.anything(),
    });
    expect(await installed()).toEqual(['9.0.0']);
  });

  it('replaces a symbolic link, not what it leads to, and only when it may overwrite', async () => {
    const outside = await temporaryFolder();
    await putPlugin(outside, 'linked', programOf('linked'));
    await symlink(join(outside, 'linked'), join(directory, 'linked'));
    const source = await sourceOf(programOf('linked', '2.0.0'), 'notation-linked');
    await expect(plugins.install(source)).rejects.toMatchObject({ code: 'ERR_PLUGIN_EXISTS' });
    await plugins.install(source, { overwrite: true });
    expect(await readdir(join(outside, 'linked'))).toEqual(['notation-linked']);
    expect(await readFile(join(outside, 'linked', 'notation-linked'), 'utf8')).toBe(programOf('linked'));
  });

  it('leaves one whole plugin where several are installed at a time', async () => {
    const versions = ['2.0.0', '2.1.0', '2.2.0', '2.3.0'];
    const archives = versions.map((version) =>
      forgeZip([{ path: 'notation-acme', content: programOf('acme', version) }]),
    );
    const results = await Promise.allSettled(
      archives.map(async (archive, i) => plugins.install(await sourceOf(archive, `${i}.zip`))),
    );
    expect(results.some(({ status }) => status === 'fulfilled')).toBe(true);
    for (const result of results)
      if (result.status === 'rejected') expect(isNotationError(result.reason)).toBe(true);
    expect(versions).toContain((await installed())[0]);
    await demandOnly('acme');
  });
});
