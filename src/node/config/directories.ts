import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { env, platform } from 'node:process';
import { argumentInvalid } from '../../errors/notation-error.ts';

/** Names the directory of notation's configuration. */
export interface ConfigDirectoryOptions {
  /** The directory; notation's own on this machine by default, see {@link notationConfigDirectory}. */
  configDirectory?: string | undefined;
}

/**
 * Returns the directory of notation's configuration on this machine: `$NOTATION_CONFIG`, or else `notation` in the
 * user's configuration directory of the operating system.
 *
 * @returns An absolute path; the directory need not exist.
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#trust-store
 *
 * @example
 * ```ts
 * import { notationConfigDirectory } from 'notarykit/node';
 *
 * console.log(notationConfigDirectory()); // such as /home/me/.config/notation
 * ```
 */
export function notationConfigDirectory(): string {
  if (env.NOTATION_CONFIG) return resolve(env.NOTATION_CONFIG);
  return join(userConfigDirectory(), 'notation');
}

/**
 * Returns the directory of notation's plugins on this machine: `plugins` in `$NOTATION_LIBEXEC`, or else in the
 * directory of notation's configuration.
 *
 * @param options - The directory of the configuration, which counts if `$NOTATION_LIBEXEC` is not set.
 * @returns An absolute path; the directory need not exist.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 * @see https://github.com/notaryproject/specifications/blob/main/specs/plugin-extensibility.md#plugin-installation-path
 * (rule PLG-1)
 *
 * @example
 * ```ts
 * import { notationPluginDirectory } from 'notarykit/node';
 *
 * console.log(notationPluginDirectory()); // such as /home/me/.config/notation/plugins
 * ```
 */
export function notationPluginDirectory(options: ConfigDirectoryOptions = {}): string {
  const configDirectory = configDirectoryOf(options);
  return resolve(env.NOTATION_LIBEXEC || configDirectory, 'plugins');
}

/**
 * Returns the directory that options name, or notation's own.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function configDirectoryOf(options: ConfigDirectoryOptions): string {
  // A path in place of the options must not select the configuration of this machine.
  if (typeof options !== 'object' || options === null) {
    throw argumentInvalid('options must be an object: { configDirectory: path }');
  }
  const { configDirectory = notationConfigDirectory() } = options;
  if (typeof configDirectory === 'string' && configDirectory !== '') return configDirectory;
  throw argumentInvalid('configDirectory must be the path of a directory');
}

/** Returns the directory of the user's configuration on an operating system: this one by default (rule TS-1). */
export function userConfigDirectory(system: NodeJS.Platform = platform): string {
  switch (system) {
    case 'win32':
      return env.AppData || join(homedir(), 'AppData', 'Roaming');
    case 'darwin':
      return join(homedir(), 'Library', 'Application Support');
    default:
      return env.XDG_CONFIG_HOME || join(homedir(), '.config');
  }
}
