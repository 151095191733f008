import { execFile } from 'node:child_process';
import {
  chmod,
  chown,
  lutimes,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { temporaryName } from '../../../src/node/files/temporary-name.ts';
import { writeFiles } from '../../../src/node/files/write-files.ts';
import { utf8 } from '../../oci/support.ts';
import { bundle } from '../bundle.ts';
import { elsewhere, isRoot, skipWithout } from '../machine.ts';

const run = promisify(execFile);

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

  it('may be on a file system other than that of their temporary files', async (context) => {
    const other = elsewhere(context);
    await writeFile(join(other, 'a'), 'old');
    const files = ['a', 'b'].map((name) => ({ path: join(other, name), content: utf8(`new ${name}`) }));
    expect(await writeFiles(directory, files)).toBe(true);
    expect([await readFile(join(other, 'a'), 'utf8'), await readFile(join(other, 'b'), 'utf8')]).toEqual([
      'new a',
      'new b',
    ]);
    expect([await readdir(directory), await readdir(other)]).toEqual([[], ['a', 'b']]);
  });
});

describe.skipIf(process.platform === 'win32')('the permissions of a file that is written', () => {
  const permissions = async (path = pathOf('a')) => (await stat(path)).mode & 0o777;
  const owners = async (path = pathOf('a')) => {
    const { uid, gid } = await stat(path);
    return [uid, gid];
  };

  it('are exactly those that are given if it is new', async () => {
    await writeFiles(directory, [{ path: pathOf('a'), content: utf8('new'), mode: 0o662 }]);
    expect(await permissions()).toBe(0o662);
  });

  it.each([0o600, 0o664, 0o640])('stay %i if it is replaced', async (mode) => {
    await writeFile(pathOf('a'), 'old');
    await chmod(pathOf('a'), mode);
    await writeFiles(directory, [{ path: pathOf('a'), content: utf8('new'), mode: 0o606 }]);
    expect(await permissions()).toBe(mode);
  });

  it('stay, with owner and group, if root replaces it', async (context) => {
    skipWithout('root', isRoot(), context);
    await writeFile(pathOf('a'), 'old');
    await chmod(pathOf('a'), 0o664);
    await chown(pathOf('a'), 65534, 65533);
    await writeFiles(directory, [{ path: pathOf('a'), content: utf8('new') }]);
    expect(await owners()).toEqual([65534, 65533]);
    expect(await permissions()).toBe(0o664);
  });

  it('stay on another file system, too', async (context) => {
    skipWithout('root', isRoot(), context);
    const path = join(elsewhere(context), 'a');
    await writeFile(path, 'old');
    await chmod(path, 0o640);
    await chown(path, 65534, 65533);
    await writeFiles(directory, [{ path, content: utf8('new') }]);
    expect(await owners(path)).toEqual([65534, 65533]);
    expect(await permissions(path)).toBe(0o640);
  });

  it('give another group no more than everybody', async (context) => {
    skipWithout('root', isRoot(), context);
    await writeFile(pathOf('a'), 'old');
    await chmod(pathOf('a'), 0o664);
    await chown(pathOf('a'), 65534, 65533);
    await chmod(directory, 0o777);
    const program = await bundle(join(import.meta.dirname, 'write-process.ts'), directory);
    await run(execPath, [program, pathOf('a')], { uid: 65532, gid: 65532 });
    expect(await text('a')).toBe('written');
    expect(await owners()).toEqual([65532, 65532]);
    expect(await permissions()).toBe(0o644);
  });
});

describe('temporary files that a crash left behind', () => {
  const HOUR = 60 * 60 * 1000;
  const leave = async (name: string, age: number) => {
    await writeFile(pathOf(name), 'left');
    const date = new Date(Date.now() - age);
    await utimes(pathOf(name), date, date);
    return name;
  };
  const write = () => writeFiles(directory, [{ path: pathOf('a'), content: utf8('new') }]);

  it('are removed by the next writer once they are an hour old', async () => {
    await leave(temporaryName(), 2 * HOUR);
    const young = await leave(temporaryName(), 0.5 * HOUR);
    await write();
    expect((await readdir(directory)).sort()).toEqual([young, 'a']);
  });

  it('are the only ones that are removed', async () => {
    const names = ['.notarykit-lock', '.notarykit-lock-removal', '.notarykit-', 'b', `x${temporaryName()}`];
    for (const name of names) await leave(name, 100 * HOUR);
    await write();
    expect((await readdir(directory)).sort()).toEqual([...names, 'a'].sort());
  });

  it('are removed as links, not the files that they lead to', async () => {
    await writeFile(pathOf('b'), 'untouched');
    const link = temporaryName();
    await symlink('b', pathOf(link));
    await lutimes(pathOf(link), new Date(0), new Date(0));
    await write();
    expect((await readdir(directory)).sort()).toEqual(['a', 'b']);
    expect(await text('b')).toBe('untouched');
  });

  it('are removed by the time of the file system, whatever the clock of this machine', async () => {
    const young = await leave(temporaryName(), 0);
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 1000 * HOUR);
    await write();
    expect((await readdir(directory)).sort()).toEqual([young, 'a']);
  });

  it('stay if they are directories of another user, who could put links into them', async (context) => {
    skipWithout('root', isRoot(), context);
    const theirs = temporaryName();
    const own = temporaryName();
    for (const name of [theirs, own]) {
      await mkdir(pathOf(name));
      await writeFile(join(pathOf(name), 'content'), '');
    }
    await chown(pathOf(theirs), 65534, 65534);
    for (const name of [theirs, own]) await utimes(pathOf(name), new Date(0), new Date(0));
    await write();
    expect((await readdir(directory)).sort()).toEqual([theirs, 'a']);
  });
});
