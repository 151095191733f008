import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFiles } from '../../../src/node/files/write-files.ts';
import { utf8 } from '../../oci/support.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'notarykit-write-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

const pathOf = (name: string) => join(directory, name);
const text = (name: string) => readFile(pathOf(name), 'utf8');

async function* failing(): AsyncGenerator<Uint8Array> {
  yield utf8('a part');
  throw new RangeError('own');
}

describe('files that are written', () => {
  it('replace those of their names and leave nothing behind', async () => {
    await writeFile(pathOf('a'), 'old');
    const files = ['a', 'b'].map((name) => ({ path: pathOf(name), content: utf8(`new ${name}`) }));
    expect(await writeFiles(directory, files)).toBe(true);
    expect(await readdir(directory)).toEqual(['a', 'b']);
    expect([await text('a'), await text('b')]).toEqual(['new a', 'new b']);
  });

  it('do not get their names when one of them cannot be written', async () => {
    await writeFile(pathOf('a'), 'old');
    const files = [
      { path: pathOf('a'), content: utf8('new') },
      { path: pathOf('b'), content: failing() },
    ];
    await expect(writeFiles(directory, files)).rejects.toThrow(new RangeError('own'));
    expect(await readdir(directory)).toEqual(['a']);
    expect(await text('a')).toBe('old');
  });

  it('do not get their names when it is not permitted', async () => {
    let prepared: string[] = [];
    const permit = async () => {
      prepared = await readdir(directory);
      return false;
    };
    expect(await writeFiles(directory, [{ path: pathOf('a'), content: utf8('new') }], permit)).toBe(false);
    expect(prepared).toHaveLength(1);
    expect(await readdir(directory)).toEqual([]);
  });

  it('replace a symbolic link, not the file that it leads to', async () => {
    await writeFile(pathOf('elsewhere'), 'untouched');
    await symlink('elsewhere', pathOf('a'));
    await writeFiles(directory, [{ path: pathOf('a'), content: utf8('new') }]);
    expect([await text('a'), await text('elsewhere')]).toEqual(['new', 'untouched']);
  });

  it('do not replace a directory', async () => {
    await mkdir(pathOf('a'));
    const written = writeFiles(directory, [{ path: pathOf('a'), content: utf8('new') }]);
    await expect(written).rejects.toMatchObject({ code: expect.stringMatching(/^(EISDIR|EPERM)$/) });
    expect(await readdir(directory)).toEqual(['a']);
  });

  it.skipIf(process.platform === 'win32')('have exactly the permissions that are given', async () => {
    await writeFile(pathOf('a'), 'old');
    await chmod(pathOf('a'), 0o666);
    await writeFiles(directory, [{ path: pathOf('a'), content: utf8('new'), mode: 0o662 }]);
    expect((await stat(pathOf('a'))).mode & 0o777).toBe(0o662);
  });
});
