// Bundles the behaviour suite into one module for any runtime: every test file that needs nothing of Node but what
// test/runtimes/shims has.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { build } from 'esbuild';

const SHIMS = 'test/runtimes/shims';
const ALIASES = {
  vitest: `${SHIMS}/vitest.ts`,
  'node:crypto': `${SHIMS}/node-crypto.ts`,
};
/** The vectors made by others, if they are installed: these tests need no peer. */
const VECTOR_TESTS = /^test\/interop\/vectors-/;
/** About files, documents and packages of the project, and comparisons with other readers. */
const NOT_PORTABLE =
  /^test\/(?:browser-extension|differential|docs|examples|interop|node|package|packed|scripts)\//;

/**
 * @returns Three modules of the suite (as it is, for a page, for an extension), the files that are in it, and those that
 * are not, with what they need.
 */
export async function bundleSuite({ vectors }) {
  const candidates = testFiles('test').filter(
    (file) => !NOT_PORTABLE.test(file) || (vectors && VECTOR_TESTS.test(file)),
  );
  const needs = await findNeeds(candidates);
  const files = candidates.filter((file) => !needs.has(file));
  const { outputFiles } = await build({
    ...common(),
    entryPoints: ['suite', 'page', 'extension'].map((name) => `test/runtimes/${name}.ts`),
    outdir: 'out',
    plugins: [aliases(), virtualFiles(files)],
    inject: [`${SHIMS}/buffer.ts`],
    write: false,
  });
  const [suite, page, extension] = outputFiles.map(({ contents }) => contents);
  return { suite, page, extension, files, needs };
}

/** Bundles the host of the suite, which runs in Node. */
export async function bundleHost(outfile) {
  await build({
    ...common(),
    entryPoints: ['test/runtimes/host/server.ts'],
    outfile,
    platform: 'node',
    packages: 'external',
  });
  return import(resolve(outfile));
}

function common() {
  return {
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    mainFields: ['module', 'main'],
    logLevel: 'error',
    legalComments: 'none',
  };
}

function testFiles(directory) {
  return readdirSync(directory)
    .map((name) => join(directory, name))
    .flatMap((path) => (statSync(path).isDirectory() ? testFiles(path) : path))
    .filter((path) => path.endsWith('.test.ts'))
    .sort();
}

/** The parts of Node that each file needs, directly or through imports, and the shims do not have. */
async function findNeeds(files) {
  const { metafile } = await build({
    ...common(),
    entryPoints: files,
    outdir: 'out',
    plugins: [{ name: 'packages', setup: keepPackages }],
    metafile: true,
    write: false,
  });
  const offered = exportsOf(ALIASES['node:crypto']);
  const needs = new Map();
  for (const file of files) {
    const missing = reachable(metafile, file).flatMap((input) => missingIn(input, offered));
    if (missing.length > 0) needs.set(file, [...new Set(missing)]);
  }
  return needs;
}

function keepPackages({ onResolve }) {
  onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
    kind === 'entry-point' ? undefined : { path, external: true },
  );
}

function reachable(metafile, file) {
  const seen = new Set([file]);
  for (const input of seen) {
    for (const { path, external } of metafile.inputs[input]?.imports ?? []) {
      if (!external && !path.endsWith('support/vectors.ts')) seen.add(path);
    }
  }
  return [...seen];
}

function missingIn(input, offered) {
  const code = readFileSync(input, 'utf8');
  if (code.includes('vi.useFakeTimers')) return ['fake timers of vitest'];
  const imports = [...code.matchAll(/^import (?!type )([^;]*?) from '(node:[^']+|unstorage[^']*)'/gms)];
  return imports.flatMap(([, names, module]) => {
    if (module !== 'node:crypto') return [module];
    const wanted = names
      .replace(/[{}]|type \w+/g, '')
      .split(',')
      .map((name) => name.trim().split(' as ')[0]);
    return wanted.filter((name) => name && !offered.includes(name)).map((name) => `${module} ${name}`);
  });
}

function exportsOf(path) {
  return [...readFileSync(path, 'utf8').matchAll(/^export (?:const|function|class) (\w+)/gm)].map(
    ([, name]) => name,
  );
}

function aliases() {
  return {
    name: 'aliases',
    setup({ onResolve }) {
      onResolve({ filter: /^(?:vitest|node:crypto)$/ }, ({ path }) => ({ path: resolve(ALIASES[path]) }));
      onResolve({ filter: /support\/vectors\.ts$/ }, () => ({ path: resolve(SHIMS, 'vectors.ts') }));
      onResolve({ filter: /^notarykit(\/|$)/ }, ({ path }) => ({
        path: resolve('src', path.slice('notarykit/'.length), 'index.ts'),
      }));
    },
  };
}

function virtualFiles(files) {
  return {
    name: 'files',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^suite:files$/ }, ({ path }) => ({ path, namespace: 'suite' }));
      onLoad({ filter: /.*/, namespace: 'suite' }, () => ({
        contents: `export const files = [\n${files.map((file) => entryOf(file)).join('\n')}\n];`,
        resolveDir: '.',
      }));
    },
  };
}

function entryOf(file) {
  const path = JSON.stringify(`./${relative('.', file)}`);
  return `[${JSON.stringify(file)}, () => import(${path})],`;
}
