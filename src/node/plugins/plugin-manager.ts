import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isNotationError, type Reason, reasonOf } from '../../errors/index.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';
import { checkTimeout, rethrowIfAborted } from '../../net/abort.ts';
import { getPluginMetadata, type PluginMetadata } from '../../plugin/metadata.ts';
import type { Plugin, PluginRunOptions, PluginSource } from '../../plugin/plugin.ts';
import { notationPluginDirectory } from '../config/directories.ts';
import { attempt, isMissing } from '../files/system-errors.ts';
import { isOwnName } from '../files/temporary-name.ts';
import type { InstalledPlugin } from './install.ts';
import { checkPluginName, findProgram } from './plugin-file.ts';
import { createProgramPlugin, type ProgramOptions } from './program-plugin.ts';

/** Options of {@link createPluginManager}. */
export interface PluginManagerOptions {
  /** The directory that contains a directory for each plugin; {@link notationPluginDirectory} by default. */
  directory?: string | undefined;
  /**
   * The time limit of one command of a plugin in milliseconds; 60 000 by default. Raise it for a plugin that prompts a
   * person to log in while it signs. A plugin is a process group of its own: signals from a terminal do not reach it.
   */
  timeout?: number | undefined;
  /** The environment of plugins; that of this process by default. */
  env?: Readonly<Record<string, string>> | undefined;
}

/** Options of `install` of a {@link PluginManager}. */
export interface InstallPluginOptions extends PluginRunOptions {
  /** The SHA-256 of the file in hexadecimal; required for a URL. */
  sha256?: string | undefined;
  /** Whether to replace an installed plugin that is not older, or does not work; `false` by default. */
  overwrite?: boolean | undefined;
  /** Fetches a URL; the `fetch` of the runtime by default. */
  fetch?: typeof globalThis.fetch | undefined;
}

/** An installed plugin with its metadata, or with the reason why it cannot be used. */
export type ListedPlugin =
  | { name: string; metadata: PluginMetadata; reason?: never }
  | { name: string; metadata?: never; reason: Reason };

/** The plugins in a directory, shared with the `notation` CLI. */
export interface PluginManager extends PluginSource {
  /**
   * Returns the plugin of a name; `undefined` if it is not installed.
   * @throws NotationError `ERR_PLUGIN_INVALID` for a plugin that must not be run: a symbolic link, a file that is not
   * executable, an invalid name
   */
  get(name: string): Promise<Plugin | undefined>;
  /**
   * Lists the installed plugins, sorted by name. Each is run once, for its metadata.
   * @throws NotationError `ERR_PLUGIN_INVALID` if the directory cannot be read, `ERR_ABORTED`
   */
  list(options?: PluginRunOptions): Promise<ListedPlugin[]>;
  /**
   * Installs a plugin from a `.zip`, a `.tar.gz` or a program named `notation-{name}`, of less than 256 MiB, packed and
   * unpacked. The plugin is run once, for its metadata.
   * @param source - A path as a string, or a `URL` (https; the file is fetched within ten minutes).
   * @throws NotationError `ERR_PLUGIN_INVALID`, `ERR_PLUGIN_EXISTS` if an installed plugin is not older,
   * `ERR_PLUGIN_NOT_FOUND` if the file cannot be read, `ERR_CONTENT_MISMATCH` if its SHA-256 differs,
   * `ERR_LIMIT_EXCEEDED`, `ERR_ARGUMENT_INVALID`, `ERR_AUTHORITY_UNREACHABLE`, `ERR_AUTHORITY_RESPONSE`,
   * `ERR_PLUGIN_RESPONSE`, `ERR_PLUGIN_INCOMPATIBLE`, `ERR_PLUGIN_FAILED`, `ERR_TIMEOUT`, `ERR_ABORTED`
   */
  install(source: string | URL, options?: InstallPluginOptions): Promise<InstalledPlugin>;
  /**
   * Removes a plugin with its directory.
   * @throws NotationError `ERR_PLUGIN_NOT_FOUND`, `ERR_PLUGIN_INVALID` for a symbolic link and an invalid name
   */
  uninstall(name: string): Promise<void>;
}

const TIMEOUT = 60_000;
/** The plugins that run at a time. */
const AT_A_TIME = 4;

/**
 * Manages and runs the notation plugins on this machine. A plugin runs as a process of its own, without a shell and
 * without a terminal. Only a regular file in a directory is run, never a symbolic link.
 *
 * @param options - The directory, the time limit and the environment.
 * @returns The manager; it reads the directory at each call.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 * @see https://github.com/notaryproject/specifications/blob/main/specs/plugin-extensibility.md#plugin-mechanism
 *
 * @example
 * ```ts
 * import { createPluginManager } from 'notarykit/node';
 *
 * const plugins = createPluginManager({ directory: './no-plugins-here', timeout: 10_000 });
 * console.log(await plugins.list()); // []
 * console.log(await plugins.get('com.example.signer')); // undefined
 * ```
 */
export function createPluginManager(options: PluginManagerOptions = {}): PluginManager {
  const { directory: path = notationPluginDirectory(), timeout = TIMEOUT, env } = options;
  if (typeof path !== 'string' || path === '')
    throw argumentInvalid('directory must be the path of a directory');
  checkTimeout(timeout);
  const directory = resolve(path);
  const run: ProgramOptions = { timeout, env };

  async function get(name: string): Promise<Plugin | undefined> {
    if ((await findProgram(directory, name)) === undefined) return undefined;
    return createProgramPlugin(directory, name, run);
  }

  async function describe(name: string, signal: AbortSignal | undefined): Promise<ListedPlugin> {
    try {
      checkPluginName(name);
      const plugin = createProgramPlugin(directory, name, run);
      return { name, metadata: await getPluginMetadata(plugin, { signal }) };
    } catch (error) {
      rethrowIfAborted(error, signal);
      if (!isNotationError(error)) throw error;
      return { name, reason: reasonOf(error) };
    }
  }

  return {
    get,
    async list({ signal } = {}) {
      const names = await directoryNames(directory);
      const listed: ListedPlugin[] = [];
      for (let at = 0; at < names.length; at += AT_A_TIME) {
        const some = names.slice(at, at + AT_A_TIME);
        listed.push(...(await Promise.all(some.map((name) => describe(name, signal)))));
      }
      return listed;
    },
    async install(source, { sha256, overwrite = false, fetch = globalThis.fetch, signal } = {}) {
      const { installPlugin } = await import('./install.ts');
      return installPlugin({ source, sha256, overwrite, fetch, signal, directory, run });
    },
    async uninstall(name) {
      checkPluginName(name);
      const { uninstallPlugin } = await import('./install.ts');
      await uninstallPlugin(directory, name);
    },
  };
}

/**
 * Lists directories as notation does, without symbolic links, and without plugins that are being installed or removed.
 * @see docs/specification.md, rule PLG-3
 */
async function directoryNames(path: string): Promise<string[]> {
  const entries = await attempt('ERR_PLUGIN_INVALID', `read the plugin directory ${path}`, () =>
    readEntries(path),
  );
  const directories = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return directories.filter((name) => !isOwnName(name)).sort();
}

async function readEntries(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (cause) {
    if (isMissing(cause)) return [];
    throw cause;
  }
}
