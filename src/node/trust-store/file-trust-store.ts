import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { type Certificate, parseCertificates } from '../../x509/certificate.ts';
import { checkTrustAnchors, type TrustStore } from '../../x509/trust-store.ts';
import { notationConfigDirectory } from '../config/directories.ts';
import { isMissing, readRegularFile } from '../files/read-file.ts';

const STORE_NAME = /^[A-Za-z0-9_.-]+$/;
const MAX_FILES = 1000;
/** Bytes of a file with certificates. */
export const MAX_CERTIFICATE_FILE = 4 * 1024 * 1024;

/**
 * A trust store in files, laid out as notation does: `truststore/x509/{ca|signingAuthority|tsa}/{name}/*`, each file
 * with one or more certificates in PEM or DER, whatever its extension. A named store must hold regular files only.
 * It is read anew at each verification, so that a certificate that was taken out is no longer trusted.
 *
 * @param configDirectory - The folder that holds `truststore`; notation's own on this machine by default.
 * @returns The store.
 * @throws NotationError when it is asked for certificates: `ERR_TRUST_STORE_NOT_FOUND`;
 * `ERR_TRUST_STORE_INVALID` for an empty store, a symbolic link, a folder inside it, a file that cannot be read and a
 * certificate that must not be there.
 * @see Trust store and trust policy specification, "Trust Store"
 *
 * @example
 * ```ts
 * import { isNotationError } from 'notarykit/errors';
 * import { createFileTrustStore } from 'notarykit/node';
 *
 * const trustStore = createFileTrustStore('./no-such-folder');
 * try {
 *   await trustStore.certificates('ca', 'acme');
 * } catch (error) {
 *   console.log(isNotationError(error, 'ERR_TRUST_STORE_NOT_FOUND')); // true
 * }
 * ```
 */
export function createFileTrustStore(configDirectory: string = notationConfigDirectory()): TrustStore {
  const root = join(configDirectory, 'truststore', 'x509');
  return {
    async certificates(type, name) {
      const store = `${type}:${name}`;
      if (!isStoreName(name)) {
        throw new NotationError('ERR_TRUST_STORE_INVALID', `${JSON.stringify(store)} is not a trust store`);
      }
      const directory = join(root, type, name);
      const certificates: Certificate[] = [];
      for (const file of await listFiles(directory, store)) {
        certificates.push(...(await readCertificates(join(directory, file), store)));
      }
      await checkTrustAnchors(type, store, certificates);
      return certificates;
    },
  };
}

/** Whether a named store may be called that: `.` and `..` lead elsewhere. */
export function isStoreName(name: string): boolean {
  return STORE_NAME.test(name) && name !== '.' && name !== '..';
}

async function listFiles(directory: string, store: string): Promise<string[]> {
  let entries: Dirent[];
  try {
    if (!(await lstat(directory)).isDirectory()) throw invalid(store, 'is not a folder, or a symbolic link');
    entries = await readdir(directory, { withFileTypes: true });
  } catch (cause) {
    if (isNotationError(cause)) throw cause;
    if (!isMissing(cause)) throw invalid(store, 'cannot be read', cause);
    throw new NotationError('ERR_TRUST_STORE_NOT_FOUND', `there is no trust store ${store}`, { cause });
  }
  if (entries.length === 0) throw invalid(store, 'is empty');
  if (entries.length > MAX_FILES) throw invalid(store, `has more than ${MAX_FILES} files`);
  const odd = entries.find((entry) => !entry.isFile());
  if (odd) throw invalid(store, `holds ${JSON.stringify(odd.name)}, which is not a regular file`);
  return entries.map(({ name }) => name).sort();
}

async function readCertificates(path: string, store: string): Promise<Certificate[]> {
  try {
    const bytes = await readRegularFile(path, {
      what: 'certificate file',
      code: 'ERR_TRUST_STORE_INVALID',
      maxBytes: MAX_CERTIFICATE_FILE,
    });
    return parseCertificates(bytes);
  } catch (cause) {
    if (!isNotationError(cause)) throw cause;
    throw invalid(store, `holds a file that cannot be used: ${path}: ${cause.message}`, cause);
  }
}

function invalid(store: string, reason: string, cause?: unknown): NotationError {
  const message = `the trust store ${store} ${reason}`;
  return new NotationError('ERR_TRUST_STORE_INVALID', message, cause === undefined ? {} : { cause });
}
