// Packs the project, installs the packed file into an empty project, and verifies signatures of the notation CLI there
// in every runtime. Needs `npm ci` and `bash scripts/runtimes-tools.sh` before. Prints a line for each runtime; exits
// with 1 when one fails or is missing.
//
//   node scripts/packed.mjs                      what `npm run build` makes of the sources
//   node scripts/packed.mjs notarykit-1.2.3.tgz  a file that is to be published
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { runInChromium } from '../test/packed/runtimes/chromium.mjs';
import { runInDeno, runInDenoFromRegistry } from '../test/packed/runtimes/deno.mjs';
import { run, runtime } from '../test/packed/runtimes/run.mjs';
import { runInWorkerd } from '../test/packed/runtimes/workerd.mjs';

const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));
const PROGRAM = ['fixture.json', 'verify.mjs', 'command-line.mjs', 'worker.mjs', 'page.mjs'];

/** The one entry point that is for Node, Deno and Bun only. */
const NOT_PORTABLE = 'notarykit/node';

const project = await mkdtemp(join(tmpdir(), 'notarykit-packed-'));
try {
  await install(process.argv[2] ? resolve(process.argv[2]) : await pack());
  const addresses = await readAddresses();
  await writeProgram(Object.keys(addresses));
  if (!(await runEverywhere(addresses))) process.exitCode = 1;
} finally {
  await rm(project, { recursive: true, force: true });
}

async function pack() {
  await run('npm', ['run', '--silent', 'built'], { cwd: REPOSITORY });
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', project];
  const [{ filename }] = JSON.parse(await run('npm', args, { cwd: REPOSITORY }));
  return join(project, filename);
}

/** As a user would; with scripts of packages allowed, of which there are none. */
async function install(tarball) {
  await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  const flags = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  await run('npm', ['install', ...flags, tarball], { cwd: project });
  console.log(`${basename(tarball)} is installed in an empty project`);
}

/** For each entry point of the installed package, where a static server of the project has it. */
async function readAddresses() {
  const home = '/node_modules/notarykit/';
  const { name, exports } = JSON.parse(await readFile(join(project, home, 'package.json'), 'utf8'));
  const entries = Object.entries(exports).filter(([path]) => !path.endsWith('.json'));
  return Object.fromEntries(entries.map(([path, target]) => [join(name, path), join(home, target.default)]));
}

async function writeProgram(specifiers) {
  for (const file of PROGRAM) await copyFile(join(REPOSITORY, 'test/packed', file), join(project, file));
  const portable = specifiers.filter((specifier) => specifier !== NOT_PORTABLE);
  await writeFile(join(project, 'entries.mjs'), loadersOf(specifiers));
  await writeFile(join(project, 'portable-entries.mjs'), loadersOf(portable));
}

/** Code that imports each of them; written out, as bundlers and Deno want to see what is imported. */
function loadersOf(specifiers) {
  const lines = specifiers.map((specifier) => `  '${specifier}': () => import('${specifier}'),\n`);
  return `export const entries = {\n${lines.join('')}};\n`;
}

/** One after the other, as some of them fill the machine. Returns whether all of them succeeded. */
async function runEverywhere(addresses) {
  const runtimes = {
    'this Node': () => runInNode(process.execPath),
    'the newest Node': async () => runInNode(await runtime('node')),
    Deno: () => runInDeno(project),
    'Deno with npm: specifiers': () => runInDenoFromRegistry(project),
    Bun: runInBun,
    workerd: () => runInWorkerd(project),
    Chromium: () => runInChromium(project, addresses),
  };
  let good = true;
  for (const [name, start] of Object.entries(runtimes)) {
    try {
      console.log(`ok      ${await start()}`);
    } catch (error) {
      good = false;
      console.log(`FAILED  ${name}: ${error.message}`);
    }
  }
  return good;
}

async function runInNode(node) {
  const version = await run(node, ['--version']);
  return `Node ${version}: ${await run(node, ['command-line.mjs'], { cwd: project })}`;
}

async function runInBun() {
  const bun = await runtime('bun');
  const version = await run(bun, ['--version']);
  // Bun would fetch what is missing by itself.
  return `Bun ${version}: ${await run(bun, ['--no-install', 'command-line.mjs'], { cwd: project })}`;
}
