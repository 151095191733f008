import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServiceKey, ServiceProcess } from './kms-process.ts';

/** Key specs of AWS KMS that the specification allows, and the algorithm that belongs to them. */
export const AWS_KEY_SPECS = {
  RSA_2048: 'RSASSA-PSS-SHA-256',
  RSA_3072: 'RSASSA-PSS-SHA-384',
  RSA_4096: 'RSASSA-PSS-SHA-512',
  ECC_NIST_P256: 'ECDSA-SHA-256',
  ECC_NIST_P384: 'ECDSA-SHA-384',
  ECC_NIST_P521: 'ECDSA-SHA-512',
} as const;

/** Users of the test double, with credentials in the form of AWS. */
export const AWS_USERS = {
  signer: { accessKeyId: 'AKIAINTEROPSIGNER000', secretAccessKey: 'secret-of-the-signer' },
  temporary: {
    accessKeyId: 'ASIAINTEROPTEMPORARY',
    secretAccessKey: 'secret-of-the-temporary',
    sessionToken: 'session/token+of==the-temporary',
  },
  reader: { accessKeyId: 'AKIAINTEROPREADER000', secretAccessKey: 'secret-of-the-reader' },
} as const;

/** The test double of AWS KMS in `test/interop/aws-kms`, with keys in a directory of its own. */
export class AwsServer {
  static readonly region = 'eu-west-2';
  readonly #process: ServiceProcess;
  readonly #directory: string;

  private constructor(process: ServiceProcess, directory: string) {
    this.#process = process;
    this.#directory = directory;
  }

  static async start(): Promise<AwsServer> {
    const directory = await mkdtemp(join(tmpdir(), 'interop-aws-kms-'));
    const { signer, temporary, reader } = AWS_USERS;
    const users = [signer, temporary, { ...reader, forbidden: ['Sign'] }];
    const settings = { directory, region: AwsServer.region, users };
    return new AwsServer(
      await ServiceProcess.start('aws-kms', { AWS_KMS: JSON.stringify(settings) }),
      directory,
    );
  }

  get url(): string {
    return this.#process.url;
  }

  async stop(): Promise<void> {
    await this.#process.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** Makes a key; its identifier is the ARN. Those that have no public key give an empty one. */
  async createKey(spec: string, usage = 'SIGN_VERIFY'): Promise<ServiceKey> {
    const created = await this.request('CreateKey', { KeySpec: spec, KeyUsage: usage });
    const { Arn: id } = (created as { KeyMetadata: { Arn: string } }).KeyMetadata;
    if (spec === 'SYMMETRIC_DEFAULT' || spec.startsWith('HMAC_')) return { id, publicKey: '' };
    const { PublicKey } = (await this.request('GetPublicKey', { KeyId: id })) as { PublicKey: string };
    const lines = PublicKey.match(/.{1,64}/g) ?? [];
    return { id, publicKey: `-----BEGIN PUBLIC KEY-----\n${lines.join('\n')}\n-----END PUBLIC KEY-----\n` };
  }

  /** A request that need not be signed, which must succeed. */
  async request(operation: string, body: object): Promise<unknown> {
    const response = await fetch(`${this.url}/unsigned`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `TrentService.${operation}` },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${operation} failed with ${response.status}: ${text}`);
    return text === '' ? {} : JSON.parse(text);
  }
}
