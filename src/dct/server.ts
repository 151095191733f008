import { argumentInvalid } from '../errors/notation-error.ts';
import { hasCredentials } from '../net/addresses.ts';
import {
  OPERATION_LIMITS,
  type OperationLimits,
  readLimits,
  withBudget,
  yieldWithBudget,
} from '../net/budget.ts';
import type { Connection } from '../oci/registry/connection.ts';
import { connectorFor, type RegistryOptions } from '../oci/registry/registry.ts';
import type { OperationOptions } from '../oci/repository.ts';
import { CATALOG, changesAt, gunsAt, type TrustChange } from './change-feed.ts';
import { checkGun } from './gun.ts';
import type { MetadataRequest, MetadataSource } from './source.ts';

/** Options of {@link createTrustServer}. */
export interface TrustServerOptions
  extends Pick<
    RegistryOptions,
    'credentials' | 'fetch' | 'transport' | 'trustedRealms' | 'timeout' | 'retries'
  > {
  /**
   * The server, such as `https://notary.docker.io`, without a path. Plain HTTP is used if the URL says so. A credential is
   * found under the host and port of this URL, not under those of the registry: Docker's client gives a server the
   * credential of the registry.
   */
  url: string;
}

/** Options of reading the change feed. */
export interface ChangeFeedOptions extends Pick<OperationOptions, 'signal'> {
  /** Only the changes of this GUN; those of all by default, which many servers show to administrators only. */
  gun?: string | undefined;
  /** Only the changes after the one with this identifier. */
  after?: string | undefined;
  /** Limits of the whole; 60 seconds, 1000 requests and 128 MiB by default. */
  limits?: OperationLimits | undefined;
}

/** A Notary v1 server. */
export interface TrustServer {
  /** Returns the metadata of a GUN as a source of `verifyTrustData` and of the functions on it. */
  source(gun: string): MetadataSource;
  /**
   * Yields the changes of the server, the oldest first.
   * @throws NotationError `ERR_LISTING_UNSUPPORTED`, `ERR_REGISTRY_UNAUTHORIZED`, `ERR_REGISTRY_RESPONSE`,
   * `ERR_REGISTRY_UNREACHABLE`, `ERR_BUDGET_EXCEEDED`, `ERR_TIMEOUT`, `ERR_ABORTED`, `ERR_ARGUMENT_INVALID`
   */
  changes(options?: ChangeFeedOptions): AsyncGenerator<TrustChange, void, undefined>;
  /**
   * Returns the GUNs with trust data, sorted: those of the change feed that were not deleted last.
   * @throws NotationError As {@link TrustServer.changes} does
   */
  guns(options?: Omit<ChangeFeedOptions, 'gun' | 'after'>): Promise<string[]>;
}

/**
 * Makes a client of a Notary v1 server, such as that of Docker Hub, over the same transport, with the same limits and
 * authentication, as those of registries.
 *
 * @param options - The URL of the server, credentials, timeout in milliseconds and so on.
 * @returns The client. Make one and reuse it: it remembers tokens, in memory only.
 * @throws NotationError `ERR_ARGUMENT_INVALID`. Its sources reject with `ERR_REGISTRY_UNAUTHORIZED`,
 * `ERR_REGISTRY_RESPONSE`, `ERR_REGISTRY_UNREACHABLE`, `ERR_TIMEOUT` and `ERR_ABORTED`.
 *
 * @example
 * ```ts
 * import { createTrustServer } from 'notarykit/dct';
 *
 * const server = createTrustServer({
 *   url: 'https://notary.example.com',
 *   credentials: { 'notary.example.com': { username: 'ci', password: 'secret' } },
 * });
 * console.log(server.source('registry.example.com/team/app').gun); // registry.example.com/team/app
 * ```
 */
export function createTrustServer(options: TrustServerOptions): TrustServer {
  const { url, ...rest } = options;
  const { host, protocol } = readServer(url);
  const plainHttp = protocol === 'http:' && [host];
  const connect = connectorFor({ ...rest, plainHttp });
  return {
    source(gun) {
      checkGun(gun);
      const connection = connect(host, gun);
      return { gun, read: (request, given = {}) => readFile(connection, request, given) };
    },
    changes({ gun, after, signal, limits } = {}) {
      if (gun !== undefined) checkGun(gun);
      const what = `the list of changes of ${host}`;
      return yieldWithBudget(readLimits(OPERATION_LIMITS, limits), signal, what, (budget) =>
        changesAt(connect(host, gun ?? CATALOG), { gun, after, signal: budget.signal, budget }),
      );
    },
    guns({ signal, limits } = {}) {
      const what = `the list of GUNs of ${host}`;
      return withBudget(readLimits(OPERATION_LIMITS, limits), signal, what, (budget) =>
        gunsAt(connect(host, CATALOG), { signal: budget.signal, budget }),
      );
    },
  };
}

/** A server below a path is not supported: connections request `/v2/` at the root of their host. */
function readServer(text: unknown): URL {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined;
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (url && isWeb && url.pathname === '/' && !url.search && !url.hash && !hasCredentials(url)) return url;
  throw argumentInvalid('url must be that of a server, such as https://notary.example.com');
}

async function readFile(
  connection: Connection,
  { role, version, sha256, maxBytes }: MetadataRequest,
  { signal, budget }: OperationOptions,
): Promise<Uint8Array | undefined> {
  const name = [version, role, sha256].filter((part) => part !== undefined).join('.');
  const { status, body } = await connection.request({
    method: 'GET',
    at: `_trust/tuf/${name}.json`,
    what: `the metadata of the role ${role} of ${connection.repository}`,
    actions: 'pull',
    maxBytes,
    expect: [200, 404],
    signal,
    budget,
  });
  return status === 404 ? undefined : body;
}
