import { defineConfig } from 'tsup';
import { entryPoints } from './tsup.config.ts';

/** Joins the declarations that tsc writes for each file to those of the entry points: docs/decisions/017. */
export default defineConfig({
  entry: entryPoints('.cache/declarations', '.d.ts'),
  format: 'esm',
  dts: { only: true },
});
