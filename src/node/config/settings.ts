import { join } from 'node:path';
import * as z from 'zod/mini';
import { encodeUtf8 } from '../../encoding/bytes.ts';
import { once } from '../../encoding/once.ts';
import { conform, refuseLookalikes } from '../../encoding/schema.ts';
import type { SignatureFormat } from '../../envelope/model.ts';
import { NotationError } from '../../errors/index.ts';
import { changeConfig } from './change-config.ts';
import { readConfigFile } from './config-file.ts';
import { type DirectoryOptions, directoryOf } from './directory-options.ts';

const FILE_NAME = 'config.json';
const WHAT = 'configuration';
const HOST = /^[^\s/]+$/;
const HELPER = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** What notation reads in `config.json`. */
export interface NotationSettings {
  /** The registries that are talked to over plain HTTP, by host and port. */
  readonly insecureRegistries: readonly string[];
  /** The credential helper for all registries: what follows `docker-credential-`. */
  readonly credsStore?: string | undefined;
  /** The credential helpers of registries, by host and port. */
  readonly credHelpers?: Readonly<Record<string, string>> | undefined;
  /** The format of signatures; `jws` where it is not set. */
  readonly signatureFormat?: SignatureFormat | undefined;
}

const MEMBERS = ['insecureRegistries', 'credsStore', 'credHelpers', 'signatureFormat'];
const text = () => z.nullish(z.string());
const fileSchema = /* @__PURE__ */ once(() =>
  z.looseObject({
    insecureRegistries: z.nullish(z.array(z.string())),
    credsStore: text(),
    credHelpers: z.nullish(z.record(z.string(), z.string())),
    signatureFormat: text(),
  }),
);
const helper = () => z.string().check(z.regex(HELPER, 'the name of a credential helper expected'));
const host = () => z.string().check(z.regex(HOST, 'host and port of a registry expected'));
const settingsSchema = /* @__PURE__ */ once(() =>
  z.strictObject({
    insecureRegistries: z.array(host()),
    credsStore: z.optional(helper()),
    credHelpers: z.optional(z.record(host(), helper())),
    signatureFormat: z.optional(z.enum(['jws', 'cose'])),
  }),
);

/**
 * What notation is set to: the `config.json` of its configuration.
 *
 * @param options - The folder of notation's configuration; its own on this machine by default.
 * @returns The settings; no insecure registries, and nothing else, where there is no file.
 * @throws NotationError `ERR_CONFIG_INVALID` for a file that is malformed, a symbolic link, or cannot be read;
 * `ERR_LIMIT_EXCEEDED`
 * @see https://notaryproject.dev/docs/user-guides/how-to/notation-config-file/
 *
 * @example
 * ```ts
 * import { readNotationSettings } from 'notarykit/node';
 *
 * const { insecureRegistries } = await readNotationSettings({ directory: './no-such-folder' });
 * console.log(insecureRegistries.length); // 0
 * ```
 */
export async function readNotationSettings(options: DirectoryOptions = {}): Promise<NotationSettings> {
  return (await readDocument(directoryOf(options))).settings;
}

/**
 * Changes what notation is set to. Nobody else who uses this function writes the file meanwhile, and members that
 * others wrote into it are kept.
 *
 * @param change - Given the settings as they are, gives them as they are to be; what it leaves out is taken out.
 * @param options - The folder of notation's configuration; its own on this machine by default.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for settings that are none, `ERR_CONFIG_INVALID` for a file that is
 * malformed, a symbolic link, or cannot be read or written, `ERR_TIMEOUT`, `ERR_LIMIT_EXCEEDED`, and what the change
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
 * const directory = await mkdtemp(join(tmpdir(), 'notation-'));
 * await changeNotationSettings(
 *   (settings) => ({
 *     ...settings,
 *     insecureRegistries: [...settings.insecureRegistries, 'registry.internal:5000'],
 *     signatureFormat: 'cose',
 *   }),
 *   { directory },
 * );
 * console.log((await readNotationSettings({ directory })).signatureFormat); // cose
 * await rm(directory, { recursive: true });
 * ```
 */
export async function changeNotationSettings(
  change: (settings: NotationSettings) => NotationSettings,
  options: DirectoryOptions = {},
): Promise<void> {
  const directory = directoryOf(options);
  await changeConfig(directory, async ({ write }) => {
    const { settings, rest } = await readDocument(directory);
    const changed = conform(settingsSchema(), change(settings), 'configuration', 'ERR_ARGUMENT_INVALID');
    const document = JSON.stringify({ ...changed, ...rest }, null, 4);
    await write(new Map([[FILE_NAME, encodeUtf8(`${document}\n`)]]));
  });
}

async function readDocument(
  directory: string,
): Promise<{ settings: NotationSettings; rest: Readonly<Record<string, unknown>> }> {
  const path = join(directory, FILE_NAME);
  const document = await readConfigFile(path, WHAT, fileSchema());
  if (!document) return { settings: { insecureRegistries: [] }, rest: {} };
  const { insecureRegistries, credsStore, credHelpers, signatureFormat, ...rest } = document;
  refuseLookalikes(Object.keys(rest), MEMBERS, `${WHAT} ${path}`, 'ERR_CONFIG_INVALID');
  const settings: NotationSettings = {
    insecureRegistries: insecureRegistries ?? [],
    ...(credsStore && { credsStore }),
    ...(credHelpers && { credHelpers }),
    ...(signatureFormat && { signatureFormat: readFormat(signatureFormat, path) }),
  };
  return { settings, rest };
}

/** Notation takes it in any case. */
function readFormat(text: string, path: string): SignatureFormat {
  const format = text.toLowerCase();
  if (format === 'jws' || format === 'cose') return format;
  const message = `the ${WHAT} ${path} is malformed at "signatureFormat": "jws" or "cose" expected`;
  throw new NotationError('ERR_CONFIG_INVALID', message);
}
