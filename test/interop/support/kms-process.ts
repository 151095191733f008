import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Tool, toolPath } from './tools.ts';

const START_TIMEOUT = 30_000;

/** A key that a service made, and how the service names it. */
export interface ServiceKey {
  /** The name of the key in the service. */
  id: string;
  /** SubjectPublicKeyInfo, PEM. */
  publicKey: string;
}

/** A key service of `test/interop`: it prints where it listens, and ends when its standard input closes. */
export class ServiceProcess {
  /** Such as `http://127.0.0.1:43210`. */
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
  }

  static async start(tool: Tool, env: Readonly<Record<string, string>>): Promise<ServiceProcess> {
    const child = spawn(toolPath(tool), [], { env: { ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4096);
    });
    const signal = AbortSignal.timeout(START_TIMEOUT);
    const line = once(createInterface(child.stdout), 'line', { signal });
    const ended = once(child, 'exit', { signal }).then(() => {
      throw new Error(`${tool} did not start: ${said}`);
    });
    // Only the first to finish matters; the timeout rejects later.
    for (const outcome of [line, ended]) outcome.catch(() => undefined);
    try {
      const [host] = await Promise.race([line, ended]);
      return new ServiceProcess(`http://${String(host)}`, child);
    } catch (error) {
      child.kill();
      throw error;
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill();
    await ended;
  }
}
