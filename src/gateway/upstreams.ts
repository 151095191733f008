import { canonicalHost } from '../encoding/registry-host.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import { hasCredentials } from '../net/addresses.ts';
import { checkRegistryHost, isRepository } from '../oci/reference.ts';
import { hostsOf, originOf } from '../oci/registry/origin.ts';

/** A registry behind the gateway, and which requests are for it. */
export interface UpstreamOptions {
  /** The name that references and registry scopes use, such as `docker.io`. */
  registry: string;
  /** Where it is reached, such as `https://mirror.internal:8443`; at the host that its name says by default. */
  url?: string | undefined;
  /** The hosts of the gateway, with their ports, at which it is this registry; any by default. */
  hosts?: readonly string[] | undefined;
  /** The start of repositories that are in this registry, such as `hub` for `/v2/hub/library/alpine/…`; none by default. */
  path?: string | undefined;
  /**
   * The hosts of token servers, in addition to its own, to which the gateway sends credentials. By default those of callers
   * (`challenges: 'rewrite'`) go to none, and the gateway's own to any that the upstream names.
   */
  trustedRealms?: readonly string[] | undefined;
  /**
   * Whether it gets the credentials of callers. By default if it is the only one at its hosts: a client knows the host of the
   * gateway, and could show one registry what is meant for another.
   */
  passCredentials?: boolean | undefined;
}

/** An upstream with every option. */
export interface Upstream {
  readonly registry: string;
  readonly origin: URL;
  readonly hosts: readonly string[] | undefined;
  /** Empty, or it ends with a slash. */
  readonly path: string;
  readonly trustedRealms: readonly string[] | undefined;
  readonly passCredentials: boolean;
}

/** The upstream of a request, and the name of the repository there. */
export interface Destination {
  upstream: Upstream;
  repository: string;
  /** The query that leads back to it, such as `ns=docker.io`; empty if host and path suffice. */
  query: string;
}

/**
 * Reads the option `upstreams`.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_REFERENCE_INVALID`
 */
export function readUpstreams(given: unknown): readonly Upstream[] {
  const list = typeof given === 'string' ? [{ registry: given }] : given;
  if (!Array.isArray(list) || list.length === 0) {
    throw argumentInvalid('upstreams must be the name of a registry, or a list of upstreams');
  }
  const upstreams = (list as UpstreamOptions[]).map(readUpstream);
  return upstreams.map((upstream, index) => ({
    ...upstream,
    passCredentials:
      upstream.passCredentials ??
      upstreams.every((other, at) => at === index || !shareHosts(upstream.hosts, other.hosts)),
  }));
}

function readUpstream(
  given: UpstreamOptions,
): Omit<Upstream, 'passCredentials'> & { passCredentials: boolean | undefined } {
  const {
    registry,
    url,
    hosts,
    path = '',
    trustedRealms,
    passCredentials,
  }: Partial<UpstreamOptions> = given ?? {};
  if (typeof registry !== 'string') throw argumentInvalid('each of upstreams must have a registry');
  checkRegistryHost(registry);
  if (typeof path !== 'string' || (path !== '' && !isRepository(path))) {
    throw argumentInvalid(`the path of the upstream ${quote(registry)} must be the start of a repository`);
  }
  return {
    registry,
    origin: url === undefined ? originOf(registry, undefined) : readOrigin(url, registry),
    hosts: hosts && hostsOf(hosts, 'hosts'),
    path: path && `${path}/`,
    trustedRealms: trustedRealms && hostsOf(trustedRealms, 'trustedRealms'),
    passCredentials,
  };
}

function readOrigin(text: unknown, registry: string): URL {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined;
  const isHttp = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (url && isHttp && !hasCredentials(url) && url.href === `${url.origin}/`) return url;
  throw argumentInvalid(
    `the url of the upstream ${quote(registry)} must have a scheme and a host only, such as https://registry.internal:5000`,
  );
}

function shareHosts(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return !a || !b || a.some((host) => b.includes(host));
}

/**
 * Finds the upstream of a request: by the parameter `ns` if there is one, else by the longest path; among those at its host.
 * @param repository - As the client names it; empty for the root of the API.
 * @returns `undefined` if there is none, or more than one.
 */
export function findUpstream(
  upstreams: readonly Upstream[],
  { protocol, host, search, searchParams }: URL,
  repository: string,
): Destination | undefined {
  const [ns, ...more] = search === '' ? [] : searchParams.getAll('ns');
  if (more.length > 0) return undefined;
  const here = upstreams.filter(({ hosts }) => !hosts || hosts.includes(canonicalHost(host, protocol) ?? ''));
  if (ns !== undefined) {
    const name = canonicalHost(ns);
    const upstream = only(
      here.filter(({ registry }) => name !== undefined && canonicalHost(registry) === name),
    );
    return upstream && { upstream, repository, query: `ns=${encodeURIComponent(ns)}` };
  }
  const fitting = here.filter(({ path }) => repository.startsWith(path));
  const longest = Math.max(...fitting.map(({ path }) => path.length));
  const upstream = only(fitting.filter(({ path }) => path.length === longest));
  return upstream && { upstream, repository: repository.slice(longest), query: '' };
}

function only<T>(items: readonly T[]): T | undefined {
  return items.length === 1 ? items[0] : undefined;
}
