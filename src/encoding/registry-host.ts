/** The name of Docker Hub, in references and as the canonical form of its other names. */
export const DOCKER_HUB = 'docker.io';

/** The names of Docker Hub: the one that people write, the host of its API, and older hosts that still work. */
const DOCKER_HUB_NAMES: readonly string[] = [
  DOCKER_HUB,
  'index.docker.io',
  'registry-1.docker.io',
  'registry.docker.io',
  'registry.hub.docker.com',
];

const LABEL = '[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*';
/** A host name, an IPv4 address or an IPv6 address in brackets, with an optional port; it matches in linear time. */
const REGISTRY = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-fA-F:.]+\\])(?::[0-9]+)?$`);

/** A host name in lower case with an optional port, but not an address, of which the last label would begin with a digit. */
const LOWER_CASE_NAME = /^(?:[a-z0-9-]+\.)*[a-z][a-z0-9-]*(?::[1-9][0-9]{0,3})?$/;
const DEFAULT_PORT = /:(?:80|443)$/;

/**
 * Returns the one form that all spellings of a registry share: letters in lower case (of `xn--` labels too), an IPv4
 * address as four decimal numbers, the shortest form of an IPv6 address, the port without leading zeros and left out
 * if it is the default of the scheme, and `docker.io` for every name of Docker Hub. Registries with the same form are
 * reached at the same host. Different forms may still reach one registry: through DNS, a mirror or another address.
 *
 * The `URL` of the runtime normalizes the host, because it also decides where connections go.
 *
 * @param registry - The host with an optional port, as in a reference.
 * @param scheme - The scheme of the connection: `https:` or `http:`.
 * @returns The form, or `undefined` if the registry is not a valid host: `256.1.1.1`, `registry.example.com.`.
 * @see https://url.spec.whatwg.org/#host-parsing and https://www.rfc-editor.org/rfc/rfc3986#section-6.2
 */
export function canonicalHost(registry: string, scheme = 'https:'): string | undefined {
  if (!REGISTRY.test(registry)) return undefined;
  const host = isCanonical(registry) ? registry : hostOf(`${scheme}//${registry}`);
  return host !== undefined && DOCKER_HUB_NAMES.includes(host) ? DOCKER_HUB : host;
}

/** Tells whether a registry is certainly its own canonical form, so that no `URL` is needed: that of most is. */
function isCanonical(registry: string): boolean {
  return LOWER_CASE_NAME.test(registry) && !registry.includes('xn--') && !DEFAULT_PORT.test(registry);
}

function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}
