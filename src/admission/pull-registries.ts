import { BoundedCache } from '../encoding/bounded-cache.ts';
import { canonicalHost } from '../encoding/registry-host.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { oneLine } from '../errors/quote.ts';
import { untilAborted } from '../net/abort.ts';
import type { Reference } from '../oci/reference.ts';
import type { Credential } from '../oci/registry/credentials.ts';
import { createRegistry, type RegistryOptions, type RemoteRegistry } from '../oci/registry/registry.ts';
import type { Evaluate } from './decide.ts';
import type { PodOfObject } from './pod-images.ts';
import {
  credentialFor,
  type KubernetesSecrets,
  type PullCredential,
  readPullSecret,
} from './pull-secrets.ts';

/** Evaluates the images of a pod with its pull secrets. */
export interface PullRegistries {
  /** Returns a function that evaluates with the pull secrets of a pod, which it reads when they are first needed. */
  evaluateWith(evaluate: Evaluate, pod: PodOfObject, namespace: string, signal: AbortSignal): Evaluate;
}

/** The pull secrets of a pod that are read. */
const MAX_SECRETS = 20;
/** The clients that are kept, with the tokens that they have: bytes, counted roughly, and milliseconds. */
const MAX_KEPT = 4 * 1024 * 1024;
const CLIENT_BYTES = 8 * 1024;
const KEPT_FOR = 600_000;
/** The form of names in Kubernetes. Another one never becomes a part of a URL. */
const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

interface Found {
  credentials: PullCredential[];
  /** Why a secret could not be used. */
  failures: NotationError[];
}

/** @throws NotationError `ERR_ARGUMENT_INVALID` */
export function createPullRegistries(
  secrets: KubernetesSecrets,
  options: Omit<RegistryOptions, 'credentials'> = {},
): PullRegistries {
  if (typeof secrets.secret !== 'function' || typeof secrets.serviceAccount !== 'function') {
    throw argumentInvalid('secrets must be the result of createKubernetesSecrets, or have its functions');
  }
  createRegistry(options);
  const clients = new BoundedCache<RemoteRegistry>(MAX_KEPT);

  function clientFor({ registry }: Reference, credential: Credential): RemoteRegistry {
    const host = canonicalHost(registry);
    const credentials = (requested: string) => (canonicalHost(requested) === host ? credential : undefined);
    return clients.getOrMake(
      JSON.stringify([host, credential]),
      () => createRegistry({ ...options, credentials }),
      { bytes: CLIENT_BYTES, expires: Date.now() + KEPT_FOR },
    );
  }

  return {
    evaluateWith(evaluate, pod, namespace, signal) {
      let reading: Promise<Found> | undefined;
      return async (reference, given) => {
        reading ??= findCredentials(pod, namespace, secrets, signal);
        const { credentials, failures } = await reading;
        const credential = credentialFor(credentials, reference);
        const registry = credential && clientFor(reference, credential);
        try {
          return await evaluate(reference, { ...given, ...(registry && { registry }) });
        } catch (error) {
          throw withFailures(error, failures);
        }
      };
    },
  };
}

/** Finds the credentials of a pod as the kubelet does: of its own pull secrets, or else of its service account. */
async function findCredentials(
  { pullSecrets, serviceAccount }: PodOfObject,
  namespace: string,
  secrets: KubernetesSecrets,
  signal: AbortSignal,
): Promise<Found> {
  const found: Found = { credentials: [], failures: [] };
  const names = pullSecrets.length > 0 ? pullSecrets : await namesOfAccount();
  const read = names.slice(0, MAX_SECRETS).map((name) =>
    attempt(async () => {
      if (!NAME.test(name) || !NAME.test(namespace)) return [];
      const secret = await untilAborted(
        secrets.secret(namespace, name, { signal }),
        signal,
        'reading a pull secret',
      );
      return secret ? readPullSecret(secret, `${namespace}/${name}`) : [];
    }),
  );
  found.credentials.push(...(await Promise.all(read)).flat());
  return found;

  async function namesOfAccount(): Promise<string[]> {
    if (!NAME.test(serviceAccount) || !NAME.test(namespace)) return [];
    return attempt(async () => {
      const account = await untilAborted(
        secrets.serviceAccount(namespace, serviceAccount, { signal }),
        signal,
        'reading a service account',
      );
      return account?.imagePullSecrets?.flatMap(({ name }) => (name ? [name] : [])) ?? [];
    });
  }

  /** The image may be public, or another secret may do: a failure only explains why the registry refuses. */
  async function attempt<T>(work: () => Promise<T[]>): Promise<T[]> {
    try {
      return await work();
    } catch (error) {
      found.failures.push(asFailure(error));
      return [];
    }
  }
}

function asFailure(error: unknown): NotationError {
  if (isNotationError(error)) return error;
  const why = error instanceof Error ? oneLine(error.message) : 'an unknown failure';
  return new NotationError('ERR_REGISTRY_UNAUTHORIZED', `a pull secret could not be read: ${why}`);
}

/** Adds to the error of a registry that refuses why the pull secrets could not be used. */
function withFailures(error: unknown, [first]: readonly NotationError[]): unknown {
  if (!first || !isNotationError(error)) return error;
  if (error.code !== 'ERR_REGISTRY_UNAUTHORIZED' && error.code !== 'ERR_NOT_FOUND') return error;
  const { nextStep } = first;
  return new NotationError(error.code, `${error.message}; ${first.message}`, { cause: error, nextStep });
}
