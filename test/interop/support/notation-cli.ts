import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Outcome, run } from './run.ts';

/** A private key and its certificate chain, leaf first, in PEM. */
export interface KeyPair {
  privateKey: string;
  certificates: string;
}

/** The `notation` CLI with a configuration of its own: nothing of the user's is read or written. */
export class NotationCli {
  /** The directory that contains `trustpolicy.json`, `truststore` and `signingkeys.json`. */
  readonly configDirectory: string;
  readonly #home: string;
  readonly #keys: { name: string; keyPath: string; certPath: string }[] = [];

  private constructor(home: string) {
    this.#home = home;
    this.configDirectory = join(home, 'notation');
  }

  static async create(): Promise<NotationCli> {
    const cli = new NotationCli(await mkdtemp(join(tmpdir(), 'interop-notation-')));
    await mkdir(join(cli.configDirectory, 'localkeys'), { recursive: true });
    return cli;
  }

  async dispose(): Promise<void> {
    await rm(this.#home, { recursive: true, force: true });
  }

  /** Writes the trust policy: a document, or text as it is. */
  async setTrustPolicy(document: object | string): Promise<void> {
    const text = typeof document === 'string' ? document : JSON.stringify(document);
    // Notation warns about a policy that others may read.
    await writeFile(join(this.configDirectory, 'trustpolicy.json'), text, { mode: 0o600 });
  }

  /** The directory of a named store, such as `ca:acme`; it is made. */
  async trustStore(store: string): Promise<string> {
    const [type = '', name = ''] = store.split(':');
    const directory = join(this.configDirectory, 'truststore', 'x509', type, name);
    await mkdir(directory, { recursive: true });
    return directory;
  }

  /** Puts certificates into a named store, one file each. */
  async addCertificates(store: string, ...pems: readonly string[]): Promise<void> {
    const directory = await this.trustStore(store);
    await Promise.all(pems.map((pem, index) => writeFile(join(directory, `${index}.pem`), pem)));
  }

  /** Makes a key known under a name. */
  async addKey(name: string, { privateKey, certificates }: KeyPair): Promise<void> {
    const keyPath = join(this.configDirectory, 'localkeys', `${name}.key`);
    const certPath = join(this.configDirectory, 'localkeys', `${name}.crt`);
    await writeFile(keyPath, privateKey, { mode: 0o600 });
    await writeFile(certPath, certificates);
    this.#keys.push({ name, keyPath, certPath });
    await writeFile(join(this.configDirectory, 'signingkeys.json'), JSON.stringify({ keys: this.#keys }));
  }

  /** Runs a command of the CLI. */
  run(...args: readonly string[]): Promise<Outcome> {
    return this.runVia(undefined, ...args);
  }

  /** Runs a command of the CLI whose requests to other hosts than this machine go to a proxy. */
  runVia(proxy: string | undefined, ...args: readonly string[]): Promise<Outcome> {
    return run('notation', args, {
      ...(proxy !== undefined && { HTTP_PROXY: proxy }),
      HOME: this.#home,
      XDG_CONFIG_HOME: this.#home,
      XDG_CACHE_HOME: join(this.#home, 'cache'),
      NOTATION_CONFIG: this.configDirectory,
      NOTATION_CACHE: join(this.#home, 'cache', 'notation'),
      NOTATION_LIBEXEC: join(this.#home, 'libexec'),
      NOTATION_EXPERIMENTAL: '1',
      DOCKER_CONFIG: join(this.#home, 'docker'),
    });
  }
}
