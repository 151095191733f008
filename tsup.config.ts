import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';
import { defineConfig } from 'tsup';
import packageJson from './package.json' with { type: 'json' };

/** The entry points that package.json promises, by their names in `dist`, each with its file in a directory. */
export function entryPoints(directory: string, extension: string): Record<string, string> {
  const layers = Object.keys(packageJson.exports)
    .filter((path) => /^\.\/[a-z0-9/]+$/.test(path))
    .map((path) => path.slice(2));
  const names = ['index', ...layers.map((layer) => `${layer}/index`)];
  return Object.fromEntries(names.map((name) => [name, `${directory}/${name}${extension}`]));
}

/** What is built otherwise than published, in what is inlined: docs/decisions/008. */
const ADAPTED = [
  {
    // zod keeps its settings in a global variable, so that all of its copies share them. This copy is its own.
    file: /zod\/v4\/core\/core\.js$/,
    text: '(_a = globalThis).__zod_globalConfig ?? (_a.__zod_globalConfig = {});\nexport const globalConfig = globalThis.__zod_globalConfig;',
    by: 'export const globalConfig = {};',
  },
  {
    file: /zod\/v4\/core\/core\.js$/,
    text: 'globalThis.__zod_globalConfig?.postProcessor',
    by: 'globalConfig.postProcessor',
  },
];

/** Fails the build where a new version of a package has another text: then look whether it still needs adapting. */
export const adaptInlined: Plugin = {
  name: 'adapt-inlined',
  setup({ onLoad }) {
    onLoad({ filter: /core[\\/]core\.js$/ }, async ({ path }) => {
      const rules = ADAPTED.filter(({ file }) => file.test(path.replaceAll('\\', '/')));
      if (rules.length === 0) return undefined;
      let contents = await readFile(path, 'utf8');
      for (const { text, by } of rules) {
        if (contents.split(text).length !== 2) throw new Error(`${path} does not have once: ${text}`);
        contents = contents.replace(text, by);
      }
      return { contents, loader: 'js' };
    });
  },
};

export default defineConfig({
  entry: entryPoints('src', '.ts'),
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  clean: true,
  sourcemap: true,
  splitting: true,
  treeshake: true,
  // Inlined, so that what is published is plain ES modules of the parts that are used: docs/decisions/008.
  noExternal: ['@noble/hashes', 'aws4fetch', 'node-forge', 'yaml', 'zod'],
  external: [/^node:/],
  esbuildPlugins: [adaptInlined],
});
