/**
 * Credentials for registries of vendors, for the option `credentials` of `createRegistry`. Each has
 * credentials for the hosts of its registry only; combine several with `firstCredential` of `notarykit/oci`.
 *
 * @packageDocumentation
 */
export { type AcrCredentialsOptions, acrCredentials } from './acr.ts';
export { type DockerHubCredentialsOptions, dockerHubCredentials } from './docker-hub.ts';
export { type EcrAwsCredentials, type EcrCredentialsOptions, ecrCredentials } from './ecr.ts';
export type { ExchangeOptions } from './exchange.ts';
export { type GithubCredentialsOptions, githubCredentials } from './github.ts';
export { type GoogleCredentialsOptions, googleCredentials } from './google.ts';
export { type HarborCredentialsOptions, harborCredentials } from './harbor.ts';
export { type QuayCredentialsOptions, quayCredentials } from './quay.ts';
