import { parse } from 'yaml';
import type { Flags, Values } from '../cli/flags.ts';
import { REGISTRY_FLAGS, registryOptions } from '../cli/options/registry.ts';
import type { Terminal } from '../cli/terminal.ts';
import { conform } from '../encoding/document.ts';
import * as s from '../encoding/schema.ts';
import { argumentInvalid, NotationError } from '../errors/notation-error.ts';
import { checkSecret } from '../net/secret.ts';
import { notationCredentials } from '../node/credentials/docker-credentials.ts';
import type { Reference } from '../oci/reference.ts';
import { firstCredential } from '../oci/registry/credential-chain.ts';
import type { CredentialSource } from '../oci/registry/credentials.ts';
import type { RegistryOptions } from '../oci/registry/registry.ts';
import { acrCredentials } from '../registries/acr.ts';
import { checkHost, checkUserName, forHost } from '../registries/check-options.ts';
import { dockerHubCredentials } from '../registries/docker-hub.ts';
import { ecrCredentials } from '../registries/ecr.ts';
import { githubCredentials } from '../registries/github.ts';
import { googleCredentials } from '../registries/google.ts';
import { harborCredentials } from '../registries/harbor.ts';
import { quayCredentials } from '../registries/quay.ts';
import type { JobIdentity } from './identity/identity.ts';

const { username, password, 'insecure-registry': insecure } = REGISTRY_FLAGS;

/** Inputs about registries. */
export const CREDENTIAL_FLAGS = {
  credentials: {
    kind: 'text',
    value: 'yaml',
    summary: 'credentials of registries, by their kind; those of `docker login` by default',
  },
  username,
  password,
  'insecure-registry': insecure,
} as const satisfies Flags;

/** The members of the input `credentials` whose values are secrets. */
const SECRETS: readonly string[] = [
  'token',
  'secret',
  'password',
  'entraToken',
  'accessToken',
  'serviceAccountKey',
];

const optionalText = s.optional(s.string());
const schema = s.strictObject({
  github: s.optional(s.strictObject({ username: optionalText, host: optionalText, token: s.string() })),
  ecr: s.optional(s.strictObject({ region: optionalText, registryId: optionalText, endpoint: optionalText })),
  acr: s.optional(
    s.strictObject({ host: s.string(), entraToken: optionalText, tenant: optionalText, scope: optionalText }),
  ),
  google: s.optional(s.strictObject({ accessToken: optionalText, serviceAccountKey: optionalText })),
  'docker-hub': s.optional(s.strictObject({ username: s.string(), token: s.string() })),
  quay: s.optional(
    s.strictObject({ host: optionalText, namespace: s.string(), robot: s.string(), token: s.string() }),
  ),
  harbor: s.optional(
    s.strictObject({
      host: s.string(),
      project: optionalText,
      robot: s.string(),
      secret: s.string(),
      prefix: optionalText,
    }),
  ),
  hosts: s.optional(s.record(s.strictObject({ username: s.string(), password: s.string() }))),
});

type Given = s.Infer<typeof schema>;

/** What credentials are made of, besides the input. */
export interface CredentialContext {
  readonly terminal: Terminal;
  readonly identity: JobIdentity;
  mask(secret: string): void;
}

/**
 * Finds the options of registries that the inputs give.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export async function registryOptionsOf(
  values: Values<typeof CREDENTIAL_FLAGS>,
  references: readonly Reference[],
  context: CredentialContext,
): Promise<RegistryOptions> {
  const { credentials: text, password, ...flags } = values;
  const { terminal, mask } = context;
  if (password !== undefined) mask(password);
  const env = { ...terminal.env, NOTATION_PASSWORD: password ?? terminal.env.NOTATION_PASSWORD };
  const options = await registryOptions(
    { ...flags, password: undefined, 'password-stdin': false },
    references,
    { ...terminal, env },
  );
  if (text === undefined) return options;
  if (options.credentials) throw argumentInvalid('credentials and username exclude each other');
  const sources = sourcesOf(readCredentials(text, context), context);
  return { ...options, credentials: firstCredential(...sources, notationCredentials()) };
}

function readCredentials(text: string, { mask }: CredentialContext): Given {
  const value = parseYaml(text);
  maskSecrets(value, mask);
  return conform(schema, value, 'input credentials', 'ERR_ARGUMENT_INVALID');
}

function parseYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0, logLevel: 'error' });
  } catch {
    // The cause would show a part of the input.
    throw argumentInvalid('the input credentials is not valid YAML');
  }
}

/** Masks secrets before anything can be said about the input. */
function maskSecrets(value: unknown, mask: CredentialContext['mask']): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    if (typeof member === 'string' && SECRETS.includes(name)) mask(member);
    else maskSecrets(member, mask);
  }
}

function sourcesOf(given: Given, { terminal: { env }, identity }: CredentialContext): CredentialSource[] {
  const { github, ecr, acr, google, 'docker-hub': dockerHub, quay, harbor, hosts = {} } = given;
  return [
    ...(github
      ? [githubCredentials({ ...github, username: github.username ?? env.GITHUB_ACTOR ?? '' })]
      : []),
    ...(ecr ? [ecrCredentials({ ...ecr, credentials: identity.aws ?? (() => awsCredentialsOf(env)) })] : []),
    ...(acr ? [acrSource(acr, identity)] : []),
    ...(google ? [googleSource(google, identity)] : []),
    ...(dockerHub ? [dockerHubCredentials(dockerHub)] : []),
    ...(quay ? [quayCredentials(quay)] : []),
    ...(harbor ? [harborCredentials(harbor)] : []),
    ...Object.entries(hosts).map(([host, pair]) => hostSource(host, pair)),
  ];
}

function awsCredentialsOf(env: Terminal['env']) {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = env;
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey, sessionToken };
  throw missing('ecr', 'aws_role, or the environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
}

/** The scope of tokens that every registry of Azure takes. */
const ACR_SCOPE = 'https://containerregistry.azure.net/.default';

function acrSource(
  { scope = ACR_SCOPE, ...acr }: NonNullable<Given['acr']>,
  { azure }: JobIdentity,
): CredentialSource {
  const entraToken = acr.entraToken ?? (azure && (() => azure(scope)));
  if (!entraToken) throw missing('acr', 'azure_tenant and azure_client, or entraToken');
  return acrCredentials({ ...acr, entraToken });
}

function googleSource(
  { accessToken, serviceAccountKey }: NonNullable<Given['google']>,
  { google }: JobIdentity,
): CredentialSource {
  if (serviceAccountKey !== undefined) return googleCredentials({ serviceAccountKey });
  const token = accessToken ?? google;
  if (!token) throw missing('google', 'google_provider, accessToken or serviceAccountKey');
  return googleCredentials({ accessToken: token });
}

function hostSource(
  host: string,
  { username, password }: { username: string; password: string },
): CredentialSource {
  return forHost(checkHost(host), {
    username: checkUserName(username, 'username'),
    password: checkSecret(password, 'password'),
  });
}

function missing(kind: string, needed: string): NotationError {
  return new NotationError(
    'ERR_ARGUMENT_INVALID',
    `the input credentials names ${kind}, which needs ${needed}`,
  );
}
