/** Docker Hub has its API under another host than the one that references name. */
const API_HOSTS: ReadonlyMap<string, string> = new Map([['docker.io', 'registry-1.docker.io']]);

/**
 * Registries that are reached over plain HTTP by default. They are fewer than the loopback addresses: `localhost`
 * without a port is a name like any other.
 */
const PLAIN_HTTP = /^(?:localhost:\d+|127\.0\.0\.1(?::\d+)?|\[::1\](?::\d+)?)$/;

/**
 * Reports whether plain HTTP was demanded for a registry.
 * @param plainHttp - For all registries, or for those listed.
 */
export function wantsPlainHttp(
  registry: string,
  plainHttp: boolean | readonly string[] | undefined,
): boolean {
  return typeof plainHttp === 'object' ? plainHttp.includes(registry) : plainHttp === true;
}

/** Returns the root of a registry's API. */
export function originOf(registry: string, plainHttp: boolean | readonly string[] | undefined): URL {
  const plain = wantsPlainHttp(registry, plainHttp) || (plainHttp !== false && PLAIN_HTTP.test(registry));
  return new URL(`${plain ? 'http' : 'https'}://${API_HOSTS.get(registry) ?? registry}/`);
}
