import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Outcome } from '../../support/run.ts';

export interface Login {
  username: string;
  password: string;
}

export interface PullOptions {
  /** Such as `linux/arm64`; the machine's own, or all of them, by default. */
  platform?: string;
  /** The client is logged in; anonymous by default. */
  login?: Login;
  /** By HTTPS, with a certificate that nobody has to trust; by HTTP by default. */
  https?: boolean;
}

/** How a pull ended. */
export interface Pull {
  succeeded: boolean;
  /** What the person at the terminal sees. */
  shown: string;
  /** The digests under which the client has the image. */
  digests: readonly string[];
}

/** A program that pulls images, with files of its own: nothing of the user's is read or written. */
export interface PullClient {
  readonly name: string;
  /**
   * Pulls an image.
   * @param reference - With a tag or a digest, or both.
   */
  pull(reference: string, options?: PullOptions): Promise<Pull>;
  /** Ends the client's daemon, if it has one, and removes its files. */
  dispose(): Promise<void>;
}

/** A directory for one client. */
export class ClientHome {
  readonly directory: string;
  #pulls = 0;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async create(client: string): Promise<ClientHome> {
    return new ClientHome(await mkdtemp(join(tmpdir(), `interop-${client}-`)));
  }

  /** A directory that is used once. */
  async fresh(): Promise<string> {
    this.#pulls += 1;
    const directory = join(this.directory, `pull-${this.#pulls}`);
    await mkdir(directory);
    return directory;
  }

  /** Writes `config.json` as `docker login` does, which all clients but ctr read, and returns its directory. */
  async dockerConfig(reference: string, login: Login | undefined): Promise<string> {
    const directory = await this.fresh();
    const [host = ''] = reference.split('/');
    const auth = login && Buffer.from(`${login.username}:${login.password}`).toString('base64');
    const auths = auth === undefined ? {} : { [host]: { auth } };
    await writeFile(join(directory, 'config.json'), JSON.stringify({ auths }), { mode: 0o600 });
    return directory;
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The result of a program that pulled, with the digests that are found only if it succeeded. */
export async function pullOf(outcome: Outcome, digests: () => Promise<readonly string[]>): Promise<Pull> {
  const succeeded = outcome.code === 0;
  const shown = `${outcome.stdout}${outcome.stderr}`.trim();
  return { succeeded, shown, digests: succeeded ? await digests() : [] };
}

/** The digests in a text, such as what a program prints. */
export function digestsIn(text: string): string[] {
  return text.match(/sha256:[0-9a-f]{64}/g) ?? [];
}
