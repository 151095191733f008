import { type ServiceKey, ServiceProcess } from './kms-process.ts';

/** Key types of the transit engine that the specification allows, and the algorithm that belongs to them. */
export const VAULT_KEY_TYPES = {
  'rsa-2048': 'RSASSA-PSS-SHA-256',
  'rsa-3072': 'RSASSA-PSS-SHA-384',
  'rsa-4096': 'RSASSA-PSS-SHA-512',
  'ecdsa-p256': 'ECDSA-SHA-256',
  'ecdsa-p384': 'ECDSA-SHA-384',
  'ecdsa-p521': 'ECDSA-SHA-512',
} as const;

const MOUNT = 'transit';

/** HashiCorp Vault with a transit engine, in memory. */
export class VaultServer {
  /** The root token. */
  static readonly rootToken = 'interop-root-token';
  readonly #process: ServiceProcess;
  #keys = 0;

  private constructor(process: ServiceProcess) {
    this.#process = process;
  }

  static async start(): Promise<VaultServer> {
    const process = await ServiceProcess.start('transit-vault', {
      VAULT_DEV_ROOT_TOKEN_ID: VaultServer.rootToken,
    });
    const server = new VaultServer(process);
    await server.request('POST', `sys/mounts/${MOUNT}`, { type: 'transit' });
    return server;
  }

  get url(): string {
    return this.#process.url;
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }

  /** Makes a key of a type of the transit engine; those that have no public key give an empty one. */
  async createKey(type: string): Promise<ServiceKey> {
    this.#keys += 1;
    const id = `key-${this.#keys}`;
    await this.request('POST', `${MOUNT}/keys/${id}`, { type });
    return { id, publicKey: await this.publicKey(id) };
  }

  /** Adds a version to a key, which signs from now on; gives the public key of the new one. */
  async rotate({ id }: ServiceKey): Promise<string> {
    await this.request('POST', `${MOUNT}/keys/${id}/rotate`, {});
    return this.publicKey(id);
  }

  /** A token that may do what a policy says: capabilities by paths of the transit engine. */
  async token(capabilities: Readonly<Record<string, readonly string[]>>): Promise<string> {
    this.#keys += 1;
    const name = `policy-${this.#keys}`;
    const rules = Object.entries(capabilities).map(([path, list]) => [
      `${MOUNT}/${path}`,
      { capabilities: list },
    ]);
    const policy = JSON.stringify({ path: Object.fromEntries(rules) });
    await this.request('PUT', `sys/policies/acl/${name}`, { policy });
    const created = await this.request('POST', 'auth/token/create', {
      policies: [name],
      no_default_policy: true,
    });
    return (created as { auth: { client_token: string } }).auth.client_token;
  }

  /** Sends a request with the root token; it must succeed. */
  async request(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.url}/v1/${path}`, {
      method,
      headers: { 'x-vault-token': VaultServer.rootToken },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} failed with ${response.status}: ${text}`);
    return text === '' ? {} : JSON.parse(text);
  }

  /** The public key of the newest version, empty for a key that has none. */
  private async publicKey(id: string): Promise<string> {
    const answer = await this.request('GET', `${MOUNT}/keys/${id}`);
    const { data } = answer as {
      data: { latest_version: number; keys: Record<string, number | { public_key?: string }> };
    };
    const version = data.keys[String(data.latest_version)];
    return typeof version === 'object' ? (version.public_key ?? '') : '';
  }
}
