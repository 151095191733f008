import { defineConfig } from 'tsup';
import packageJson from './package.json' with { type: 'json' };

// The entry points that package.json promises are those that are built.
const layers = Object.keys(packageJson.exports)
  .filter((path) => /^\.\/[a-z0-9/]+$/.test(path))
  .map((path) => path.slice(2));

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    ...Object.fromEntries(layers.map((layer) => [`${layer}/index`, `src/${layer}/index.ts`])),
  },
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  dts: true,
  clean: true,
  sourcemap: true,
  splitting: true,
  treeshake: true,
  // cbor-x ships its eval-free decoder as CommonJS only: inlined, so that the output is plain ES modules.
  noExternal: ['cbor-x'],
  external: [/^node:/],
});
