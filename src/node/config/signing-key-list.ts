import { join } from 'node:path';
import { encodeUtf8 } from '../../encoding/bytes.ts';
import { conform, rejectLookalikes } from '../../encoding/document.ts';
import { lazy } from '../../encoding/lazy.ts';
import * as s from '../../encoding/schema.ts';
import { NotationError } from '../../errors/index.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';
import { quote } from '../../errors/quote.ts';
import { changeConfig } from './change-config.ts';
import { readConfigFile } from './read-config-file.ts';

const FILE_NAME = 'signingkeys.json';
const WHAT = 'list of signing keys';

/** A key in a file. */
export interface FileSigningKey {
  /** The name of the key in notation. */
  readonly name: string;
  /** The path of the private key, in PEM. */
  readonly keyPath: string;
  /** The path of its certificate chain, in PEM, leaf first. */
  readonly certPath: string;
}

/** A key that a plugin signs with. */
export interface PluginSigningKey {
  /** The name of the key in notation. */
  readonly name: string;
  /** The identifier of the key in the plugin. */
  readonly id: string;
  /** The name of the plugin. */
  readonly pluginName: string;
  /** Passed to the plugin. */
  readonly pluginConfig?: Readonly<Record<string, string>> | undefined;
}

/** An entry of `signingkeys.json`. */
export type SigningKey = FileSigningKey | PluginSigningKey;

/** The content of `signingkeys.json`. */
export interface SigningKeys {
  /** The name of the default key. */
  readonly default?: string;
  readonly keys: readonly SigningKey[];
}

const text = () => s.nullish(s.string());
const entryFields = {
  name: s.string(),
  keyPath: text(),
  certPath: text(),
  id: text(),
  pluginName: text(),
  pluginConfig: s.nullish(s.record(s.string())),
};
const listSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({ default: text(), keys: s.nullish(s.array(s.looseObject(entryFields))) }),
);
const entrySchema = /* @__PURE__ */ lazy(() => s.strictObject(entryFields));

type Entry = s.Infer<ReturnType<typeof entrySchema>>;

/** The document with the members that notarykit does not know. */
interface Document {
  readonly default?: string;
  readonly keys: readonly Entry[];
  readonly rest: Readonly<Record<string, unknown>>;
  isCurrent(): Promise<boolean>;
}

/**
 * Reads the list of signing keys of a configuration; it is empty if the file does not exist.
 * @throws NotationError `ERR_CONFIG_INVALID`, `ERR_LIMIT_EXCEEDED`
 * @see docs/specification.md, rule PLG-39
 */
export async function readKeyList(directory: string): Promise<SigningKeys> {
  const { default: marked, keys } = await readDocument(directory);
  const path = join(directory, FILE_NAME);
  return {
    ...(marked !== undefined && { default: marked }),
    keys: keys.map((entry) => readEntry(entry, malformed(path))),
  };
}

/**
 * Changes the list of signing keys of a configuration. Members that notarykit does not know are kept.
 * @throws NotationError `ERR_CONFIG_INVALID`, `ERR_LIMIT_EXCEEDED`, `ERR_TIMEOUT`, and what the change throws
 */
export async function changeKeyList(
  directory: string,
  change: (list: SigningKeys) => SigningKeys,
): Promise<void> {
  await changeConfig(directory, async (write) => {
    const { rest, isCurrent, ...list } = await readDocument(directory);
    const path = join(directory, FILE_NAME);
    const before = new Map(list.keys.map((entry) => [readEntry(entry, malformed(path)), entry]));
    const { keys, ...marked } = change({ ...list, keys: [...before.keys()] });
    // Unchanged keys keep their unknown members.
    const entries = keys.map((key) => before.get(key) ?? key);
    const document = JSON.stringify({ ...marked, keys: entries, ...rest }, null, 4);
    return write({ files: new Map([[FILE_NAME, encodeUtf8(`${document}\n`)]]), isCurrent });
  });
}

/**
 * Checks a key that a caller gave.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function checkKey(key: SigningKey): SigningKey {
  const entry = conform(entrySchema(), key, 'signing key', 'ERR_ARGUMENT_INVALID');
  return readEntry(entry, argumentInvalid);
}

/**
 * Returns the key of a name, or the default key.
 * @throws NotationError `ERR_KEY_NOT_FOUND`
 */
export function findKey({ default: marked, keys }: SigningKeys, name: string | undefined): SigningKey {
  const wanted = name ?? marked;
  if (wanted === undefined) {
    const message = `no default signing key is set in ${FILE_NAME}: give the name of a key`;
    const nextStep = 'Pass the name of a key, or make one the default key with setDefaultSigningKey.';
    throw new NotationError('ERR_KEY_NOT_FOUND', message, { nextStep });
  }
  const key = keys.find((one) => one.name === wanted);
  if (key) return key;
  throw new NotationError('ERR_KEY_NOT_FOUND', `${FILE_NAME} has no signing key ${quote(wanted)}`, {
    nextStep: 'Pass a name that listSigningKeys returns, or add the key with addSigningKey.',
  });
}

async function readDocument(directory: string): Promise<Document> {
  const path = join(directory, FILE_NAME);
  const { document, isCurrent } = await readConfigFile(path, WHAT, listSchema());
  if (!document) return { keys: [], rest: {}, isCurrent };
  const { default: marked, keys: entries, ...rest } = document;
  const keys = entries ?? [];
  rejectLookalikes(Object.keys(rest), ['default', 'keys'], `${WHAT} ${path}`, 'ERR_CONFIG_INVALID');
  for (const entry of keys) {
    rejectLookalikes(Object.keys(entry), Object.keys(entryFields), `${WHAT} ${path}`, 'ERR_CONFIG_INVALID');
  }
  checkNames(keys, marked ?? undefined, malformed(path));
  return { ...(typeof marked === 'string' && { default: marked }), keys, rest, isCurrent };
}

type Refuse = (reason: string) => NotationError;

function malformed(path: string): Refuse {
  return (reason) => new NotationError('ERR_CONFIG_INVALID', `the ${WHAT} ${path} is malformed: ${reason}`);
}

function checkNames(keys: readonly Entry[], marked: string | undefined, refuse: Refuse): void {
  const names = new Set<string>();
  for (const { name } of keys) {
    if (names.has(name)) throw refuse(`two keys have the name ${quote(name)}`);
    names.add(name);
  }
  if (marked !== undefined && !names.has(marked)) {
    throw refuse(`the default key ${quote(marked)} is not among its keys`);
  }
}

function readEntry(entry: Entry, refuse: Refuse): SigningKey {
  const { name, keyPath, certPath, id, pluginName, pluginConfig } = entry;
  if (name === '') throw refuse('a key has no name');
  const ofFile = Boolean(keyPath || certPath);
  const ofPlugin = Boolean(id || pluginName);
  if (keyPath && certPath && !ofPlugin) return { name, keyPath, certPath };
  if (id && pluginName && !ofFile) {
    const config = Object.keys(pluginConfig ?? {}).length > 0 && pluginConfig;
    return { name, id, pluginName, ...(config && { pluginConfig: config }) };
  }
  throw refuse(`the key ${quote(name)} must have either keyPath and certPath, or id and pluginName`);
}
