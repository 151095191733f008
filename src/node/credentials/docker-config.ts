import { parseDocument } from '../../encoding/document.ts';
import { lazy } from '../../encoding/lazy.ts';
import { canonicalHost, DOCKER_HUB } from '../../encoding/registry-host.ts';
import * as s from '../../encoding/schema.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { escapeUnprintable, quote } from '../../errors/quote.ts';
import type { Credential } from '../../oci/registry/credentials.ts';
import { credentialOfAuth, dockerAuthSchema } from '../../oci/registry/docker-auth.ts';
import { readRegularFileIfExists } from '../files/read-file.ts';
import { queryCredentialHelper } from './credential-helper.ts';

const CODE = 'ERR_REGISTRY_UNAUTHORIZED';
const MAX_FILE = 4 * 1024 * 1024;
/** The key of Docker Hub in the file. */
const DOCKER_HUB_SERVER = 'https://index.docker.io/v1/';

const configSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({
    auths: s.nullish(s.record(s.nullish(dockerAuthSchema()))),
    credsStore: s.nullish(s.string()),
    credHelpers: s.nullish(s.record(s.nullish(s.string()))),
  }),
);

type DockerConfig = s.Infer<ReturnType<typeof configSchema>>;

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
  if (!entry) return undefined;
  return credentialOfAuth(entry, () =>
    fileInvalid(path, `has a malformed credential for ${quote(registry)}`),
  );
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

function fileInvalid(path: string, reason: string): NotationError {
  return new NotationError(CODE, `the credentials file ${escapeUnprintable(path)} ${reason}`);
}
