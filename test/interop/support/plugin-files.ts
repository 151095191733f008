import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { KeyPair, NotationCli } from './notation-cli.ts';

const MAIN = new URL('./plugin-program.mjs', import.meta.url).href;

/** The options of a plugin that runs `plugin-program.mjs`. */
export interface PluginSettings {
  name: string;
  version?: string;
  capabilities: readonly string[];
  /** By their identifiers. */
  keys?: Readonly<Record<string, KeyPair>>;
  /** The directory where each request is written to. */
  log?: string;
}

/** The directory where the CLI has its plugins. */
export function pluginDirectory(cli: NotationCli): string {
  return join(dirname(cli.configDirectory), 'libexec', 'plugins');
}

/** Writes the program of a plugin into a directory. */
export async function writePluginProgram(directory: string, settings: PluginSettings): Promise<string> {
  const { name, version = '1.0.0', capabilities, keys = {}, log } = settings;
  const path = join(directory, `notation-${name}`);
  const argument = JSON.stringify({ name, version, capabilities, keys, log });
  await writeFile(path, `#!${process.execPath}\nimport('${MAIN}').then(({ main }) => main(${argument}));\n`);
  await chmod(path, 0o755);
  return path;
}

/** Puts a plugin where the CLI finds it, by hand. */
export async function putPlugin(cli: NotationCli, settings: PluginSettings): Promise<void> {
  const directory = join(pluginDirectory(cli), settings.name);
  await mkdir(directory, { recursive: true });
  await writePluginProgram(directory, settings);
}

/** The forms in which plugins are distributed. */
export const PACKAGES = ['program', 'zip', 'tar.gz'] as const;

/** Packs a plugin with the tools of the system. */
export async function packPlugin(
  directory: string,
  form: (typeof PACKAGES)[number],
  settings: PluginSettings,
): Promise<string> {
  const work = await mkdtemp(join(directory, 'package-'));
  const program = await writePluginProgram(work, settings);
  if (form === 'program') return program;
  const names = [`notation-${settings.name}`, 'LICENSE'];
  await writeFile(join(work, 'LICENSE'), 'anything goes');
  const archive = join(work, `package.${form}`);
  const [tool, ...args] =
    form === 'zip' ? ['zip', '-q', archive, ...names] : ['tar', '-czf', archive, ...names];
  await promisify(execFile)(String(tool), args, { cwd: work });
  return archive;
}

/** A request that a plugin got. */
export interface LoggedRequest {
  command: string;
  request: Record<string, unknown>;
}

/** The requests that a plugin with a log received for a command. */
export async function requestsOf(log: string, command: string): Promise<LoggedRequest['request'][]> {
  const names = await readdir(log);
  const texts = await Promise.all(names.map((name) => readFile(join(log, name), 'utf8')));
  const logged = texts.map((text) => JSON.parse(text) as LoggedRequest);
  return logged.filter((entry) => entry.command === command).map(({ request }) => request);
}
