import { decodeBase64 } from '../encoding/base64.ts';
import { parseDocument } from '../encoding/document.ts';
import { lazy } from '../encoding/lazy.ts';
import { canonicalHost } from '../encoding/registry-host.ts';
import * as s from '../encoding/schema.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import type { Reference } from '../oci/reference.ts';
import type { Credential } from '../oci/registry/credentials.ts';
import { credentialOfAuth, type DockerAuth, dockerAuthSchema } from '../oci/registry/docker-auth.ts';

/** A secret, with the members of Kubernetes's own that matter. */
export interface KubernetesSecret {
  /** Such as `kubernetes.io/dockerconfigjson`. */
  type?: string | undefined;
  /** The values by their keys, in base64. */
  data?: Readonly<Record<string, string>> | undefined;
}

/** A service account, with the members of Kubernetes's own that matter. */
export interface KubernetesServiceAccount {
  imagePullSecrets?: readonly { name?: string | undefined }[] | undefined;
}

/** Reads what is needed to pull the images of a pod, such as `createKubernetesSecrets`. */
export interface KubernetesSecrets {
  /** Returns a secret; `undefined` if it does not exist. */
  secret(
    namespace: string,
    name: string,
    options: { signal: AbortSignal },
  ): Promise<KubernetesSecret | undefined>;
  /** Returns a service account; `undefined` if it does not exist. */
  serviceAccount(
    namespace: string,
    name: string,
    options: { signal: AbortSignal },
  ): Promise<KubernetesServiceAccount | undefined>;
}

/** A credential, and the repositories that it is for. */
export interface PullCredential {
  /** The labels of the host as patterns, with its port, as the secret spells them. */
  host: string;
  /** The start of the repository, in whole components; empty for all. */
  path: string;
  credential: Credential;
}

/** The types of secrets with credentials of registries: the key of each in `data`. */
const DATA_KEYS = new Map([
  ['kubernetes.io/dockerconfigjson', '.dockerconfigjson'],
  ['kubernetes.io/dockercfg', '.dockercfg'],
]);
const CODE = 'ERR_REGISTRY_UNAUTHORIZED';
/** Entries of a secret, of which Kubernetes stores 1 MiB at most. */
const MAX_VALUES = 100_000;

const authsSchema = /* @__PURE__ */ lazy(() => s.record(s.nullish(dockerAuthSchema())));
const configSchema = /* @__PURE__ */ lazy(() => s.looseObject({ auths: s.nullish(authsSchema()) }));

/**
 * Reads the credentials of a pull secret.
 * @param name - The secret, for the error.
 * @throws NotationError `ERR_REGISTRY_UNAUTHORIZED`, without any of its content
 */
export function readPullSecret({ type = '', data = {} }: KubernetesSecret, name: string): PullCredential[] {
  const key = DATA_KEYS.get(type);
  if (key === undefined) {
    const types = [...DATA_KEYS.keys()].join(' or ');
    throw secretInvalid(name, `is of the type ${quote(type)}, not ${types}`);
  }
  const value = Object.hasOwn(data, key) ? data[key] : undefined;
  if (typeof value !== 'string') throw secretInvalid(name, `has no ${key}`);
  const malformed = () => secretInvalid(name, 'is malformed');
  return Object.entries(authsOf(key, value, malformed)).flatMap(([server, auth]) => {
    const credential = auth ? credentialOfAuth(auth, malformed) : undefined;
    return credential ? [{ ...placeOf(server), credential }] : [];
  });
}

function authsOf(
  key: string,
  value: string,
  malformed: () => NotationError,
): Record<string, DockerAuth | null | undefined> {
  try {
    const bytes = decodeBase64(value, 'secret');
    return key === '.dockercfg'
      ? parseDocument(authsSchema(), bytes, 'secret', CODE, MAX_VALUES)
      : (parseDocument(configSchema(), bytes, 'secret', CODE, MAX_VALUES).auths ?? {});
  } catch (error) {
    if (!isNotationError(error)) throw error;
    // Its message and cause may quote a credential.
    throw malformed();
  }
}

/** Splits the key of an entry, which may be a URL and may have the path of an old version of the registry's API. */
function placeOf(server: string): { host: string; path: string } {
  const [host = '', ...path] = server.replace(/^https?:\/\//i, '').split('/');
  const isVersion = path[0] === 'v1' || path[0] === 'v2';
  return { host, path: (isVersion ? path.slice(1) : path).filter((part) => part !== '').join('/') };
}

/** Returns the credential for a repository: that for the longest path; of those, one without `*` in its host. */
export function credentialFor(
  credentials: readonly PullCredential[],
  { registry, repository }: Reference,
): Credential | undefined {
  const rank = ({ host, path }: PullCredential) => 2 * path.length + (host.includes('*') ? 0 : 1);
  return credentials
    .filter(({ host, path }) => isHost(host, registry) && isWithin(path, repository))
    .reduce<PullCredential | undefined>(
      (best, one) => (best && rank(best) >= rank(one) ? best : one),
      undefined,
    )?.credential;
}

function isWithin(path: string, repository: string): boolean {
  return path === '' || repository === path || repository.startsWith(`${path}/`);
}

/** Reports whether a registry has a host; `*` stands for characters of one label, as for the kubelet. */
function isHost(pattern: string, registry: string): boolean {
  const host = canonicalHost(registry);
  if (!pattern.includes('*')) return host !== undefined && canonicalHost(pattern) === host;
  const [labels, expected] = [host?.split('.') ?? [], pattern.toLowerCase().split('.')];
  return (
    labels.length === expected.length && expected.every((part, index) => isLabel(part, labels[index] ?? ''))
  );
}

function isLabel(pattern: string, label: string): boolean {
  const [start = '', ...rest] = pattern.split('*');
  const end = rest.pop();
  if (end === undefined) return pattern === label;
  if (label.length < start.length + end.length || !label.startsWith(start) || !label.endsWith(end))
    return false;
  let at = start.length;
  for (const part of rest) {
    const found = label.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= label.length - end.length;
}

function secretInvalid(name: string, reason: string): NotationError {
  const nextStep = 'Correct the pull secret that the message names.';
  return new NotationError(CODE, `the pull secret ${quote(name)} ${reason}`, { nextStep });
}
