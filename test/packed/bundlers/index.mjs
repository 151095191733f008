import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runBundleInChromium } from '../runtimes/chromium.mjs';
import { run } from '../runtimes/run.mjs';
import { esbuild } from './esbuild.mjs';
import { rollup } from './rollup.mjs';
import { vite } from './vite.mjs';
import { webpack } from './webpack.mjs';

/** Each bundler with the configuration of a user; its warnings are failures. */
export const bundlers = [esbuild, rollup, vite, webpack];

/** Bundles the page of a project, which imports every portable entry point, and opens it in Chromium. */
export function runBundledPage(project, { bundleForBrowser, page }) {
  return inEmptyDirectory(async (directory) => {
    refuseWarnings(await bundleForBrowser(join(project, 'page.mjs'), directory));
    return runBundleInChromium(directory, page);
  });
}

/** Bundles the program of a project, which imports every entry point, and runs it where no package is installed. */
export function runBundledProgram(project, { bundleForNode, program }) {
  return inEmptyDirectory(async (directory) => {
    refuseWarnings(await bundleForNode(join(project, 'command-line.mjs'), directory));
    return `Node ${process.version}: ${await run(process.execPath, [program], { cwd: directory })}`;
  });
}

function refuseWarnings(warnings) {
  if (warnings.length > 0) throw new Error(warnings.join('\n'));
}

async function inEmptyDirectory(work) {
  const directory = await mkdtemp(join(tmpdir(), 'notarykit-bundle-'));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
