import { rm, rmdir, unlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { encodeUtf8, isBytes } from '../../encoding/bytes.ts';
import { encodePem } from '../../encoding/pem.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { argumentInvalid, withMessage } from '../../errors/notation-error.ts';
import { quote } from '../../errors/quote.ts';
import { type CertificateInput, readCertificates } from '../../x509/certificate.ts';
import { checkTrustAnchors, type TrustStoreType } from '../../x509/trust-store.ts';
import { changeConfig, makeDirectory } from '../config/change-config.ts';
import { type ConfigDirectoryOptions, configDirectoryOf } from '../config/directories.ts';
import { statusOf } from '../files/read-file.ts';
import { attempt, isSystemError } from '../files/system-errors.ts';
import { checkStore, isStoreName, MAX_CERTIFICATE_FILE, storeDirectory, TRUST_STORE } from './named-store.ts';

const CODE = 'ERR_CONFIG_INVALID';
const TYPES: readonly string[] = ['ca', 'signingAuthority', 'tsa'] satisfies TrustStoreType[];
/** Names that stay within the directory on every system. */
const FILE_NAME = /^(?!\.{1,2}$)[^\p{Cc}/\\:]{1,255}$/u;

/**
 * Adds certificates to a named store of notation's trust store, as `notation cert add` does, in files that only their
 * owner can read. All are checked first: one that cannot be a trust anchor would make the whole store invalid.
 *
 * @param type - What the certificates are trusted for: `ca`, `signingAuthority` or `tsa`.
 * @param store - The name of the store, such as `acme` of `ca:acme`; it is made if it does not exist.
 * @param files - One or more certificates for each file, in any form of `CertificateInput`, by the name of the file, such as
 * `root.crt`. PEM and DER are written unchanged.
 * @param options - The directory of notation's configuration; its own on this machine by default.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for invalid names and for a file that exists, `ERR_TRUST_STORE_INVALID`
 * for a certificate that is neither a CA nor self-signed (in a `tsa` store: not a self-signed CA) and for a store that
 * is a symbolic link; `ERR_CERTIFICATE_INVALID`, `ERR_ENCODING_INVALID`, `ERR_LIMIT_EXCEEDED`, `ERR_CONFIG_INVALID` if
 * a file cannot be written, `ERR_TIMEOUT`
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#trust-store
 *
 * @example
 * ```ts
 * import { mkdtemp, rm } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { addCertificates, createFileTrustStore } from 'notarykit/node';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const configDirectory = await mkdtemp(join(tmpdir(), 'notation-'));
 * const { root } = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
 * await addCertificates('ca', 'acme', { 'acme.crt': root }, { configDirectory });
 * console.log((await createFileTrustStore({ configDirectory }).certificates('ca', 'acme')).length); // 1
 * await rm(configDirectory, { recursive: true });
 * ```
 */
export async function addCertificates(
  type: TrustStoreType,
  store: string,
  files: Readonly<Record<string, CertificateInput>>,
  options: ConfigDirectoryOptions = {},
): Promise<void> {
  const configDirectory = configDirectoryOf(options);
  const directory = directoryOf(configDirectory, type, store);
  const contents = await readContents(type, `${type}:${store}`, files);
  await changeConfig(configDirectory, async (write) => {
    await makeDirectory(directory);
    await checkStore(directory, `${type}:${store}`, CODE);
    try {
      for (const name of contents.keys()) {
        if (!(await statusOf(join(directory, name), CODE))) continue;
        const message = `the trust store ${type}:${store} already has ${quote(name)}`;
        const nextStep =
          'Give the file another name, or remove the existing one with removeCertificate first.';
        throw new NotationError('ERR_ARGUMENT_INVALID', message, { nextStep });
      }
      const path = relative(configDirectory, directory);
      const files = new Map([...contents].map(([name, bytes]) => [join(path, name), bytes]));
      // Not in the store, which holds nothing but certificates, but on its file system: the trust store may be a link.
      return await write({ files, temporaryDirectory: TRUST_STORE });
    } finally {
      // If nothing could be written: an empty store is invalid.
      await removeIfEmpty(directory);
    }
  });
}

/**
 * Removes a file from a named store of notation's trust store, as `notation cert delete` does, and the store with its
 * last file.
 *
 * @param type - What the certificates are trusted for: `ca`, `signingAuthority` or `tsa`.
 * @param store - The name of the store, such as `acme` of `ca:acme`.
 * @param file - The name of the file.
 * @param options - The directory of notation's configuration; its own on this machine by default.
 * @throws NotationError `ERR_TRUST_STORE_NOT_FOUND` if there is no such store or file, `ERR_ARGUMENT_INVALID`,
 * `ERR_TRUST_STORE_INVALID` for a store that is a symbolic link, `ERR_CONFIG_INVALID` if the file cannot be removed,
 * `ERR_TIMEOUT`
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#trust-store
 *
 * @example
 * ```ts
 * import { isNotationError } from 'notarykit/errors';
 * import { removeCertificate } from 'notarykit/node';
 *
 * try {
 *   await removeCertificate('ca', 'acme', 'acme.crt', { configDirectory: './no-such-directory' });
 * } catch (error) {
 *   console.log(isNotationError(error, 'ERR_TRUST_STORE_NOT_FOUND')); // true
 * }
 * ```
 */
export async function removeCertificate(
  type: TrustStoreType,
  store: string,
  file: string,
  options: ConfigDirectoryOptions = {},
): Promise<void> {
  checkFileName(file);
  await changeStore(type, store, options, async (directory) => {
    const path = join(directory, file);
    if (!(await statusOf(path, CODE))) {
      const message = `the trust store ${type}:${store} has no ${quote(file)}`;
      const nextStep = 'Pass the name of a file in the directory of the trust store.';
      throw new NotationError('ERR_TRUST_STORE_NOT_FOUND', message, { nextStep });
    }
    await attempt(CODE, `remove ${path}`, () => unlink(path));
    await removeIfEmpty(directory);
  });
}

/**
 * Removes a named store of notation's trust store and all its files, as `notation cert delete --all` does.
 *
 * @param type - What the certificates are trusted for: `ca`, `signingAuthority` or `tsa`.
 * @param store - The name of the store, such as `acme` of `ca:acme`.
 * @param options - The directory of notation's configuration; its own on this machine by default.
 * @throws NotationError The codes of {@link removeCertificate}
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#trust-store
 *
 * @example
 * ```ts
 * import { isNotationError } from 'notarykit/errors';
 * import { removeNamedStore } from 'notarykit/node';
 *
 * try {
 *   await removeNamedStore('ca', 'acme', { configDirectory: './no-such-directory' });
 * } catch (error) {
 *   console.log(isNotationError(error, 'ERR_TRUST_STORE_NOT_FOUND')); // true
 * }
 * ```
 */
export async function removeNamedStore(
  type: TrustStoreType,
  store: string,
  options: ConfigDirectoryOptions = {},
): Promise<void> {
  await changeStore(type, store, options, (directory) =>
    attempt(CODE, `remove ${directory}`, () => rm(directory, { recursive: true })),
  );
}

/** Changes a store that exists. If it does not, the configuration is not locked, nor is its directory made. */
async function changeStore(
  type: TrustStoreType,
  store: string,
  options: ConfigDirectoryOptions,
  change: (directory: string) => Promise<void>,
): Promise<void> {
  const configDirectory = configDirectoryOf(options);
  const directory = directoryOf(configDirectory, type, store);
  await checkStore(directory, `${type}:${store}`, CODE);
  await changeConfig(configDirectory, async () => {
    await checkStore(directory, `${type}:${store}`, CODE);
    await change(directory);
    return true;
  });
}

function directoryOf(configDirectory: string, type: TrustStoreType, store: string): string {
  if (!TYPES.includes(type))
    throw argumentInvalid('the type of a trust store is "ca", "signingAuthority" or "tsa"');
  if (!isStoreName(store)) throw argumentInvalid(`${quote(store)} is not a valid trust store name`);
  return storeDirectory(configDirectory, type, store);
}

async function readContents(
  type: TrustStoreType,
  store: string,
  files: Readonly<Record<string, CertificateInput>>,
): Promise<Map<string, Uint8Array>> {
  const named = typeof files === 'object' && !Array.isArray(files) && !isBytes(files);
  const entries = named ? Object.entries(files ?? {}) : [];
  if (entries.length === 0) throw argumentInvalid('files must be an object: { "root.crt": certificates }');
  const contents = new Map<string, Uint8Array>();
  for (const [name, input] of entries) {
    checkFileName(name);
    contents.set(name, await readContent(type, store, name, input));
  }
  return contents;
}

/** Returns the bytes to write, after checking that every certificate in them can be a trust anchor. */
async function readContent(
  type: TrustStoreType,
  store: string,
  name: string,
  input: CertificateInput,
): Promise<Uint8Array> {
  const bytes = fileContent(name, input);
  if (bytes.length > MAX_CERTIFICATE_FILE) {
    const message = `${quote(name)} is larger than ${MAX_CERTIFICATE_FILE} bytes`;
    throw new NotationError('ERR_LIMIT_EXCEEDED', message);
  }
  try {
    const certificates = readCertificates(bytes, quote(name));
    await checkTrustAnchors(type, store, certificates);
    return bytes;
  } catch (cause) {
    if (!isNotationError(cause)) throw cause;
    throw withMessage(cause, `${quote(name)} cannot be added: ${cause.message}`);
  }
}

/** Keeps PEM and DER as they are; a list becomes PEM. */
function fileContent(name: string, input: CertificateInput): Uint8Array {
  if (typeof input === 'string') return encodeUtf8(input);
  if (isBytes(input)) return new Uint8Array(input);
  const certificates = readCertificates(input, quote(name));
  return encodeUtf8(certificates.map(({ der }) => encodePem('CERTIFICATE', der)).join(''));
}

function checkFileName(name: string): void {
  if (!FILE_NAME.test(name)) throw argumentInvalid(`${quote(name)} is not a valid file name`);
}

/**
 * Removes the directory of a store, unless it has files, those of other writers such as the CLI included, or is a file
 * system of its own.
 */
async function removeIfEmpty(directory: string): Promise<void> {
  await attempt(CODE, `remove ${directory}`, async () => {
    try {
      await rmdir(directory);
    } catch (error) {
      if (!isSystemError(error, 'ENOTEMPTY', 'EEXIST', 'EBUSY')) throw error;
    }
  });
}
