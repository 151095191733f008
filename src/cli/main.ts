#!/usr/bin/env node
import process, { argv, env, exit, stderr, stdin, stdout } from 'node:process';
import { EXIT, worstOf } from './exit-code.ts';
import { run } from './run.ts';
import type { Output } from './terminal.ts';

/** Milliseconds within which a second signal is a copy of the first. */
const SAME_SIGNAL = 500;

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

/** A signal that Ctrl-C aborts; once more, and the process ends at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  // Programs such as npx and timeout pass on what the terminal has sent as well: that is the same Ctrl-C.
  const endOnNext = () => {
    for (const signal of signals) process.removeListener(signal, abort);
  };
  const abort = () => {
    if (!controller.signal.aborted) setTimeout(endOnNext, SAME_SIGNAL).unref();
    controller.abort();
  };
  for (const signal of signals) process.on(signal, abort);
  return controller.signal;
}

/** Waits until everything that was written has been handed over, or cannot be. */
function flush(stream: Output): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.errored) resolve();
    else stream.write('', () => resolve());
  });
}
