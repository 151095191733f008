import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { type ServiceKey, ServiceProcess } from './kms-process.ts';

/** Keys of Azure Key Vault that the specification allows, and the algorithm that belongs to them. */
export const AZURE_KEYS = {
  'RSA 2048': [{ kty: 'RSA', key_size: 2048 }, 'RSASSA-PSS-SHA-256'],
  'RSA 3072': [{ kty: 'RSA', key_size: 3072 }, 'RSASSA-PSS-SHA-384'],
  'RSA 4096': [{ kty: 'RSA', key_size: 4096 }, 'RSASSA-PSS-SHA-512'],
  'EC P-256': [{ kty: 'EC', crv: 'P-256' }, 'ECDSA-SHA-256'],
  'EC P-384': [{ kty: 'EC', crv: 'P-384' }, 'ECDSA-SHA-384'],
  'EC P-521': [{ kty: 'EC', crv: 'P-521' }, 'ECDSA-SHA-512'],
} as const;

/** Access tokens, by the rights that they give. */
export const AZURE_TOKENS = {
  owner: 'azure-token-of-the-owner',
  signer: 'azure-token-of-the-signer',
  reader: 'azure-token-of-the-reader',
} as const;

/** The fake Azure Key Vault of Microsoft's SDK (`test/interop/azure-keyvault`). */
export class AzureServer {
  readonly #process: ServiceProcess;
  #keys = 0;

  private constructor(process: ServiceProcess) {
    this.#process = process;
  }

  static async start(): Promise<AzureServer> {
    const tokens = {
      [AZURE_TOKENS.owner]: ['CreateKey', 'RotateKey'],
      [AZURE_TOKENS.signer]: ['GetKey', 'Sign'],
      [AZURE_TOKENS.reader]: ['GetKey'],
    };
    return new AzureServer(
      await ServiceProcess.start('azure-keyvault', { AZURE_KEYVAULT: JSON.stringify(tokens) }),
    );
  }

  get url(): string {
    return this.#process.url;
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }

  /** Makes a key; its identifier is without a version. */
  createKey(parameters: object): Promise<ServiceKey> {
    this.#keys += 1;
    return this.#request(`${this.url}/keys/key-${this.#keys}`, 'create', {
      ...parameters,
      key_ops: ['sign'],
    });
  }

  /** Makes another version of a key, which is the newest from now on. */
  rotate({ id }: ServiceKey): Promise<ServiceKey> {
    return this.#request(id, 'rotate', undefined);
  }

  async #request(id: string, operation: string, body: object | undefined): Promise<ServiceKey> {
    const response = await fetch(`${id}/${operation}?api-version=7.4`, {
      method: 'POST',
      headers: { authorization: `Bearer ${AZURE_TOKENS.owner}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${operation} failed with ${response.status}: ${text}`);
    const { key } = JSON.parse(text) as { key: JsonWebKey };
    const publicKey = createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    return { id, publicKey: String(publicKey) };
  }
}
