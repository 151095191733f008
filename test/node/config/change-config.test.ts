import { mkdirSync, readdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { changeConfig } from '../../../src/node/config/change-config.ts';
import { utf8 } from '../../oci/support.ts';
import { useNotationDirectory } from '../notation-directory.ts';

const folder = useNotationDirectory();
const LOCK = '.notarykit-lock';

function write(...names: string[]): Promise<void> {
  const files = new Map(names.map((name) => [name, utf8(`new ${name}`)]));
  return changeConfig(folder.path, (write) => write(files));
}

describe('a change of the configuration', () => {
  it('keeps the permissions of a file, and gives a new one to its owner alone', async () => {
    folder.put('a', 'old', 0o640);
    await write('a', 'b');
    expect([folder.text('a'), folder.text('b')]).toEqual(['new a', 'new b']);
    expect([folder.mode('a'), folder.mode('b')]).toEqual([0o640, 0o600]);
    expect(readdirSync(folder.path)).toEqual(['a', 'b']);
  });

  it('writes none of the files when one of them is not a regular file', async () => {
    folder.put('a', 'old');
    mkdirSync(join(folder.path, 'b'));
    await expect(write('a', 'b')).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: `${join(folder.path, 'b')} is not a regular file`,
    });
    expect(folder.text('a')).toBe('old');
  });

  it('names the file that cannot be written, and the reason', async () => {
    await expect(write('none/a')).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: `cannot write ${join(folder.path, 'none', 'a')} (ENOENT)`,
    });
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it('writes nothing when another process took over its lock', async () => {
    folder.put('a', 'old');
    const changed = changeConfig(folder.path, async (write) => {
      writeFileSync(join(folder.path, LOCK), 'another');
      await write(new Map([['a', utf8('new')]]));
    });
    await expect(changed).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
      message: expect.stringContaining('took over the lock'),
    });
    expect(folder.text('a')).toBe('old');
    unlinkSync(join(folder.path, LOCK));
  });

  it('does not follow a lock that is a symbolic link', async () => {
    symlinkSync('/etc/hostname', join(folder.path, LOCK));
    await expect(write('a')).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: expect.stringContaining('is not a regular file'),
    });
  });
});
