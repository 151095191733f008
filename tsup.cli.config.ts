import { readFile, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { type GetModuleInfo, type Plugin, rollup } from 'rollup';
import { defineConfig } from 'tsup';

const PARTS = '.cache/cli';
const COMMAND = 'dist/cli';

/** What every verification loads: it becomes one file, since Node takes about half a millisecond for each. */
const HOT = ['main', 'verify', 'notation-config', 'evaluate-all', 'http-transport', 'named-stores'];

/** Bytes of code below which other parts are joined where possible. */
const MIN_PART = 20_000;

/** The command has a bundle of its own: programs that import the library load nothing of it. docs/decisions/025 */
export default defineConfig({
  entry: { main: 'src/cli/main.ts' },
  outDir: PARTS,
  clean: true,
  format: 'esm',
  target: 'node20',
  // As the library: packages come as plain ES modules.
  platform: 'neutral',
  splitting: true,
  treeshake: true,
  sourcemap: true,
  removeNodeProtocol: false,
  // The package has this dependency already.
  noExternal: [/^(?!node:|@peculiar\/x509$)/],
  external: [/^node:/, '@peculiar/x509'],
  esbuildOptions: (options) => {
    options.mainFields = ['module', 'main'];
    options.minifyWhitespace = true;
    options.minifySyntax = true;
  },
  onSuccess: joinParts,
});

/** Loads the parts with their source maps. */
const withSourceMaps: Plugin = {
  name: 'with-source-maps',
  async load(id) {
    const [code, map] = await Promise.all([readFile(id, 'utf8'), readFile(`${id}.map`, 'utf8')]);
    return { code, map };
  },
};

/** Joins the small files that esbuild makes of what commands have in common. */
async function joinParts(): Promise<void> {
  await rm(COMMAND, { recursive: true, force: true });
  const bundle = await rollup({
    input: `${PARTS}/main.js`,
    external: [/^node:/, '@peculiar/x509'],
    treeshake: { moduleSideEffects: false },
    plugins: [withSourceMaps],
  });
  await bundle.write({
    dir: COMMAND,
    format: 'es',
    sourcemap: true,
    chunkFileNames: '[name]-[hash].js',
    manualChunks: (id, { getModuleInfo }) => (isHot(id, getModuleInfo) ? 'hot' : undefined),
    experimentalMinChunkSize: MIN_PART,
  });
  await bundle.close();
}

/** Reports whether a part is one of the hot ones, or imported by one of them. */
function isHot(id: string, getModuleInfo: GetModuleInfo, seen = new Set<string>()): boolean {
  if (seen.has(id)) return false;
  seen.add(id);
  const name = basename(id).replace(/(?:-[A-Z0-9]{8})?\.js$/, '');
  if (HOT.includes(name)) return name !== 'main';
  return getModuleInfo(id)?.importers.some((importer) => isHot(importer, getModuleInfo, seen)) ?? false;
}
