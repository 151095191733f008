import { resolve } from 'node:path';
import { NotationError } from '../../errors/index.ts';
import type { PluginSource } from '../../plugin/plugin.ts';
import { type OpenKeyOptions, tryKey } from '../key-signer.ts';
import { type DirectoryOptions, directoryOf, pluginsOf } from './directory-options.ts';
import {
  changeKeyList,
  checkKey,
  findKey,
  quoteName,
  readKeyList,
  type SigningKey,
  type SigningKeys,
} from './signing-key-list.ts';

/** What {@link addSigningKey} takes beside the key. */
export interface AddSigningKeyOptions extends DirectoryOptions, OpenKeyOptions {
  /** Whether it becomes the key to sign with where none is named; `false` by default. */
  default?: boolean | undefined;
  /** Where the plugin of the key is; by default in `$NOTATION_LIBEXEC`, else in the folder of the configuration. */
  plugins?: PluginSource | undefined;
}

/**
 * The signing keys that notation knows, as `notation key list` shows them: what `signingkeys.json` holds.
 *
 * @param options - The folder of notation's configuration; its own on this machine by default.
 * @returns The keys, in the order of the file, and the name of the default key; no keys where there is no file.
 * @throws NotationError `ERR_CONFIG_INVALID` for a file that is malformed, a symbolic link, or cannot be read;
 * `ERR_LIMIT_EXCEEDED`
 * @see https://notaryproject.dev/docs/user-guides/how-to/notation-config-file/
 *
 * @example
 * ```ts
 * import { listSigningKeys } from 'notarykit/node';
 *
 * const { keys } = await listSigningKeys({ directory: './no-such-folder' });
 * console.log(keys.length); // 0
 * ```
 */
export async function listSigningKeys(options: DirectoryOptions = {}): Promise<SigningKeys> {
  return readKeyList(directoryOf(options));
}

/**
 * Makes a key known to notation, as `notation key add` does: a key that a plugin signs with, or a key in a file. It is
 * opened first: the private key must belong to the certificate chain, or the plugin must know the key. Unlike
 * `createSigner`, notation takes the chain as it is in the file: leaf first and root last.
 *
 * @param key - `name`, and either `keyPath` and `certPath` or `id` and `pluginName`. Paths may be relative.
 * @param options - Whether it becomes the default key; the folder of notation's configuration.
 * @throws NotationError `ERR_ARGUMENT_INVALID` also for a name that is taken, `ERR_CONFIG_INVALID` for a file that cannot
 * be read or written, `ERR_TIMEOUT` where another process keeps the configuration locked, `ERR_LIMIT_EXCEEDED`,
 * `ERR_PLUGIN_NOT_FOUND`, and the codes of `createSigner` or of `createPluginSigner`
 *
 * @example
 * ```ts
 * import { mkdtemp, rm, writeFile } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { addSigningKey, listSigningKeys } from 'notarykit/node';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const directory = await mkdtemp(join(tmpdir(), 'notation-'));
 * const { privateKey, certificates } = await generateTestCertificate({ name: 'acme.example', keyType: 'EC-256' });
 * const keyPath = join(directory, 'acme.key');
 * const certPath = join(directory, 'acme.crt');
 * await writeFile(keyPath, privateKey, { mode: 0o600 });
 * await writeFile(certPath, certificates);
 *
 * await addSigningKey({ name: 'acme', keyPath, certPath }, { default: true, directory });
 * console.log((await listSigningKeys({ directory })).default); // acme
 * await rm(directory, { recursive: true });
 * ```
 */
export async function addSigningKey(key: SigningKey, options: AddSigningKeyOptions = {}): Promise<void> {
  const added = withAbsolutePaths(checkKey(key));
  await tryKey(added, pluginsOf(options), options);
  await changeKeyList(directoryOf(options), ({ default: marked, keys }) => {
    if (keys.some(({ name }) => name === added.name)) {
      throw new NotationError(
        'ERR_ARGUMENT_INVALID',
        `there is a signing key ${quoteName(added.name)} already`,
      );
    }
    return markedList(options.default ? added.name : marked, [...keys, added]);
  });
}

/**
 * Takes a key off notation's list, as `notation key delete` does. The files of the key stay, and what the plugin has.
 *
 * @param name - The name of the key. If it is the default key, there is none afterwards.
 * @param options - The folder of notation's configuration; its own on this machine by default.
 * @throws NotationError `ERR_KEY_NOT_FOUND`, `ERR_CONFIG_INVALID`, `ERR_TIMEOUT`, `ERR_LIMIT_EXCEEDED`
 *
 * @example
 * ```ts
 * import { isNotationError } from 'notarykit/errors';
 * import { removeSigningKey } from 'notarykit/node';
 *
 * try {
 *   await removeSigningKey('acme', { directory: './no-such-folder' });
 * } catch (error) {
 *   console.log(isNotationError(error, 'ERR_KEY_NOT_FOUND')); // true
 * }
 * ```
 */
export async function removeSigningKey(name: string, options: DirectoryOptions = {}): Promise<void> {
  await changeExisting(name, options, (list, key) => {
    const marked = list.default === name ? undefined : list.default;
    return markedList(
      marked,
      list.keys.filter((one) => one !== key),
    );
  });
}

/**
 * Makes a key the one to sign with where none is named, as `notation key update --default` does.
 *
 * @param name - The name of the key.
 * @param options - The folder of notation's configuration; its own on this machine by default.
 * @throws NotationError `ERR_KEY_NOT_FOUND`, `ERR_CONFIG_INVALID`, `ERR_TIMEOUT`, `ERR_LIMIT_EXCEEDED`
 *
 * @example
 * ```ts
 * import { isNotationError } from 'notarykit/errors';
 * import { setDefaultSigningKey } from 'notarykit/node';
 *
 * try {
 *   await setDefaultSigningKey('acme', { directory: './no-such-folder' });
 * } catch (error) {
 *   console.log(isNotationError(error, 'ERR_KEY_NOT_FOUND')); // true
 * }
 * ```
 */
export async function setDefaultSigningKey(name: string, options: DirectoryOptions = {}): Promise<void> {
  await changeExisting(name, options, ({ keys }) => markedList(name, keys));
}

/** A folder that has no such key is left as it is: it is not even made. */
async function changeExisting(
  name: string,
  options: DirectoryOptions,
  change: (list: SigningKeys, key: SigningKey) => SigningKeys,
): Promise<void> {
  if (typeof name !== 'string')
    throw new NotationError('ERR_ARGUMENT_INVALID', 'the name of a key is a text');
  const directory = directoryOf(options);
  findKey(await readKeyList(directory), name);
  await changeKeyList(directory, (list) => change(list, findKey(list, name)));
}

function markedList(marked: string | undefined, keys: readonly SigningKey[]): SigningKeys {
  return { ...(marked !== undefined && { default: marked }), keys };
}

/** Notation takes paths as they are, from wherever it runs. */
function withAbsolutePaths(key: SigningKey): SigningKey {
  if (!('keyPath' in key)) return key;
  return { ...key, keyPath: resolve(key.keyPath), certPath: resolve(key.certPath) };
}
