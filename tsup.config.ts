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
  // Inlined, so that what is published is plain ES modules of the parts that are used: docs/decisions/008.
  noExternal: ['cbor-x', 'ky', 'zod'],
  external: [/^node:/],
  // Deno and workerd know Node's modules by this prefix only.
  removeNodeProtocol: false,
});
