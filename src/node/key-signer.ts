import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { equalBytes } from '../encoding/bytes.ts';
import type { EnvelopeSigner, Signer } from '../envelope/signer.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import type { PluginSource } from '../plugin/plugin.ts';
import { createPluginSigner } from '../plugin/plugin-signer.ts';
import { createSigner } from '../signer/local-signer.ts';
import { type Certificate, parseCertificates } from '../x509/certificate.ts';
import {
  type FileSigningKey,
  type PluginSigningKey,
  quoteName,
  type SigningKey,
} from './config/signing-key-list.ts';
import { isMissing, readBytes } from './files/read-file.ts';

const CHAIN = 'certificate chain';
const MAX_FILE = 1024 * 1024;
/** Does not wait for a writer where a pipe lies instead of a file. Windows has no such flag. */
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** How to open a signing key. */
export interface OpenKeyOptions {
  /** Of an encrypted key in a file, which notation itself cannot open. */
  passphrase?: string | undefined;
}

/**
 * Makes a signer of a signing key.
 * @throws NotationError `ERR_CONFIG_INVALID`, `ERR_LIMIT_EXCEEDED`, and the codes of `createSigner` or of
 * `createPluginSigner`
 */
export async function createKeySigner(
  key: SigningKey,
  plugins: PluginSource,
  options: OpenKeyOptions = {},
): Promise<Signer | EnvelopeSigner> {
  return naming<Signer | EnvelopeSigner>(key, () =>
    'keyPath' in key ? fileSigner(key, options) : pluginSigner(key, plugins),
  );
}

/**
 * Opens a signing key as it must be for notation, which takes certificates as they are in the file.
 * @throws NotationError as `createKeySigner` does, and `ERR_CERTIFICATE_CHAIN_INVALID`
 */
export async function tryKey(key: SigningKey, plugins: PluginSource, options: OpenKeyOptions): Promise<void> {
  const signer = await createKeySigner(key, plugins, options);
  if (!('keyPath' in key) || !('certificates' in signer)) return;
  await naming(key, async () => {
    const written = parseCertificates(await readFollowing(key.certPath, CHAIN));
    if (isSameChain(written, signer.certificates)) return;
    const message = `the ${CHAIN} ${key.certPath} must hold the chain and nothing else, leaf first and root last`;
    throw new NotationError('ERR_CERTIFICATE_CHAIN_INVALID', message);
  });
}

function isSameChain(written: readonly Certificate[], chain: readonly Uint8Array[]): boolean {
  const same = (der: Uint8Array, other?: Uint8Array) => other !== undefined && equalBytes(der, other);
  return written.length === chain.length && written.every(({ der }, at) => same(der, chain[at]));
}

/** Which key it is belongs into the message. */
async function naming<T>({ name }: SigningKey, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isNotationError(cause)) throw cause;
    throw new NotationError(cause.code, `the signing key ${quoteName(name)}: ${cause.message}`, {
      cause,
    });
  }
}

async function fileSigner(
  { keyPath, certPath }: FileSigningKey,
  { passphrase }: OpenKeyOptions,
): Promise<Signer> {
  const privateKey = await readFollowing(keyPath, 'private key');
  return createSigner({ privateKey, certificates: await readFollowing(certPath, CHAIN), passphrase });
}

async function pluginSigner(
  { id, pluginName, pluginConfig }: PluginSigningKey,
  plugins: PluginSource,
): Promise<EnvelopeSigner> {
  const plugin = await plugins.get(pluginName);
  if (!plugin) {
    throw new NotationError('ERR_PLUGIN_NOT_FOUND', `there is no plugin ${quoteName(pluginName)}`);
  }
  return createPluginSigner({ plugin, keyId: id, pluginConfig });
}

/** Links are followed, as notation does: that is how containers get a key. */
async function readFollowing(path: string, what: string): Promise<Uint8Array> {
  const name = `the ${what} ${path}`;
  try {
    const file = await open(path, READ);
    try {
      const status = await file.stat();
      if (!status.isFile()) throw invalid(`${name} is not a file`);
      if (status.size > MAX_FILE) {
        throw new NotationError('ERR_LIMIT_EXCEEDED', `${name} is larger than ${MAX_FILE} bytes`);
      }
      return await readBytes(file, status.size);
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (isNotationError(cause)) throw cause;
    throw invalid(`${name} ${isMissing(cause) ? 'does not exist' : 'cannot be read'}`, cause);
  }
}

function invalid(message: string, cause?: unknown): NotationError {
  return new NotationError('ERR_CONFIG_INVALID', message, cause === undefined ? {} : { cause });
}
