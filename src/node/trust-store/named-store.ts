import { join } from 'node:path';
import { type ErrorCode, NotationError } from '../../errors/index.ts';
import type { TrustStoreType } from '../../x509/trust-store.ts';
import { statusOf } from '../files/read-file.ts';

/** The size limit of a file with certificates, in bytes. */
export const MAX_CERTIFICATE_FILE = 4 * 1024 * 1024;
/** The directory of the trust store, in that of the configuration. */
export const TRUST_STORE = 'truststore';

const NAME = /^[A-Za-z0-9_.-]+$/;

/** Reports whether a named store can have a name. `.` and `..` would lead out of the trust store. */
export function isStoreName(name: string): boolean {
  return NAME.test(name) && name !== '.' && name !== '..';
}

/**
 * Returns the directory of a named store.
 * @param configDirectory - The directory of notation's configuration.
 * @param name - A name that {@link isStoreName} accepts.
 * @see docs/specification.md, rule TS-1
 */
export function storeDirectory(configDirectory: string, type: TrustStoreType, name: string): string {
  return join(configDirectory, TRUST_STORE, 'x509', type, name);
}

/**
 * Checks that a named store exists and is not a symbolic link.
 * @param store - Its type and name, such as `ca:acme`.
 * @param code - The code of an error of the operating system.
 * @throws NotationError `ERR_TRUST_STORE_NOT_FOUND`, `ERR_TRUST_STORE_INVALID`, and the code that is given
 */
export async function checkStore(directory: string, store: string, code: ErrorCode): Promise<void> {
  const status = await statusOf(directory, code);
  if (!status) throw new NotationError('ERR_TRUST_STORE_NOT_FOUND', `there is no trust store ${store}`);
  if (!status.isDirectory()) throw storeInvalid(store, 'it is a symbolic link or not a directory');
}

/** Makes the error of a named store that a verification cannot use. */
export function storeInvalid(store: string, reason: string, cause?: unknown): NotationError {
  const message = `the trust store ${store} is invalid: ${reason}`;
  return new NotationError('ERR_TRUST_STORE_INVALID', message, { cause });
}
