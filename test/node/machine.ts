import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, type TestContext } from 'vitest';

/** Skips a test on a machine that lacks what it needs, and prints that. */
export function skipWithout(what: string, available: boolean, { skip, task }: TestContext): void {
  if (available) return;
  console.warn(`skipped, since it needs ${what}: ${task.name}`);
  skip(`needs ${what}`);
}

/** Whether this process may set the owners of files. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** A directory on a file system other than that of the temporary ones, until the test has ended. */
export function elsewhere(context: TestContext): string {
  const shared = '/dev/shm';
  const exists = existsSync(shared) && statSync(shared).dev !== statSync(tmpdir()).dev;
  skipWithout(`another file system at ${shared}`, exists, context);
  const directory = mkdtempSync(join(shared, 'notarykit-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Mounts a file system of its own at a directory, until the test has ended. */
export function mountAt(directory: string, context: TestContext): void {
  skipWithout('permission to mount a file system', mount(directory), context);
  onTestFinished(() => {
    execFileSync('umount', [directory]);
  });
}

function mount(directory: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', directory], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
