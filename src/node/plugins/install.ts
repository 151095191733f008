import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { quote } from '../../errors/quote.ts';
import { rethrowIfAborted } from '../../net/abort.ts';
import { getPluginMetadata, type PluginMetadata } from '../../plugin/metadata.ts';
import { compareVersions, parseVersion } from '../../plugin/version.ts';
import { withLock } from '../files/lock.ts';
import { statusOf } from '../files/read-file.ts';
import { attempt } from '../files/system-errors.ts';
import { type PackageSource, type PluginPackage, readPackage } from './package-source.ts';
import { pluginInvalid } from './plugin-file.ts';
import { createProgramPlugin, type ProgramOptions } from './program-plugin.ts';
import { putInPlace } from './put-in-place.ts';
import { withStaging } from './staging.ts';
import { unpackPlugin } from './unpack.ts';

const CODE = 'ERR_PLUGIN_INVALID';

/** Arguments of {@link installPlugin}. */
export interface Installation extends PackageSource {
  /** The directory that contains a directory for each plugin. */
  directory: string;
  overwrite: boolean;
  run: ProgramOptions;
}

/** A plugin that was installed. */
export interface InstalledPlugin {
  name: string;
  metadata: PluginMetadata;
  /** The version that was replaced, if it is known. */
  replacedVersion?: string;
}

/**
 * Installs a plugin, either all of it or nothing. It is run for its metadata before it is moved to its place.
 * @throws NotationError The codes of reading, unpacking and running it, and `ERR_PLUGIN_EXISTS`
 */
export async function installPlugin(installation: Installation): Promise<InstalledPlugin> {
  const { directory, overwrite, run, signal } = installation;
  const plugin = await readPackage(installation);
  return withStaging(directory, async (staging) => {
    const name = await writing(directory, () => unpackInto(staging, plugin));
    const metadata = await metadataOf(staging, name, run, signal);
    const replacedVersion = await checkPredecessor(installation, name, metadata.version);
    const mayReplace = overwrite || replacedVersion !== undefined;
    await changing(directory, signal, () =>
      putInPlace(join(staging, name), join(directory, name), mayReplace),
    );
    return { name, metadata, ...(replacedVersion !== undefined && { replacedVersion }) };
  });
}

/** Returns the name of the plugin, which is that of its directory. */
async function unpackInto(staging: string, plugin: PluginPackage): Promise<string> {
  const unpacked = join(staging, 'unpacked');
  await mkdir(unpacked);
  const name = await unpackPlugin(plugin, unpacked);
  await rename(unpacked, join(staging, name));
  return name;
}

/**
 * Removes the directory of a plugin. It is renamed first, so that no process runs a part of it.
 * @throws NotationError `ERR_PLUGIN_NOT_FOUND`, `ERR_PLUGIN_INVALID` if it is not a directory
 */
export async function uninstallPlugin(directory: string, name: string): Promise<void> {
  const path = join(directory, name);
  const status = await statusOf(path, CODE);
  if (!status) {
    throw new NotationError('ERR_PLUGIN_NOT_FOUND', `there is no plugin ${quote(name)} in ${directory}`);
  }
  if (!status.isDirectory()) throw pluginInvalid(`plugin path ${path} is not a directory`);
  await withStaging(directory, (staging) =>
    changing(directory, undefined, () => rename(path, join(staging, name))),
  );
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
 * Checks that the plugin is newer than the installed one, unless that is to be overwritten.
 * @returns The installed version, if it is known.
 * @throws NotationError `ERR_PLUGIN_EXISTS`
 */
async function checkPredecessor(
  { directory, overwrite, run, signal }: Installation,
  name: string,
  version: string,
): Promise<string | undefined> {
  if (!(await statusOf(join(directory, name), CODE))) return undefined;
  const old = await versionOf(directory, name, run, signal);
  if (overwrite) return old;
  const [before, after] = [old, version].map((text) => (text === undefined ? undefined : parseVersion(text)));
  if (before && after && compareVersions(after, before) > 0) return old;
  const installed = old === undefined ? 'in an unknown version' : `in the version ${quote(old)}`;
  throw new NotationError(
    'ERR_PLUGIN_EXISTS',
    `the plugin ${quote(name)} is already installed ${installed}; ${quote(version)} is not newer`,
  );
}

/** Returns the version of a plugin; `undefined` if it does not work, which must not keep it from being replaced. */
async function versionOf(
  directory: string,
  name: string,
  run: ProgramOptions,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    return (await metadataOf(directory, name, run, signal)).version;
  } catch (cause) {
    rethrowIfAborted(cause, signal);
    if (!isNotationError(cause)) throw cause;
    return undefined;
  }
}

/** Changes the directory of plugins while no other process that uses notarykit does. The CLI does not know the lock. */
async function changing(
  directory: string,
  signal: AbortSignal | undefined,
  change: () => Promise<void>,
): Promise<void> {
  await withLock(directory, { code: CODE, signal }, async () => {
    await writing(directory, change);
    return true;
  });
}

function writing<T>(directory: string, work: () => Promise<T>): Promise<T> {
  return attempt(CODE, `write the plugin directory ${directory}`, work);
}
