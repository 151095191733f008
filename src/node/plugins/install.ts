import { randomUUID } from 'node:crypto';
import { lstat, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { getPluginMetadata, type PluginMetadata } from '../../plugin/metadata.ts';
import { compareVersions, parseVersion } from '../../plugin/version.ts';
import { isMissing } from '../files/read-file.ts';
import { type PackageSource, readPackage } from './package-source.ts';
import { TEMPORARY } from './plugin-file.ts';
import { createProgramPlugin, type ProgramOptions } from './program-plugin.ts';
import { unpackPlugin } from './unpack.ts';

/** What {@link installPlugin} works with. */
export interface Installation extends PackageSource {
  /** The folder that holds a folder for each plugin. */
  directory: string;
  overwrite: boolean;
  run: ProgramOptions;
}

/** A plugin that was installed. */
export interface InstalledPlugin {
  name: string;
  metadata: PluginMetadata;
  /** The version that was there before, where that told it. */
  replacedVersion?: string;
}

/**
 * Installs a plugin: all of it or nothing. It is asked for its metadata before it gets its place.
 * @throws NotationError Of reading, unpacking and running it, and `ERR_PLUGIN_EXISTS`
 */
export async function installPlugin(installation: Installation): Promise<InstalledPlugin> {
  const { directory, overwrite, run, signal } = installation;
  const plugin = await readPackage(installation);
  const temporary = join(directory, `${TEMPORARY}${randomUUID()}`);
  const unpacked = join(temporary, 'unpacked');
  await writing(directory, () => mkdir(unpacked, { recursive: true }));
  try {
    const name = await writing(directory, () => unpackPlugin(plugin, unpacked));
    await writing(directory, () => rename(unpacked, join(temporary, name)));
    const metadata = await metadataOf(temporary, name, run, signal);
    const target = join(directory, name);
    const replacedVersion = await checkPredecessor(installation, name, metadata.version);
    const aside = overwrite || replacedVersion !== undefined ? join(temporary, 'replaced') : undefined;
    await writing(directory, () => putInPlace(join(temporary, name), target, aside));
    return { name, metadata, ...(replacedVersion !== undefined && { replacedVersion }) };
  } finally {
    await writing(directory, () => rm(temporary, { recursive: true, force: true }));
  }
}

/**
 * Removes the folder of a plugin. It loses its name first, so that nobody runs half of it.
 * @throws NotationError `ERR_PLUGIN_NOT_FOUND`, `ERR_PLUGIN_INVALID` for what is no folder
 */
export async function uninstallPlugin(directory: string, name: string): Promise<void> {
  const folder = join(directory, name);
  const status = await statusOf(folder);
  if (!status) {
    throw new NotationError(
      'ERR_PLUGIN_NOT_FOUND',
      `there is no plugin ${JSON.stringify(name)} in ${directory}`,
    );
  }
  if (!status.isDirectory()) {
    throw new NotationError('ERR_PLUGIN_INVALID', `${folder} is not a folder, as that of a plugin must be`);
  }
  const temporary = join(directory, `${TEMPORARY}${randomUUID()}`);
  await writing(directory, async () => {
    await rename(folder, temporary);
    await rm(temporary, { recursive: true, force: true });
  });
}

function metadataOf(
  directory: string,
  name: string,
  run: ProgramOptions,
  signal: AbortSignal | undefined,
): Promise<PluginMetadata> {
  return getPluginMetadata(createProgramPlugin(directory, name, run), { signal });
}

/**
 * What is there is replaced by a newer version only, unless it is to be overwritten.
 * @returns The version that is there, if it tells one.
 * @throws NotationError `ERR_PLUGIN_EXISTS`
 */
async function checkPredecessor(
  { directory, overwrite, run, signal }: Installation,
  name: string,
  version: string,
): Promise<string | undefined> {
  if (!(await statusOf(join(directory, name)))) return undefined;
  const old = await versionOf(directory, name, run, signal);
  if (overwrite) return old;
  const [before, after] = [old, version].map((text) => (text === undefined ? undefined : parseVersion(text)));
  if (before && after && compareVersions(after, before) > 0) return old;
  const shown =
    old === undefined
      ? 'one that does not tell its version'
      : `the version ${JSON.stringify(old.slice(0, 80))}`;
  throw new NotationError(
    'ERR_PLUGIN_EXISTS',
    `the plugin ${JSON.stringify(name)} is installed already, in ${shown}; ${JSON.stringify(version.slice(0, 80))} is not newer`,
  );
}

/** That it does not work is no obstacle to replace it. */
async function versionOf(
  directory: string,
  name: string,
  run: ProgramOptions,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    return (await metadataOf(directory, name, run, signal)).version;
  } catch (cause) {
    if (!isNotationError(cause) || cause.code === 'ERR_ABORTED') throw cause;
    return undefined;
  }
}

/** A folder cannot be renamed over another one: for a moment there is none. */
async function putInPlace(from: string, target: string, aside: string | undefined): Promise<void> {
  const replaced = aside !== undefined && (await moveIfThere(target, aside));
  try {
    await rename(from, target);
  } catch (cause) {
    if (!isTaken(cause)) {
      if (replaced) await rename(aside, target);
      throw cause;
    }
    throw new NotationError('ERR_PLUGIN_EXISTS', `somebody else put a plugin at ${target} meanwhile`, {
      cause,
    });
  }
}

function isTaken(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR';
}

async function moveIfThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (cause) {
    if (isMissing(cause)) return false;
    throw cause;
  }
}

async function statusOf(path: string) {
  try {
    return await lstat(path);
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new NotationError('ERR_PLUGIN_INVALID', `${path} cannot be read`, { cause });
  }
}

/** Errors of the file system, such as of a folder that may not be written. */
async function writing<T>(directory: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (isNotationError(cause)) throw cause;
    const { code = 'unknown' } = cause as NodeJS.ErrnoException;
    throw new NotationError(
      'ERR_PLUGIN_INVALID',
      `the folder of plugins ${directory} cannot be written (${code})`,
      {
        cause,
      },
    );
  }
}
