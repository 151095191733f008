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
  noExternal: ['@noble/hashes', 'aws4fetch', 'node-forge', 'yaml'],
  external: [/^node:/],
});
