import { open } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import * as z from 'zod/mini';
import { decodeBase64 } from '../encoding/base64.ts';
import { once } from '../encoding/once.ts';
import { canonicalHost, DOCKER_HUB } from '../encoding/registry-host.ts';
import { parseDocument } from '../encoding/schema.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import type { Credential, CredentialSource } from '../oci/registry/credentials.ts';
import { askCredentialHelper } from './credential-helper.ts';
import { notationConfigDirectory } from './directories.ts';
import { isMissing, readBytes } from './files.ts';

/** What {@link dockerCredentials} takes; all of it may be left out. */
export interface DockerCredentialsOptions {
  /** The configuration file; `config.json` of `$DOCKER_CONFIG`, else of `~/.docker`, by default. */
  configFile?: string | undefined;
  /** Milliseconds for a credential helper, which may ask its user; 60 000 by default. */
  timeout?: number | undefined;
}

const MAX_FILE = 4 * 1024 * 1024;
const DEFAULT_TIMEOUT = 60_000;
/** Under which Docker keeps the credential of Docker Hub. */
const DOCKER_HUB_SERVER = 'https://index.docker.io/v1/';

const text = () => z.optional(z.string());
const configSchema = /* @__PURE__ */ once(() =>
  z.looseObject({
    auths: z.nullish(z.record(z.string(), z.looseObject(entrySchema))),
    credsStore: text(),
    credHelpers: z.nullish(z.record(z.string(), z.string())),
  }),
);
const entrySchema = {
  auth: text(),
  username: text(),
  password: text(),
  identitytoken: text(),
  registrytoken: text(),
};

type Configuration = z.infer<ReturnType<typeof configSchema>>;
type Entry = NonNullable<Configuration['auths']>[string];

/**
 * The credentials that `docker login` and the like left on this machine: of a helper for the registry (`credHelpers`),
 * else of the helper for all (`credsStore`), else of the file itself (`auths`). The file is read each time a registry
 * asks.
 *
 * @param options - Another file, and the time that a helper has.
 * @returns For the option `credentials` of `createRegistry`.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for a time that is none; when a registry asks:
 * `ERR_REGISTRY_UNAUTHORIZED` for a file that is malformed or a helper that fails. No error tells a secret.
 * @see https://docs.docker.com/reference/cli/docker/login/
 *
 * @example
 * ```ts
 * import { dockerCredentials } from 'notarykit/node';
 * import { createRegistry } from 'notarykit/oci';
 *
 * const registry = createRegistry({ credentials: dockerCredentials() });
 * console.log(typeof registry.repository);
 * ```
 */
export function dockerCredentials(options: DockerCredentialsOptions = {}): CredentialSource {
  const { timeout = DEFAULT_TIMEOUT } = options;
  if (!(timeout > 0 && timeout < 2 ** 31)) {
    throw new NotationError('ERR_ARGUMENT_INVALID', 'timeout must be a positive number of milliseconds');
  }
  return async (registry) => {
    const file = options.configFile ?? join(env.DOCKER_CONFIG || join(homedir(), '.docker'), 'config.json');
    const configuration = await readConfiguration(file);
    return configuration && credentialOf(configuration, registry, file, timeout);
  };
}

/**
 * The credentials that the `notation` CLI would use: of the helpers that its own `config.json` names, else those of
 * Docker.
 *
 * @param options - `configDirectory`: the folder of notation's configuration; its own on this machine by default.
 * Beside it what {@link dockerCredentials} takes.
 * @returns For the option `credentials` of `createRegistry`.
 * @throws NotationError as those of {@link dockerCredentials} do
 *
 * @example
 * ```ts
 * import { notationCredentials } from 'notarykit/node';
 * import { createRegistry } from 'notarykit/oci';
 *
 * const registry = createRegistry({ credentials: notationCredentials() });
 * console.log(typeof registry.repository);
 * ```
 */
export function notationCredentials({
  configDirectory,
  ...options
}: DockerCredentialsOptions & { configDirectory?: string | undefined } = {}): CredentialSource {
  const { timeout } = options;
  const docker = dockerCredentials(options);
  return async (registry) => {
    const configFile = join(configDirectory ?? notationConfigDirectory(), 'config.json');
    return (await dockerCredentials({ configFile, timeout })(registry)) ?? docker(registry);
  };
}

/** What {@link environmentCredentials} takes. */
export interface EnvironmentCredentialsOptions {
  /** The registries that the credential is for, by host and port as references name them. */
  registries: readonly string[];
}

/**
 * The credential in `NOTATION_USERNAME` and `NOTATION_PASSWORD`, as the `notation` CLI takes it. Unlike there it goes to
 * the registries only that are named: a program that verifies what others name would send it to anybody.
 *
 * @param options - The registries.
 * @returns For the option `credentials` of `createRegistry`.
 *
 * @example
 * ```ts
 * import { environmentCredentials } from 'notarykit/node';
 * import { createRegistry } from 'notarykit/oci';
 *
 * const credentials = environmentCredentials({ registries: ['registry.example.com'] });
 * console.log(typeof createRegistry({ credentials }).repository);
 * ```
 */
export function environmentCredentials({ registries }: EnvironmentCredentialsOptions): CredentialSource {
  if (!Array.isArray(registries)) {
    throw new NotationError('ERR_ARGUMENT_INVALID', 'registries must be an array of host names');
  }
  const named = new Set(registries.map((registry) => canonicalHost(registry)));
  return (registry) => {
    const { NOTATION_USERNAME: username, NOTATION_PASSWORD: password } = env;
    const host = canonicalHost(registry);
    return username && password && host && named.has(host) ? { username, password } : undefined;
  };
}

async function readConfiguration(file: string): Promise<Configuration | undefined> {
  const bytes = await readFollowing(file);
  if (!bytes) return undefined;
  try {
    return parseDocument(configSchema(), bytes, `file ${file}`, 'ERR_REGISTRY_UNAUTHORIZED');
  } catch (error) {
    if (!isNotationError(error)) throw error;
    // Its own message and cause may quote what is in the file.
    throw unusable(file, 'is malformed');
  }
}

/** Links are followed: that is how containers get such a file. */
async function readFollowing(file: string): Promise<Uint8Array | undefined> {
  try {
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      if (size > MAX_FILE) throw unusable(file, `is larger than ${MAX_FILE} bytes`);
      return await readBytes(handle, size);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (isNotationError(cause)) throw cause;
    if (isMissing(cause)) return undefined;
    throw unusable(file, 'cannot be read');
  }
}

async function credentialOf(
  { auths, credsStore, credHelpers }: Configuration,
  registry: string,
  file: string,
  timeout: number,
): Promise<Credential | undefined> {
  const server = canonicalHost(registry) === DOCKER_HUB ? DOCKER_HUB_SERVER : registry;
  const helper = valueFor(credHelpers ?? {}, server) ?? credsStore;
  if (helper) return askCredentialHelper(helper, server, timeout);
  const entry = valueFor(auths ?? {}, server);
  return entry && readEntry(entry, registry, file);
}

/** Returns the value of a server itself, else of one at the same host: some tools write a scheme or a path. */
function valueFor<T>(values: Readonly<Record<string, T>>, server: string): T | undefined {
  if (Object.hasOwn(values, server)) return values[server];
  const wanted = hostOf(server);
  if (wanted === undefined) return undefined;
  return Object.entries(values).find(([key]) => hostOf(key) === wanted)?.[1];
}

function hostOf(server: string): string | undefined {
  return canonicalHost(server.replace(/^https?:\/\//, '').replace(/\/.*$/s, ''));
}

function readEntry(entry: Entry, registry: string, file: string): Credential | undefined {
  const { identitytoken, registrytoken, auth } = entry;
  if (identitytoken) return { identityToken: identitytoken };
  if (registrytoken) return { registryToken: registrytoken };
  const { username, password } = auth ? readPair(auth, registry, file) : entry;
  return username && password ? { username, password } : undefined;
}

/** `auth` is a user name and a password in base64, with a colon between them. */
function readPair(auth: string, registry: string, file: string): { username: string; password: string } {
  const name = `has a malformed credential for ${registry}`;
  try {
    const pair = new TextDecoder('utf-8', { fatal: true }).decode(decodeBase64(auth.trim()));
    const colon = pair.indexOf(':');
    if (colon > 0)
      return { username: pair.slice(0, colon), password: pair.slice(colon + 1).replace(/\0+$/, '') };
  } catch {
    // Not kept as a cause: it may quote the credential.
  }
  throw unusable(file, name);
}

function unusable(file: string, reason: string): NotationError {
  return new NotationError('ERR_REGISTRY_UNAUTHORIZED', `the file of credentials ${file} ${reason}`);
}
