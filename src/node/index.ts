/**
 * The parts that need the file system and the processes of Node, Deno or Bun.
 *
 * @packageDocumentation
 */
export {
  type ConfigDirectoryOptions,
  notationConfigDirectory,
  notationPluginDirectory,
} from './config/directories.ts';
export {
  loadBlobTrustPolicy,
  loadTrustPolicy,
  type TrustPolicyFileOptions,
} from './config/load-trust-policy.ts';
export { changeNotationSettings, type NotationSettings, readNotationSettings } from './config/settings.ts';
export type { FileSigningKey, PluginSigningKey, SigningKey, SigningKeys } from './config/signing-key-list.ts';
export {
  type AddSigningKeyOptions,
  addSigningKey,
  listSigningKeys,
  removeSigningKey,
  setDefaultSigningKey,
} from './config/signing-keys.ts';
export {
  type WriteTrustPolicyOptions,
  writeBlobTrustPolicy,
  writeTrustPolicy,
} from './config/write-trust-policy.ts';
export {
  openTrustDirectory,
  type TrustDirectory,
  type TrustDirectoryOptions,
} from './content-trust/trust-directory.ts';
export type { TrustKeyFile } from './content-trust/trust-keys.ts';
export { createFileTrustStateStore } from './content-trust/trust-state-files.ts';
export {
  type DockerCredentialsOptions,
  dockerCredentials,
  type NotationCredentialsOptions,
  notationCredentials,
} from './credentials/docker-credentials.ts';
export {
  type EnvironmentCredentialsOptions,
  environmentCredentials,
} from './credentials/environment-credentials.ts';
export { createHttpTransport, type HttpTransportOptions } from './http-transport.ts';
export type { OpenKeyOptions } from './key-signer.ts';
export { createImageLayout } from './layout/image-layout.ts';
export { fromNotationConfig, type NotationConfig, type NotationConfigOptions } from './notation-config.ts';
export type { InstalledPlugin } from './plugins/install.ts';
export {
  createPluginManager,
  type InstallPluginOptions,
  type ListedPlugin,
  type PluginManager,
  type PluginManagerOptions,
} from './plugins/plugin-manager.ts';
export { addCertificates, removeCertificate, removeNamedStore } from './trust-store/change-trust-store.ts';
export { createFileTrustStore } from './trust-store/file-trust-store.ts';
export { listTrustStores, type TrustStoreFile } from './trust-store/list-trust-stores.ts';
