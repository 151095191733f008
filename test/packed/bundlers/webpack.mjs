import { promisify } from 'node:util';
import { loadTool } from '../runtimes/run.mjs';

const runWebpack = promisify(loadTool('webpack'));

export const webpack = {
  name: `webpack ${loadTool('webpack').version}`,
  page: '<script defer src="/main.js"></script>',
  program: 'main.cjs',

  bundleForBrowser: (entry, directory) => bundle(entry, directory, 'web', '.js'),

  bundleForNode: (entry, directory) => bundle(entry, directory, 'node20', '.cjs'),
};

async function bundle(entry, directory, target, extension) {
  const stats = await runWebpack({
    mode: 'production',
    entry: { main: entry },
    target,
    output: { path: directory, filename: `[name]${extension}`, chunkFilename: `[id]${extension}` },
    // Disables its hints about the size of a page.
    performance: { hints: false },
  });
  const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
  return [...errors, ...warnings].map(({ message }) => message);
}
