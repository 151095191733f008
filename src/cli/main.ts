#!/usr/bin/env node
import process, { argv, env, exit, stderr, stdin, stdout } from 'node:process';
import { EXIT, worstOf } from './exit-code.ts';
import { run } from './run.ts';
import type { Output } from './terminal.ts';

// No top-level await: the parts of the bundle import each other.
main();

async function main(): Promise<void> {
  const failures: NodeJS.ErrnoException[] = [];
  for (const stream of [stdout, stderr]) stream.on('error', (error) => failures.push(error));
  const code = await run(argv.slice(2), { stdin, stdout, stderr, env, signal: interruption() });
  await Promise.all([flush(stdout), flush(stderr)]);
  // A reader that has seen enough, such as `head`, closes the pipe; a full disk loses output.
  const lost = failures.find((error) => error.code !== 'EPIPE');
  if (lost) stderr.write(`Error: the output could not be written: ${lost.message}\n`);
  exit(lost ? worstOf([code, EXIT.misconfigured]) : code);
}

/** A signal that Ctrl-C aborts; the second time the process ends at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}

/** Waits until everything that was written has been handed over, or cannot be. */
function flush(stream: Output): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.errored) resolve();
    else stream.write('', () => resolve());
  });
}
