// A page of images in every state, and their registry, on this machine: `node examples/browser-extension/try.mjs`. Writes what
// the options page imports into dist/try: the directory of notation's configuration.
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join, relative } from 'node:path';
import { env, exit } from 'node:process';
import { fileURLToPath } from 'node:url';
import { createMemoryRegistry, createSigner, isNotationError, parseReference, sign } from 'notarykit';
import { generateTestChain } from 'notarykit/testing';

const IMAGE_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const IMAGE_INDEX = 'application/vnd.oci.image.index.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const NOTATION = 'application/vnd.cncf.notary.signature';
const PORT = Number(env.PORT ?? 8123);
const HOST = `127.0.0.1:${PORT}`;
const NAME = `${HOST}/acme/app`;

const memory = createMemoryRegistry().repository(parseReference(NAME));
/** By digest: a request for a blob does not say its size, which the repository in memory requires. */
const blobs = new Map();
const repository = {
  ...memory,
  async pushBlob(mediaType, bytes) {
    const descriptor = await memory.pushBlob(mediaType, bytes);
    blobs.set(descriptor.digest, bytes);
    return descriptor;
  },
};

const acme = await generateTestChain({ name: 'release.acme.example', keySpec: 'EC-256' });
const stranger = await generateTestChain({ name: 'somebody.example', keySpec: 'EC-256' });
await publish('trusted', acme);
await publish('unsigned');
await publish('rejected', stranger);
const directory = await writeConfiguration();

createServer((request, response) => {
  respond(request, response).catch((error) => {
    response
      .writeHead(isNotationError(error) && error.code === 'ERR_NOT_FOUND' ? 404 : 500)
      .end(String(error));
  });
})
  .listen(PORT, '127.0.0.1', () => {
    console.log(`The page: http://${HOST}/`);
    console.log(`The configuration to import: ${relative('', directory)}`);
  })
  .on('error', (error) => {
    console.error(`${error.message}: set PORT to another port`);
    exit(1);
  });

/** Pushes an image under a tag, and signs it with a key if one is given. */
async function publish(tag, key) {
  const encode = (value) => new TextEncoder().encode(JSON.stringify(value));
  const config = await repository.pushBlob(
    CONFIG,
    encode({ architecture: 'amd64', os: 'linux', config: { Labels: { tag } } }),
  );
  const manifest = { schemaVersion: 2, mediaType: IMAGE_MANIFEST, config, layers: [] };
  const { digest } = await repository.pushManifest(IMAGE_MANIFEST, encode(manifest), { tag });
  if (key)
    await sign(`${NAME}@${digest}`, {
      signer: await createSigner(key),
      registry: { repository: () => repository },
    });
}

/** Writes a trust policy and a trust store where notation has them below its directory. */
async function writeConfiguration() {
  const path = join(dirname(fileURLToPath(import.meta.url)), 'dist/try/notation');
  const policy = {
    version: '1.0',
    trustPolicies: [
      {
        name: 'acme-images',
        registryScopes: [NAME],
        signatureVerification: { level: 'strict' },
        trustStores: ['ca:acme'],
        trustedIdentities: ['*'],
      },
    ],
  };
  const store = join(path, 'truststore/x509/ca/acme');
  await mkdir(store, { recursive: true });
  await writeFile(join(path, 'trustpolicy.json'), `${JSON.stringify(policy, null, 2)}\n`);
  await writeFile(join(store, 'acme.pem'), acme.root);
  return path;
}

/** Answers for the page, and for the part of the registry API that reads. */
async function respond({ method, url }, response) {
  const { pathname } = new URL(url, `http://${HOST}`);
  const [, kind, target] = /^\/v2\/acme\/app\/(manifests|blobs|referrers)\/([\w:.-]+)$/.exec(pathname) ?? [];
  if (pathname === '/') send(response, 'text/html; charset=utf-8', page());
  else if (kind === 'referrers') send(response, IMAGE_INDEX, await referrersOf(target));
  else if (kind === 'blobs' && blobs.has(target))
    send(response, 'application/octet-stream', blobs.get(target));
  else if (kind === 'manifests') {
    const descriptor = await repository.resolve(target);
    response.setHeader('docker-content-digest', descriptor.digest);
    send(response, descriptor.mediaType, await repository.fetchManifest(descriptor), method);
  } else response.writeHead(404).end();
}

function send(response, type, body, method = 'GET') {
  response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(method === 'HEAD' ? undefined : body);
}

async function referrersOf(digest) {
  const manifests = [];
  const referrers = repository.referrers(await repository.resolve(digest), { artifactType: NOTATION });
  for await (const descriptor of referrers) manifests.push(descriptor);
  return JSON.stringify({ schemaVersion: 2, mediaType: IMAGE_INDEX, manifests });
}

function page() {
  const items = ['trusted', 'unsigned', 'rejected'].map(
    (tag) => `<li><a href="oci://${NAME}:${tag}">${NAME}:${tag}</a></li>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Images of acme</title>
<h1>Images of acme</h1><ul>${items.join('')}</ul></html>`;
}
