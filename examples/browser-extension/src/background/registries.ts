import { createRegistry, type Registry, type RemoteRegistry } from 'notarykit';
import type { Settings } from '../settings.ts';

const TIMEOUT = 10_000;

/** The registries that the settings describe, and what requests to each of them lacked. */
export interface Registries {
  registry: Registry;
  /** Returns the match patterns without permission that requests for a registry needed. */
  missingOf(host: string): ReadonlySet<string>;
}

/**
 * Makes a client for each registry, so that it is known which of them needs a permission.
 * @param fetchFor - Makes a `fetch` that reports each missing permission.
 */
export function createRegistries(
  settings: Settings,
  fetchFor: (missing: Set<string>) => typeof globalThis.fetch,
): Registries {
  const clients = new Map<string, { client: RemoteRegistry; missing: Set<string> }>();
  const credentials = Object.fromEntries(
    settings.registries.flatMap(({ host, credential }) => (credential ? [[host, credential]] : [])),
  );
  const plainHttp = settings.registries.flatMap(({ host, plainHttp }) => (plainHttp ? [host] : []));

  function clientOf(host: string) {
    const known = clients.get(host);
    if (known) return known;
    const missing = new Set<string>();
    const client = createRegistry({
      fetch: fetchFor(missing),
      credentials,
      plainHttp,
      timeout: TIMEOUT,
      retries: 1,
    });
    clients.set(host, { client, missing });
    return { client, missing };
  }

  return {
    registry: { repository: (reference) => clientOf(reference.registry).client.repository(reference) },
    missingOf: (host) => clientOf(host).missing,
  };
}
