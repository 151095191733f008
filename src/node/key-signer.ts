import { equalBytes } from '../encoding/bytes.ts';
import type { EnvelopeSigner, Signer } from '../envelope/signer.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { withMessage } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import type { PluginSource } from '../plugin/plugin.ts';
import { createPluginSigner } from '../plugin/plugin-signer.ts';
import { createSigner } from '../signer/local-signer.ts';
import { type Certificate, readCertificates } from '../x509/certificate.ts';
import type { FileSigningKey, PluginSigningKey, SigningKey } from './config/signing-key-list.ts';
import { readRegularFile } from './files/read-file.ts';

const CHAIN = 'certificate chain';
const MAX_FILE = 1024 * 1024;

/** How to open a signing key. */
export interface OpenKeyOptions {
  /** The passphrase of an encrypted key in a file; notation itself cannot open such a key. */
  passphrase?: string | undefined;
}

/**
 * Creates the signer of a signing key.
 * @throws NotationError `ERR_CONFIG_INVALID`, `ERR_LIMIT_EXCEEDED`, and the codes of `createSigner` or of
 * `createPluginSigner`
 */
export async function createKeySigner(
  key: SigningKey,
  plugins: PluginSource,
  options: OpenKeyOptions = {},
): Promise<Signer | EnvelopeSigner> {
  return namingKey<Signer | EnvelopeSigner>(key, () =>
    'keyPath' in key ? fileSigner(key, options) : pluginSigner(key, plugins),
  );
}

/**
 * Checks that notation can sign with a key. Unlike notarykit, it does not sort the certificates of the file.
 * @throws NotationError as `createKeySigner` does, and `ERR_CERTIFICATE_CHAIN_INVALID`
 */
export async function tryKey(key: SigningKey, plugins: PluginSource, options: OpenKeyOptions): Promise<void> {
  const signer = await createKeySigner(key, plugins, options);
  if (!('keyPath' in key) || !('certificates' in signer)) return;
  await namingKey(key, async () => {
    const file = await readKeyFile(key.certPath, CHAIN);
    const written = readCertificates(file, CHAIN, { skipKeys: true });
    if (isSameChain(written, signer.certificates)) return;
    const message = `the ${CHAIN} ${key.certPath} must contain the chain and nothing else, leaf first and root last`;
    throw new NotationError('ERR_CERTIFICATE_CHAIN_INVALID', message);
  });
}

function isSameChain(written: readonly Certificate[], chain: readonly Uint8Array[]): boolean {
  const same = (der: Uint8Array, other?: Uint8Array) => other !== undefined && equalBytes(der, other);
  return written.length === chain.length && written.every(({ der }, at) => same(der, chain[at]));
}

/** Puts the name of the key into the message of an error. */
async function namingKey<T>({ name }: SigningKey, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isNotationError(cause)) throw cause;
    throw withMessage(cause, `the signing key ${quote(name)}: ${cause.message}`);
  }
}

async function fileSigner(
  { keyPath, certPath }: FileSigningKey,
  { passphrase }: OpenKeyOptions,
): Promise<Signer> {
  const privateKey = await readKeyFile(keyPath, 'private key');
  return createSigner({ privateKey, certificates: await readKeyFile(certPath, CHAIN), passphrase });
}

async function pluginSigner(
  { id, pluginName, pluginConfig }: PluginSigningKey,
  plugins: PluginSource,
): Promise<EnvelopeSigner> {
  const plugin = await plugins.get(pluginName);
  if (!plugin) {
    throw new NotationError('ERR_PLUGIN_NOT_FOUND', `there is no plugin ${quote(pluginName)}`);
  }
  return createPluginSigner({ plugin, keyId: id, pluginConfig });
}

/** Reads a file of a key. Links are followed, as in notation: containers get their keys that way. */
function readKeyFile(path: string, what: string): Promise<Uint8Array> {
  const code = 'ERR_CONFIG_INVALID';
  return readRegularFile(path, { what, code, maxBytes: MAX_FILE, followLinks: true });
}
