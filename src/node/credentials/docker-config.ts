import { decodeBase64 } from '../../encoding/base64.ts';
import { decodeUtf8 } from '../../encoding/bytes.ts';
import { parseDocument } from '../../encoding/document.ts';
import { lazy } from '../../encoding/lazy.ts';
import { canonicalHost, DOCKER_HUB } from '../../encoding/registry-host.ts';
import * as s from '../../encoding/schema.ts';
import { trimEnd } from '../../encoding/trim-end.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { escapeUnprintable, quote } from '../../errors/quote.ts';
import type { Credential } from '../../oci/registry/credentials.ts';
import { readRegularFileIfExists } from '../files/read-file.ts';
import { queryCredentialHelper } from './credential-helper.ts';

const CODE = 'ERR_REGISTRY_UNAUTHORIZED';
const MAX_FILE = 4 * 1024 * 1024;
/** The key of Docker Hub in the file. */
const DOCKER_HUB_SERVER = 'https://index.docker.io/v1/';

/** Go reads `null` as if the member were missing. */
const text = () => s.nullish(s.string());
const configSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({
    auths: s.nullish(s.record(s.nullish(s.looseObject(entrySchema)))),
    credsStore: text(),
    credHelpers: s.nullish(s.record(text())),
  }),
);
const entrySchema = {
  auth: text(),
  username: text(),
  password: text(),
  identitytoken: text(),
  registrytoken: text(),
};

type DockerConfig = s.Infer<ReturnType<typeof configSchema>>;
type Entry = NonNullable<NonNullable<DockerConfig['auths']>[string]>;

/**
 * Finds the credential for a registry in a configuration file of Docker: from its helper for the registry
 * (`credHelpers`), or else from its helper for all registries (`credsStore`), or else from the file itself (`auths`).
 *
 * @param path - The file; links are followed, since containers get the file that way.
 * @param registry - The host and port, as references name them.
 * @param timeout - The time limit of a helper in milliseconds.
 * @returns The credential; `undefined` if there is none, or no file.
 * @throws NotationError `ERR_REGISTRY_UNAUTHORIZED`, `ERR_LIMIT_EXCEEDED`; without any of the content of the file
 */
export async function credentialFromFile(
  path: string,
  registry: string,
  timeout: number,
): Promise<Credential | undefined> {
  const { auths, credsStore, credHelpers } = (await readDockerConfig(path)) ?? {};
  const server = canonicalHost(registry) === DOCKER_HUB ? DOCKER_HUB_SERVER : registry;
  const helper = valueFor(credHelpers ?? {}, server) ?? credsStore;
  if (helper) return queryCredentialHelper(helper, server, timeout);
  const entry = valueFor(auths ?? {}, server);
  return entry ? readEntry(entry, registry, path) : undefined;
}

async function readDockerConfig(path: string): Promise<DockerConfig | undefined> {
  const expectation = {
    what: 'credentials file',
    code: CODE,
    maxBytes: MAX_FILE,
    followLinks: true,
  } as const;
  const bytes = await readRegularFileIfExists(path, expectation);
  if (!bytes) return undefined;
  try {
    return parseDocument(configSchema(), bytes, 'credentials file', CODE);
  } catch (error) {
    if (!isNotationError(error)) throw error;
    // Its message and cause may quote a secret.
    throw fileInvalid(path, 'is malformed');
  }
}

/** Returns the value of a server itself, or else of one at the same host: some tools write a scheme or a path. */
function valueFor<T>(values: Readonly<Record<string, T>>, server: string): T | undefined {
  if (Object.hasOwn(values, server)) return values[server];
  const wanted = hostOf(server);
  if (wanted === undefined) return undefined;
  return Object.entries(values).find(([key]) => hostOf(key) === wanted)?.[1];
}

function hostOf(server: string): string | undefined {
  return canonicalHost(server.replace(/^https?:\/\//, '').replace(/\/.*$/s, ''));
}

function readEntry(entry: Entry, registry: string, path: string): Credential | undefined {
  const { identitytoken, registrytoken, auth } = entry;
  if (identitytoken) return { identityToken: identitytoken };
  if (registrytoken) return { registryToken: registrytoken };
  if (!auth) return usable(entry);
  const pair = decodePair(auth);
  if (pair) return usable(pair);
  throw fileInvalid(path, `has a malformed credential for ${quote(registry)}`);
}

function usable({ username, password }: Pick<Entry, 'username' | 'password'>): Credential | undefined {
  return username && password ? { username, password } : undefined;
}

/** Decodes `auth`: a user name and a password in base64, with a colon between them. */
function decodePair(auth: string): { username: string; password: string } | undefined {
  try {
    const pair = decodeUtf8(decodeBase64(auth.trim()));
    const colon = pair.indexOf(':');
    if (colon < 1) return undefined;
    return { username: pair.slice(0, colon), password: trimEnd(pair.slice(colon + 1), '\0') };
  } catch (error) {
    // Not rethrown: it may quote the credential.
    if (isNotationError(error)) return undefined;
    throw error;
  }
}

function fileInvalid(path: string, reason: string): NotationError {
  return new NotationError(CODE, `the credentials file ${escapeUnprintable(path)} ${reason}`);
}
