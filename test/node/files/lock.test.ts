import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOCK_NAME, withLock } from '../../../src/node/files/lock.ts';

let directory: string;
let lock: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'notarykit-lock-'));
  lock = join(directory, LOCK_NAME);
});

afterEach(() => rm(directory, { recursive: true, force: true }));

const code = 'ERR_CONFIG_INVALID';
const never = () => Promise.reject(new Error('it ran'));

/** Makes a lock look as if it were left behind long ago. */
async function age(path = lock): Promise<void> {
  const past = new Date(Date.now() - 60_000);
  await utimes(path, past, past);
}

describe('work with a lock', () => {
  it('holds the lock, and leaves no file behind', async () => {
    const results: boolean[] = [];
    await withLock(directory, { code }, async ({ held }) => {
      results.push(await held());
      return true;
    });
    expect(results).toEqual([true]);
    expect(await readdir(directory)).toEqual([]);
  });

  it('is run again until it is done', async () => {
    let runs = 0;
    await withLock(directory, { code }, async () => ++runs === 3);
    expect(runs).toBe(3);
  });

  it('is given up when it loses the lock again and again', async () => {
    let runs = 0;
    const work = async () => {
      runs += 1;
      return false;
    };
    await expect(withLock(directory, { code }, work)).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
      message: `other processes keep taking over the lock of ${directory}`,
    });
    expect(runs).toBe(10);
    expect(await readdir(directory)).toEqual([]);
  });

  it('releases the lock when it fails, and fails with its own error', async () => {
    const work = withLock(directory, { code }, () => Promise.reject(new RangeError('own')));
    await expect(work).rejects.toThrow(new RangeError('own'));
    expect(await readdir(directory)).toEqual([]);
  });

  it('runs one at a time', async () => {
    let running = 0;
    const work = async () => {
      running += 1;
      await new Promise((resolve) => setTimeout(resolve, 2));
      expect(running).toBe(1);
      running -= 1;
      return true;
    };
    await Promise.all(Array.from({ length: 10 }, () => withLock(directory, { code }, work)));
  });

  it('stops waiting when it is aborted', async () => {
    await withLock(directory, { code }, async () => {
      const signal = AbortSignal.timeout(50);
      const waiting = withLock(directory, { code, signal }, never);
      await expect(waiting).rejects.toMatchObject({
        code: 'ERR_TIMEOUT',
        message: expect.stringMatching(/^the wait for the lock .* did not end before the deadline/),
      });
      return true;
    });
  });

  it('notices that its lock was taken over, and does not release the lock of another process', async () => {
    await withLock(directory, { code }, async ({ held }) => {
      await writeFile(lock, 'another');
      expect(await held()).toBe(false);
      return true;
    });
    expect(await readFile(lock, 'utf8')).toBe('another');
  });

  it.each(['gone', ''])('does not wait for a lock that was left behind with the token %j', async (token) => {
    await writeFile(lock, token);
    await age();
    await withLock(directory, { code }, ({ held }) => held());
    expect(await readdir(directory)).toEqual([]);
  });

  it('does not wait for a lock whose removal was cut short', async () => {
    await writeFile(lock, 'gone');
    await writeFile(`${lock}-removal`, '');
    await Promise.all([age(lock), age(`${lock}-removal`)]);
    await withLock(directory, { code }, ({ held }) => held());
    expect(await readdir(directory)).toEqual([]);
  });

  it.each(['a link', 'a directory'])('is refused if the lock is %s', async (kind) => {
    await writeFile(join(directory, 'elsewhere'), 'untouched');
    await (kind === 'a link' ? symlink('elsewhere', lock) : mkdir(lock));
    await expect(withLock(directory, { code }, never)).rejects.toMatchObject({
      code,
      message: `the lock ${lock} is not a regular file`,
    });
    expect(await readFile(join(directory, 'elsewhere'), 'utf8')).toBe('untouched');
  });

  it('is refused in a directory that does not exist', async () => {
    const work = withLock(join(directory, 'none'), { code }, never);
    await expect(work).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/^cannot lock .* \(ENOENT\)$/),
    });
  });
});

describe('processes that lock one directory', () => {
  let program: string;

  beforeEach(async () => {
    program = join(directory, 'lock-process.mjs');
    const entryPoints = [join(import.meta.dirname, 'lock-process.ts')];
    await build({ entryPoints, outfile: program, bundle: true, platform: 'node', format: 'esm' });
    await writeFile(join(directory, 'count'), '0');
  });

  function start(times: number): ChildProcess {
    return spawn(execPath, [program, directory, String(times)], { stdio: ['ignore', 'pipe', 'inherit'] });
  }

  async function count(processes: number, times: number): Promise<string> {
    const exits = Array.from({ length: processes }, () => once(start(times), 'exit'));
    expect(await Promise.all(exits)).toEqual(exits.map(() => [0, null]));
    expect((await readdir(directory)).sort()).toEqual(['count', 'lock-process.mjs']);
    return readFile(join(directory, 'count'), 'utf8');
  }

  it('do not lose changes of each other', async () => {
    expect(await count(4, 15)).toBe('60');
  });

  it('take over the lock of one that was killed', async () => {
    const killed = start(0);
    await once(killed.stdout ?? killed, 'data');
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    expect(await readdir(directory)).toContain(LOCK_NAME);
    await age();
    expect(await count(4, 5)).toBe('20');
  });
});
