import { NotationError } from '../errors/index.ts';

const HOST = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*(?::\d{1,5})?$/;
/** What a user name has in every registry: the colon ends it, and headers are of one line. */
const NAME = /^[\x21-\x39\x3b-\x7e]{1,256}$/;
const SECRET = /^[\x21-\x7e]{1,65536}$/;

/** @throws NotationError `ERR_ARGUMENT_INVALID` */
export function checkHost(host: unknown): string {
  if (typeof host === 'string' && host.length <= 255 && HOST.test(host)) return host;
  throw invalid('host must be as references name it, such as registry.example.com');
}

/** @throws NotationError `ERR_ARGUMENT_INVALID` */
export function checkName(name: unknown, what: string, form = NAME): string {
  if (typeof name === 'string' && form.test(name)) return name;
  throw invalid(`${what} is not in the form of a name`);
}

/**
 * A secret, of which the message says nothing.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function checkSecret(secret: unknown, what: string): string {
  if (typeof secret === 'string' && SECRET.test(secret)) return secret;
  throw invalid(`${what} must be a text of visible ASCII characters`);
}

export function invalid(message: string): NotationError {
  return new NotationError('ERR_ARGUMENT_INVALID', message);
}
