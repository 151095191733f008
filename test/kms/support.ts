import { constants, createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { algorithmForKey, type KeySpec } from '../../src/crypto/algorithms.ts';
import type { Signer } from '../../src/envelope/index.ts';
import { createAwsKmsSigner } from '../../src/kms/aws/index.ts';
import { createAzureKeyVaultSigner } from '../../src/kms/azure/index.ts';
import { crc32c } from '../../src/kms/crc32c.ts';
import { createGoogleKmsSigner } from '../../src/kms/google/index.ts';
import type { KmsRequestOptions } from '../../src/kms/request.ts';
import { createVaultSigner } from '../../src/kms/vault/index.ts';
import { issueTestChain } from '../../src/testing/index.ts';

/** The artifact that is signed in these tests. */
export const MESSAGE = new TextEncoder().encode('to be signed');
/** The token, or the secret of the credentials, that must not be shown. */
export const SECRET = 'hvs.secret+token/0123456789abcdef';

/** A key of a service, with its chain. */
export interface TestKey {
  keySpec: KeySpec;
  publicKey: KeyObject;
  /** SubjectPublicKeyInfo. */
  pem: string;
  spki: Buffer;
  certificates: string;
  /** Signs {@link MESSAGE} when given its digest, like a service that only gets a digest. */
  sign(digest: Buffer, form: 'der' | 'raw'): Buffer;
}

const keys = new Map<string, Promise<TestKey>>();

/** The same key for the same name. */
export function testKey(keySpec: KeySpec, name = 'release'): Promise<TestKey> {
  const known = keys.get(keySpec + name) ?? makeKey(keySpec);
  keys.set(keySpec + name, known);
  return known;
}

async function makeKey(keySpec: KeySpec): Promise<TestKey> {
  const { publicKey, privateKey } = generate(keySpec);
  const hash = algorithmForKey(keySpec).digest;
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const { certificates } = await issueTestChain({ name: 'release.acme.example', publicKey: pem });
  return {
    keySpec,
    publicKey,
    pem,
    certificates,
    spki: publicKey.export({ type: 'spki', format: 'der' }),
    sign(digest, form) {
      if (!createHash(hash).update(MESSAGE).digest().equals(digest)) throw new Error('another digest');
      return sign(hash, MESSAGE, {
        key: privateKey,
        dsaEncoding: form === 'der' ? 'der' : 'ieee-p1363',
        ...(keySpec.startsWith('RSA') && {
          padding: constants.RSA_PKCS1_PSS_PADDING,
          saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
        }),
      });
    },
  };
}

function generate(keySpec: KeySpec) {
  const [type, size = ''] = keySpec.split('-');
  return type === 'RSA'
    ? generateKeyPairSync('rsa', { modulusLength: Number(size) })
    : generateKeyPairSync('ec', { namedCurve: `P-${size}` });
}

/** A request, as a service sees it. */
export interface SeenRequest {
  method: string;
  url: URL;
  headers: Record<string, string>;
  body: string;
}

export type Handler = (request: SeenRequest, index: number) => Response | Promise<Response>;

/** A `fetch` that calls a handler, and the requests that it received. */
export function fakeFetch(handler: Handler): { fetch: typeof fetch; requests: SeenRequest[] } {
  const requests: SeenRequest[] = [];
  return {
    requests,
    async fetch(input, init) {
      // That one is sent to all peers, and is no part of the documented requests.
      const { 'accept-encoding': _, ...headers } = Object.fromEntries(new Headers(init?.headers));
      const request = {
        method: init?.method ?? 'GET',
        url: new URL(String(input)),
        headers,
        body: typeof init?.body === 'string' ? init.body : '',
      };
      requests.push(request);
      return handler(request, requests.length - 1);
    },
  };
}

export const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
export const base64Url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');

/** The options that a test changes. */
export interface TestOptions extends KmsRequestOptions {
  certificates: string | readonly string[];
  /** The URL of the service. */
  base?: string;
  token?: string | (() => string | Promise<string>);
  signal?: AbortSignal;
}

/** The common interface of the four services. */
export interface TestService {
  name: string;
  keySpecs: readonly KeySpec[];
  /** Whether signatures of ECDSA come as DER. */
  form: 'der' | 'raw';
  create(options: TestOptions): Promise<Signer>;
  isSigning(request: SeenRequest): boolean;
  digestIn(request: SeenRequest): Buffer;
  keyResponse(key: TestKey, request: SeenRequest): object;
  signResponse(signature: Uint8Array, key: TestKey, request: SeenRequest): object;
}

/** Answers like an honest service. */
export function honest(service: TestService, key: TestKey): Handler {
  return (request) => {
    if (!service.isSigning(request)) return Response.json(service.keyResponse(key, request));
    const signature = key.sign(service.digestIn(request), service.form);
    return Response.json(service.signResponse(signature, key, request));
  };
}

const ALL: readonly KeySpec[] = ['RSA-2048', 'RSA-3072', 'RSA-4096', 'EC-256', 'EC-384', 'EC-521'];
const json = ({ body }: SeenRequest) => JSON.parse(body);

const azure: TestService = {
  name: 'Azure Key Vault',
  keySpecs: ALL,
  form: 'raw',
  create: ({ base = 'https://acme.vault.azure.net', token = SECRET, ...options }) =>
    createAzureKeyVaultSigner({ keyId: `${base}/keys/release`, token, ...options }),
  isSigning: ({ url }) => url.pathname.endsWith('/sign'),
  digestIn: (request) => Buffer.from(json(request).value, 'base64url'),
  keyResponse: ({ publicKey }, { url }) => ({
    key: { kid: `${url.origin}/keys/release/${'0'.repeat(32)}`, ...publicKey.export({ format: 'jwk' }) },
  }),
  signResponse: (signature, _key, { url }) => ({
    kid: `${url.origin}/keys/release/${'0'.repeat(32)}`,
    value: base64Url(signature),
  }),
};

const ARN = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const awsName = (keySpec: KeySpec) => algorithmForKey(keySpec).plugin.replaceAll('-', '_');

const aws: TestService = {
  name: 'AWS KMS',
  keySpecs: ALL,
  form: 'der',
  create: ({ base = 'https://kms.eu-west-1.amazonaws.com', token = SECRET, ...options }) => {
    const credentialsOf = (secretAccessKey: string) => ({
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey,
      sessionToken: secretAccessKey,
    });
    return createAwsKmsSigner({
      keyId: ARN,
      endpoint: base,
      credentials:
        typeof token === 'string' ? credentialsOf(token) : async () => credentialsOf(await token()),
      ...options,
    });
  },
  isSigning: ({ headers }) => headers['x-amz-target'] === 'TrentService.Sign',
  digestIn: (request) => Buffer.from(json(request).Message, 'base64'),
  keyResponse: ({ spki, keySpec }) => ({
    KeyId: ARN,
    PublicKey: base64(spki),
    KeyUsage: 'SIGN_VERIFY',
    SigningAlgorithms: ['RSASSA_PKCS1_V1_5_SHA_256', awsName(keySpec)],
  }),
  signResponse: (signature, { keySpec }) => ({
    KeyId: ARN,
    Signature: base64(signature),
    SigningAlgorithm: awsName(keySpec),
  }),
};

const vaultType = (keySpec: KeySpec) => keySpec.toLowerCase().replace('ec-', 'ecdsa-p');

const vault: TestService = {
  name: 'Vault',
  keySpecs: ALL,
  form: 'raw',
  create: ({ base = 'https://vault.example.com:8200', token = SECRET, ...options }) =>
    createVaultSigner({ address: base, keyName: 'release', token, ...options }),
  isSigning: ({ url }) => url.pathname.includes('/sign/'),
  digestIn: (request) => Buffer.from(json(request).input, 'base64'),
  keyResponse: ({ keySpec, pem }) => ({
    data: { type: vaultType(keySpec), latest_version: 1, keys: { 1: { public_key: pem } } },
  }),
  signResponse: (signature, { keySpec }) => ({
    data: { signature: `vault:v1:${(keySpec.startsWith('RSA') ? base64 : base64Url)(signature)}` },
  }),
};

export const VERSION_NAME =
  'projects/acme/locations/europe-west1/keyRings/ring/cryptoKeys/release/cryptoKeyVersions/1';
const GOOGLE: Partial<Record<KeySpec, string>> = {
  'RSA-2048': 'RSA_SIGN_PSS_2048_SHA256',
  'RSA-4096': 'RSA_SIGN_PSS_4096_SHA512',
  'EC-256': 'EC_SIGN_P256_SHA256',
  'EC-384': 'EC_SIGN_P384_SHA384',
};

const google: TestService = {
  name: 'Google Cloud KMS',
  keySpecs: ['RSA-2048', 'RSA-4096', 'EC-256', 'EC-384'],
  form: 'der',
  create: ({ base = 'https://cloudkms.googleapis.com', token = SECRET, ...options }) =>
    createGoogleKmsSigner({ keyVersionName: VERSION_NAME, endpoint: base, accessToken: token, ...options }),
  isSigning: ({ url }) => url.pathname.endsWith(':asymmetricSign'),
  digestIn: (request) => Buffer.from(String(Object.values(json(request).digest)[0]), 'base64'),
  keyResponse: ({ pem, keySpec }) => ({
    pem,
    pemCrc32c: String(crc32c(Buffer.from(pem))),
    algorithm: GOOGLE[keySpec] ?? 'EC_SIGN_SECP256K1_SHA256',
    name: VERSION_NAME,
  }),
  signResponse: (signature) => ({
    signature: base64(signature),
    signatureCrc32c: String(crc32c(signature)),
    verifiedDigestCrc32c: true,
    name: VERSION_NAME,
  }),
};

export const SERVICES: readonly (readonly [string, TestService])[] = [azure, aws, vault, google].map(
  (service) => [service.name, service] as const,
);
export const services = { azure, aws, vault, google };
