import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isNotationError, NotationError, type Reason, reasonOf } from '../../errors/index.ts';
import { getPluginMetadata, type PluginMetadata } from '../../plugin/metadata.ts';
import type { Plugin, PluginRunOptions, PluginSource } from '../../plugin/plugin.ts';
import { notationPluginDirectory } from '../config/directories.ts';
import { isMissing } from '../files/read-file.ts';
import type { InstalledPlugin } from './install.ts';
import { checkPluginName, findProgram, TEMPORARY } from './plugin-file.ts';
import { createProgramPlugin, type ProgramOptions } from './program-plugin.ts';

/** What {@link createPluginManager} takes. */
export interface PluginManagerOptions {
  /** The folder that holds a folder for each plugin; notation's own on this machine by default. */
  directory?: string | undefined;
  /**
   * Milliseconds for one command of a plugin; 60 000 by default. Raise it for a plugin that has a person log in
   * while it signs. A plugin is a process group of its own: what ends this program from a terminal does not reach it.
   */
  timeout?: number | undefined;
  /** The environment that plugins get; that of this process by default. */
  env?: Readonly<Record<string, string>> | undefined;
}

/** What `install` of a {@link PluginManager} takes beside the file. */
export interface InstallPluginOptions extends PluginRunOptions {
  /** What the file must hash to, hexadecimal; required for an address. */
  sha256?: string | undefined;
  /** Whether to replace an installed plugin that is not older, or does not work; `false` by default. */
  overwrite?: boolean | undefined;
  /** Fetches an address; the `fetch` of the runtime by default. */
  fetch?: typeof globalThis.fetch | undefined;
}

/** A folder of plugins: one that says what it is, or why it cannot be used. */
export type ListedPlugin =
  | { name: string; metadata: PluginMetadata; reason?: never }
  | { name: string; metadata?: never; reason: Reason };

/** The plugins of a folder, shared with the `notation` CLI. */
export interface PluginManager extends PluginSource {
  /**
   * The plugin of a name; `undefined` where there is none.
   * @throws NotationError `ERR_PLUGIN_INVALID` for one that must not be run: a symbolic link, a file that may not be
   * executed, a name that is none
   */
  get(name: string): Promise<Plugin | undefined>;
  /**
   * Every plugin that is installed, each asked for its metadata, sorted by name.
   * @throws NotationError `ERR_PLUGIN_INVALID` where the folder cannot be read, `ERR_ABORTED`
   */
  list(options?: PluginRunOptions): Promise<ListedPlugin[]>;
  /**
   * Installs a plugin from a `.zip`, a `.tar.gz` or a program named `notation-{name}`, of less than 256 MiB, packed and
   * unpacked. The plugin is run once, for its metadata.
   * @param source - A path as a text, or an address as a `URL` (https; the file is fetched within ten minutes).
   * @throws NotationError `ERR_PLUGIN_INVALID`, `ERR_PLUGIN_EXISTS` for one that is installed and not older,
   * `ERR_PLUGIN_NOT_FOUND` for a file that cannot be read, `ERR_CONTENT_MISMATCH` for another SHA-256,
   * `ERR_LIMIT_EXCEEDED`, `ERR_ARGUMENT_INVALID`, `ERR_AUTHORITY_UNREACHABLE`, `ERR_AUTHORITY_RESPONSE`,
   * `ERR_PLUGIN_RESPONSE`, `ERR_PLUGIN_INCOMPATIBLE`, `ERR_PLUGIN_FAILED`, `ERR_TIMEOUT`, `ERR_ABORTED`
   */
  install(source: string | URL, options?: InstallPluginOptions): Promise<InstalledPlugin>;
  /**
   * Removes a plugin with all that is in its folder.
   * @throws NotationError `ERR_PLUGIN_NOT_FOUND`, `ERR_PLUGIN_INVALID` for a symbolic link and a name that is none
   */
  uninstall(name: string): Promise<void>;
}

const TIMEOUT = 60_000;
/** Plugins that are asked at a time. */
const AT_A_TIME = 4;

/**
 * Manages and runs the notation plugins of this machine. A plugin runs as a process of its own, without a shell and
 * without a terminal; what is not a regular file in a regular folder is not run.
 *
 * @param options - The folder, the time-out and the environment.
 * @returns The manager; it looks at the folder anew whenever it is asked.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 * @see Plugin specification, "Plugin mechanism"
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
  const { directory: folder = notationPluginDirectory(), timeout = TIMEOUT, env } = options;
  if (typeof folder !== 'string' || folder === '') throw invalid('directory must be the path of a folder');
  if (!(typeof timeout === 'number' && timeout > 0 && timeout < 2 ** 31)) {
    throw invalid('timeout must be a positive number of milliseconds');
  }
  const directory = resolve(folder);
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
      if (!isNotationError(error) || error.code === 'ERR_ABORTED') throw error;
      return { name, reason: reasonOf(error) };
    }
  }

  return {
    get,
    async list({ signal } = {}) {
      const names = await folderNames(directory);
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

/** Folders that are no symbolic links, as notation lists them; without those that are being installed or removed. */
async function folderNames(directory: string): Promise<string[]> {
  const entries = await readFolder(directory);
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return folders.filter((name) => !name.startsWith(TEMPORARY)).sort();
}

async function readFolder(directory: string): Promise<Dirent[]> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (cause) {
    if (isMissing(cause)) return [];
    throw new NotationError('ERR_PLUGIN_INVALID', `the folder of plugins ${directory} cannot be read`, {
      cause,
    });
  }
}

function invalid(message: string): NotationError {
  return new NotationError('ERR_ARGUMENT_INVALID', message);
}
