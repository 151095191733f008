import { createHash } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { env } from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { nodeVersion, runtime } from '../runtimes/run.mjs';

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
const WRANGLER = join(REPOSITORY, '.cache/wrangler/node_modules/wrangler');
const IMAGE = 'application/vnd.oci.image.manifest.v1+json';

/** A blob in the registry. */
export const LAYER = layerOf('the bytes of a layer');

/**
 * Lays out the machine of a reader: a registry with the images `v1`, which is signed, and `unsigned`; the configuration
 * of notation, which trusts the signer; and commands that are found on its PATH. `npm install notarykit` takes the package
 * that is installed in a project, and wrangler is that of scripts/runtimes-tools.sh.
 */
export async function startMachine(project, directory) {
  const registry = await startRegistry(directory);
  await publish(project, registry, join(directory, 'home/.config/notation'));
  const bin = join(directory, 'bin');
  await mkdir(bin);
  // The oldest that the guide names, and the newest for wrangler.
  await writeCommand(bin, 'node', `exec '${await nodeVersion('node-22')}' "$@"`);
  const node = await nodeVersion('node');
  await writeCommand(bin, 'npm', NPM(project));
  await writeCommand(
    bin,
    'npx',
    `[ "$1" = wrangler ] && shift && exec '${node}' '${WRANGLER}/bin/wrangler.js' "$@"`,
  );
  for (const name of ['deno', 'bun']) await writeCommand(bin, name, `exec '${await runtime(name)}' "$@"`);
  const variables = {
    PATH: [bin, env.PATH].join(delimiter),
    HOME: join(directory, 'home'),
    CI: '1',
    WRANGLER_SEND_METRICS: 'false',
    // It would look up where the machine is.
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  };
  return { registry, variables };
}

/** The first time there is no package.json: the package is installed. The second time, what the example needs. */
const NPM = (project) => `
[ "$1" = install ] || exit 99
mkdir -p node_modules/.bin
if [ "$2" = notarykit ]; then ln -s '${project}/node_modules/notarykit' node_modules/notarykit
else ln -s '${WRANGLER}' node_modules/wrangler; fi`;

async function writeCommand(bin, name, script) {
  await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(bin, name), 0o755);
}

/** The registry of the unit tests. */
async function startRegistry(directory) {
  const outfile = join(directory, 'registry.mjs');
  await build({
    entryPoints: [join(REPOSITORY, 'test/support/registry-server.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'silent',
  });
  const { startRegistry: start } = await import(pathToFileURL(outfile).href);
  return start();
}

function layerOf(text) {
  return { text, digest: `sha256:${createHash('sha256').update(text).digest('hex')}` };
}

async function publish(project, registry, notation) {
  const load = (path) => import(pathToFileURL(join(project, 'node_modules/notarykit/dist', path)).href);
  const { createSigner, sign } = await load('index.js');
  const { generateTestChain } = await load('testing/index.js');
  const chain = await generateTestChain({ name: 'release.acme.example', keySpec: 'EC-256' });
  for (const tag of ['v1', 'unsigned'])
    registry.put(
      'team/app',
      { schemaVersion: 2, mediaType: IMAGE, layers: [], annotations: { tag } },
      { tag },
    );
  registry.repository('team/app').blobs.set(LAYER.digest, Buffer.from(LAYER.text));
  await sign(`${registry.host}/team/app:v1`, { signer: await createSigner(chain) });
  const statement = {
    name: 'production',
    registryScopes: [`${registry.host}/team/app`],
    signatureVerification: { level: 'strict' },
    trustStores: ['ca:acme'],
    trustedIdentities: ['x509.subject: C=US, ST=WA, O=Notary, CN=release.acme.example'],
  };
  const policy = JSON.stringify({ version: '1.0', trustPolicies: [statement] });
  await writeUnder(notation, { 'trustpolicy.json': policy, 'truststore/x509/ca/acme/root.crt': chain.root });
}

async function writeUnder(directory, files) {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
}
