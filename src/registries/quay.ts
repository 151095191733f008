import { checkSecret } from '../net/secret.ts';
import type { CredentialSource } from '../oci/index.ts';
import { checkHost, checkUserName, forHost } from './check-options.ts';

/** Options of {@link quayCredentials}. */
export interface QuayCredentialsOptions {
  /** The host as references name it; `quay.io` by default. */
  host?: string | undefined;
  /** The organisation or user that the robot account belongs to. */
  namespace: string;
  /** The name of the robot account, without the namespace. */
  robot: string;
  token: string;
}

const NAMESPACE = /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/;
/** As Quay creates them, and with the hyphens and dots that older versions allowed. */
const ROBOT = /^[a-z0-9][a-z0-9._-]{0,254}$/;

/**
 * Makes a source of the credential of a robot account of quay.io or a Red Hat Quay, for one host only.
 *
 * @param options - The robot account and its token.
 * @returns For the option `credentials` of `createRegistry`.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 * @see Red Hat Quay, "Managing access and permissions", robot accounts
 *
 * @example
 * ```ts
 * import { quayCredentials } from 'notarykit/registries';
 *
 * const find = quayCredentials({ namespace: 'team', robot: 'ci', token: 'example' });
 * console.log(await find('quay.io')); // { username: 'team+ci', password: 'example' }
 * ```
 */
export function quayCredentials(options: QuayCredentialsOptions): CredentialSource {
  const host = checkHost(options.host ?? 'quay.io');
  const namespace = checkUserName(options.namespace, 'namespace', NAMESPACE);
  const username = `${namespace}+${checkUserName(options.robot, 'robot (without namespace)', ROBOT)}`;
  const password = checkSecret(options.token, 'token');
  return forHost(host, { username, password });
}
