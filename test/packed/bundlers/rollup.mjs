import { isBuiltin } from 'node:module';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { rollup as openBundle, VERSION } from 'rollup';
import { loadTool } from '../runtimes/run.mjs';

export const rollup = {
  name: `rollup ${VERSION}`,
  page: '<script type="module" src="/main.mjs"></script>',
  program: 'main.mjs',

  bundleForBrowser: (entry, directory) => bundle(entry, directory, { browser: true }),

  bundleForNode: (entry, directory) => bundle(entry, directory, { exportConditions: ['node'] }, isBuiltin),
};

async function bundle(entry, directory, resolution, external = []) {
  const warnings = [];
  const bundle = await openBundle({
    input: { main: entry },
    external,
    plugins: [
      nodeResolve(resolution),
      // Some dependencies of @peculiar/x509 are CommonJS.
      loadTool('@rollup/plugin-commonjs')(),
      loadTool('@rollup/plugin-json')(),
    ],
    onwarn: ({ message }) => warnings.push(message),
  });
  await bundle.write({ dir: directory, format: 'es', entryFileNames: '[name].mjs' });
  await bundle.close();
  return warnings;
}
