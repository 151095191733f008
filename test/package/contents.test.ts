import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPackage } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Packed, packProject } from './packed.ts';

/** npm runs these on the machines of those who install a package. */
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepare'];

/** Everything that may be in the package. */
const PUBLISHED =
  /^(?:dist\/[\w/-]+(?:\.(?:js|js\.map)|(?:\.d-[\w-]+)?\.d\.ts)|(?:README|CHANGELOG|THIRD_PARTY_NOTICES)\.md|LICENSE|package\.json)$/;

let packed: Packed;

beforeAll(() => {
  packed = packProject();
});

afterAll(() => packed?.dispose());

describe('the package as npm packs it', () => {
  it('has nothing that publint would say', async () => {
    const pkgDir = join(packed.folder, 'node_modules', packed.manifest.name);
    // What lies there is what npm packed already.
    const { messages, pkg } = await publint({ pkgDir, pack: false, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  it('has types that are not wrong, for all who can import ES modules', async () => {
    const result = await checkPackage(packed.package);
    if (result.types === false) throw new Error('there are no types');
    // The profile "esm-only" of the tool: Node 10 and require() are not served.
    const problems = result.problems.filter(
      (problem) =>
        !('resolutionKind' in problem && ['node10', 'node16-cjs'].includes(problem.resolutionKind)),
    );
    expect(problems).toEqual([]);
    expect(Object.keys(result.entrypoints).sort()).toEqual(Object.keys(packed.manifest.exports).sort());
  });

  it('holds nothing but what users need', () => {
    expect([...packed.files.keys()].filter((path) => !PUBLISHED.test(path))).toEqual([]);
    for (const path of ['README.md', 'CHANGELOG.md', 'LICENSE', 'THIRD_PARTY_NOTICES.md']) {
      expect(packed.files.get(path)).toBe(readFileSync(path, 'utf8'));
    }
  });

  it('runs no script when it is installed', () => {
    const scripts = Object.keys(packed.manifest.scripts ?? {});
    expect(scripts.filter((name) => INSTALL_SCRIPTS.includes(name))).toEqual([]);
    // npm would run node-gyp for one.
    expect(packed.files.has('binding.gyp')).toBe(false);
  });

  it('depends on no package that runs a script when it is installed', () => {
    const { packages }: Lockfile = JSON.parse(readFileSync('package-lock.json', 'utf8'));
    const installed = Object.entries(packages).filter(([path, { dev }]) => path !== '' && !dev);
    expect(installed.length).toBeGreaterThan(0);
    expect(installed.filter(([, entry]) => entry.hasInstallScript).map(([path]) => path)).toEqual([]);
  });

  it('has a source map with the sources for each file of code', () => {
    const code = [...packed.files].filter(([path]) => path.endsWith('.js'));
    expect(code.length).toBeGreaterThan(0);
    for (const [path, text] of code) {
      const [name] = path.split('/').slice(-1);
      expect(text.trimEnd().split('\n').at(-1), path).toBe(`//# sourceMappingURL=${name}.map`);
      const { sources, sourcesContent = [] } = sourceMapOf(path);
      expect(sourcesContent.length, path).toBe(sources.length);
      expect(
        sourcesContent.filter((source) => typeof source !== 'string' || source === ''),
        path,
      ).toEqual([]);
    }
  });

  it('names the machine it was built on in no source map', () => {
    const sources = codePaths().flatMap((path) => sourceMapOf(path).sources);
    expect(sources.filter((source) => !/^(?:\.\.\/)+(?:src|node_modules)\//.test(source))).toEqual([]);
  });

  it('names in THIRD_PARTY_NOTICES each package whose code is in it, and no other', () => {
    const inlined = codePaths().flatMap((path) => sourceMapOf(path).sources.flatMap(packageOf));
    const notices = packed.files.get('THIRD_PARTY_NOTICES.md') ?? '';
    const named = [...notices.matchAll(/^## (.+)$/gm)].map(([, name]) => name);
    expect(named.sort()).toEqual([...new Set(inlined)].sort());
  });

  it('makes no code out of text, so that a content security policy can forbid it', () => {
    const makers = /\beval\s*\(|\bFunction\s*\(/;
    const makes = codePaths().filter((path) => makers.test(withoutComments(packed.files.get(path) ?? '')));
    expect(makes).toEqual([]);
  });
});

interface Lockfile {
  packages: Record<string, { dev?: boolean; hasInstallScript?: boolean }>;
}

interface SourceMap {
  sources: string[];
  sourcesContent?: (string | null)[];
}

function codePaths(): string[] {
  return [...packed.files.keys()].filter((path) => path.endsWith('.js'));
}

function sourceMapOf(path: string): SourceMap {
  return JSON.parse(packed.files.get(`${path}.map`) ?? '{"sources":[]}');
}

function packageOf(source: string): string[] {
  const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source) ?? [];
  return name === undefined ? [] : [name];
}

/** Examples in comments are no code. */
function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}
