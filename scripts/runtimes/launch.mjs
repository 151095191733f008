// Runs the suite in one runtime each. Every launcher gives a SuiteReport of test/runtimes/suite.ts.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execPath } from 'node:process';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MODULES = resolve('.cache/runtimes/node_modules');
const bin = (name) => join(MODULES, '.bin', name);
/** The binary of an installed version of Node: all of them have one name in `.bin`. */
const node = (version) => join(MODULES, version, 'bin/node');
const LIMIT = 10 * 60_000;
/** A host name that only the started browsers map to loopback: they do not treat it as secure, unlike 127.0.0.1. */
export const PLAIN_HOST = 'plain.example';

/**
 * Name for people, whether `notarykit/node` works there, version, and how to run the suite.
 * @param only - Runs only the files whose path contains this string.
 */
export const runtimes = [
  {
    id: 'node',
    name: 'Node 20',
    version: () => process.version.slice(1),
    run: (job) => inProcess(execPath, [], job),
  },
  {
    id: 'node-22',
    name: 'Node 22',
    version: () => versionOf(node('node-22')),
    run: (job) => inProcess(node('node-22'), [], job),
  },
  {
    id: 'node-24',
    name: 'Node 24',
    version: () => versionOf(node('node-24')),
    run: (job) => inProcess(node('node-24'), [], job),
  },
  {
    id: 'node-newest',
    name: 'Node, newest',
    version: () => versionOf(node('node')),
    run: (job) => inProcess(node('node'), [], job),
  },
  {
    id: 'peculiar',
    name: 'Node 20 on @peculiar/webcrypto',
    version: () => process.version.slice(1),
    run: (job) => inProcess(execPath, ['--import', peculiar(job.directory)], job),
  },
  {
    id: 'deno',
    name: 'Deno',
    version: () => versionOf(bin('deno')),
    // The assertions need these variables; the library does not.
    run: (job) =>
      inProcess(bin('deno'), ['run', '--allow-net=127.0.0.1,localhost', '--allow-env', '--no-prompt'], job),
  },
  {
    id: 'bun',
    name: 'Bun',
    version: () => versionOf(bin('bun')),
    run: (job) => inProcess(bin('bun'), [], job),
  },
  { id: 'workerd', name: 'workerd', version: () => versionOf(bin('workerd')), run: inWorkerd },
  { id: 'chromium', name: 'Chromium, page', version: () => versionOf('chromium'), run: inPage },
  {
    id: 'chromium-extension',
    name: 'Chromium, extension (Manifest V3)',
    version: () => versionOf('chromium'),
    run: inExtension,
  },
];

function versionOf(program) {
  return /\d+[\d.-]*/.exec(execFileSync(program, ['--version']).toString())[0];
}

/** A program that imports the suite, runs it and prints its report. */
async function inProcess(program, flags, { directory, origin, only }) {
  const main = join(directory, 'main.mjs');
  const suite = pathToFileURL(join(directory, 'suite.mjs')).href;
  writeFileSync(
    main,
    `import { runSuite } from ${JSON.stringify(suite)};
     const report = await runSuite(${JSON.stringify(origin)}, ${JSON.stringify(only)});
     console.log('SUITE ' + JSON.stringify(report));
     globalThis.process?.exit?.(0);`,
  );
  const { stdout } = await run(program, [...flags, main], { timeout: LIMIT, maxBuffer: 64 * 1024 * 1024 });
  const line = stdout.split('\n').find((text) => text.startsWith('SUITE '));
  if (!line) throw new Error(`no report: ${stdout.slice(-500)}`);
  return JSON.parse(line.slice('SUITE '.length));
}

function peculiar(directory) {
  const file = join(directory, 'peculiar.mjs');
  const module = import.meta.resolve('@peculiar/webcrypto');
  writeFileSync(
    file,
    `import { Crypto } from ${JSON.stringify(module)};
     Object.defineProperty(globalThis, 'crypto', { value: new Crypto(), configurable: true, writable: true });`,
  );
  return pathToFileURL(file).href;
}

async function inWorkerd({ directory, origin, only }) {
  writeFileSync(
    join(directory, 'worker.mjs'),
    `import { runSuite } from './suite.mjs';
     export default {
       async fetch(request) {
         const { searchParams } = new URL(request.url);
         return Response.json(await runSuite(searchParams.get('origin'), searchParams.get('only')));
       },
     };`,
  );
  const port = await freePort();
  writeFileSync(
    join(directory, 'workerd.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [
    (name = "worker.mjs", esModule = embed "worker.mjs"),
    (name = "suite.mjs", esModule = embed "suite.mjs"),
  ],
  compatibilityDate = "2026-11-01",
);
`,
  );
  const workerd = spawn(bin('workerd'), ['serve', '--verbose', join(directory, 'workerd.capnp')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said = [];
  createInterface({ input: workerd.stderr }).on('line', (line) => said.push(line));
  try {
    const url = `http://127.0.0.1:${port}/?${new URLSearchParams({ origin, only })}`;
    await connectable(port, said);
    const response = await get(url);
    if (!response.startsWith('{'))
      throw new Error(`${response.slice(0, 500)}\n${said.slice(-20).join('\n')}`);
    return JSON.parse(response);
  } finally {
    workerd.kill('SIGKILL');
  }
}

async function connectable(port, said) {
  for (let tries = 0; tries < 100; tries++) {
    if (await canConnect(port)) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`workerd does not start: ${said.join('\n')}`);
}

function canConnect(port) {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => done(true)).on('error', () => done(false));
    socket.on('connect', () => socket.destroy());
  });
}

/** Unlike fetch, this waits for headers without a time limit. */
function get(url) {
  return new Promise((done, fail) => {
    request(url, { timeout: LIMIT }, async (response) => {
      response.setEncoding('utf8');
      let text = '';
      for await (const chunk of response) text += chunk;
      done(text);
    })
      .on('timeout', () => fail(new Error('workerd does not answer')))
      .on('error', fail)
      .end();
  });
}

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/**
 * Runs the suite in a page whose policy allows only scripts of its own origin, and probes what a page on HTTPS can do.
 */
async function inPage({ origin, secureOrigin, only }) {
  return withChromium([], async (context) => {
    const report = await visit(context, `${origin}/page.html?${new URLSearchParams({ origin, only })}`);
    const plain = `http://${PLAIN_HOST}:${new URL(origin).port}`;
    const probed = await visit(context, `${secureOrigin}/page.html?probe=${encodeURIComponent(plain)}`);
    const onHttps = probed.abilities.find(({ name }) => name === 'addresses on plain HTTP');
    const abilities = report.abilities.map((ability) => (ability.name === onHttps.name ? onHttps : ability));
    return { ...report, abilities };
  });
}

async function visit(context, url) {
  const page = await context.newPage();
  const violations = [];
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) violations.push(message.text());
  });
  await page.goto(url);
  await page.waitForFunction(() => globalThis.suiteReport !== undefined, null, { timeout: LIMIT });
  const report = await page.evaluate(() => globalThis.suiteReport);
  if (report.error) throw new Error(report.error);
  if (violations.length > 0) throw new Error(`the page's policy was violated: ${violations.join('; ')}`);
  await page.close();
  return report;
}

async function inExtension({ origin, only, directory }) {
  const extension = join(directory, 'extension');
  const flags = [`--disable-extensions-except=${extension}`, `--load-extension=${extension}`];
  return withChromium(flags, async (context) => {
    const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
    await worker.evaluate((job) => globalThis.startSuite(job), { origin, only });
    for (const until = Date.now() + LIMIT; Date.now() < until; ) {
      const report = await worker.evaluate(() => globalThis.suiteReport);
      if (report?.error) throw new Error(report.error);
      if (report) return report;
      await new Promise((done) => setTimeout(done, 1000));
    }
    throw new Error('the extension does not finish');
  });
}

async function withChromium(flags, work) {
  const { chromium } = await import(pathToFileURL(join(MODULES, 'playwright-core/index.mjs')).href);
  const profile = mkdtempSync(join(tmpdir(), 'notarykit-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: execFileSync('which', ['chromium']).toString().trim(),
    headless: false,
    ignoreHTTPSErrors: true,
    args: [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--host-resolver-rules=MAP ${PLAIN_HOST} 127.0.0.1`,
      ...flags,
    ],
    ignoreDefaultArgs: ['--disable-extensions'],
  });
  try {
    return await work(context);
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
}
