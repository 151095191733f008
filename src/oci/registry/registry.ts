import { argumentInvalid } from '../../errors/notation-error.ts';
import { checkTimeout } from '../../net/abort.ts';
import { createQueue } from '../queue.ts';
import { checkReference, repositoryName } from '../reference.ts';
import type { Registry, Repository } from '../repository.ts';
import { streamBlob } from './blob-stream.ts';
import { fetchBlob, pushBlob, pushBlobStream } from './blobs.ts';
import { type Connection, createConnector } from './connection.ts';
import { type Credential, type CredentialSource, credentialsFrom } from './credentials.ts';
import { deleteManifest } from './delete.ts';
import { fetchManifest, resolveManifest } from './manifests.ts';
import { registryPolicy } from './policy.ts';
import { pushManifest } from './push-manifest.ts';
import { listReferrers } from './referrers.ts';
import { createReferrersApiMemory, type ReferrersApi } from './referrers-api.ts';

const DEFAULT_TIMEOUT = 30_000;
const DEFAULT_RETRIES = 2;
const MAX_RETRIES = 10;
const DEFAULT_CHUNK = 8 * 1024 * 1024;
const MAX_CHUNK = 2 ** 30;

/** What {@link createRegistry} takes; all of it may be left out. */
export interface RegistryOptions {
  /**
   * How to authenticate, by registry host as references name it (`registry.example.com:5000`, `docker.io`), or a
   * function that finds the credential of a registry when that registry first asks for one. A credential is sent to
   * the registry it is given for and to the token server which that registry names, over HTTPS unless plain HTTP is
   * used for the registry; never along with a redirect to another host. None by default: anonymous.
   */
  credentials?: Readonly<Record<string, Credential>> | CredentialSource | undefined;
  /**
   * Used instead of `globalThis.fetch`, and called with a `Request`: for a proxy, a private certificate authority, a
   * service binding. It is asked not to follow redirects (`redirect: 'manual'`) and must not.
   */
  fetch?: typeof globalThis.fetch | undefined;
  /**
   * Which registries are talked to over plain HTTP: all (`true`), none (`false`), or beside those of this machine
   * those listed, by host and port as references name them. By default those of this machine only: `localhost` with a
   * port, `127.0.0.1` and `[::1]`.
   */
  plainHttp?: boolean | readonly string[] | undefined;
  /** Milliseconds for a request, its repetitions, its redirects and the reading of its body; 30 000 by default. */
  timeout?: number | undefined;
  /**
   * How often a request is repeated when the connection fails or the registry answers 429, 500, 502, 503 or 504; 2 by
   * default, 0 for never, at most 10.
   */
  retries?: number | undefined;
  /**
   * Bytes of a request when a blob is pushed or read as a stream; 8 MiB by default. A longer blob is sent in chunks,
   * each with a time-out of its own, and taken up again where a connection was lost.
   */
  chunkSize?: number | undefined;
}

/**
 * Repositories of remote registries that speak the OCI distribution protocol, version 1.0 or 1.1.
 *
 * Referrers are read from the referrers API where a registry has it, and from the fallback tag (`sha256-<hex>`) where
 * it has not; a manifest with a subject is added to the index under that tag unless the registry says that it did the
 * like itself. Registries have no way to change that index in one step: pushes wait until it has come to rest with
 * what they added, a fifth of a second or more, so that programs which sign at the same time lose nothing of each
 * other. Every digest and size is checked, and no reply is read past its ceiling.
 *
 * @param options - Credentials, plain HTTP, time-out in milliseconds and so on.
 * @returns Where repositories are found. Make one and keep it: it remembers tokens and what registries can do, in
 * memory only.
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
export function createRegistry(options: RegistryOptions = {}): Registry {
  const { credentials, fetch, plainHttp, timeout = DEFAULT_TIMEOUT, retries = DEFAULT_RETRIES } = options;
  checkTimeout(timeout);
  checkRange('retries', retries, 0, MAX_RETRIES);
  const { chunkSize = DEFAULT_CHUNK } = options;
  checkRange('chunkSize', chunkSize, 1, MAX_CHUNK);
  const connect = createConnector({
    policy: registryPolicy({ fetch, timeout, retries }),
    plainHttp,
    credential: credentialsFrom(credentials),
  });
  const referrersApiOf = createReferrersApiMemory();
  const queue = createQueue();
  return {
    repository(reference) {
      checkReference(reference);
      const name = repositoryName(reference);
      const connection = connect(reference.registry, reference.repository);
      return remoteRepository(name, connection, referrersApiOf(name), queue, chunkSize);
    },
  };
}

function remoteRepository(
  name: string,
  connection: Connection,
  api: ReferrersApi,
  queue: ReturnType<typeof createQueue>,
  chunkSize: number,
): Repository {
  return {
    name,
    referrersByDigest: true,
    resolve: (target, options) => resolveManifest(connection, target, options),
    fetchManifest: (descriptor, options) => fetchManifest(connection, descriptor, options),
    fetchBlob: (descriptor, options) => fetchBlob(connection, descriptor, options),
    fetchBlobStream: (descriptor, options) => streamBlob(connection, descriptor, options, chunkSize),
    pushBlob: (mediaType, bytes, options) =>
      pushBlob(connection, mediaType, bytes, { ...options, chunkSize }),
    pushBlobStream: (descriptor, open, options) =>
      pushBlobStream(connection, descriptor, open, { ...options, chunkSize }),
    pushManifest: (mediaType, bytes, options) =>
      pushManifest(connection, api, queue, mediaType, bytes, options),
    deleteManifest: (descriptor, options) => deleteManifest(connection, api, queue, descriptor, options),
    referrers: (subject, options) => listReferrers(connection, api, subject, options),
  };
}

function checkRange(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw argumentInvalid(`${name} must be a whole number from ${least} to ${most}`);
}
