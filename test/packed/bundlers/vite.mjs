import { loadTool } from '../runtimes/run.mjs';

export const vite = {
  name: `vite ${loadTool('vite/package.json').version}`,
  page: '<script type="module" src="/main.mjs"></script>',
  program: 'main.mjs',

  bundleForBrowser: (entry, directory) => bundle(entry, directory, {}),

  bundleForNode: (entry, directory) => bundle(entry, directory, { ssr: true }, { noExternal: true }),
};

async function bundle(entry, directory, options, ssr) {
  const warnings = [];
  await loadTool('vite').build({
    configFile: false,
    logLevel: 'silent',
    build: {
      outDir: directory,
      rolldownOptions: {
        input: { main: entry },
        output: { entryFileNames: '[name].mjs' },
        onwarn: ({ message }) => warnings.push(message),
      },
      ...options,
    },
    ...(ssr && { ssr }),
  });
  return warnings;
}
