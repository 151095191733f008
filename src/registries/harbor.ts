import { checkSecret } from '../net/secret.ts';
import type { CredentialSource } from '../oci/index.ts';
import { checkHost, checkUserName, forHost } from './check-options.ts';

/** Options of {@link harborCredentials}. */
export interface HarborCredentialsOptions {
  /** The host as references name it, with its port if there is one. */
  host: string;
  /** The project of the robot account; omit it for a system account. */
  project?: string | undefined;
  /** The name that the robot account was given: without prefix and project. */
  robot: string;
  secret: string;
  /** The prefix of the names of robot accounts in this Harbor; `robot$` by default. */
  prefix?: string | undefined;
}

const PART = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

/**
 * Makes a source of the credential of a Harbor robot account, for one host only. The user name is built from the project
 * and the name, so that no `$` has to pass through a shell.
 *
 * @param options - The host, the robot account and its secret.
 * @returns For the option `credentials` of `createRegistry`.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 * @see https://goharbor.io/docs/main/working-with-projects/project-configuration/create-robot-accounts/
 *
 * @example
 * ```ts
 * import { harborCredentials } from 'notarykit/registries';
 *
 * const find = harborCredentials({ host: 'harbor.example.com', project: 'team', robot: 'ci', secret: 'example' });
 * console.log(await find('harbor.example.com')); // { username: 'robot$team+ci', password: 'example' }
 * ```
 */
export function harborCredentials(options: HarborCredentialsOptions): CredentialSource {
  const { project, prefix = 'robot$' } = options;
  const host = checkHost(options.host);
  const robot = checkUserName(options.robot, 'robot (without prefix and project)', PART);
  const place = project === undefined ? '' : `${checkUserName(project, 'project', PART)}+`;
  const username = `${checkUserName(prefix, 'prefix')}${place}${robot}`;
  const password = checkSecret(options.secret, 'secret');
  return forHost(host, { username, password });
}
