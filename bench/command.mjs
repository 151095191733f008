// The time that `notarykit verify` of one digest in a registry takes, next to that of an empty Node.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { createSigner, listSignatures, parseReference, sign } from '../dist/index.js';
import { createImageLayout } from '../dist/node/index.js';
import { generateTestCertificate } from '../dist/testing/index.js';
import { median, timed } from './measure.mjs';

const COMMAND = `${import.meta.dirname}/../dist/cli/main.js`;
const ROUNDS = 15;
const MAX_RATIO = 3;
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

export async function measureCommand() {
  const directory = await mkdtemp(join(tmpdir(), 'bench-command-'));
  const { server, reference } = await serveSignedImage(directory);
  const env = { ...process.env, NOTATION_CONFIG: directory, DOCKER_CONFIG: directory };
  const empty = join(directory, 'empty.mjs');
  await writeFile(empty, '');
  const programs = { empty: [empty], help: [COMMAND, '--help'], verify: [COMMAND, 'verify', reference] };
  try {
    const times = Object.fromEntries(Object.keys(programs).map((name) => [name, []]));
    for (let round = 0; round < ROUNDS; round++) {
      // They take turns, so that the load affects them alike.
      for (const [name, args] of Object.entries(programs))
        times[name].push(await timed(() => run(args, env)));
    }
    const wallMs = Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
    const ratio = wallMs.verify / wallMs.empty;
    const excess = `notarykit verify takes ${ratio.toFixed(2)} times an empty Node, not ${MAX_RATIO}`;
    return { rounds: ROUNDS, wallMs, ratio, overBudget: ratio > MAX_RATIO ? [excess] : [] };
  } finally {
    server.close();
    server.closeAllConnections();
    await rm(directory, { recursive: true });
  }
}

export function printCommand({ rounds, wallMs, ratio }) {
  console.log(`the command, one process each (medians of ${rounds}, ms wall)`);
  for (const [name, ms] of Object.entries(wallMs))
    console.log(`${name.padEnd(24)} ${ms.toFixed(0).padStart(6)}`);
  console.log(
    `verify of one digest in a registry: ${ratio.toFixed(2)} times an empty Node (at most ${MAX_RATIO})`,
  );
}

async function run(args, env) {
  const child = spawn(execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${args.join(' ')} failed with ${code}`);
}

/** Signs an image in an image layout, and serves the layout as a registry would. */
async function serveSignedImage(directory) {
  const layout = createImageLayout(join(directory, 'layout'));
  const certificate = await generateTestCertificate({ name: 'acme.example' });
  const name = parseReference('localhost/app');
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, layers: [] }));
  const artifact = await layout.repository(name).pushManifest(MANIFEST, bytes);
  await sign(
    { ...name, digest: artifact.digest },
    { signer: await createSigner(certificate), registry: layout },
  );
  const manifests = [];
  for await (const one of listSignatures({ ...name, digest: artifact.digest }, { registry: layout }))
    manifests.push(one);
  const index = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests,
  });
  const server = createServer(async ({ url }, response) => {
    const [path] = url.split('?');
    const type = path.includes('/referrers/') ? 'application/vnd.oci.image.index.v1+json' : MANIFEST;
    const blob = join(directory, 'layout/blobs', path.split('/').at(-1).replace(':', '/'));
    const body = path.includes('/referrers/') ? index : await readFile(blob).catch(() => undefined);
    const headers = { 'content-type': type, 'content-length': Buffer.byteLength(body ?? '') };
    response.writeHead(body ? 200 : 404, headers).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  await writeTrust(directory, certificate.root);
  return { server, reference: `127.0.0.1:${server.address().port}/app@${artifact.digest}` };
}

async function writeTrust(directory, root) {
  const store = join(directory, 'truststore/x509/ca/acme');
  await mkdir(store, { recursive: true });
  await writeFile(join(store, 'acme.crt'), root);
  const statement = {
    name: 'all',
    registryScopes: ['*'],
    signatureVerification: { level: 'strict' },
    trustStores: ['ca:acme'],
    trustedIdentities: ['*'],
  };
  const policy = { version: '1.0', trustPolicies: [statement] };
  await writeFile(join(directory, 'trustpolicy.json'), JSON.stringify(policy), { mode: 0o600 });
}
