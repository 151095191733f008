import { defineConfig } from 'tsup';
import { adaptInlined } from './tsup.config.ts';

/** The command has a bundle of its own: whoever imports the library loads nothing of it. */
export default defineConfig({
  entry: { main: 'src/cli/main.ts' },
  outDir: 'dist/cli',
  format: 'esm',
  target: 'node20',
  platform: 'node',
  splitting: true,
  treeshake: true,
  minify: true,
  noExternal: [/./],
  external: [/^node:/, '@peculiar/x509'],
  esbuildPlugins: [adaptInlined],
});
