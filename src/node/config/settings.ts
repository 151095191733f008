import { join } from 'node:path';
import { encodeUtf8 } from '../../encoding/bytes.ts';
import { conform, rejectLookalikes } from '../../encoding/document.ts';
import { lazy } from '../../encoding/lazy.ts';
import * as s from '../../encoding/schema.ts';
import type { SignatureFormat } from '../../envelope/model.ts';
import { NotationError } from '../../errors/index.ts';
import { quote } from '../../errors/quote.ts';
import { isHelperName } from '../credentials/credential-helper.ts';
import { changeConfig } from './change-config.ts';
import { type ConfigDirectoryOptions, configDirectoryOf } from './directories.ts';
import { readConfigFile } from './read-config-file.ts';

const FILE_NAME = 'config.json';
const WHAT = 'configuration';
const HOST = /^[^\s/]+$/;

/** The settings that notation reads from `config.json`. */
export interface NotationSettings {
  /** The registries to reach over plain HTTP, by host and port. */
  readonly insecureRegistries: readonly string[];
  /** The name of the credential helper for all registries, without `docker-credential-`. */
  readonly credsStore?: string | undefined;
  /** The names of the credential helpers of single registries, by host and port. */
  readonly credHelpers?: Readonly<Record<string, string>> | undefined;
  /** The format of new signatures; `jws` if it is not set. */
  readonly signatureFormat?: SignatureFormat | undefined;
}

const MEMBERS = ['insecureRegistries', 'credsStore', 'credHelpers', 'signatureFormat'];
const text = () => s.nullish(s.string());
const fileSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({
    insecureRegistries: s.nullish(s.array(s.string())),
    credsStore: text(),
    credHelpers: s.nullish(s.record(s.string())),
    signatureFormat: text(),
  }),
);

/**
 * Reads notation's settings: the `config.json` of its configuration.
 *
 * @param options - The directory of notation's configuration; its own on this machine by default.
 * @returns The settings; if the file does not exist, an empty list of insecure registries and nothing else.
 * @throws NotationError `ERR_CONFIG_INVALID` if the file is malformed, a symbolic link or cannot be read;
 * `ERR_LIMIT_EXCEEDED`, `ERR_ARGUMENT_INVALID`
 * @see https://notaryproject.dev/docs/user-guides/how-to/notation-config-file/
 *
 * @example
 * ```ts
 * import { readNotationSettings } from 'notarykit/node';
 *
 * const { insecureRegistries } = await readNotationSettings({ configDirectory: './no-such-directory' });
 * console.log(insecureRegistries.length); // 0
 * ```
 */
export async function readNotationSettings(options: ConfigDirectoryOptions = {}): Promise<NotationSettings> {
  return (await readDocument(configDirectoryOf(options))).settings;
}

/**
 * Changes notation's settings. Other callers of this function wait until it is done, in this process and in others.
 * Members of the file that notarykit does not know are kept.
 *
 * @param change - Receives the settings and returns the new ones; a member that it leaves out is removed. It is called
 * again if another process took over the lock meanwhile.
 * @param options - The directory of notation's configuration; its own on this machine by default.
 * @throws NotationError `ERR_ARGUMENT_INVALID` if the new settings are invalid, `ERR_CONFIG_INVALID` if the file is
 * malformed, a symbolic link or cannot be read or written, `ERR_TIMEOUT`, `ERR_LIMIT_EXCEEDED`, and what the change
 * throws
 * @see https://notaryproject.dev/docs/user-guides/how-to/notation-config-file/
 *
 * @example
 * ```ts
 * import { mkdtemp, rm } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { changeNotationSettings, readNotationSettings } from 'notarykit/node';
 *
 * const configDirectory = await mkdtemp(join(tmpdir(), 'notation-'));
 * await changeNotationSettings(
 *   (settings) => ({
 *     ...settings,
 *     insecureRegistries: [...settings.insecureRegistries, 'registry.internal:5000'],
 *     signatureFormat: 'cose',
 *   }),
 *   { configDirectory },
 * );
 * console.log((await readNotationSettings({ configDirectory })).signatureFormat); // cose
 * await rm(configDirectory, { recursive: true });
 * ```
 */
export async function changeNotationSettings(
  change: (settings: NotationSettings) => NotationSettings,
  options: ConfigDirectoryOptions = {},
): Promise<void> {
  const directory = configDirectoryOf(options);
  await changeConfig(directory, async (write) => {
    const { settings, rest, isCurrent } = await readDocument(directory);
    const changed = conform(changedSchema(settings), change(settings), WHAT, 'ERR_ARGUMENT_INVALID');
    const document = JSON.stringify({ ...changed, ...rest }, null, 4);
    return write({ files: new Map([[FILE_NAME, encodeUtf8(`${document}\n`)]]), isCurrent });
  });
}

/** What a change sets must have its form; what the file held before is left as it is, as in notation. */
function changedSchema({ insecureRegistries, credsStore, credHelpers = {} }: NotationSettings) {
  const hosts = [...insecureRegistries, ...Object.keys(credHelpers)];
  const helpers = [credsStore, ...Object.values(credHelpers)];
  const isHost = (name: string) => HOST.test(name) || hosts.includes(name);
  const isHelper = (name: string) => isHelperName(name) || helpers.includes(name);
  const host = s.refine(s.string(), isHost, 'host and port of a registry expected');
  const helper = s.refine(s.string(), isHelper, 'the name of a credential helper expected');
  return s.strictObject({
    insecureRegistries: s.array(host),
    credsStore: s.optional(helper),
    credHelpers: s.optional(s.record(helper, host)),
    signatureFormat: s.optional(s.oneOf('jws', 'cose')),
  });
}

/** The settings with the members that notarykit does not know. */
interface Document {
  readonly settings: NotationSettings;
  readonly rest: Readonly<Record<string, unknown>>;
  isCurrent(): Promise<boolean>;
}

async function readDocument(directory: string): Promise<Document> {
  const path = join(directory, FILE_NAME);
  const { document, isCurrent } = await readConfigFile(path, WHAT, fileSchema());
  if (!document) return { settings: { insecureRegistries: [] }, rest: {}, isCurrent };
  const { insecureRegistries, credsStore, credHelpers, signatureFormat, ...rest } = document;
  rejectLookalikes(Object.keys(rest), MEMBERS, `${WHAT} ${path}`, 'ERR_CONFIG_INVALID');
  const settings: NotationSettings = {
    insecureRegistries: insecureRegistries ?? [],
    ...(credsStore && { credsStore }),
    ...(credHelpers && { credHelpers }),
    ...(signatureFormat && { signatureFormat: readFormat(signatureFormat, path) }),
  };
  return { settings, rest, isCurrent };
}

/** As in notation, letter case does not matter. */
function readFormat(text: string, path: string): SignatureFormat {
  const format = text.toLowerCase();
  if (format === 'jws' || format === 'cose') return format;
  const message = `the ${WHAT} ${path} is malformed at "signatureFormat": "jws" or "cose" expected, not ${quote(text)}`;
  throw new NotationError('ERR_CONFIG_INVALID', message);
}
