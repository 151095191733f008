import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LOCK_NAME, withLock } from '../../../src/node/files/lock.ts';
import { bundle } from '../bundle.ts';

let directory: string;
let lock: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'notarykit-lock-'));
  lock = join(directory, LOCK_NAME);
});

afterEach(() => rm(directory, { recursive: true, force: true }));

const code = 'ERR_CONFIG_INVALID';
const never = () => Promise.reject(new Error('it ran'));

const DAY = 24 * 60 * 60 * 1000;

/** Makes the clock of this process advance by a second whenever it is looked at. */
function hurry(): void {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => {
    now += 1000;
    return now;
  });
}

async function date(path: string, milliseconds: number): Promise<void> {
  await utimes(path, new Date(milliseconds), new Date(milliseconds));
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
      message: `other processes keep changing ${directory} at the same time`,
    });
    expect(runs).toBe(20);
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

  it.each(['gone', ''])('takes over a lock that stays as it is with the token %j', async (token) => {
    await writeFile(lock, token);
    hurry();
    await withLock(directory, { code }, ({ held }) => held());
    expect(await readdir(directory)).toEqual([]);
  });

  it.each([
    ['ahead of', DAY],
    ['behind', -DAY],
  ])('takes over a lock whose time is a day %s the clock of this machine', async (_, difference) => {
    await writeFile(lock, 'gone');
    await date(lock, Date.now() + difference);
    hurry();
    await withLock(directory, { code }, ({ held }) => held());
    expect(await readdir(directory)).toEqual([]);
  });

  it('does not take a lock from its owner because the time of the lock is a day behind', async () => {
    await withLock(directory, { code }, async ({ held }) => {
      await date(lock, Date.now() - DAY);
      const signal = AbortSignal.timeout(50);
      await expect(withLock(directory, { code, signal }, never)).rejects.toMatchObject({
        code: 'ERR_TIMEOUT',
      });
      expect(await held()).toBe(true);
      return true;
    });
  });

  it('waits again from the start for a lock that changes', async () => {
    await writeFile(lock, 'first');
    hurry();
    let changes = 0;
    const changing = setInterval(() => writeFileSync(lock, `token ${++changes}`), 2);
    const work = withLock(directory, { code }, never);
    await expect(work).rejects.toMatchObject({ message: expect.stringContaining('holds the lock') });
    clearInterval(changing);
    expect(changes).toBeGreaterThan(1);
  });

  it('counts the time that earlier calls have waited for a lock', async () => {
    await writeFile(lock, 'gone');
    const signal = AbortSignal.timeout(30);
    await expect(withLock(directory, { code, signal }, never)).rejects.toMatchObject({ code: 'ERR_TIMEOUT' });
    const later = performance.now() + 11_000;
    vi.spyOn(performance, 'now').mockImplementation(() => later);
    await withLock(directory, { code }, ({ held }) => held());
  });

  it('takes over a lock whose removal was cut short', async () => {
    await writeFile(lock, 'gone');
    await writeFile(`${lock}-removal`, '');
    hurry();
    await withLock(directory, { code }, ({ held }) => held());
    expect(await readdir(directory)).toEqual([]);
  });

  it.each(['a link', 'a directory'])('is rejected if the lock is %s', async (kind) => {
    await writeFile(join(directory, 'elsewhere'), 'untouched');
    await (kind === 'a link' ? symlink('elsewhere', lock) : mkdir(lock));
    await expect(withLock(directory, { code }, never)).rejects.toMatchObject({
      code,
      message: `the lock ${lock} is not a regular file`,
    });
    expect(await readFile(join(directory, 'elsewhere'), 'utf8')).toBe('untouched');
  });

  it('is rejected in a directory that does not exist', async () => {
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
    program = await bundle(join(import.meta.dirname, 'lock-process.ts'), directory);
    await writeFile(join(directory, 'count'), '0');
  });

  function start(times: number): ChildProcess {
    return spawn(execPath, [program, directory, String(times)], { stdio: ['ignore', 'pipe', 'inherit'] });
  }

  async function count(processes: number, times: number): Promise<string> {
    const exits = Array.from({ length: processes }, () => once(start(times), 'exit'));
    expect(await Promise.all(exits)).toEqual(exits.map(() => [0, null]));
    expect((await readdir(directory)).sort()).toEqual(['count', 'program.mjs']);
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
    expect(await count(4, 5)).toBe('20');
  });
});
