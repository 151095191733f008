import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { execPath } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { queryCredentialHelper } from '../../../src/node/credentials/credential-helper.ts';
import { bundle } from '../bundle.ts';

const run = promisify(execFile);
const SERVER = 'registry.example.com';
const CREDENTIAL = `'{"Username":"ci","Secret":"s"}'`;
const expected = { username: 'ci', password: 's' };

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'credential-helper-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  path = `${directory}${delimiter}${process.env.PATH}`;
  vi.stubEnv('PATH', path);
});

async function helper(script: string): Promise<void> {
  const file = join(directory, 'docker-credential-test');
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

const query = (timeout = 20_000) => queryCredentialHelper('test', SERVER, timeout);

async function lives(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return status !== '' && !/\) Z /.test(status);
}

async function readPid(name: string): Promise<number> {
  for (;;) {
    const text = await readFile(join(directory, name), 'utf8').catch(() => '');
    if (text.endsWith('\n')) return Number(text);
    await sleep(10);
  }
}

async function expectDead(pid: number): Promise<void> {
  for (let tries = 0; tries < 100 && (await lives(pid)); tries++) await sleep(20);
  expect(await lives(pid)).toBe(false);
}

/** Queries the helper in a process of its own, which is killed after 10 s. */
async function queryInProcess(timeout: number): Promise<string> {
  const program = await bundle(join(import.meta.dirname, 'query-process.ts'), directory);
  const args = [program, 'test', SERVER, String(timeout)];
  const { stdout } = await run(execPath, args, { env: { ...process.env, PATH: path }, timeout: 10_000 });
  return stdout.trim();
}

describe.skipIf(process.platform === 'win32')('a credential helper that hangs', () => {
  it('is ended with the processes that it has started', async () => {
    await helper(
      `sleep 60 & echo $! > ${join(directory, 'child')}; echo $$ > ${join(directory, 'own')}; wait`,
    );
    await expect(query(300)).rejects.toMatchObject({
      code: 'ERR_REGISTRY_UNAUTHORIZED',
      message: 'the credential helper docker-credential-test took longer than 300 ms',
    });
    await expectDead(await readPid('own'));
    await expectDead(await readPid('child'));
  });

  it('does not keep the process from ending', async () => {
    await helper('sleep 60');
    expect(await queryInProcess(300)).toBe('ERR_REGISTRY_UNAUTHORIZED');
  });
});

describe.skipIf(process.platform === 'win32')(
  'a credential helper that leaves a daemon with its outputs',
  () => {
    it('is done soon after it has ended, and the daemon is left alone', async () => {
      await helper(`sleep 60 & echo $! > ${join(directory, 'daemon')}; echo ${CREDENTIAL}`);
      expect(await query()).toEqual(expected);
      const daemon = await readPid('daemon');
      expect(await lives(daemon)).toBe(true);
      process.kill(daemon, 'SIGKILL');
    });

    it('does not keep the process from ending', async () => {
      await helper(`sleep 60 & echo $! > ${join(directory, 'daemon')}; echo ${CREDENTIAL}`);
      expect(JSON.parse(await queryInProcess(60_000))).toEqual(expected);
      process.kill(await readPid('daemon'), 'SIGKILL');
    });

    it('may have nothing', async () => {
      await helper(
        `sleep 60 & echo $! > ${join(directory, 'daemon')}; echo credentials not found in native keychain; exit 1`,
      );
      expect(await query()).toBeUndefined();
      process.kill(await readPid('daemon'), 'SIGKILL');
    });
  },
);

describe.skipIf(process.platform === 'win32')('a credential helper', () => {
  it('may begin its response with a byte order mark, as PowerShell does', async () => {
    await helper(String.raw`printf '\357\273\277'; echo ${CREDENTIAL}`);
    expect(await query()).toEqual(expected);
  });

  it('that is killed is an error that names the signal', async () => {
    await helper('kill -SEGV $$');
    await expect(query()).rejects.toMatchObject({
      code: 'ERR_REGISTRY_UNAUTHORIZED',
      message: 'the credential helper docker-credential-test was killed by SIGSEGV',
    });
  });

  it('that is not a program is an error that says so', async () => {
    await writeFile(join(directory, 'docker-credential-test'), '\0');
    await chmod(join(directory, 'docker-credential-test'), 0o644);
    await expect(query()).rejects.toMatchObject({
      code: 'ERR_REGISTRY_UNAUTHORIZED',
      message: expect.stringMatching(/cannot be run on this system \(EACCES\)$/),
    });
  });

  it('may say much on stderr, which is not shown', async () => {
    await helper(`echo hunter2 >&2; head -c 100000 /dev/zero >&2; echo ${CREDENTIAL}`);
    expect(await query()).toEqual(expected);
  });
});
