// Packs the project, installs the packed file into an empty project, and verifies signatures of the notation CLI there
// in every runtime and as every bundler bundles it; follows the guide of the gateway at the edge, by wrangler, too;
// compiles programs that use it with the types that users have. Needs
// `npm ci` and `bash scripts/runtimes-tools.sh` before. Prints a line for each check; exits with 1 when one fails or
// a tool is missing.
//
//   node scripts/packed.mjs                      what `npm run build` makes of the sources
//   node scripts/packed.mjs notarykit-1.2.3.tgz  a file that is to be published
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { bundlers, runBundledPage, runBundledProgram } from '../test/packed/bundlers/index.mjs';
import { followEdgeGuide } from '../test/packed/edge-gateway/index.mjs';
import { runInChromium } from '../test/packed/runtimes/chromium.mjs';
import { runInDeno, runInDenoFromRegistry } from '../test/packed/runtimes/deno.mjs';
import { nodeVersion, run, runtime } from '../test/packed/runtimes/run.mjs';
import { runInWorkerd } from '../test/packed/runtimes/workerd.mjs';
import { prepareTypeChecks } from '../test/packed/types/index.mjs';

const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));
const PROGRAM = ['fixture.json', 'verify.mjs', 'command-line.mjs', 'require.cjs', 'worker.mjs', 'page.mjs'];

/** The one entry point that is for Node, Deno and Bun only. */
const NOT_PORTABLE = 'notarykit/node';

const project = await mkdtemp(join(tmpdir(), 'notarykit-packed-'));
try {
  await install(process.argv[2] ? resolve(process.argv[2]) : await pack());
  const addresses = await readAddresses();
  const specifiers = Object.keys(addresses);
  const portable = specifiers.filter((specifier) => specifier !== NOT_PORTABLE);
  await writeProgram(specifiers, portable);
  const checks = [
    ['the command', runCommand],
    ...runtimeChecks(addresses),
    ...bundlers.flatMap(bundlerChecks),
    ['the gateway at the edge', () => followEdgeGuide(project)],
    ...(await prepareTypeChecks(project, { specifiers, portable })),
  ];
  if (!(await runAll(checks))) process.exitCode = 1;
} finally {
  await rm(project, { recursive: true, force: true });
}

async function pack() {
  await run('npm', ['run', '--silent', 'built'], { cwd: REPOSITORY });
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', project];
  const [{ filename }] = JSON.parse(await run('npm', args, { cwd: REPOSITORY }));
  return join(project, filename);
}

/** As a user would, with install scripts allowed; the packages have none. */
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

async function writeProgram(specifiers, portable) {
  for (const file of PROGRAM) await copyFile(join(REPOSITORY, 'test/packed', file), join(project, file));
  await writeFile(
    join(project, 'entries.mjs'),
    `export const entries = ${loadersOf(specifiers, 'import')};\n`,
  );
  await writeFile(
    join(project, 'portable-entries.mjs'),
    `export const entries = ${loadersOf(portable, 'import')};\n`,
  );
  await writeFile(
    join(project, 'required-entries.cjs'),
    `exports.entries = ${loadersOf(specifiers, 'require')};\n`,
  );
}

/** Code that loads each of them; written out, as bundlers and Deno want to see what is imported. */
function loadersOf(specifiers, load) {
  const lines = specifiers.map((specifier) => `  '${specifier}': () => ${load}('${specifier}'),\n`);
  return `{\n${lines.join('')}}`;
}

/** Runs them one after another, because some use the whole machine. Returns whether all succeeded. */
async function runAll(checks) {
  let good = true;
  for (const [name, check] of checks) {
    try {
      console.log(`ok      ${await check()}`);
    } catch (error) {
      good = false;
      console.log(`FAILED  ${name}: ${error.message}`);
    }
  }
  return good;
}

/** The names of the checks, and functions that run them and return a line for people. */
function runtimeChecks(addresses) {
  return [
    ['this Node', () => runInNode(process.execPath)],
    ['Node 22', async () => runInNode(await nodeVersion('node-22'))],
    ['Node 24', async () => runInNode(await nodeVersion('node-24'))],
    ['the newest Node', async () => runInNode(await nodeVersion('node'))],
    ['Deno', () => runInDeno(project)],
    ['Deno with npm: specifiers', () => runInDenoFromRegistry(project)],
    ['Bun', runInBun],
    ['workerd', () => runInWorkerd(project)],
    ['Chromium', () => runInChromium(project, addresses)],
  ];
}

function bundlerChecks(bundler) {
  return [
    [
      `${bundler.name} for browsers`,
      async () => `${bundler.name}, ${await runBundledPage(project, bundler)}`,
    ],
    [`${bundler.name} for Node`, async () => `${bundler.name}, ${await runBundledProgram(project, bundler)}`],
  ];
}

/** As README says, by `npx`, in an image layout: sets up a key and a policy, signs, and verifies. */
async function runCommand() {
  const layout = await writeLayout(join(project, 'layout'));
  const variables = { NOTATION_CONFIG: join(project, 'notation') };
  const notarykit = (...args) =>
    run('npx', ['--no-install', 'notarykit', ...args], { cwd: project, variables });
  await notarykit('cert', 'generate-test', '--default', 'acme.example');
  await notarykit(
    'policy',
    'init',
    '--name',
    'all',
    '--trust-store',
    'ca:acme.example',
    '--trusted-identity',
    '*',
  );
  await notarykit('sign', '--oci-layout', layout);
  const said = await notarykit('verify', '--oci-layout', layout, '--scope', 'registry.example.com/app');
  if (!said.startsWith('Successfully verified signature for registry.example.com/app@sha256:'))
    throw new Error(said);
  return `npx --no-install notarykit verify: ${said.trim()}`;
}

/** Writes an image layout with one manifest. @returns It, with the tag. */
async function writeLayout(path) {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType, layers: [] });
  const hex = createHash('sha256').update(manifest).digest('hex');
  const annotations = { 'org.opencontainers.image.ref.name': 'v1' };
  const entry = { mediaType, digest: `sha256:${hex}`, size: manifest.length, annotations };
  await mkdir(join(path, 'blobs/sha256'), { recursive: true });
  await writeFile(join(path, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(join(path, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
  await writeFile(join(path, 'blobs/sha256', hex), manifest);
  return `${path}:v1`;
}

/** By `import`, and by `require` from CommonJS, which Node supports since 20.19. */
async function runInNode(node) {
  const version = await run(node, ['--version']);
  const imported = await run(node, ['command-line.mjs'], { cwd: project });
  const required = await run(node, ['require.cjs'], { cwd: project });
  if (required !== imported) throw new Error(`require: ${required}; import: ${imported}`);
  return `Node ${version}, import and require: ${imported}`;
}

async function runInBun() {
  const bun = await runtime('bun');
  const version = await run(bun, ['--version']);
  // Bun would otherwise fetch missing packages.
  return `Bun ${version}: ${await run(bun, ['--no-install', 'command-line.mjs'], { cwd: project })}`;
}
