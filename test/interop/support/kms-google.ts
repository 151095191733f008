import { type ServiceKey, ServiceProcess } from './kms-process.ts';

/** Algorithms of Cloud KMS that the specification allows, and how the specification names them. */
export const GOOGLE_ALGORITHMS = {
  RSA_SIGN_PSS_2048_SHA256: 'RSASSA-PSS-SHA-256',
  RSA_SIGN_PSS_4096_SHA512: 'RSASSA-PSS-SHA-512',
  EC_SIGN_P256_SHA256: 'ECDSA-SHA-256',
  EC_SIGN_P384_SHA384: 'ECDSA-SHA-384',
} as const;

/** Access tokens, by the rights that they give. */
export const GOOGLE_TOKENS = {
  owner: 'google-token-of-the-owner',
  signer: 'google-token-of-the-signer',
  reader: 'google-token-of-the-reader',
} as const;

const KEYS = 'projects/acme/locations/europe-west1/keyRings/interop/cryptoKeys';
const VERSIONS = 'cloudkms.cryptoKeyVersions';

/** A fake Cloud KMS with the message types of Google's client (`test/interop/google-kms`). */
export class GoogleServer {
  readonly #process: ServiceProcess;
  #keys = 0;

  private constructor(process: ServiceProcess) {
    this.#process = process;
  }

  static async start(): Promise<GoogleServer> {
    const tokens = {
      [GOOGLE_TOKENS.owner]: [
        'cloudkms.cryptoKeys.create',
        `${VERSIONS}.create`,
        `${VERSIONS}.viewPublicKey`,
      ],
      [GOOGLE_TOKENS.signer]: [`${VERSIONS}.viewPublicKey`, `${VERSIONS}.useToSign`],
      [GOOGLE_TOKENS.reader]: [`${VERSIONS}.viewPublicKey`],
    };
    return new GoogleServer(await ServiceProcess.start('google-kms', { GOOGLE_KMS: JSON.stringify(tokens) }));
  }

  get url(): string {
    return this.#process.url;
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }

  /** Makes a key; its identifier is the name of its first version. */
  async createKey(algorithm: string): Promise<ServiceKey> {
    this.#keys += 1;
    const name = `key-${this.#keys}`;
    const body = { purpose: 'ASYMMETRIC_SIGN', versionTemplate: { algorithm } };
    await this.#request('POST', `${KEYS}?cryptoKeyId=${name}`, body);
    return this.#version(`${KEYS}/${name}/cryptoKeyVersions/1`);
  }

  /** Makes the second version of a key. */
  async rotate({ id }: ServiceKey): Promise<ServiceKey> {
    const { name } = (await this.#request('POST', id.replace(/\/\d+$/, ''), {})) as { name: string };
    return this.#version(name);
  }

  async #version(id: string): Promise<ServiceKey> {
    const { pem } = (await this.#request('GET', `${id}/publicKey`)) as { pem: string };
    return { id, publicKey: pem };
  }

  async #request(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.url}/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${GOOGLE_TOKENS.owner}` },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} failed with ${response.status}: ${text}`);
    return JSON.parse(text);
  }
}
