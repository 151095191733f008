const LOOPBACK = /^(?:localhost:\d+|127\.0\.0\.1(?::\d+)?|\[::1\](?::\d+)?)$/;

/** Docker Hub answers under another host than the one that references name. */
const API_HOSTS: ReadonlyMap<string, string> = new Map([['docker.io', 'registry-1.docker.io']]);

/** Whether a host, with its port if there is one, is the machine itself: `localhost` counts with a port only. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/**
 * Whether plain HTTP was asked for.
 * @param plainHttp - For all registries, or for those listed.
 */
export function wantsPlainHttp(
  registry: string,
  plainHttp: boolean | readonly string[] | undefined,
): boolean {
  return typeof plainHttp === 'object' ? plainHttp.includes(registry) : plainHttp === true;
}

/** The root of a registry's API. */
export function originOf(registry: string, plainHttp: boolean | readonly string[] | undefined): URL {
  const plain = wantsPlainHttp(registry, plainHttp) || (plainHttp !== false && isLoopback(registry));
  return new URL(`${plain ? 'http' : 'https'}://${API_HOSTS.get(registry) ?? registry}/`);
}
