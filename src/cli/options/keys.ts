import type { EnvelopeSigner, Signer } from '../../envelope/signer.ts';
import { argumentInvalid, NotationError } from '../../errors/notation-error.ts';
import { quote } from '../../errors/quote.ts';
import { isPkcs12 } from '../../keys/pkcs12/is-pkcs12.ts';
import type { NotationConfig } from '../../node/notation-config.ts';
import type { Flags, Values } from '../flags.ts';
import type { Terminal } from '../terminal.ts';
import { readGivenFile, readSecret } from './files.ts';
import { KEY_SERVICE_FLAGS, openServiceSigner, serviceFlagOf } from './key-services.ts';

/** Flags that name a key of a plugin. */
export const PLUGIN_KEY_FLAGS = {
  plugin: { kind: 'text', value: 'name', summary: 'the signing plugin that has the key' },
  id: { kind: 'text', value: 'id', summary: 'the key, as the plugin names it' },
  'plugin-config': { kind: 'pairs', value: 'key=value', summary: 'passed to the signing plugin' },
} as const satisfies Flags;

/** Flags that name a key in a file. */
export const FILE_KEY_FLAGS = {
  'key-file': {
    kind: 'text',
    value: 'file',
    summary: 'a private key: PEM, DER, JSON Web Key, or PKCS #12 (.p12, .pfx) with its certificates',
  },
  'cert-file': { kind: 'text', value: 'file', summary: 'the certificate chain of the key, in any order' },
  'passphrase-file': {
    kind: 'text',
    value: 'file',
    summary:
      'the file with the passphrase of the key, - for standard input; $NOTARYKIT_PASSPHRASE by default',
  },
} as const satisfies Flags;

/** Flags of commands that sign: which key to use. */
export const KEY_FLAGS = {
  key: {
    kind: 'text',
    short: 'k',
    value: 'name',
    summary: 'a key of `notarykit key list`; the default key if no key is named',
  },
  ...PLUGIN_KEY_FLAGS,
  ...FILE_KEY_FLAGS,
  ...KEY_SERVICE_FLAGS,
} as const satisfies Flags;

type KeyValues = Values<typeof KEY_FLAGS>;

/** Opens the key that the command line names, or the default key of notation. */
export async function openSigner(
  values: KeyValues,
  config: NotationConfig,
  terminal: Terminal,
): Promise<Signer | EnvelopeSigner> {
  const { key, plugin, id, 'key-file': keyFile } = values;
  const service = serviceFlagOf(values);
  checkOneKey([
    key === undefined ? undefined : '--key',
    plugin === undefined && id === undefined ? undefined : '--plugin and --id',
    keyFile === undefined ? undefined : '--key-file',
    service && `--${service}`,
  ]);
  if (plugin !== undefined || id !== undefined) return openPluginSigner(values, config);
  if (keyFile !== undefined) return openFileSigner(keyFile, values, terminal);
  if (service) return openServiceSigner(service, values, terminal);
  return config.signer(key, { passphrase: await readPassphrase(values, terminal) });
}

function checkOneKey(given: readonly (string | undefined)[]): void {
  const several = given.filter((flag) => flag !== undefined);
  if (several.length > 1) throw argumentInvalid(`name one key, not several: ${several.join(', ')}`);
}

async function openPluginSigner(
  { plugin: name, id: keyId, 'plugin-config': pluginConfig }: KeyValues,
  { plugins }: NotationConfig,
): Promise<EnvelopeSigner> {
  if (!name || !keyId) throw argumentInvalid('--plugin and --id must be given together');
  const plugin = await plugins.get(name);
  if (!plugin) {
    throw new NotationError('ERR_PLUGIN_NOT_FOUND', `there is no plugin ${quote(name)}`);
  }
  const { createPluginSigner } = await import('../../plugin/plugin-signer.ts');
  return createPluginSigner({ plugin, keyId, pluginConfig });
}

async function openFileSigner(path: string, values: KeyValues, terminal: Terminal): Promise<Signer> {
  const [file, passphrase] = [
    await readGivenFile(path, 'private key'),
    await readPassphrase(values, terminal),
  ];
  const { createSigner } = await import('../../signer/local-signer.ts');
  if (isPkcs12(file)) {
    const { readPkcs12 } = await import('../../keys/pkcs12/read-pkcs12.ts');
    const content = await readPkcs12(file, { passphrase });
    const { 'cert-file': own } = values;
    return createSigner(own === undefined ? content : { ...content, certificates: await readChain(own) });
  }
  const privateKey = file[0] === '{'.charCodeAt(0) ? readJwk(file) : file;
  return createSigner({ privateKey, certificates: await readChain(values['cert-file']), passphrase });
}

function readJwk(file: Uint8Array) {
  try {
    return JSON.parse(new TextDecoder().decode(file));
  } catch {
    // The cause would show a part of the key.
    throw new NotationError('ERR_KEY_INVALID', 'the private key is not a valid JSON Web Key');
  }
}

/** Reads the certificate chain that belongs to a key. */
export async function readChain(path: string | undefined): Promise<Uint8Array> {
  if (path === undefined) throw argumentInvalid('--cert-file is missing: the certificate chain of the key');
  return readGivenFile(path, 'certificate chain');
}

/** Reads the passphrase of a key from the file or from the environment. */
export async function readPassphrase(
  { 'passphrase-file': path }: Values<Pick<typeof FILE_KEY_FLAGS, 'passphrase-file'>>,
  { env, stdin }: Terminal,
): Promise<string | undefined> {
  return path === undefined ? env.NOTARYKIT_PASSPHRASE : readSecret(path, 'passphrase', stdin);
}
