import { rm, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeUtf8 } from '../../encoding/bytes.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { type CertificateInput, parseCertificates } from '../../x509/certificate.ts';
import { checkTrustAnchors, type TrustStoreType } from '../../x509/trust-store.ts';
import { changeConfig, makeFolder, onDisk, statusOf } from '../config/change-config.ts';
import { type DirectoryOptions, directoryOf } from '../config/directory-options.ts';
import { isSystemError } from '../layout/layout-files.ts';
import { isStoreName, MAX_CERTIFICATE_FILE } from './file-trust-store.ts';

const TYPES: readonly string[] = ['ca', 'signingAuthority', 'tsa'] satisfies TrustStoreType[];
/** Names that mean a file of this folder on every system. */
const FILE_NAME = /^(?!\.{1,2}$)[^\p{Cc}/\\:]{1,255}$/u;

/**
 * Adds certificates to a named store of notation's trust store, as `notation cert add` does: one file each, readable by
 * its owner alone. All are checked first, as a verification would: one that must not be there would spoil the store.
 *
 * @param type - What the certificates are trusted for: `ca`, `signingAuthority` or `tsa`.
 * @param store - The name of the store, such as `acme` of `ca:acme`; it is made where it is missing.
 * @param files - By the names that the files get, such as `root.crt`, one or more certificates as PEM or DER.
 * @param options - The folder of notation's configuration; its own on this machine by default.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for names that are none or taken, `ERR_TRUST_STORE_INVALID` for a
 * certificate that is neither a CA nor self-signed, or no self-signed CA in a `tsa` store, and for a store that is a
 * symbolic link; `ERR_CERTIFICATE_INVALID`, `ERR_ENCODING_INVALID`, `ERR_LIMIT_EXCEEDED`, `ERR_CONFIG_INVALID` for what
 * cannot be written, `ERR_TIMEOUT`
 * @see Trust store and trust policy specification, "Trust Store"
 *
 * @example
 * ```ts
 * import { mkdtemp, rm } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { addCertificates, createFileTrustStore } from 'notarykit/node';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const directory = await mkdtemp(join(tmpdir(), 'notation-'));
 * const { root } = await generateTestCertificate({ name: 'acme.example', keyType: 'EC-256' });
 * await addCertificates('ca', 'acme', { 'acme.crt': root }, { directory });
 * console.log((await createFileTrustStore(directory).certificates('ca', 'acme')).length); // 1
 * await rm(directory, { recursive: true });
 * ```
 */
export async function addCertificates(
  type: TrustStoreType,
  store: string,
  files: Readonly<Record<string, CertificateInput>>,
  options: DirectoryOptions = {},
): Promise<void> {
  const folder = folderOf(type, store);
  const contents = await readContents(type, `${type}:${store}`, files);
  const directory = directoryOf(options);
  await changeConfig(directory, async ({ write }) => {
    const path = join(directory, folder);
    await makeFolder(path);
    await checkStore(path, type, store);
    try {
      for (const name of contents.keys()) {
        if (!(await statusOf(join(path, name)))) continue;
        throw invalid(`the trust store ${type}:${store} holds ${JSON.stringify(name)} already`);
      }
      await write(new Map([...contents].map(([name, bytes]) => [join(folder, name), bytes])));
    } finally {
      // Where nothing could be written: a store that is empty cannot be used.
      await onDisk(`remove ${path}`, removeIfEmpty(path));
    }
  });
}

/**
 * Removes a file of a named store of notation's trust store, as `notation cert delete` does; a store that is empty
 * afterwards as well.
 *
 * @param type - What the certificates are trusted for: `ca`, `signingAuthority` or `tsa`.
 * @param store - The name of the store, such as `acme` of `ca:acme`.
 * @param file - The name of the file.
 * @param options - The folder of notation's configuration; its own on this machine by default.
 * @throws NotationError `ERR_TRUST_STORE_NOT_FOUND` where there is no such store or file in it, `ERR_ARGUMENT_INVALID`,
 * `ERR_TRUST_STORE_INVALID` for a store that is a symbolic link, `ERR_CONFIG_INVALID` for what cannot be removed,
 * `ERR_TIMEOUT`
 * @see Trust store and trust policy specification, "Trust Store"
 *
 * @example
 * ```ts
 * import { isNotationError } from 'notarykit/errors';
 * import { removeCertificate } from 'notarykit/node';
 *
 * try {
 *   await removeCertificate('ca', 'acme', 'acme.crt', { directory: './no-such-folder' });
 * } catch (error) {
 *   console.log(isNotationError(error, 'ERR_TRUST_STORE_NOT_FOUND')); // true
 * }
 * ```
 */
export async function removeCertificate(
  type: TrustStoreType,
  store: string,
  file: string,
  options: DirectoryOptions = {},
): Promise<void> {
  checkFileName(file);
  await changeStore(type, store, options, async (folder) => {
    const path = join(folder, file);
    if (!(await statusOf(path))) {
      const message = `the trust store ${type}:${store} holds no ${JSON.stringify(file)}`;
      throw new NotationError('ERR_TRUST_STORE_NOT_FOUND', message);
    }
    await onDisk(`remove ${path}`, unlink(path));
    await onDisk(`remove ${folder}`, removeIfEmpty(folder));
  });
}

/**
 * Removes a named store of notation's trust store with all that is in it, as `notation cert delete --all` does.
 *
 * @param type - What the certificates are trusted for: `ca`, `signingAuthority` or `tsa`.
 * @param store - The name of the store, such as `acme` of `ca:acme`.
 * @param options - The folder of notation's configuration; its own on this machine by default.
 * @throws NotationError As those of {@link removeCertificate}
 * @see Trust store and trust policy specification, "Trust Store"
 *
 * @example
 * ```ts
 * import { isNotationError } from 'notarykit/errors';
 * import { removeNamedStore } from 'notarykit/node';
 *
 * try {
 *   await removeNamedStore('ca', 'acme', { directory: './no-such-folder' });
 * } catch (error) {
 *   console.log(isNotationError(error, 'ERR_TRUST_STORE_NOT_FOUND')); // true
 * }
 * ```
 */
export async function removeNamedStore(
  type: TrustStoreType,
  store: string,
  options: DirectoryOptions = {},
): Promise<void> {
  await changeStore(type, store, options, (folder) =>
    onDisk(`remove ${folder}`, rm(folder, { recursive: true })),
  );
}

/** A store that is there; a folder without it is left as it is. */
async function changeStore(
  type: TrustStoreType,
  store: string,
  options: DirectoryOptions,
  change: (folder: string) => Promise<void>,
): Promise<void> {
  const directory = directoryOf(options);
  const folder = join(directory, folderOf(type, store));
  await checkStore(folder, type, store);
  await changeConfig(directory, async () => {
    await checkStore(folder, type, store);
    await change(folder);
  });
}

async function checkStore(folder: string, type: TrustStoreType, store: string): Promise<void> {
  const status = await statusOf(folder);
  if (!status) {
    throw new NotationError('ERR_TRUST_STORE_NOT_FOUND', `there is no trust store ${type}:${store}`);
  }
  if (status.isDirectory()) return;
  const message = `the trust store ${type}:${store} is not a folder, or a symbolic link`;
  throw new NotationError('ERR_TRUST_STORE_INVALID', message);
}

/** Below the configuration. */
function folderOf(type: TrustStoreType, store: string): string {
  if (!TYPES.includes(type)) throw invalid('the type of a trust store is "ca", "signingAuthority" or "tsa"');
  if (!isStoreName(store)) throw invalid(`${quote(store)} is not the name of a trust store`);
  return join('truststore', 'x509', type, store);
}

async function readContents(
  type: TrustStoreType,
  store: string,
  files: Readonly<Record<string, CertificateInput>>,
): Promise<Map<string, Uint8Array>> {
  const named = typeof files === 'object' && !Array.isArray(files) && !(files instanceof Uint8Array);
  const entries = named ? Object.entries(files ?? {}) : [];
  if (entries.length === 0) throw invalid('files must be an object: { "root.crt": certificates }');
  const contents = new Map<string, Uint8Array>();
  for (const [name, input] of entries) {
    checkFileName(name);
    contents.set(name, await readContent(type, store, name, input));
  }
  return contents;
}

/** The bytes to write, when all certificates in them may be there. */
async function readContent(
  type: TrustStoreType,
  store: string,
  name: string,
  input: CertificateInput,
): Promise<Uint8Array> {
  const readable = typeof input === 'string' || input instanceof Uint8Array;
  if (!readable) throw invalid(`${quote(name)} must be certificates as PEM text or bytes`);
  const bytes = typeof input === 'string' ? encodeUtf8(input) : new Uint8Array(input);
  if (bytes.length > MAX_CERTIFICATE_FILE) {
    const message = `${quote(name)} is larger than ${MAX_CERTIFICATE_FILE} bytes`;
    throw new NotationError('ERR_LIMIT_EXCEEDED', message);
  }
  try {
    const certificates = parseCertificates(bytes);
    await checkTrustAnchors(type, store, certificates);
    return bytes;
  } catch (cause) {
    if (!isNotationError(cause)) throw cause;
    throw new NotationError(cause.code, `${quote(name)} must not be added: ${cause.message}`, { cause });
  }
}

function checkFileName(name: string): void {
  if (FILE_NAME.test(name)) return;
  throw invalid(`${quote(name)} is not the name of a file`);
}

/** The CLI may have added something meanwhile. */
async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    if (!isSystemError(error, 'ENOTEMPTY') && !isSystemError(error, 'EEXIST')) throw error;
  }
}

function quote(name: string): string {
  return JSON.stringify(String(name).slice(0, 80));
}

function invalid(message: string): NotationError {
  return new NotationError('ERR_ARGUMENT_INVALID', message);
}
