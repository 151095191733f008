import { rm } from 'node:fs/promises';
import { rollup } from 'rollup';
import { defineConfig } from 'tsup';

const PARTS = '.cache/cli';
const COMMAND = 'dist/cli';

/** Bytes of code below which a part is not worth a file: Node takes a millisecond for each file that it loads. */
const MIN_PART = 30000;

/** The command has a bundle of its own: programs that import the library load nothing of it. docs/decisions/025 */
export default defineConfig({
  entry: { main: 'src/cli/main.ts' },
  outDir: PARTS,
  clean: true,
  format: 'esm',
  target: 'node20',
  platform: 'node',
  splitting: true,
  treeshake: true,
  removeNodeProtocol: false,
  noExternal: [/./],
  external: [/^node:/, '@peculiar/x509'],
  onSuccess: joinParts,
});

/** Joins the small files that esbuild makes of what commands have in common. */
async function joinParts(): Promise<void> {
  await rm(COMMAND, { recursive: true, force: true });
  const bundle = await rollup({
    input: `${PARTS}/main.js`,
    external: [/^node:/, '@peculiar/x509'],
    treeshake: { moduleSideEffects: false },
  });
  await bundle.write({
    dir: COMMAND,
    format: 'es',
    chunkFileNames: 'part-[hash].js',
    experimentalMinChunkSize: MIN_PART,
  });
  await bundle.close();
}
