import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { run } from '../runtimes/run.mjs';
import { readCommands } from './guide.mjs';
import { LAYER, startMachine } from './machine.mjs';

/** The registry, and the port of the gateway, that the guide and the example name. */
const REGISTRY = 'registry.example.com';
const PORT = '8787';
const START_TIMEOUT = 30_000;

/** Does what docs/guides/edge.md says, with the package that is installed in a project, by each way to run the gateway. */
export async function followEdgeGuide(project) {
  const directory = join(project, 'edge-guide');
  await mkdir(directory);
  const machine = await startMachine(project, directory);
  try {
    const blocks = await readCommands();
    const textsOf = (wanted) => blocks.filter(({ kind }) => kind === wanted).map(({ commands }) => commands);
    const setup = textsOf('setup').join('').replaceAll(REGISTRY, machine.registry.host);
    await run('sh', ['-ec', setup], { cwd: directory, variables: machine.variables });
    const gateway = join(directory, 'edge-gateway');
    await chooseRegistry(join(gateway, 'wrangler.jsonc'), machine.registry.host);
    const secret = await readFile(join(gateway, '.dev.vars'), 'utf8');
    const variables = { ...machine.variables, ...assignmentsIn(setup), ...assignmentsIn(secret) };
    const pulls = blocks
      .filter(({ kind }) => kind === 'pull')
      .map(({ commands, output }) => ({
        commands,
        output: output.replaceAll(REGISTRY, machine.registry.host),
      }));
    const [workers, servers] = [textsOf('worker'), textsOf('server')];
    const starts = [...workers, ...servers];
    if (workers.length === 0 || servers.length < 3 || pulls.length < 2)
      throw new Error('the guide does not pull in each runtime');
    for (const start of starts) await pullThrough(start, pulls, { cwd: gateway, variables });
    // Another worker, in another location, has the verdict of the first from the KV namespace.
    await rm(join(gateway, '.wrangler/state/v3/cache'), { recursive: true });
    const [known] = pulls.map(({ commands }) => ({
      commands,
      output: 'server-timing: upstream;dur=1.0, verdict;dur=1.0;desc="hit"',
    }));
    await pullThrough(workers[0], [known], { cwd: gateway, variables });
    const upload = await deployWithoutAccount(textsOf('account'), { cwd: gateway, variables });
    return `docs/guides/edge.md: ${starts.map((start) => start.trim().split('\n').at(-1)).join(', ')}; ${upload}`;
  } finally {
    await machine.registry.close();
  }
}

/** Does everything that a deployment does before it needs an account. Returns what would be uploaded. */
async function deployWithoutAccount(blocks, options) {
  const [deploy] = blocks.join('').match(/^npx wrangler deploy .*$/m) ?? [];
  if (!deploy) throw new Error('the guide does not deploy');
  const printed = await run('sh', ['-ec', `${deploy} --dry-run`], options);
  const [upload] = printed.match(/Total Upload: .*/) ?? [];
  if (!upload || !printed.includes('env.VERDICTS')) throw new Error(`wrangler would not deploy: ${printed}`);
  return upload;
}

async function chooseRegistry(file, host) {
  await writeFile(file, (await readFile(file, 'utf8')).replaceAll(REGISTRY, host));
}

/** The variables that get a value that is written out. */
function assignmentsIn(text) {
  const pairs = [...text.matchAll(/^(?:export )?([A-Z_]+)=([^$\s]+)$/gm)];
  return Object.fromEntries(pairs.map(([, name, value]) => [name, value]));
}

/** Starts a gateway, and pulls through it as the guide does. */
async function pullThrough(start, pulls, { cwd, variables }) {
  const port = await freePort();
  const commands = start
    .replace('wrangler dev', `wrangler dev --ip 127.0.0.1 --port ${port}`)
    .replaceAll(PORT, port);
  const env = { ...process.env, ...variables, PORT: port };
  // A group of its own, so that it ends with the programs that it has started.
  const child = spawn('sh', ['-ec', commands], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(chunk));
  try {
    await untilListening(port, child);
    for (const { commands: pull, output } of pulls) {
      const printed = await run('sh', ['-ec', pull.replaceAll(PORT, port)], { cwd, variables });
      const missing = linesOf(output).filter((line) => !linesOf(printed).includes(line));
      if (missing.length > 0)
        throw new Error(`${pull} printed no line ${missing.join('\n')} but\n${printed}`);
    }
    await checkResponses(`http://127.0.0.1:${port}/v2/team/app`);
  } catch (error) {
    throw new Error(`${commands.trim()}: ${error.message}\n${Buffer.concat(said)}`, { cause: error });
  } finally {
    if (child.exitCode === null) {
      process.kill(-child.pid);
      await once(child, 'exit');
    }
  }
}

/** Clients take the size of a manifest from HEAD, and that of a layer from GET, and go on with a layer by a range. */
async function checkResponses(repository) {
  const heads = [];
  for (const method of ['HEAD', 'GET']) {
    const response = await fetch(`${repository}/manifests/v1`, { method });
    await response.arrayBuffer();
    const names = ['content-type', 'content-length', 'docker-content-digest'];
    heads.push([response.status, ...names.map((name) => response.headers.get(name))].join(' '));
  }
  if (heads[0] !== heads[1] || !heads[0].startsWith('200 application/'))
    throw new Error(`HEAD gets ${heads[0]}, but GET ${heads[1]}`);
  // wrangler would compress what has no content type.
  const identity = { 'accept-encoding': 'identity' };
  const whole = await fetch(`${repository}/blobs/${LAYER.digest}`, { headers: identity });
  const part = await fetch(`${repository}/blobs/${LAYER.digest}`, {
    headers: { range: 'bytes=2-4', ...identity },
  });
  const seen = [whole.status, whole.headers.get('content-length'), await whole.text()];
  seen.push(part.status, part.headers.get('content-range'), await part.text());
  const { length } = LAYER.text;
  const wanted = [200, String(length), LAYER.text, 206, `bytes 2-4/${length}`, LAYER.text.slice(2, 5)];
  if (seen.join() !== wanted.join()) throw new Error(`a layer is ${seen.join()}, not ${wanted.join()}`);
}

async function untilListening(port, child) {
  for (let waited = 0; waited < START_TIMEOUT; waited += 100) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    const answered = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('it does not listen');
}

/** Runtimes write names of headers, and the reason of a status, as they like; digests and times differ. */
function linesOf(output) {
  return output
    .split('\n')
    .map((line) => line.trim().toLowerCase())
    .map((line) => line.replace(/^http\/1.1 (\d+).*/, '$1').replace(/sha256:[0-9a-f]+/g, 'sha256:…'))
    .map((line) => line.replace(/dur=[\d.]+/g, 'dur=…').replace(/^(content-length): \d+/, '$1: …'))
    .filter((line) => line !== '' && line !== '…');
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return String(port);
}
