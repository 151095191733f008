import { checkSecret } from '../net/secret.ts';
import type { CredentialSource } from '../oci/index.ts';
import { checkHost, checkUserName, forHost } from './check-options.ts';

/** Options of {@link githubCredentials}. */
export interface GithubCredentialsOptions {
  /** The owner of the token; in a workflow `github.actor`. */
  username: string;
  /**
   * The host as references name it; `ghcr.io` by default, `containers.<host>` for a GitHub Enterprise Server,
   * `containers.<name>.ghe.com` for GitHub Enterprise Cloud with data residency.
   */
  host?: string | undefined;
  /** A personal access token (classic), or the `GITHUB_TOKEN` of a workflow. */
  token: string;
}

/**
 * Makes a source of the credential for the GitHub Container Registry, for one host only.
 *
 * @param options - The token and its owner.
 * @returns For the option `credentials` of `createRegistry`.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 * @see https://docs.github.com/packages/working-with-a-github-packages-registry/working-with-the-container-registry
 *
 * @example
 * ```ts
 * import { createRegistry } from 'notarykit/oci';
 * import { githubCredentials } from 'notarykit/registries';
 *
 * const credentials = githubCredentials({ username: 'me', token: 'ghp_example' });
 * console.log(typeof createRegistry({ credentials }).repository); // function
 * ```
 */
export function githubCredentials(options: GithubCredentialsOptions): CredentialSource {
  const username = checkUserName(options.username, 'username');
  const password = checkSecret(options.token, 'token');
  return forHost(checkHost(options.host ?? 'ghcr.io'), { username, password });
}
