import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What either side decides about a case. */
export interface Decision {
  verdict: 'accepted' | 'rejected' | 'good' | 'revoked' | 'unknown' | 'crashed' | 'untyped';
  /** Why, unless it is accepted or good. */
  reason?: string;
  /** What was read, in the form that both sides use. */
  content?: unknown;
}

/** A case, as test/interop/notation-libraries reads it; bytes are base64. */
export type Task = Readonly<Record<string, unknown>>;

const PROGRAM = fileURLToPath(new URL('../../../.cache/interop/bin/notation-libraries', import.meta.url));
/** Milliseconds for the answers to one batch: no answer by then means that the program hangs. */
const TIMEOUT = 120_000;

/** The libraries of the CLI, in one process. */
export class NotationLibraries {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  constructor() {
    this.#process = spawn(PROGRAM, { stdio: 'pipe' });
    this.#process.stderr.pipe(process.stderr);
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** Passes many tasks at once; the answers are in their order. */
  async decide(tasks: readonly Task[]): Promise<Decision[]> {
    for (const task of tasks) this.#process.stdin.write(`${JSON.stringify(task)}\n`);
    const watchdog = setTimeout(() => this.#process.kill(), TIMEOUT);
    watchdog.unref();
    const answers: Decision[] = [];
    for (const _ of tasks) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`the libraries of the CLI gave ${answers.length} of ${tasks.length} answers`);
      answers.push(JSON.parse(value));
    }
    clearTimeout(watchdog);
    return answers;
  }

  async stop(): Promise<void> {
    this.#process.stdin.end();
    if (this.#process.exitCode === null) await once(this.#process, 'exit');
  }
}
