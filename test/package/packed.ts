import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createPackageFromTarballData, type Package } from '@arethetypeswrong/core';

/** The output of `npm pack` for the built project, laid out as npm installs it. */
export interface Packed {
  /** A directory that has the package in its `node_modules` and belongs to no other package. */
  directory: string;
  /** For the tools that look into tarballs. */
  package: Package;
  manifest: Manifest;
  /** The published files, by their paths within the package. */
  files: ReadonlyMap<string, string>;
  /** The specifiers with which users import each entry point. */
  specifiers: readonly string[];
  dispose(): void;
}

/** The members of package.json that the tests read. */
export interface Manifest {
  name: string;
  exports: Readonly<Record<string, unknown>>;
  scripts?: Readonly<Record<string, string>>;
}

export function packProject(): Packed {
  mkdirSync('.cache', { recursive: true });
  const directory = resolve(mkdtempSync('.cache/package-'));
  const contents = createPackageFromTarballData(pack(directory));
  const root = `/node_modules/${contents.packageName}/`;
  const files = new Map(
    contents.listFiles().map((path) => [path.slice(root.length), contents.readFile(path)] as const),
  );
  const home = join(directory, root);
  for (const [path, text] of files) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  // Without a package.json, the name of the package would resolve to the project around the directory.
  writeFileSync(join(directory, 'package.json'), '{ "private": true, "type": "module" }');
  const manifest: Manifest = JSON.parse(files.get('package.json') ?? '{}');
  const specifiers = Object.keys(manifest.exports)
    .filter((path) => !path.endsWith('.json'))
    .map((path) => join(manifest.name, path));
  const dispose = () => rmSync(directory, { recursive: true, force: true });
  return { directory, package: contents, manifest, files, specifiers, dispose };
}

function pack(directory: string): Uint8Array {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', directory];
  const options = { encoding: 'utf8', stdio: 'pipe', shell: process.platform === 'win32' } as const;
  const [made]: { filename: string }[] = JSON.parse(execFileSync('npm', args, options));
  if (!made) throw new Error('npm pack made nothing');
  return new Uint8Array(readFileSync(join(directory, made.filename)));
}
