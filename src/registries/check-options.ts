import { canonicalHost } from '../encoding/registry-host.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import type { Credential, CredentialSource } from '../oci/index.ts';

const HOST = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*(?::\d{1,5})?$/;
/** Every user name: no colon, because basic authentication ends the name there, and no space or control character. */
const NAME = /^[\x21-\x39\x3b-\x7e]{1,256}$/;

/**
 * Checks the host of a registry.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function checkHost(host: unknown): string {
  const canonical = typeof host === 'string' && HOST.test(host) ? canonicalHost(host) : undefined;
  if (canonical !== undefined && canonical.length <= 255) return canonical;
  throw argumentInvalid(
    'host must be a host in lower case with an optional port, without https:// or a path, such as registry.example.com:5000',
  );
}

/**
 * Checks a user name or a part of one.
 * @param option - The name of the option that contains it, for the error.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function checkUserName(name: unknown, option: string, form = NAME): string {
  if (typeof name === 'string' && form.test(name)) return name;
  throw argumentInvalid(
    `${option} must be a user name: visible ASCII characters in the form that the registry allows, no colon`,
  );
}

/**
 * Makes a source that returns a credential for one host. A source is called with the host as the reference spells it and,
 * if that gives nothing, with the canonical form.
 * @param host - In canonical form.
 */
export function forHost(host: string, credential: Credential): CredentialSource {
  return (registry) => (canonicalHost(registry) === host ? credential : undefined);
}
