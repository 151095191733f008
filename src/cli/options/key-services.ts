import type { Signer } from '../../envelope/signer.ts';
import { argumentInvalid, NotationError } from '../../errors/notation-error.ts';
import type { Flags, Values } from '../flags.ts';
import type { Terminal } from '../terminal.ts';
import { readGivenFile, readSecret } from './files.ts';

/** Flags of commands that sign with a key service, without a plugin. */
export const KEY_SERVICE_FLAGS = {
  'azure-key': {
    kind: 'text',
    value: 'url',
    summary:
      'a key in Azure Key Vault; credentials: --token-file, or $AZURE_TENANT_ID, $AZURE_CLIENT_ID and $AZURE_CLIENT_SECRET',
  },
  'aws-key': {
    kind: 'text',
    value: 'arn',
    summary:
      'a key in AWS KMS; credentials: $AWS_ACCESS_KEY_ID, $AWS_SECRET_ACCESS_KEY, $AWS_SESSION_TOKEN; $AWS_REGION',
  },
  'vault-key': {
    kind: 'text',
    value: 'name',
    summary:
      'a key in the transit engine of HashiCorp Vault at $VAULT_ADDR; credentials: --token-file or $VAULT_TOKEN',
  },
  'vault-mount': {
    kind: 'text',
    value: 'path',
    summary: 'where the transit engine is mounted; transit by default',
  },
  'google-key': {
    kind: 'text',
    value: 'name',
    summary:
      'a key version in Google Cloud KMS; credentials: --token-file, or the file $GOOGLE_APPLICATION_CREDENTIALS',
  },
  'key-endpoint': {
    kind: 'text',
    value: 'url',
    summary: 'the URL of AWS KMS or Google Cloud KMS, if it is another one',
  },
  'token-file': {
    kind: 'text',
    value: 'file',
    summary: 'the file with the access token of the key service, - for standard input',
  },
} as const satisfies Flags;

/** The flags that each name a key, with what opens it. */
const SERVICES = {
  'azure-key': openAzureSigner,
  'aws-key': openAwsSigner,
  'vault-key': openVaultSigner,
  'google-key': openGoogleSigner,
};

type Service = keyof typeof SERVICES;
type ServiceValues = Values<typeof KEY_SERVICE_FLAGS> & { readonly 'cert-file': string | undefined };

/** What each service needs. */
interface KeyRequest {
  /** The value of the flag. */
  key: string;
  certificates: Uint8Array;
  token: string | undefined;
  values: ServiceValues;
  env: Terminal['env'];
  signal: AbortSignal;
}

/** Returns the flag of a key service that was given. */
export function serviceFlagOf(values: ServiceValues): Service | undefined {
  const given = (Object.keys(SERVICES) as Service[]).filter((flag) => values[flag] !== undefined);
  if (given.length > 1) throw argumentInvalid(`name one key, not several: --${given.join(', --')}`);
  return given[0];
}

/** Opens a key of a key service. */
export async function openServiceSigner(
  flag: Service,
  values: ServiceValues,
  { env, stdin, signal }: Terminal,
): Promise<Signer> {
  const { [flag]: key = '', 'cert-file': chain, 'token-file': path } = values;
  if (chain === undefined)
    throw argumentInvalid(`--${flag} needs --cert-file: the certificate chain of the key`);
  const certificates = await readGivenFile(chain, 'certificate chain');
  const token = path === undefined ? undefined : await readSecret(path, 'access token', stdin);
  return SERVICES[flag]({ key, certificates, token, values, env, signal });
}

async function openAzureSigner({
  key: keyId,
  certificates,
  token,
  env,
  signal,
}: KeyRequest): Promise<Signer> {
  const { createAzureKeyVaultSigner } = await import('../../kms/azure/index.ts');
  if (token !== undefined) return createAzureKeyVaultSigner({ keyId, certificates, token, signal });
  const clientCredentials = {
    tenantId: required(env, 'AZURE_TENANT_ID'),
    clientId: required(env, 'AZURE_CLIENT_ID'),
    clientSecret: required(env, 'AZURE_CLIENT_SECRET'),
    ...(env.AZURE_AUTHORITY_HOST && { authority: env.AZURE_AUTHORITY_HOST }),
  };
  return createAzureKeyVaultSigner({ keyId, certificates, clientCredentials, signal });
}

async function openAwsSigner({ key: keyId, certificates, values, env, signal }: KeyRequest): Promise<Signer> {
  const { createAwsKmsSigner } = await import('../../kms/aws/index.ts');
  const credentials = {
    accessKeyId: required(env, 'AWS_ACCESS_KEY_ID'),
    secretAccessKey: required(env, 'AWS_SECRET_ACCESS_KEY'),
    sessionToken: env.AWS_SESSION_TOKEN,
  };
  const region = keyId.startsWith('arn:') ? undefined : (env.AWS_REGION ?? env.AWS_DEFAULT_REGION);
  const endpoint = values['key-endpoint'] ?? env.AWS_ENDPOINT_URL_KMS ?? env.AWS_ENDPOINT_URL;
  return createAwsKmsSigner({ keyId, certificates, credentials, region, endpoint, signal });
}

async function openVaultSigner(request: KeyRequest): Promise<Signer> {
  const { key: keyName, certificates, values, env, signal } = request;
  const { createVaultSigner } = await import('../../kms/vault/index.ts');
  const address = required(env, 'VAULT_ADDR');
  const token = request.token ?? required(env, 'VAULT_TOKEN');
  const { 'vault-mount': mount } = values;
  return createVaultSigner({
    address,
    keyName,
    certificates,
    token,
    mount,
    namespace: env.VAULT_NAMESPACE,
    signal,
  });
}

async function openGoogleSigner(request: KeyRequest): Promise<Signer> {
  const { key: keyVersionName, certificates, token: accessToken, values, env, signal } = request;
  const { createGoogleKmsSigner } = await import('../../kms/google/index.ts');
  const options = { keyVersionName, certificates, endpoint: values['key-endpoint'], signal };
  if (accessToken !== undefined) return createGoogleKmsSigner({ ...options, accessToken });
  const path = required(env, 'GOOGLE_APPLICATION_CREDENTIALS');
  const serviceAccountKey = readAccountKey(await readGivenFile(path, 'key file of the service account'));
  return createGoogleKmsSigner({ ...options, serviceAccountKey });
}

function readAccountKey(file: Uint8Array) {
  try {
    return JSON.parse(new TextDecoder().decode(file));
  } catch {
    // The cause would show a part of the key.
    throw argumentInvalid('the key file of the service account is not valid JSON');
  }
}

function required(env: Terminal['env'], name: string): string {
  const { [name]: value } = env;
  if (value) return value;
  throw new NotationError('ERR_ARGUMENT_INVALID', `the environment variable ${name} is not set`, {
    nextStep: `Set ${name}, in the way in which your pipeline keeps secrets.`,
  });
}
