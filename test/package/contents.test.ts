import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkPackage } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Packed, packProject } from './packed.ts';

/** npm runs these scripts when a package is installed. */
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepare'];

/** Everything that may be in the package. */
const PUBLISHED = [
  /^dist\/[\w/-]+(?:\.(?:js|js\.map)|(?:\.d-[\w-]+)?\.d\.ts)$/,
  /^docs\/(?:(?:decisions|guides)\/)?[\w-]+\.md$/,
  /^docs\/schemas\/[\w.-]+\.json$/,
  /^(?:README|CHANGELOG|CONTRIBUTING|SECURITY|THIRD_PARTY_NOTICES)\.md$/,
  /^examples\/(?:edge-gateway|kubernetes)\/[\w.-]+$/,
  /^docs\/images\/[\w-]+\/[\w-]+\.png$/,
  /^(?:LICENSE|package\.json)$/,
];

let packed: Packed;

beforeAll(() => {
  packed = packProject();
});

afterAll(() => packed?.dispose());

describe('the package as npm packs it', () => {
  it('passes publint', async () => {
    const pkgDir = join(packed.directory, 'node_modules', packed.manifest.name);
    // The directory contains the files that npm packed.
    const { messages, pkg } = await publint({ pkgDir, pack: false, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  it('has correct types for every importer of ES modules', async () => {
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

  it('contains only the files that users need', () => {
    const paths = [...packed.files.keys()];
    expect(paths.filter((path) => !PUBLISHED.some((pattern) => pattern.test(path)))).toEqual([]);
    for (const path of ['README.md', 'CHANGELOG.md', 'LICENSE', 'THIRD_PARTY_NOTICES.md']) {
      expect(packed.files.get(path)).toBe(readFileSync(path, 'utf8'));
    }
  });

  it('contains every file that its pages link to', () => {
    const paths = [...packed.files.keys()];
    const links = paths.filter((path) => path.endsWith('.md')).flatMap(linksOf);
    expect(links.length).toBeGreaterThan(0);
    const exists = (target: string) => paths.some((path) => path === target || path.startsWith(`${target}/`));
    expect(links.filter(({ target }) => !exists(target))).toEqual([]);
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

  it('does not name the machine it was built on in source maps', () => {
    const sources = codePaths().flatMap((path) => sourceMapOf(path).sources);
    expect(sources.filter((source) => !/^(?:\.\.\/)+(?:src|node_modules)\//.test(source))).toEqual([]);
  });

  it('names in THIRD_PARTY_NOTICES exactly the packages whose code it contains', () => {
    const inlined = codePaths().flatMap((path) => sourceMapOf(path).sources.flatMap(packageOf));
    const notices = packed.files.get('THIRD_PARTY_NOTICES.md') ?? '';
    const named = [...notices.matchAll(/^## (.+)$/gm)].map(([, name]) => name);
    expect(named.sort()).toEqual([...new Set(inlined)].sort());
  });

  it('never turns strings into code, so that a content security policy can forbid it', () => {
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

/** The files of the project that a page links to. */
function linksOf(page: string): { page: string; target: string }[] {
  const links = (packed.files.get(page) ?? '').matchAll(/\]\((?!https?:|#)([^)#]+)/g);
  return [...links].map(([, target = '']) => ({ page, target: join(dirname(page), target) }));
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

/** Removes comments, whose examples are not code. */
function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}
