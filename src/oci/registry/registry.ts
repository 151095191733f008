import { argumentInvalid } from '../../errors/notation-error.ts';
import { checkTimeout } from '../../net/abort.ts';
import type { HttpTransport } from '../../net/send.ts';
import { createQueue } from '../queue.ts';
import { checkReference, checkRegistryHost, type Reference, repositoryName } from '../reference.ts';
import type { ListableRegistry, Repository } from '../repository.ts';
import { createAuthentication } from './authentication.ts';
import { streamBlob } from './blob-stream.ts';
import { type Connection, createConnector } from './connection.ts';
import { type Credential, type CredentialSource, credentialsFrom } from './credentials.ts';
import { fetchBlob } from './fetch-blob.ts';
import { fetchManifest, resolveManifest } from './manifests.ts';
import { hostsOf } from './origin.ts';
import { registryPolicy } from './policy.ts';
import type { ReferrersTag } from './push-manifest.ts';
import { listReferrers } from './referrers.ts';
import { createReferrersApiMemory, type ReferrersApi } from './referrers-api.ts';
import type { WriterOptions } from './writer.ts';

const DEFAULT_TIMEOUT = 30_000;
const DEFAULT_RETRIES = 2;
const MAX_RETRIES = 10;
const DEFAULT_CHUNK = 8 * 1024 * 1024;
const MAX_CHUNK = 2 ** 30;
/** The list of repositories is not below one of them. */
const CATALOG = '_catalog';

/** Options of {@link createRegistry}; all are optional. */
export interface RegistryOptions {
  /**
   * Credentials by registry host as references name it (`registry.example.com:5000`, `docker.io`), or a function that
   * finds the credential of a registry when that registry first requires one. A credential is sent to its registry and to
   * the token server that the registry names, over HTTPS unless plain HTTP is used for the registry; it never follows a
   * redirect to another host. Anonymous by default.
   */
  credentials?: Readonly<Record<string, Credential>> | CredentialSource | undefined;
  /**
   * Used instead of `globalThis.fetch`, and called with a `Request`: for a proxy, a private certificate authority, a
   * service binding. It must obey `redirect: 'manual'`.
   */
  fetch?: typeof globalThis.fetch | undefined;
  /**
   * Sends the requests unless `fetch` is given. `createHttpTransport` of `notarykit/node` makes one that takes less time
   * and memory than the `fetch` of Node.
   */
  transport?: HttpTransport | undefined;
  /**
   * The registries that are reached over plain HTTP: all (`true`), none (`false`), or those in a list, by host and port
   * as references name them, in addition to the default. The default is this machine only: `localhost` with a port,
   * `127.0.0.1` and `[::1]`.
   */
  plainHttp?: boolean | readonly string[] | undefined;
  /**
   * The hosts of token servers to which credentials may be sent, such as `auth.example.com`, in addition to the host of
   * the registry itself. By default a registry may name any host, but only a registry with a private address may name
   * one.
   */
  trustedRealms?: readonly string[] | undefined;
  /**
   * Hosts at which a registry may open uploads, such as `storage.example.com`, in addition to its own. They get no
   * credentials. None by default.
   */
  uploadHosts?: readonly string[] | undefined;
  /** Milliseconds for a request with its repetitions and redirects, until its body has been read; 30 000 by default. */
  timeout?: number | undefined;
  /**
   * How often a request is repeated if the connection fails or the registry responds with 408, 429, 500, 502, 503 or 504;
   * 2 by default, 0 for never, at most 10.
   */
  retries?: number | undefined;
  /**
   * Bytes of a request when a blob is pushed or read as a stream; 8 MiB by default. A longer blob is sent in chunks, each
   * with a timeout of its own, and resumed after a connection was lost.
   */
  chunkSize?: number | undefined;
  /**
   * When the index under the fallback tag (`sha256-<hex>`) lists a manifest with a subject: `fallback`, the default, if the
   * registry does not list it itself; `always`, for clients that do not know the referrers API.
   */
  referrersTag?: ReferrersTag | undefined;
}

/** A repository of a remote registry, which can do all that a repository may. */
export type RemoteRepository = Required<Repository>;

/** A client of remote registries. */
export interface RemoteRegistry extends ListableRegistry {
  repository(reference: Reference): RemoteRepository;
}

/**
 * Makes a client of remote registries that speak the OCI distribution protocol, version 1.0 or 1.1.
 *
 * Referrers are read from the referrers API if a registry has it, otherwise from the index under the fallback tag
 * (`sha256-<hex>`). A manifest with a subject is added to that index unless the registry reports that it listed it
 * itself. Registries cannot change the index atomically: a push waits until its entry is still in the index after a
 * pause of a fifth of a second or more, so that programs that sign at the same time do not lose each other's entries.
 * Every digest and size is checked, and no response is read past its limit.
 *
 * @param options - Credentials, plain HTTP, timeout in milliseconds and so on.
 * @returns The client. Make one and reuse it: it remembers tokens and the abilities of registries, in memory only.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for options out of range. The operations of its repositories
 * reject with `ERR_REFERENCE_INVALID`, `ERR_NOT_FOUND`, `ERR_CONTENT_MISMATCH`, `ERR_LIMIT_EXCEEDED`,
 * `ERR_MANIFEST_INVALID`, `ERR_DESCRIPTOR_INVALID`, `ERR_REGISTRY_UNAUTHORIZED`, `ERR_REGISTRY_RESPONSE`,
 * `ERR_REGISTRY_UNREACHABLE`, `ERR_DELETION_UNSUPPORTED`, `ERR_TIMEOUT` and `ERR_ABORTED`.
 *
 * @example
 * ```ts
 * import { createRegistry, parseReference } from 'notarykit/oci';
 *
 * const registry = createRegistry({
 *   credentials: { 'registry.example.com': { username: 'ci', password: 'secret' } },
 *   timeout: 10_000,
 * });
 * const repository = registry.repository(parseReference('registry.example.com/team/app:v1'));
 * console.log(repository.name); // registry.example.com/team/app
 * // await repository.resolve('v1') gives the descriptor of the manifest
 * ```
 *
 * @see OCI distribution specification 1.1, "Pulling manifests", "Pushing Manifests with Subject", "Listing Referrers"
 */
export function createRegistry(options: RegistryOptions = {}): RemoteRegistry {
  const { chunkSize = DEFAULT_CHUNK, referrersTag } = options;
  checkRange('chunkSize', chunkSize, 1, MAX_CHUNK);
  if (referrersTag !== undefined && referrersTag !== 'fallback' && referrersTag !== 'always') {
    throw argumentInvalid('referrersTag must be "fallback" or "always"');
  }
  return registryOver(connectorFor(options), createReferrersApiMemory(), { chunkSize, referrersTag });
}

/**
 * Makes a client of remote registries over connections.
 * @param referrersApiOf - What is known about the referrers API of each repository.
 */
function registryOver(
  connect: ReturnType<typeof createConnector>,
  referrersApiOf: ReturnType<typeof createReferrersApiMemory>,
  options: WriterOptions = { chunkSize: DEFAULT_CHUNK, referrersTag: undefined },
): RemoteRegistry {
  const queue = createQueue();
  return {
    repository(reference) {
      checkReference(reference);
      const name = repositoryName(reference);
      const connection = connect(reference.registry, reference.repository);
      return remoteRepository(name, connection, referrersApiOf(name), queue, options);
    },
    async *repositories(registry, options) {
      checkRegistryHost(registry);
      const { listRepositories } = await import('./extras.ts');
      yield* listRepositories(connect(registry, CATALOG), options);
    },
  };
}

/**
 * Makes a function that connects to repositories as the options say.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function connectorFor({
  credentials,
  fetch,
  transport,
  plainHttp,
  timeout = DEFAULT_TIMEOUT,
  retries = DEFAULT_RETRIES,
  trustedRealms,
  uploadHosts = [],
}: RegistryOptions): ReturnType<typeof createConnector> {
  checkTimeout(timeout);
  checkRange('retries', retries, 0, MAX_RETRIES);
  const policy = registryPolicy({ fetch, transport, timeout, retries });
  return createConnector({
    policy,
    plainHttp,
    authentication: createAuthentication({
      policy,
      plainHttp,
      credential: credentialsFrom(credentials),
      trustedRealms: trustedRealms && hostsOf(trustedRealms, 'trustedRealms'),
    }),
    uploadHosts: hostsOf(uploadHosts, 'uploadHosts'),
  });
}

function remoteRepository(
  name: string,
  connection: Connection,
  api: ReferrersApi,
  queue: ReturnType<typeof createQueue>,
  options: WriterOptions,
): RemoteRepository {
  const { chunkSize } = options;
  // Loaded when it is needed: verifying stores nothing.
  const writer = async () => (await import('./extras.ts')).createWriter(connection, api, queue, options);
  return {
    name,
    referrersByDigest: true,
    resolve: (target, options) => resolveManifest(connection, target, options),
    fetchManifest: (descriptor, options) => fetchManifest(connection, descriptor, options),
    fetchBlob: (descriptor, options) => fetchBlob(connection, descriptor, options),
    fetchBlobStream: (descriptor, options) => streamBlob(connection, descriptor, options, chunkSize),
    pushBlob: async (...given) => (await writer()).pushBlob(...given),
    pushBlobStream: async (...given) => (await writer()).pushBlobStream(...given),
    pushManifest: async (...given) => (await writer()).pushManifest(...given),
    deleteManifest: async (...given) => (await writer()).deleteManifest(...given),
    referrers: (subject, options) => listReferrers(connection, api, subject, options),
    async *tags(options) {
      const { listTags } = await import('./extras.ts');
      yield* listTags(connection, options);
    },
  };
}

function checkRange(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw argumentInvalid(`${name} must be a whole number from ${least} to ${most}`);
}
