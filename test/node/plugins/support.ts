import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished } from 'vitest';
import { createPluginManager, type PluginManager } from '../../../src/node/index.ts';

/** A directory that is removed when the test has ended. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'notarykit-plugins-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export function metadataOf(name: string, version = '1.0.0'): Record<string, unknown> {
  return {
    name,
    description: 'A plugin of the tests',
    version,
    url: 'https://example.com',
    supportedContractVersions: ['1.0'],
    capabilities: ['SIGNATURE_GENERATOR.RAW'],
  };
}

/** A shell program that prints metadata for every command. */
export function programOf(name: string, version?: string): string {
  return shell(`cat <<'EOF'\n${JSON.stringify(metadataOf(name, version))}\nEOF`);
}

export function shell(script: string): string {
  return `#!/bin/sh\n${script}\n`;
}

/** A program of this Node. */
export function node(script: string): string {
  return `#!${process.execPath}\n${script}\n`;
}

/** Puts a program where a plugin of the name is looked for. */
export async function putPlugin(directory: string, name: string, program = programOf(name)): Promise<string> {
  await mkdir(join(directory, name), { recursive: true });
  return writeProgram(join(directory, name, `notation-${name}`), program);
}

export async function writeProgram(path: string, program: string): Promise<string> {
  await writeFile(path, program);
  await chmod(path, 0o755);
  return path;
}

/** Directories for one test, and the plugin manager of the first. */
export interface PluginDirectory {
  /** Holds the installed plugins; it does not exist at first. */
  readonly directory: string;
  /** Holds files to install. */
  readonly sources: string;
  readonly plugins: PluginManager;
  /** Writes a file to install and returns its path. */
  sourceOf(bytes: Uint8Array | string, name?: string): Promise<string>;
  /** Expects that the plugin directory has exactly these entries. */
  expectOnly(...names: string[]): Promise<void>;
}

export function usePluginDirectory(): PluginDirectory {
  let directory = '';
  let sources = '';
  beforeEach(async () => {
    directory = join(await temporaryDirectory(), 'plugins');
    sources = await temporaryDirectory();
  });
  return {
    get directory() {
      return directory;
    },
    get sources() {
      return sources;
    },
    get plugins() {
      return createPluginManager({ directory });
    },
    async sourceOf(bytes, name = 'package') {
      await writeFile(join(sources, name), bytes);
      return join(sources, name);
    },
    async expectOnly(...names) {
      expect(await readdir(directory).catch(() => [])).toEqual(names);
    },
  };
}
