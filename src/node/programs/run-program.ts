import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { isAbsolute } from 'node:path';
import { kill, platform } from 'node:process';
import { type ErrorCode, NotationError } from '../../errors/index.ts';
import { withDeadline } from '../../net/abort.ts';
import { isSystemError } from '../files/system-errors.ts';

/**
 * Milliseconds. Outputs that another process keeps open after the program has exited are closed once quiet for twice as
 * long.
 */
const QUIET = 500;

/** The program to run, and its limits. */
export interface ProgramRun {
  /** Its absolute path, or a name to look for in the directories of `PATH`. */
  program: string;
  /** Its one argument. */
  command: string;
  /** Its standard input. */
  input: string;
  /** Its environment; that of this process by default. */
  env?: Readonly<Record<string, string>> | undefined;
  /** The time limit in milliseconds. */
  timeout: number;
  /** The bytes that each output must stay below. */
  maxOutput: number;
  signal?: AbortSignal | undefined;
  /** Names the run in errors. */
  what: string;
  /** The codes of the errors of a program that the system cannot run, and of too much output. */
  codes: { start: ErrorCode; output: ErrorCode };
}

/** How a program exited, and its output. */
export interface ProgramEnd {
  /** The exit code; `null` if it was killed by a signal. */
  code: number | null;
  /** The signal, such as `SIGSEGV`. */
  signal: string | null;
  /** Without the byte order mark that some systems begin an output with, such as PowerShell. */
  stdout: Uint8Array;
  stderr: Uint8Array;
}

/**
 * Runs a program without a shell and without a terminal. If it takes too long, prints too much or is aborted, it is
 * killed with all processes that it has started; on Windows it alone is.
 *
 * @throws NotationError of the codes that are given, `ERR_TIMEOUT`, `ERR_ABORTED`
 * @see docs/specification.md, rule PLG-7
 */
export function runProgram(run: ProgramRun): Promise<ProgramEnd> {
  return withDeadline(run.timeout, run.signal, run.what, ({ signal }) => execute(run, signal));
}

function execute(run: ProgramRun, signal: AbortSignal): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    const child = start(run);
    const settle = (finish: () => void) => {
      signal.removeEventListener('abort', stop);
      finish();
    };
    const fail = (error: unknown) => {
      killGroup(child);
      release(child);
      settle(() => reject(error));
    };
    const stop = () => fail(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    const { maxOutput } = run;
    const tooMuch = (name: string) => () =>
      fail(new NotationError(run.codes.output, `${run.what} printed ${maxOutput} bytes or more on ${name}`));
    const [stdout, stderr] = [
      gather(child.stdout, maxOutput, tooMuch('stdout')),
      gather(child.stderr, maxOutput, tooMuch('stderr')),
    ];
    // A program may exit without reading its input; its exit code and output decide.
    child.stdin.on('error', () => undefined);
    child.on('error', (cause) => fail(notRunnable(run, cause)));
    child.on('exit', () => releaseWhenQuiet(child));
    child.on('close', (code, by) => {
      settle(() => resolve({ code, signal: by, stdout: join(stdout), stderr: join(stderr) }));
    });
    child.stdin.end(run.input);
  });
}

function start(run: ProgramRun): ChildProcessWithoutNullStreams {
  try {
    // Detached, it leads a process group, which can be killed as a whole.
    return spawn(run.program, [run.command], {
      stdio: 'pipe',
      windowsHide: true,
      detached: platform !== 'win32',
      ...(run.env && { env: { ...run.env } }),
    });
  } catch (cause) {
    throw notRunnable(run, cause);
  }
}

function gather(stream: NodeJS.ReadableStream, maxOutput: number, tooMuch: () => void): Buffer[] {
  const chunks: Buffer[] = [];
  let length = 0;
  stream.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length < maxOutput) chunks.push(chunk);
    else {
      chunks.length = 0;
      tooMuch();
    }
  });
  return chunks;
}

function join(chunks: readonly Buffer[]): Uint8Array {
  const bytes = Buffer.concat(chunks);
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return marked ? bytes.subarray(3) : bytes;
}

function killGroup(child: ChildProcessWithoutNullStreams): void {
  if (child.pid === undefined) return;
  if (platform === 'win32') {
    child.kill('SIGKILL');
    return;
  }
  try {
    kill(-child.pid, 'SIGKILL');
  } catch {
    // The whole group has exited, or the runtime does not support process groups.
    child.kill('SIGKILL');
  }
}

/** Closes outputs that were quiet twice in a row: once may mean that this process was too busy to read. */
function releaseWhenQuiet(child: ChildProcessWithoutNullStreams): void {
  let seen = -1;
  let read = 0;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      read += chunk.length;
    });
  }
  const timer = setInterval(() => {
    if (seen === read) release(child);
    seen = read;
  }, QUIET);
  child.on('close', () => clearInterval(timer));
}

/** Closes the pipes, so that a process that holds their other ends keeps nobody waiting. */
function release({ stdin, stdout, stderr }: ChildProcessWithoutNullStreams): void {
  for (const stream of [stdin, stdout, stderr]) stream.destroy();
}

function notRunnable({ program, what, codes }: ProgramRun, cause: unknown): NotationError {
  const absent = !isAbsolute(program) && isSystemError(cause, 'ENOENT');
  const reason = isSystemError(cause) ? ` (${cause.code})` : '';
  const message = absent ? `${what} is not installed` : `${what} cannot be run on this system${reason}`;
  return new NotationError(codes.start, message, { cause });
}
