/**
 * What needs the file system of Node, Deno or Bun.
 *
 * @packageDocumentation
 */
export { notationConfigDirectory, notationPluginDirectory } from './directories.ts';
export type { DirectoryOptions } from './directory-options.ts';
export {
  type DockerCredentialsOptions,
  dockerCredentials,
  type EnvironmentCredentialsOptions,
  environmentCredentials,
  notationCredentials,
} from './docker-credentials.ts';
export { createFileTrustStore } from './file-trust-store.ts';
export type { OpenKeyOptions } from './key-signer.ts';
export { createImageLayout } from './layout.ts';
export { loadBlobTrustPolicy, loadTrustPolicy } from './load-trust-policy.ts';
export { fromNotationConfig, type NotationConfig, type NotationConfigOptions } from './notation-config.ts';
export { changeNotationSettings, type NotationSettings, readNotationSettings } from './notation-settings.ts';
export type { InstalledPlugin } from './plugins/install.ts';
export {
  createPluginManager,
  type InstallPluginOptions,
  type ListedPlugin,
  type PluginManager,
  type PluginManagerOptions,
} from './plugins/plugin-manager.ts';
export type { FileSigningKey, PluginSigningKey, SigningKey, SigningKeys } from './signing-key-list.ts';
export {
  type AddSigningKeyOptions,
  addSigningKey,
  listSigningKeys,
  removeSigningKey,
  setDefaultSigningKey,
} from './signing-keys.ts';
export {
  type WriteTrustPolicyOptions,
  writeBlobTrustPolicy,
  writeTrustPolicy,
} from './write-trust-policy.ts';
export { addCertificates, removeCertificate, removeNamedStore } from './write-trust-store.ts';
