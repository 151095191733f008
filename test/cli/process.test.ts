import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createTrustingMachine, type Machine } from './machine.ts';

/** The command as it is published: `npm test` builds it first. */
const PROGRAM = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const FULL_DISK = '/dev/full';

function start(args: readonly string[], stdout: 'pipe' | number = 'pipe') {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', stdout, 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    output.stderr += chunk;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: Number(code), ...output }));
  return { child, ended };
}

async function signed({ push, run, keyFlags }: Machine & { keyFlags: readonly string[] }): Promise<string> {
  const reference = await push();
  await run(['sign', ...keyFlags, reference]);
  return reference;
}

describe('the program', () => {
  it('verifies, and ends with the exit code', async () => {
    const machine = await createTrustingMachine();
    const reference = await signed(machine);
    expect(await start(['verify', reference]).ended).toEqual({
      code: 0,
      stdout: `Successfully verified signature for ${reference}\n`,
      stderr: '',
    });
  });

  it('keeps its exit code if the reader of its output stops reading', async () => {
    const machine = await createTrustingMachine();
    const reference = await signed(machine);
    const { child, ended } = start([
      'verify',
      '--verbose',
      reference,
      reference,
      await machine.push(`${machine.registry.host}/x/unsigned`),
    ]);
    child.stdout?.destroy();
    const { code, stderr } = await ended;
    expect(code).toBe(1);
    expect(stderr).not.toContain('EPIPE');
  });

  it.runIf(existsSync(FULL_DISK))('exits with 2 if its output does not fit on the disk', async () => {
    const machine = await createTrustingMachine();
    const { code, stderr } = await start(['verify', await signed(machine)], openSync(FULL_DISK, 'w')).ended;
    expect(code).toBe(2);
    expect(stderr).toContain('the output could not be written');
  });

  it('reports the rest after Ctrl-C, and exits with 130', async () => {
    const machine = await createTrustingMachine();
    const reference = await signed(machine);
    const stuck = `${machine.registry.host}/team/stuck@${reference.split('@')[1]}`;
    const list = await machine.write('images.txt', `${reference}\n${stuck}\n`);
    const { child, ended } = start(['check', '--output', 'json', '--concurrency', '1', list]);
    await new Promise<void>((resolve) => {
      machine.registry.switches.intercept = ({ path }) => {
        if (!path.includes('/team/stuck/')) return false;
        // No response: the image before this one has been verified.
        resolve();
        return true;
      };
    });
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    const { results } = JSON.parse(stdout) as { results: { reference: string; class: string }[] };
    expect(results.map(({ reference: name }) => name).sort()).toEqual([reference, stuck].sort());
    expect(stdout).toContain('ERR_ABORTED');
  });

  it('reports what it verified if Ctrl-C arrives twice, as through npx', async () => {
    const machine = await createTrustingMachine();
    const stuck = `${machine.registry.host}/team/stuck:v1`;
    const { child, ended } = start(['check', '--output', 'json', await machine.write('images.txt', stuck)]);
    await new Promise<void>((resolve) => {
      machine.registry.switches.intercept = ({ path }) => {
        if (path.includes('/team/stuck/')) resolve();
        return path.includes('/team/stuck/');
      };
    });
    for (let count = 0; count < 20; count++) {
      child.kill('SIGINT');
      await new Promise(setImmediate);
    }
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ results: [{ reference: stuck }] });
  });
});
