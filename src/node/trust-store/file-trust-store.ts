import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { quote } from '../../errors/quote.ts';
import { type Certificate, parseCertificates } from '../../x509/certificate.ts';
import { checkTrustAnchors, type TrustStore } from '../../x509/trust-store.ts';
import { type ConfigDirectoryOptions, configDirectoryOf } from '../config/directories.ts';
import { readRegularFile } from '../files/read-file.ts';
import { readSettled } from '../files/read-settled.ts';
import { attempt } from '../files/system-errors.ts';
import { isTemporaryName } from '../files/temporary-name.ts';
import {
  checkStore,
  isStoreName,
  MAX_CERTIFICATE_FILE,
  storeDirectory,
  storeInvalid,
} from './named-store.ts';

const CODE = 'ERR_TRUST_STORE_INVALID';
const MAX_FILES = 1000;

/**
 * Opens notation's trust store: `truststore/x509/{ca|signingAuthority|tsa}/{name}/*`, each file with one or more
 * certificates in PEM or DER, whatever its extension. A named store contains only regular files. It is read anew at
 * each verification, so that a removed certificate is no longer trusted.
 *
 * @param options - The directory of notation's configuration, which contains `truststore`; its own on this machine by
 * default.
 * @returns The trust store. Its `certificates` rejects with `ERR_TRUST_STORE_NOT_FOUND`, or with
 * `ERR_TRUST_STORE_INVALID` for an empty store, a symbolic link, a directory inside, a file that cannot be read, and a
 * certificate that cannot be a trust anchor.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#trust-store
 *
 * @example
 * ```ts
 * import { isNotationError } from 'notarykit/errors';
 * import { createFileTrustStore } from 'notarykit/node';
 *
 * const trustStore = createFileTrustStore({ configDirectory: './no-such-directory' });
 * try {
 *   await trustStore.certificates('ca', 'acme');
 * } catch (error) {
 *   console.log(isNotationError(error, 'ERR_TRUST_STORE_NOT_FOUND')); // true
 * }
 * ```
 */
export function createFileTrustStore(options: ConfigDirectoryOptions = {}): TrustStore {
  const configDirectory = configDirectoryOf(options);
  return {
    async certificates(type, name) {
      const store = `${type}:${name}`;
      if (!isStoreName(name))
        throw new NotationError(CODE, `${quote(store)} is not a valid trust store name`);
      const directory = storeDirectory(configDirectory, type, name);
      // A file may go, or come, between listing and reading.
      const certificates = await readSettled(
        () => readStore(directory, store),
        (error) => isNotationError(error, CODE),
      );
      await checkTrustAnchors(type, store, certificates);
      return certificates;
    },
  };
}

async function readStore(directory: string, store: string): Promise<Certificate[]> {
  const certificates: Certificate[] = [];
  for (const file of await listFiles(directory, store)) {
    certificates.push(...(await readCertificates(directory, file, store)));
  }
  return certificates;
}

async function listFiles(directory: string, store: string): Promise<string[]> {
  await checkStore(directory, store, CODE);
  const all = await attempt(CODE, `read the trust store ${directory}`, () =>
    readdir(directory, { withFileTypes: true }),
  );
  // Where the store itself is a mounted file system, its temporary files are in it.
  const entries = all.filter(({ name }) => !isTemporaryName(name));
  if (entries.length === 0) throw storeInvalid(store, 'it is empty');
  if (entries.length > MAX_FILES) throw storeInvalid(store, `it has more than ${MAX_FILES} files`);
  const other = entries.find((entry) => !entry.isFile());
  if (other) throw storeInvalid(store, `${quote(other.name)} in it is not a regular file`);
  return entries.map(({ name }) => name).sort();
}

async function readCertificates(directory: string, file: string, store: string): Promise<Certificate[]> {
  try {
    const expectation = { what: 'certificate file', code: CODE, maxBytes: MAX_CERTIFICATE_FILE } as const;
    return parseCertificates(await readRegularFile(join(directory, file), expectation));
  } catch (cause) {
    if (!isNotationError(cause)) throw cause;
    throw storeInvalid(store, `${quote(file)} in it cannot be used: ${cause.message}`, cause);
  }
}
