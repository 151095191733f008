/**
 * References, descriptors and repositories: in a remote registry and in memory. A repository on disk is
 * `createImageLayout` of `notarykit/node`.
 *
 * @packageDocumentation
 */
export type { Descriptor } from '../encoding/descriptor.ts';
export type { DigestAlgorithm } from '../encoding/digest.ts';
export type { Budget, OperationLimits, Resource } from '../net/budget.ts';
export type {
  HttpTransport,
  TransportBody,
  TransportRequest,
  TransportResponse,
} from '../net/send.ts';
export type { OpenBlob } from './blob-source.ts';
export { createMemoryRegistry } from './memory.ts';
export { formatReference, type ParseReferenceOptions, parseReference, type Reference } from './reference.ts';
export {
  type Capability,
  type CheckRegistryOptions,
  checkRegistry,
  type ProbeRemains,
  type RegistryCheck,
} from './registry/check-registry.ts';
export { firstCredential } from './registry/credential-chain.ts';
export type { Credential, CredentialSource } from './registry/credentials.ts';
export type { ReferrersTag } from './registry/push-manifest.ts';
export {
  createRegistry,
  type RegistryOptions,
  type RemoteRegistry,
  type RemoteRepository,
} from './registry/registry.ts';
export type {
  DeleteManifestOptions,
  FetchBlobOptions,
  IncrementalHash,
  ListableRegistry,
  OperationOptions,
  PushBlobOptions,
  Registry,
  Repository,
  StreamBlobOptions,
} from './repository.ts';
