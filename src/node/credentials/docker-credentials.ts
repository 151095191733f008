import { homedir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { checkTimeout } from '../../net/abort.ts';
import type { CredentialSource } from '../../oci/registry/credentials.ts';
import { type ConfigDirectoryOptions, configDirectoryOf } from '../config/directories.ts';
import { credentialFromFile } from './docker-config.ts';

/** Options of {@link dockerCredentials}. */
export interface DockerCredentialsOptions {
  /** Docker's configuration file; `config.json` in `$DOCKER_CONFIG`, or else in `~/.docker`, by default. */
  configFile?: string | undefined;
  /** The time limit of a credential helper in milliseconds; 60 000 by default. A helper may prompt its user with a window,
   * or at the terminal that its environment names; it is a process group of its own, without a terminal. */
  timeout?: number | undefined;
}

/** Options of {@link notationCredentials}. */
export interface NotationCredentialsOptions extends DockerCredentialsOptions, ConfigDirectoryOptions {}

const DEFAULT_TIMEOUT = 60_000;

/**
 * Returns the credentials that `docker login` and similar commands left on this machine: those of the helper for the
 * registry (`credHelpers`), or else of the helper for all registries (`credsStore`), or else of the file itself
 * (`auths`). The file is read whenever a registry requires a credential.
 *
 * @param options - Another file, and the time limit of a helper.
 * @returns A value for the option `credentials` of `createRegistry`. It rejects with `ERR_REGISTRY_UNAUTHORIZED` if the
 * file is malformed or a helper fails, and with `ERR_LIMIT_EXCEEDED`. No error contains a secret.
 * @throws NotationError `ERR_ARGUMENT_INVALID` if the time limit is invalid
 * @see https://docs.docker.com/reference/cli/docker/login/
 *
 * @example
 * ```ts
 * import { dockerCredentials } from 'notarykit/node';
 * import { createRegistry } from 'notarykit/oci';
 *
 * const registry = createRegistry({ credentials: dockerCredentials() });
 * console.log(typeof registry.repository);
 * ```
 */
export function dockerCredentials(options: DockerCredentialsOptions = {}): CredentialSource {
  const timeout = timeoutOf(options);
  return (registry) => {
    const path = options.configFile ?? join(env.DOCKER_CONFIG || join(homedir(), '.docker'), 'config.json');
    return credentialFromFile(path, registry, timeout);
  };
}

/**
 * Returns the credentials that the `notation` CLI would use: those of the helpers that its own `config.json` names, or
 * else those of Docker.
 *
 * @param options - The directory of notation's configuration, and the options of {@link dockerCredentials}.
 * @returns As {@link dockerCredentials} does.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 *
 * @example
 * ```ts
 * import { notationCredentials } from 'notarykit/node';
 * import { createRegistry } from 'notarykit/oci';
 *
 * const registry = createRegistry({ credentials: notationCredentials() });
 * console.log(typeof registry.repository);
 * ```
 */
export function notationCredentials(options: NotationCredentialsOptions = {}): CredentialSource {
  const timeout = timeoutOf(options);
  const path = join(configDirectoryOf(options), 'config.json');
  const docker = dockerCredentials(options);
  return async (registry) => {
    return (await credentialFromFile(path, registry, timeout)) ?? docker(registry);
  };
}

function timeoutOf({ timeout = DEFAULT_TIMEOUT }: DockerCredentialsOptions): number {
  checkTimeout(timeout);
  return timeout;
}
