// One process verifies artifacts of ever different registries, repositories, certificate chains and CRL addresses, and
// must not grow: `npm run soak` for 200,000 of them, `npm run soak -- --count 3000` for a few seconds. Each verification is
// whole, over a `fetch` in this process: refusal, token, manifest, referrers, signature and CRL. Every chain is newly
// signed, but all have one root and one leaf key, and leaves differ in their CRL address and signature only, because new keys
// and certificates would take most of the time; all CRL addresses serve the same list. Prints a table, and fails if the
// second half leaves more than 5 % over the first on the heap.
import assert from 'node:assert/strict';
import { createHash, sign } from 'node:crypto';
import { parseArgs } from 'node:util';
import { createRegistry, createTrustStore, createVerifier, parseTrustPolicy } from '../dist/index.js';
import { extensions, forgeAuthority, forgeCrl, forgeLeaf } from './forge.mjs';

const MAX_GROWTH = 0.05;
const AT_ONCE = 8;
const MEBIBYTE = 1024 * 1024;
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const SIGNATURE = 'application/vnd.cncf.notary.signature';
const JWS = 'application/jose+json';

const { values } = parseArgs({ options: { count: { type: 'string', default: '200000' } } });
const count = Number(values.count);
/** So large that the caches of responses and tokens are full after a quarter of the run. */
const fill = (bytes) => Math.ceil(bytes / (count / 4));

const bytesOf = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const descriptorOf = (mediaType, bytes) => ({
  mediaType,
  digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
  size: bytes.length,
});
const base64Url = (value) => bytesOf(value).toString('base64url');

const hostOf = (number) => `r${String(number).padStart(7, '0')}.example`;
const crlUrl = (host) => `http://crl.${host}/ca.crl`;

const root = forgeAuthority({ subject: 'Soak Root' });
const template = forgeLeaf({
  issuer: root,
  extensions: [extensions.keyUsage(['digitalSignature']), extensions.crl([crlUrl(hostOf(0))])],
});
const { key } = template;

/** Splits a DER element off the front of bytes. */
function splitElement(bytes) {
  const long = bytes[1] < 0x80 ? 0 : bytes[1] - 0x80;
  const length = long === 0 ? bytes[1] : bytes.readUIntBE(2, long);
  const [start, end] = [2 + long, 2 + long + length];
  return { element: bytes.subarray(0, end), content: bytes.subarray(start, end), rest: bytes.subarray(end) };
}

const element = (tag, content) => {
  const length =
    content.length < 0x80 ? [content.length] : [0x82, content.length >> 8, content.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
};

/** Signs a copy of the leaf whose CRL is at the URL of a host: it is the only difference. */
function leafOf(host) {
  const { element: tbs, rest } = splitElement(splitElement(Buffer.from(template.der)).content);
  const changed = Buffer.from(tbs);
  changed.write(host, changed.indexOf(hostOf(0)));
  const signed = sign('sha256', changed, root.key.privateKey);
  const bits = element(0x03, Buffer.concat([Buffer.from([0]), signed]));
  return element(0x30, Buffer.concat([changed, splitElement(rest).element, bits]));
}

const filler = extensions.of('1.2.3.4', new Uint8Array(fill(64 * MEBIBYTE)));
const crl = forgeCrl({
  issuer: root,
  entries: [{ serialNumber: Uint8Array.of(0x40, 1), extensions: [filler] }],
});
const image = descriptorOf(MANIFEST, bytesOf('{"schemaVersion":2}'));
const token = 'x'.repeat(Math.min(60_000, fill(16 * MEBIBYTE)));
const payload = base64Url({ targetArtifact: image });
const signingTime = new Date(Math.floor(Date.now() / 1000) * 1000).toISOString().replace('.000', '');
const protectedHeader = base64Url({
  alg: 'ES256',
  cty: 'application/vnd.cncf.notary.payload.v1+json',
  crit: ['io.cncf.notary.signingScheme'],
  'io.cncf.notary.signingScheme': 'notary.x509',
  'io.cncf.notary.signingTime': signingTime,
});
const signature = sign('sha256', bytesOf(`${protectedHeader}.${payload}`), {
  key: key.privateKey,
  dsaEncoding: 'ieee-p1363',
}).toString('base64url');

/** The contents of the repositories that are being verified, by their host. */
const served = new Map();

function publish(host) {
  const x5c = [leafOf(host), root.der].map((der) => Buffer.from(der).toString('base64'));
  const envelope = bytesOf({ payload, protected: protectedHeader, header: { x5c }, signature });
  const config = descriptorOf('application/vnd.oci.empty.v1+json', bytesOf('{}'));
  const manifest = bytesOf({
    schemaVersion: 2,
    mediaType: MANIFEST,
    artifactType: SIGNATURE,
    config,
    layers: [descriptorOf(JWS, envelope)],
    subject: image,
  });
  const listed = { ...descriptorOf(MANIFEST, manifest), artifactType: SIGNATURE };
  const referrers = bytesOf({ schemaVersion: 2, mediaType: INDEX, manifests: [listed] });
  served.set(host, { envelope, manifest, referrers });
}

async function answer(request) {
  const url = new URL(typeof request === 'string' ? request : request.url);
  const { host, pathname } = url;
  if (host.startsWith('crl.')) return new Response(crl);
  if (pathname === '/token') return Response.json({ token: `${host}${token}`, expires_in: 3600 });
  if (!request.headers.has('authorization')) {
    const challenge = `Bearer realm="https://${host}/token",service="${host}"`;
    return new Response(null, { status: 401, headers: { 'www-authenticate': challenge } });
  }
  const { envelope, manifest, referrers } = served.get(host);
  if (pathname.includes('/referrers/')) {
    return new Response(referrers, { headers: { 'content-type': INDEX } });
  }
  if (pathname.includes('/blobs/')) return new Response(envelope);
  if (!pathname.endsWith(image.digest)) {
    return new Response(manifest, { headers: { 'content-type': MANIFEST } });
  }
  const headers = { 'docker-content-digest': image.digest, 'content-length': `${image.size}` };
  return new Response(null, { headers: { ...headers, 'content-type': MANIFEST } });
}

const verifier = createVerifier({
  registry: createRegistry({ fetch: answer }),
  fetch: answer,
  trustStore: createTrustStore({ 'ca:soak': root.pem }),
  trustPolicy: parseTrustPolicy({
    version: '1.0',
    trustPolicies: [
      {
        name: 'soak',
        registryScopes: ['*'],
        signatureVerification: { level: 'strict' },
        trustStores: ['ca:soak'],
        trustedIdentities: ['*'],
      },
    ],
  }),
});

async function verifyOne(number) {
  const host = hostOf(number);
  publish(host);
  const report = await verifier.evaluate(`${host}/team/app-${number}@${image.digest}`);
  assert.equal(report.outcome, 'verified', report.reason?.message);
  served.delete(host);
}

async function verifyAll(from, to) {
  let next = from;
  const worker = async () => {
    while (next < to) await verifyOne(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function measure() {
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    globalThis.gc();
  }
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return { heapUsed, arrayBuffers, rss };
}

assert.ok(globalThis.gc, 'run it with node --expose-gc');
const shown = (bytes) => (bytes / MEBIBYTE).toFixed(1).padStart(6);
const row = (verified, { heapUsed, arrayBuffers, rss }) =>
  console.log(
    `| ${verified.toLocaleString('en').padStart(8)} | ${shown(heapUsed)} | ${shown(arrayBuffers)} | ${shown(rss)} |`,
  );

console.log('| verified | heap, MiB | array buffers, MiB | resident, MiB |\n|---|---|---|---|');
const halves = [];
for (let quarter = 0; quarter <= 4; quarter++) {
  const [from, to] = [quarter - 1, quarter].map((n) => Math.round((Math.max(n, 0) * count) / 4));
  await verifyAll(from, to);
  const measured = await measure();
  row(to, measured);
  if (quarter === 2 || quarter === 4) halves.push(measured.heapUsed);
}
const [first, second] = halves;
const growth = second / first - 1;
console.log(`\nThe second half left ${(100 * growth).toFixed(1)} % more on the heap than the first.`);
if (growth > MAX_GROWTH) process.exitCode = 1;
