/**
 * What needs the file system of Node, Deno or Bun.
 *
 * @packageDocumentation
 */
export { notationConfigDirectory } from './directories.ts';
export {
  type DockerCredentialsOptions,
  dockerCredentials,
  type EnvironmentCredentialsOptions,
  environmentCredentials,
  notationCredentials,
} from './docker-credentials.ts';
export { createFileTrustStore } from './file-trust-store.ts';
export { createImageLayout } from './layout.ts';
export { loadTrustPolicy } from './load-trust-policy.ts';
