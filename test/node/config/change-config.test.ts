import { mkdirSync, readdirSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { changeConfig } from '../../../src/node/config/change-config.ts';
import { utf8 } from '../../oci/support.ts';
import { useNotationDirectory } from '../notation-directory.ts';

const directory = useNotationDirectory();
const LOCK = '.notarykit-lock';

function write(...names: string[]): Promise<void> {
  const files = new Map(names.map((name) => [name, utf8(`new ${name}`)]));
  return changeConfig(directory.path, (write) => write({ files }));
}

describe('a change of the configuration', () => {
  it('keeps the permissions of a file, and makes a new one readable for its owner only', async () => {
    directory.put('a', 'old', 0o640);
    await write('a', 'b');
    expect([directory.text('a'), directory.text('b')]).toEqual(['new a', 'new b']);
    expect([directory.mode('a'), directory.mode('b')]).toEqual([0o640, 0o600]);
    expect(readdirSync(directory.path)).toEqual(['a', 'b']);
  });

  it('writes none of the files when one of them is not a regular file', async () => {
    directory.put('a', 'old');
    mkdirSync(join(directory.path, 'b'));
    await expect(write('a', 'b')).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: `${join(directory.path, 'b')} is not a regular file`,
    });
    expect(directory.text('a')).toBe('old');
  });

  it('names the file that cannot be written, and the reason', async () => {
    await expect(write('none/a')).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: `cannot write ${join(directory.path, 'none', 'a')} (ENOENT)`,
    });
    expect(readdirSync(directory.path)).toEqual([]);
  });

  it('starts again from the files of another process that took over its lock', async () => {
    let calls = 0;
    await changeConfig(directory.path, async (write) => {
      calls += 1;
      if (calls === 1) {
        directory.put('a', 'theirs');
        directory.put(LOCK, 'another');
        setTimeout(() => unlinkSync(join(directory.path, LOCK)), 30);
        return write({ files: new Map([['a', utf8('lost')]]) });
      }
      return write({ files: new Map([['b', utf8(`on top of ${directory.text('a')}`)]]) });
    });
    expect([directory.text('a'), directory.text('b')]).toEqual(['theirs', 'on top of theirs']);
    expect(calls).toBe(2);
  });

  it('does not follow a lock that is a symbolic link', async () => {
    symlinkSync('/etc/hostname', join(directory.path, LOCK));
    await expect(write('a')).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: expect.stringContaining('is not a regular file'),
    });
  });
});
