// Builds the extension and packs it for both browsers: `node examples/browser-extension/build.mjs`. Writes the directories
// dist/chromium and dist/firefox, which the browsers can load as they are, and a zip of each.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { zip } from './zip.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const SOURCES = join(HERE, 'src');
const SCRIPTS = ['background/background.ts', 'content/content.ts'];
const COPIED = /\.(?:html|css|png|svg)$/;

/** What each browser does not know, and would warn about. */
const UNKNOWN = {
  chromium: ['sidebar_action', 'browser_specific_settings', 'background.scripts'],
  firefox: ['side_panel', 'minimum_chrome_version', 'background.service_worker', 'permissions.sidePanel'],
};

if (argv[1] === fileURLToPath(import.meta.url)) {
  const directory = join(HERE, 'dist');
  for (const { browser, bytes } of await buildExtension({ directory })) {
    console.log(`${relative('', join(directory, `${browser}.zip`))}: ${(bytes / 1024).toFixed(0)} kB`);
  }
}

/**
 * Builds the extension for both browsers.
 * @param {object} options
 * @param {string} options.directory - Gets a directory and a zip for each browser.
 * @param {string[]} [options.hostPermissions] - Match patterns that are granted at installation; none by default. Tests grant
 * the hosts that a user would permit.
 * @returns {Promise<{ browser: string, path: string, bytes: number }[]>} The directories, and the sizes of their zips.
 */
export async function buildExtension({ directory, hostPermissions = [] }) {
  const files = await bundle();
  const manifest = JSON.parse(await readFile(join(HERE, 'manifest.json'), 'utf8'));
  await mkdir(directory, { recursive: true });
  return Promise.all(
    Object.entries(UNKNOWN).map(async ([browser, unknown]) => {
      const own = without(manifest, unknown);
      if (hostPermissions.length > 0) own.host_permissions = hostPermissions;
      const packed = new Map([
        ['manifest.json', Buffer.from(`${JSON.stringify(own, null, 2)}\n`)],
        ...[...files].sort(([a], [b]) => (a < b ? -1 : 1)),
      ]);
      const archive = zip(packed);
      const path = join(directory, browser);
      await rm(path, { recursive: true, force: true });
      await writeAll(path, packed);
      await writeFile(`${path}.zip`, archive);
      return { browser, path, bytes: archive.length };
    }),
  );
}

/** Returns the files of the extension by their paths: each page lies next to its script and its style. */
async function bundle() {
  const sources = (await readdir(SOURCES, { recursive: true })).map((path) => path.replaceAll('\\', '/'));
  const pages = sources.filter((path) => path.endsWith('.html')).map((path) => path.replace(/html$/, 'ts'));
  const { outputFiles } = await build({
    entryPoints: [...SCRIPTS, ...pages].map((path) => join(SOURCES, path)),
    // A service worker of an extension cannot import modules while it runs, and a content script is not a module.
    splitting: false,
    format: 'iife',
    bundle: true,
    minify: true,
    platform: 'browser',
    target: ['chrome120', 'firefox128'],
    mainFields: ['module', 'main'],
    charset: 'ascii',
    legalComments: 'none',
    outbase: SOURCES,
    outdir: SOURCES,
    tsconfig: join(HERE, 'tsconfig.json'),
    absWorkingDir: HERE,
    logLevel: 'warning',
    write: false,
  });
  const copied = [
    ...sources.filter((path) => COPIED.test(path)).map((path) => [path, join(SOURCES, path)]),
    ...(await readdir(join(HERE, 'icons'))).map((name) => [`icons/${name}`, join(HERE, 'icons', name)]),
  ];
  return new Map([
    ...outputFiles.map(({ path, contents }) => [relative(SOURCES, path).replaceAll('\\', '/'), contents]),
    ...(await Promise.all(copied.map(async ([name, path]) => [name, await readFile(path)]))),
  ]);
}

/** Returns a copy of a manifest without members, or without items of a list, such as `permissions.sidePanel`. */
function without(manifest, members) {
  const copy = structuredClone(manifest);
  for (const member of members) {
    const [name, inner] = member.split('.');
    if (inner === undefined) delete copy[name];
    else if (Array.isArray(copy[name])) copy[name] = copy[name].filter((item) => item !== inner);
    else delete copy[name][inner];
  }
  return copy;
}

async function writeAll(directory, files) {
  for (const [path, content] of files) {
    const target = join(directory, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content);
  }
}
