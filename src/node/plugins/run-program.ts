import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { kill, platform } from 'node:process';
import { NotationError } from '../../errors/index.ts';
import { withDeadline } from '../../net/abort.ts';

/** Bytes of each output: it must be smaller (plugin specification, "Plugin contract"). */
const MAX_OUTPUT = 64 * 1024 * 1024;
/** Milliseconds: twice as long outputs may stay open and quiet when the program has ended; something else holds them. */
const QUIET = 500;

/** How a program is run. */
export interface ProgramRun {
  /** Its path. */
  program: string;
  /** Its one argument. */
  command: string;
  /** What it reads on its standard input. */
  input: string;
  /** Its environment; that of this process by default. */
  env: Readonly<Record<string, string>> | undefined;
  /** Milliseconds. */
  timeout: number;
  signal: AbortSignal | undefined;
  /** Names the work in errors. */
  what: string;
}

/** How a program ended. */
export interface ProgramEnd {
  /** `null` where it was ended by a signal. */
  code: number | null;
  /** Such as `SIGSEGV`. */
  signal: string | null;
  stdout: Uint8Array;
  stderr: Uint8Array;
}

/**
 * Runs a program without a shell. When it takes too long, prints too much or is not wanted any more, it is ended with all
 * that it has started; on Windows it alone is.
 *
 * @throws NotationError `ERR_PLUGIN_INVALID` for what the system does not run, `ERR_PLUGIN_RESPONSE` for too much output,
 * `ERR_TIMEOUT`, `ERR_ABORTED`
 */
export function runProgram(run: ProgramRun): Promise<ProgramEnd> {
  return withDeadline(run.timeout, run.signal, run.what, (signal) => execute(run, signal));
}

function execute(run: ProgramRun, signal: AbortSignal): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    const child = start(run);
    const give = (settle: () => void) => {
      signal.removeEventListener('abort', stop);
      settle();
    };
    const fail = (error: unknown) => {
      endGroup(child);
      release(child);
      give(() => reject(error));
    };
    const stop = () => fail(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    const tooMuch = (name: string) => () =>
      fail(new NotationError('ERR_PLUGIN_RESPONSE', `${run.what} prints ${MAX_OUTPUT} bytes on ${name}`));
    const [stdout, stderr] = [
      gather(child.stdout, tooMuch('stdout')),
      gather(child.stderr, tooMuch('stderr')),
    ];
    // A plugin may end without reading.
    child.stdin.on('error', () => undefined);
    child.on('error', (cause) => fail(notRun(run, cause)));
    child.on('exit', () => releaseWhenQuiet(child));
    child.on('close', (code, by) => {
      give(() => resolve({ code, signal: by, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) }));
    });
    child.stdin.end(run.input);
  });
}

function start(run: ProgramRun): ChildProcessWithoutNullStreams {
  try {
    // Detached, it leads a group of processes, which is ended as one.
    return spawn(run.program, [run.command], {
      stdio: 'pipe',
      windowsHide: true,
      detached: platform !== 'win32',
      ...(run.env && { env: { ...run.env } }),
    });
  } catch (cause) {
    throw notRun(run, cause);
  }
}

function gather(stream: NodeJS.ReadableStream, tooMuch: () => void): Buffer[] {
  const chunks: Buffer[] = [];
  let length = 0;
  stream.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length < MAX_OUTPUT) chunks.push(chunk);
    else {
      chunks.length = 0;
      tooMuch();
    }
  });
  return chunks;
}

function endGroup(child: ChildProcessWithoutNullStreams): void {
  if (child.pid === undefined) return;
  if (platform === 'win32') {
    child.kill('SIGKILL');
    return;
  }
  try {
    kill(-child.pid, 'SIGKILL');
  } catch {
    // All of them have ended meanwhile, or the runtime knows no groups.
    child.kill('SIGKILL');
  }
}

/** What has been written is read first, however busy this process was: only what is quiet twice in a row is given up. */
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

/** Gives up the pipes: what still holds their other ends keeps nobody waiting. */
function release({ stdin, stdout, stderr }: ChildProcessWithoutNullStreams): void {
  for (const stream of [stdin, stdout, stderr]) stream.destroy();
}

function notRun({ program }: ProgramRun, cause: unknown): NotationError {
  const { code = 'unknown' } = cause as NodeJS.ErrnoException;
  return new NotationError('ERR_PLUGIN_INVALID', `${program} cannot be run on this system (${code})`, {
    cause,
  });
}
