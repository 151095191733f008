import { build, version } from 'esbuild';

export const esbuild = {
  name: `esbuild ${version}`,
  page: '<script type="module" src="/main.js"></script>',
  program: 'main.mjs',

  bundleForBrowser: (entry, directory) => bundle(entry, directory, { platform: 'browser', splitting: true }),

  bundleForNode: (entry, directory) =>
    bundle(entry, directory, { platform: 'node', target: 'node20', outExtension: { '.js': '.mjs' } }),
};

async function bundle(entry, directory, options) {
  const { warnings } = await build({
    entryPoints: { main: entry },
    outdir: directory,
    bundle: true,
    minify: true,
    format: 'esm',
    logLevel: 'silent',
    ...options,
  });
  return warnings.map(({ text }) => text);
}
