import { canonicalHost, DOCKER_HUB } from '../../encoding/registry-host.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';

/** The host of the API of Docker Hub, under each of its names in references. */
const DOCKER_HUB_API = 'registry-1.docker.io';

/** Reports whether a host, with its port if there is one, is the machine itself: `localhost` counts with a port only. */
export function isLoopback(host: string): boolean {
  const { hostname } = new URL(`http://${host}`);
  if (hostname === 'localhost') return /:\d+$/.test(host);
  return hostname === '127.0.0.1' || hostname === '[::1]';
}

/**
 * Reports whether plain HTTP was requested.
 * @param plainHttp - For all registries, or for those listed.
 */
export function wantsPlainHttp(
  registry: string,
  plainHttp: boolean | readonly string[] | undefined,
): boolean {
  if (typeof plainHttp !== 'object') return plainHttp === true;
  const host = canonicalHost(registry, 'http:');
  return plainHttp.some((listed) => canonicalHost(listed, 'http:') === host);
}

/** Returns the root of a registry's API. */
export function originOf(registry: string, plainHttp: boolean | readonly string[] | undefined): URL {
  const plain = wantsPlainHttp(registry, plainHttp) || (plainHttp !== false && isLoopback(registry));
  const host = canonicalHost(registry) === DOCKER_HUB ? DOCKER_HUB_API : registry;
  return new URL(`${plain ? 'http' : 'https'}://${host}/`);
}

/**
 * Reads an option that lists hosts.
 * @returns Their canonical forms.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function hostsOf(hosts: readonly string[], option: string): string[] {
  return hosts.map((host) => {
    const canonical = canonicalHost(host);
    if (canonical !== undefined) return canonical;
    throw argumentInvalid(`${option} must list hosts with an optional port, such as "auth.example.com:8443"`);
  });
}
