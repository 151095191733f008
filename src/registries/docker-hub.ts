import { DOCKER_HUB } from '../encoding/registry-host.ts';
import { checkSecret } from '../net/secret.ts';
import type { CredentialSource } from '../oci/index.ts';
import { checkUserName, forHost } from './check-options.ts';

/** Options of {@link dockerHubCredentials}. */
export interface DockerHubCredentialsOptions {
  /** The account, or the organisation of an organisation access token. */
  username: string;
  /** A personal or organisation access token, or a password. */
  token: string;
}

/**
 * Makes a source of the credential for Docker Hub, for `docker.io` only.
 *
 * @param options - The account and its token.
 * @returns For the option `credentials` of `createRegistry`.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 * @see https://docs.docker.com/security/access-tokens/
 *
 * @example
 * ```ts
 * import { createRegistry } from 'notarykit/oci';
 * import { dockerHubCredentials } from 'notarykit/registries';
 *
 * const credentials = dockerHubCredentials({ username: 'me', token: 'dckr_pat_example' });
 * console.log(typeof createRegistry({ credentials }).repository); // function
 * ```
 */
export function dockerHubCredentials(options: DockerHubCredentialsOptions): CredentialSource {
  const username = checkUserName(options.username, 'username');
  const password = checkSecret(options.token, 'token');
  return forHost(DOCKER_HUB, { username, password });
}
