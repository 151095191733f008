import { join } from 'node:path';
import { env } from 'node:process';
import { NotationError } from '../../errors/index.ts';
import type { PluginSource } from '../../plugin/plugin.ts';
import { createPluginManager } from '../plugins/plugin-manager.ts';
import { notationConfigDirectory, notationPluginDirectory } from './directories.ts';

/** Where notation's configuration is. */
export interface DirectoryOptions {
  /** The folder of notation's configuration; its own on this machine by default, see {@link notationConfigDirectory}. */
  directory?: string | undefined;
}

/**
 * The folder that options name.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function directoryOf({ directory = notationConfigDirectory() }: DirectoryOptions): string {
  if (typeof directory === 'string' && directory !== '') return directory;
  throw new NotationError('ERR_ARGUMENT_INVALID', 'directory must be the path of a folder');
}

/** The plugins that options give; else those that notation finds when its configuration is in that folder. */
export function pluginsOf(options: DirectoryOptions & { plugins?: PluginSource | undefined }): PluginSource {
  if (options.plugins) return options.plugins;
  const directory = env.NOTATION_LIBEXEC ? notationPluginDirectory() : join(directoryOf(options), 'plugins');
  return createPluginManager({ directory });
}
