import { execFileSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { forgeTar, forgeTarGz, paxRecord } from './archives.ts';
import { programOf, usePluginDirectory, writeProgram } from './support.ts';

const here = usePluginDirectory();

const PROGRAM = { path: 'notation-acme', content: programOf('acme') };

describe('install of a .tar.gz', () => {
  it.each(['gnu', 'pax', 'ustar'])('takes an archive that tar made in the format %s', async (format) => {
    await writeProgram(join(here.sources, 'notation-acme'), programOf('acme'));
    const long = 'x'.repeat(format === 'ustar' ? 99 : 180);
    await writeFile(join(here.sources, long), 'long');
    execFileSync('tar', [`--format=${format}`, '-czf', 'acme.tgz', './notation-acme', `./${long}`], {
      cwd: here.sources,
    });
    await here.plugins.install(join(here.sources, 'acme.tgz'));
    expect((await readdir(join(here.directory, 'acme'))).sort()).toEqual(['notation-acme', long]);
    expect(await readFile(join(here.directory, 'acme', long), 'utf8')).toBe('long');
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['that is not a tar', gzipSync('x'.repeat(2000)), /number that is malformed|not a tar archive/],
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
      /sets one path or size for all entries/,
    ],
    [
      'with a malformed description',
      forgeTarGz([{ path: '@', type: 'x', content: '99 path=x\n' }, PROGRAM]),
      /malformed description/,
    ],
    ['with a checksum that does not fit', gzipSync(forgeTar([PROGRAM]).fill(0x41, 0, 1)), /damaged/],
  ])('rejects a .tar.gz %s', async (_, bytes, message) => {
    await expect(here.plugins.install(await here.sourceOf(bytes))).rejects.toMatchObject({
      code: 'ERR_PLUGIN_INVALID',
      message: expect.stringMatching(message),
    });
    await here.expectOnly();
  });

  it('rejects a .tar.gz whose end was changed, by its checksum', async () => {
    const bytes = Buffer.from(forgeTarGz([PROGRAM]));
    bytes.writeUInt32LE(0, bytes.length - 8);
    await expect(here.plugins.install(await here.sourceOf(bytes))).rejects.toMatchObject({
      code: 'ERR_PLUGIN_INVALID',
    });
    await here.expectOnly();
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
    expect(await here.plugins.install(await here.sourceOf(bytes))).toMatchObject({ name: 'acme' });
  });
});
