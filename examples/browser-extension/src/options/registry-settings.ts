// Changes of the registries, and what they say about their credentials without showing them.
import type { RegistryCredential, RegistrySetting } from '../settings.ts';
import type { Edit } from './settings-store.ts';

/** Host and port, as references name them. */
const HOST = /^(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)+|[a-z0-9-]+(?=:))(?::\d{1,5})?$/i;

/** Reports whether a string is the host of a registry, such as `registry.example.com:5000`. */
export function isRegistryHost(host: string): boolean {
  return host.length <= 260 && HOST.test(host);
}

/** Adds a registry, in place of one with the same host. */
export function setRegistry(registry: RegistrySetting): Edit {
  return (settings) => ({
    ...settings,
    registries: [...without(settings.registries, registry.host), registry],
  });
}

export function removeRegistry(host: string): Edit {
  return (settings) => ({ ...settings, registries: without(settings.registries, host) });
}

function without(registries: readonly RegistrySetting[], host: string): RegistrySetting[] {
  return registries.filter((registry) => registry.host.toLowerCase() !== host.toLowerCase());
}

/** Says how the extension signs in to a registry; the secret is not shown again. */
export function describeCredential(credential: RegistryCredential | undefined): string {
  if (!credential) return 'Anonymous';
  if ('identityToken' in credential) return 'Refresh token, hidden';
  return `${credential.username}, with a hidden password or token`;
}
