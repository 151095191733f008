// Makes fixture.json: one artifact that the notation CLI signed in both formats, with what is needed to verify it.
//
//   bash scripts/interop-tools.sh && npm run build && node test/packed/make-fixture.mjs
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listSignatures, parseReference } from 'notarykit';
import { createImageLayout } from 'notarykit/node';
import { generateTestChain } from 'notarykit/testing';

const REPOSITORY = 'registry.example.com/team/app';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const EMPTY = 'application/vnd.oci.empty.v1+json';
const KEY = 'release';
const TARGET = fileURLToPath(new URL('fixture.json', import.meta.url));

const directory = await mkdtemp(join(tmpdir(), 'notarykit-fixture-'));
try {
  await writeFile(TARGET, `${JSON.stringify(await makeFixture(), null, 2)}\n`);
  console.log(`${TARGET} is written`);
} finally {
  await rm(directory, { recursive: true });
}

async function makeFixture() {
  const chain = await generateTestChain({ name: 'release.acme.example', keySpec: 'EC-256' });
  await giveToNotation(chain);
  const layout = join(directory, 'layout');
  const registry = createImageLayout(layout);
  const repository = registry.repository(parseReference(REPOSITORY));
  const artifact = await pushArtifact(repository);
  for (const format of ['jws', 'cose']) {
    notation(
      'sign',
      '--key',
      KEY,
      '--signature-format',
      format,
      '--oci-layout',
      `${layout}@${artifact.digest}`,
    );
  }
  const signatures = [];
  for await (const found of listSignatures(`${REPOSITORY}@${artifact.digest}`, { registry })) {
    signatures.push(await fetchEnvelope(repository, found));
  }
  return {
    madeBy: `notation ${notation('version').match(/Version: +(\S+)/)?.[1]}`,
    // Certificates are valid for a day: the verifier's clock is to show this.
    at: new Date().toISOString(),
    reference: `${REPOSITORY}@${artifact.digest}`,
    artifact,
    root: chain.root,
    identity: 'x509.subject: C=US, ST=WA, O=Notary, CN=release.acme.example',
    signatures,
  };
}

async function pushArtifact(repository) {
  const config = await repository.pushBlob(EMPTY, new TextEncoder().encode('{}'));
  const manifest = { schemaVersion: 2, mediaType: MANIFEST, config, layers: [config] };
  const bytes = new TextEncoder().encode(JSON.stringify(manifest));
  const { mediaType, digest, size } = await repository.pushManifest(MANIFEST, bytes, { tag: 'v1' });
  return { mediaType, digest, size };
}

async function fetchEnvelope(repository, signature) {
  const manifest = JSON.parse(new TextDecoder().decode(await repository.fetchManifest(signature)));
  const [{ mediaType, digest, size }] = manifest.layers;
  const bytes = await repository.fetchBlob({ mediaType, digest, size }, { maxBytes: 1_000_000 });
  return { mediaType, envelope: Buffer.from(bytes).toString('base64') };
}

async function giveToNotation({ privateKey, certificates }) {
  const keyPath = join(directory, 'key.pem');
  const certPath = join(directory, 'certificates.pem');
  const keys = [{ name: KEY, keyPath, certPath }];
  await mkdir(join(directory, 'notation'));
  await writeFile(keyPath, privateKey, { mode: 0o600 });
  await writeFile(certPath, certificates);
  await writeFile(join(directory, 'notation', 'signingkeys.json'), JSON.stringify({ keys }));
}

/** Runs the CLI with a configuration of its own: nothing of the user's is read or written. */
function notation(...args) {
  const cached = fileURLToPath(new URL('../../.cache/interop/bin/notation', import.meta.url));
  const env = {
    HOME: directory,
    XDG_CONFIG_HOME: directory,
    XDG_CACHE_HOME: directory,
    NOTATION_EXPERIMENTAL: '1',
  };
  const program = existsSync(cached) ? cached : 'notation';
  return execFileSync(program, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}
