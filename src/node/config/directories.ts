import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { env, platform } from 'node:process';

/**
 * The folder of notation's configuration on this machine: `$NOTATION_CONFIG`, else `notation` in the user's
 * configuration folder of the operating system.
 *
 * @returns An absolute path; the folder need not exist.
 * @see Trust store and trust policy specification, "Trust Store"
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
 * The folder of notation's plugins on this machine: `plugins` in `$NOTATION_LIBEXEC`, else in the folder of notation's
 * configuration.
 *
 * @returns An absolute path; the folder need not exist.
 * @see Plugin specification, "Plugin installation path"
 *
 * @example
 * ```ts
 * import { notationPluginDirectory } from 'notarykit/node';
 *
 * console.log(notationPluginDirectory()); // such as /home/me/.config/notation/plugins
 * ```
 */
export function notationPluginDirectory(): string {
  const parent = env.NOTATION_LIBEXEC ? resolve(env.NOTATION_LIBEXEC) : notationConfigDirectory();
  return join(parent, 'plugins');
}

function userConfigDirectory(): string {
  switch (platform) {
    case 'win32':
      return env.AppData || join(homedir(), 'AppData', 'Roaming');
    case 'darwin':
      return join(homedir(), 'Library', 'Application Support');
    default:
      return env.XDG_CONFIG_HOME || join(homedir(), '.config');
  }
}
