import { canonicalHost } from '../encoding/registry-host.ts';
import { argumentInvalid } from '../errors/notation-error.ts';

const HOST = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*(?::\d{1,5})?$/;
/** User names of every registry: a colon would end them, and headers have one line. */
const NAME = /^[\x21-\x39\x3b-\x7e]{1,256}$/;

/**
 * Checks the host of a registry.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function checkHost(host: unknown): string {
  const canonical = typeof host === 'string' && HOST.test(host) ? canonicalHost(host) : undefined;
  if (canonical !== undefined && canonical.length <= 255) return canonical;
  throw argumentInvalid(
    'host must be the host of a registry as references name it, such as registry.example.com',
  );
}

/**
 * Checks a user name or a part of one.
 * @param option - The name of the option that holds it, for the error.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function checkName(name: unknown, option: string, form = NAME): string {
  if (typeof name === 'string' && form.test(name)) return name;
  throw argumentInvalid(`${option} is not a valid name`);
}
