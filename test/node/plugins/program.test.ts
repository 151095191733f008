import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createPluginManager, type PluginManagerOptions } from '../../../src/node/index.ts';
import type { Plugin } from '../../../src/plugin/index.ts';
import { node, putPlugin, shell, temporaryDirectory } from './support.ts';

let directory: string;

beforeEach(async () => {
  directory = await temporaryDirectory();
});

let count = 0;

/** A plugin that runs a program, with a manager of its own. */
async function pluginOf(program: string, options: PluginManagerOptions = {}): Promise<Plugin> {
  const name = `p${++count}`;
  await putPlugin(directory, name, program);
  const plugin = await createPluginManager({ directory, ...options }).get(name);
  if (!plugin) throw new Error('it is not there');
  return plugin;
}

async function run(program: string, options?: PluginManagerOptions, request: object = {}): Promise<unknown> {
  return (await pluginOf(program, options)).run('verify-signature', request);
}

/** Reports whether a process runs and is not a zombie. */
async function lives(pid: number): Promise<boolean> {
  try {
    const status = await readFile(`/proc/${pid}/stat`, 'utf8');
    return !/\) Z /.test(status);
  } catch {
    return false;
  }
}

async function readPid(name: string): Promise<number> {
  for (;;) {
    const text = await readFile(join(directory, name), 'utf8').catch(() => '');
    if (text.endsWith('\n')) return Number(text);
    await sleep(20);
  }
}

async function expectDead(pid: number): Promise<void> {
  for (let tries = 0; tries < 100 && (await lives(pid)); tries++) await sleep(20);
  expect(await lives(pid)).toBe(false);
}

describe('the program of a plugin', () => {
  it('receives the command as its one argument and the request on its standard input', async () => {
    const response = await run(
      node(`let input = '';
        process.stdin.on('data', (chunk) => { input += chunk; });
        process.stdin.on('end', () => console.log(JSON.stringify({ args: process.argv.slice(2), input })));`),
      {},
      { text: 'a "b" $(c) ü' },
    );
    expect(response).toEqual({ args: ['verify-signature'], input: '{"text":"a \\"b\\" $(c) ü"}' });
  });

  it('gets a request that is larger than a pipe', async () => {
    const text = 'x'.repeat(2_000_000);
    const response = await run(
      node(`let length = 0;
        process.stdin.on('data', (chunk) => { length += chunk.length; });
        process.stdin.on('end', () => console.log(JSON.stringify({ length })));`),
      {},
      { text },
    );
    expect(response).toEqual({ length: 2_000_011 });
  });

  it('gets the environment of this process, or the one that is given', async () => {
    vi.stubEnv('NOTARYKIT_TEST_VARIABLE', 'inherited');
    const program = shell('printf \'{"value":"%s"}\' "$NOTARYKIT_TEST_VARIABLE"');
    expect(await run(program)).toEqual({ value: 'inherited' });
    expect(await run(program, { env: { NOTARYKIT_TEST_VARIABLE: 'given' } })).toEqual({ value: 'given' });
    expect(await run(program, { env: {} })).toEqual({ value: '' });
  });

  it('may write to stderr if it succeeds', async () => {
    expect(await run(shell('echo warning >&2; echo "{}"'))).toEqual({});
  });

  it('may print a large response', async () => {
    const response = await run(node(`process.stdout.write(JSON.stringify('x'.repeat(20_000_000)))`));
    expect(response).toHaveLength(20_000_000);
  });

  it('may begin its response with a byte order mark, as PowerShell does', async () => {
    expect(await run(shell(String.raw`printf '\357\273\277{"a":1}'`))).toEqual({ a: 1 });
  });

  it('may end without reading the request', async () => {
    const request = { text: 'x'.repeat(2_000_000) };
    expect(await run(shell('exec 0<&-; echo "{}"'), {}, request)).toEqual({});
  });
});

describe('a plugin that fails', () => {
  it.each([
    [
      'with the error of the protocol',
      `echo '{"errorCode":"ACCESS_DENIED","errorMessage":"log in first"}' >&2; exit 1`,
      /failed with exit code 1: ACCESS_DENIED: log in first$/,
    ],
    [
      'with a byte order mark before the error of the protocol',
      String.raw`printf '\357\273\277{"errorCode":"THROTTLED"}' >&2; exit 1`,
      /failed with exit code 1: THROTTLED$/,
    ],
    [
      'with another exit code',
      `echo '{"errorCode":"TIMEOUT"}' >&2; exit 7`,
      /failed with exit code 7: TIMEOUT$/,
    ],
    [
      'with another text',
      'echo "Traceback: boom" >&2; exit 1',
      /; stderr is not a protocol error: Traceback: boom$/,
    ],
    ['without a text', 'echo "{}"; exit 3', /exit code 3; stderr is empty$/],
    ['by a signal', 'kill -SEGV $$', /was killed by SIGSEGV; stderr is empty$/],
  ])('%s is reported with its message', async (_, script, message) => {
    await expect(run(shell(script))).rejects.toMatchObject({
      code: 'ERR_PLUGIN_FAILED',
      message: expect.stringMatching(message),
    });
  });

  it('is reported on one line without control characters, however long', async () => {
    const said = JSON.stringify({
      errorCode: 'ERROR',
      errorMessage: `\u001b[2Ja\n\u202eb${'x'.repeat(9999)}`,
    });
    const program = node(`process.stderr.write(${JSON.stringify(said)}); process.exitCode = 1;`);
    const failure = await run(program).catch((error: Error) => error.message);
    expect(failure).toMatch(/: ERROR: \[2Ja bx+…$/);
    expect(String(failure).length).toBeLessThan(700);
  });
});

describe('a plugin that answers with something else', () => {
  it.each([
    ['nothing', 'true'],
    ['no JSON', 'echo hello'],
    ['more than JSON', 'echo "{} {}"'],
    ['a log before it', 'echo "starting"; echo "{}"'],
    ['a member twice', `echo '{"a":1,"a":2}'`],
    ['what is not UTF-8', `printf '"\\377"'`],
    ['depth', `head -c 100000 /dev/zero | tr '\\0' '['`],
  ])('is rejected: %s', async (_, script) => {
    await expect(run(shell(script))).rejects.toMatchObject({ code: 'ERR_PLUGIN_RESPONSE' });
  });

  it.each(['stdout', 'stderr'])('is ended when it floods %s', async (stream) => {
    const to = stream === 'stderr' ? ' >&2' : '';
    const program = shell(`echo $$ > ${join(directory, `flood-${stream}`)}; exec cat /dev/zero${to}`);
    await expect(run(program)).rejects.toMatchObject({
      code: 'ERR_PLUGIN_RESPONSE',
      message: expect.stringContaining(`on ${stream}`),
    });
    await expectDead(await readPid(`flood-${stream}`));
  });
});

describe('a plugin that does not end', () => {
  it('is ended after the timeout, with its children', async () => {
    const own = join(directory, 'hang-own');
    const child = join(directory, 'hang-child');
    const program = shell(`trap '' TERM; sleep 600 & echo $! > ${child}; echo $$ > ${own}; wait`);
    await expect(run(program, { timeout: 500 })).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
      message: expect.stringMatching(
        /the command verify-signature of the plugin "p\d+" took longer than 500 ms/,
      ),
    });
    await expectDead(await readPid('hang-own'));
    await expectDead(await readPid('hang-child'));
  });

  it('is ended when the signal is aborted', async () => {
    const plugin = await pluginOf(shell(`echo $$ > ${join(directory, 'aborted')}; exec sleep 600`));
    const controller = new AbortController();
    const running = plugin.run('verify-signature', {}, { signal: controller.signal });
    const pid = await readPid('aborted');
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    await expectDead(pid);
  });

  it('is not started when the signal was aborted before', async () => {
    const plugin = await pluginOf(shell(`touch ${join(directory, 'started')}`));
    const signal = AbortSignal.abort();
    await expect(plugin.run('verify-signature', {}, { signal })).rejects.toMatchObject({
      code: 'ERR_ABORTED',
    });
    await expect(readFile(join(directory, 'started'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is done even if its child keeps the outputs open, and its child is left alone', async () => {
    const program = shell(`sleep 30 & echo $! > ${join(directory, 'held')}; echo '{"a":1}'`);
    const before = Date.now();
    expect(await run(program)).toEqual({ a: 1 });
    expect(Date.now() - before).toBeLessThan(10_000);
    const pid = await readPid('held');
    expect(await lives(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
  });
});

describe('a plugin that the system does not run', () => {
  it('is invalid when its interpreter is missing', async () => {
    await expect(run('#!/no/such/interpreter\n')).rejects.toMatchObject({
      code: 'ERR_PLUGIN_INVALID',
      message: expect.stringContaining('cannot be run on this system (ENOENT)'),
    });
  });

  it.each(['', 'MZ', 'touch shell-was-here\n', ':\necho "{}"\n'])(
    'is not given to a shell: %j',
    async (program) => {
      await expect(pluginOf(program)).rejects.toMatchObject({
        code: 'ERR_PLUGIN_INVALID',
        message: expect.stringContaining('is not a program that this system can run'),
      });
    },
  );
});
