import { defineConfig } from 'tsup';

const layers = [
  'errors',
  'encoding',
  'crypto',
  'x509',
  'envelope',
  'policy',
  'oci',
  'storage',
  'signer',
  'verifier',
  'node',
  'testing',
];

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
