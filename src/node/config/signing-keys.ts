import { resolve } from 'node:path';
import { argumentInvalid, NotationError } from '../../errors/notation-error.ts';
import { quote } from '../../errors/quote.ts';
import type { PluginSource } from '../../plugin/plugin.ts';
import { type OpenKeyOptions, tryKey } from '../key-signer.ts';
import { createPluginManager } from '../plugins/plugin-manager.ts';
import { type ConfigDirectoryOptions, configDirectoryOf, notationPluginDirectory } from './directories.ts';
import {
  changeKeyList,
  checkKey,
  findKey,
  readKeyList,
  type SigningKey,
  type SigningKeys,
} from './signing-key-list.ts';

/** Options of {@link addSigningKey}. */
export interface AddSigningKeyOptions extends ConfigDirectoryOptions, OpenKeyOptions {
  /** Whether the key becomes the default key, in place of the current one; `false` by default. */
  default?: boolean | undefined;
  /** The plugins; by default those in {@link notationPluginDirectory}. */
  plugins?: PluginSource | undefined;
}

/**
 * Lists notation's signing keys, as `notation key list` does: the content of `signingkeys.json`.
 *
 * @param options - The directory of notation's configuration; its own on this machine by default.
 * @returns The keys, in the order of the file, and the name of the default key; no keys if the file does not exist.
 * @throws NotationError `ERR_CONFIG_INVALID` if the file is malformed, a symbolic link or cannot be read;
 * `ERR_LIMIT_EXCEEDED`, `ERR_ARGUMENT_INVALID`
 * @see https://notaryproject.dev/docs/user-guides/how-to/notation-config-file/
 *
 * @example
 * ```ts
 * import { listSigningKeys } from 'notarykit/node';
 *
 * const { keys } = await listSigningKeys({ configDirectory: './no-such-directory' });
 * console.log(keys.length); // 0
 * ```
 */
export async function listSigningKeys(options: ConfigDirectoryOptions = {}): Promise<SigningKeys> {
  return readKeyList(configDirectoryOf(options));
}

/**
 * Adds a key to notation's list, as `notation key add` does: a key in a file, or one that a plugin signs with. The key
 * is opened first: the private key must belong to the certificate chain, or the plugin must know the key. Unlike
 * `createSigner`, notation does not sort the chain: the file must contain it leaf first and root last.
 *
 * @param key - `name`, and either `keyPath` and `certPath` or `id` and `pluginName`. Paths may be relative.
 * @param options - Whether the key becomes the default key in place of the current one, which every `notation sign` and
 * `config.signer()` without a name then signs with; the directory of notation's configuration; the passphrase
 * of an encrypted key; other plugins.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, also if the name is taken; `ERR_CONFIG_INVALID` if a file cannot be
 * read or written, `ERR_TIMEOUT` if another process keeps the configuration locked, `ERR_LIMIT_EXCEEDED`,
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
 * const configDirectory = await mkdtemp(join(tmpdir(), 'notation-'));
 * const { privateKey, certificates } = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
 * const keyPath = join(configDirectory, 'acme.key');
 * const certPath = join(configDirectory, 'acme.crt');
 * await writeFile(keyPath, privateKey, { mode: 0o600 });
 * await writeFile(certPath, certificates);
 *
 * await addSigningKey({ name: 'acme', keyPath, certPath }, { default: true, configDirectory });
 * console.log((await listSigningKeys({ configDirectory })).default); // acme
 * await rm(configDirectory, { recursive: true });
 * ```
 */
export async function addSigningKey(key: SigningKey, options: AddSigningKeyOptions = {}): Promise<void> {
  const added = withAbsolutePaths(checkKey(key));
  const { plugins = createPluginManager({ directory: notationPluginDirectory(options) }) } = options;
  await tryKey(added, plugins, options);
  await changeKeyList(configDirectoryOf(options), ({ default: marked, keys }) => {
    if (keys.some(({ name }) => name === added.name)) {
      const message = `there is already a signing key ${quote(added.name)}`;
      const nextStep = 'Choose another name, or remove the existing key with removeSigningKey first.';
      throw new NotationError('ERR_ARGUMENT_INVALID', message, { nextStep });
    }
    return markedList(options.default ? added.name : marked, [...keys, added]);
  });
}

/**
 * Removes a key from notation's list, as `notation key delete` does. The files of the key stay, and the key in the
 * plugin.
 *
 * @param name - The name of the key. If it is the default key, no default key remains.
 * @param options - The directory of notation's configuration; its own on this machine by default.
 * @throws NotationError `ERR_KEY_NOT_FOUND`, `ERR_CONFIG_INVALID`, `ERR_TIMEOUT`, `ERR_LIMIT_EXCEEDED`,
 * `ERR_ARGUMENT_INVALID`
 *
 * @example
 * ```ts
 * import { isNotationError } from 'notarykit/errors';
 * import { removeSigningKey } from 'notarykit/node';
 *
 * try {
 *   await removeSigningKey('acme', { configDirectory: './no-such-directory' });
 * } catch (error) {
 *   console.log(isNotationError(error, 'ERR_KEY_NOT_FOUND')); // true
 * }
 * ```
 */
export async function removeSigningKey(name: string, options: ConfigDirectoryOptions = {}): Promise<void> {
  await changeExisting(name, options, (list, key) => {
    const marked = list.default === name ? undefined : list.default;
    return markedList(
      marked,
      list.keys.filter((one) => one !== key),
    );
  });
}

/**
 * Makes a key the default key, as `notation key update --default` does.
 *
 * @param name - The name of the key.
 * @param options - The directory of notation's configuration; its own on this machine by default.
 * @throws NotationError `ERR_KEY_NOT_FOUND`, `ERR_CONFIG_INVALID`, `ERR_TIMEOUT`, `ERR_LIMIT_EXCEEDED`,
 * `ERR_ARGUMENT_INVALID`
 *
 * @example
 * ```ts
 * import { isNotationError } from 'notarykit/errors';
 * import { setDefaultSigningKey } from 'notarykit/node';
 *
 * try {
 *   await setDefaultSigningKey('acme', { configDirectory: './no-such-directory' });
 * } catch (error) {
 *   console.log(isNotationError(error, 'ERR_KEY_NOT_FOUND')); // true
 * }
 * ```
 */
export async function setDefaultSigningKey(
  name: string,
  options: ConfigDirectoryOptions = {},
): Promise<void> {
  await changeExisting(name, options, ({ keys }) => markedList(name, keys));
}

/** Changes the list if it has the key. A configuration without that key is not locked, nor is its directory made. */
async function changeExisting(
  name: string,
  options: ConfigDirectoryOptions,
  change: (list: SigningKeys, key: SigningKey) => SigningKeys,
): Promise<void> {
  if (typeof name !== 'string') throw argumentInvalid('the name of a signing key must be a string');
  const directory = configDirectoryOf(options);
  findKey(await readKeyList(directory), name);
  await changeKeyList(directory, (list) => change(list, findKey(list, name)));
}

function markedList(marked: string | undefined, keys: readonly SigningKey[]): SigningKeys {
  return { ...(marked !== undefined && { default: marked }), keys };
}

/** Notation resolves relative paths against the directory that it is run in. */
function withAbsolutePaths(key: SigningKey): SigningKey {
  if (!('keyPath' in key)) return key;
  return { ...key, keyPath: resolve(key.keyPath), certPath: resolve(key.certPath) };
}
