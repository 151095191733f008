// The main job, end to end: push an image, sign it in both formats, verify it, and see what is not trusted.
//
//   npm run demo                            in an image layout in a temporary directory
//   REGISTRY=localhost:5000 npm run demo    in that registry
//   SIGNER=file npm run demo                the company's key is in an encrypted file; `plugin`: behind a notation plugin;
//                                           `vault`: in the Vault of VAULT_ADDR and VAULT_TOKEN, or in a stand-in for it
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process, { env } from 'node:process';
import {
  createRegistry,
  createRevocationChecker,
  createSigner,
  createTrustStore,
  evaluate,
  formatReport,
  inspect,
  parseReference,
  parseTrustPolicy,
  sign,
} from 'notarykit';
import { createImageLayout } from 'notarykit/node';
import { createTestTimestampAuthority, generateTestCertificate, generateTestChain } from 'notarykit/testing';
import { companySigner } from './demo-signers.mjs';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';
const DAY = 86_400_000;
const RELEASE = 'release.acme.example';

const directory = await mkdtemp(join(tmpdir(), 'notarykit-demo-'));
const layout = join(directory, 'layout');
const registry = env.REGISTRY ? createRegistry() : createImageLayout(layout);
const name = `${env.REGISTRY ?? 'registry.example.com'}/notarykit/demo`;
const repository = registry.repository(parseReference(name));
/** Unique, because a registry may contain signatures of an earlier run, which are by other certificates. */
const tag = `run-${Date.now()}`;
const verdicts = [];
let company;

title(`An image is pushed to ${env.REGISTRY ? name : `the image layout ${layout}`}`);
try {
  const image = await pushImage(tag, ['bin', 'lib', 'etc']);
  say(`${name}:${tag}`, `is ${image.digest}`);
  company = await companySigner(directory);
  await signTwice();
  await verifyImage();
  await verifyOldCertificate();
  await verifyRevocation();
  await verifyPlatforms();
  summarize();
} finally {
  await company?.stop?.();
  await rm(directory, { recursive: true });
}

async function signTwice() {
  title(`It is signed in COSE by ${company.what}, and in JWS by a test certificate`);
  const developer = await createSigner(
    await generateTestCertificate({ name: 'dev.acme.example', keySpec: 'EC-256' }),
  );
  const userMetadata = { buildId: '2024.11.7', commit: '9f8e7d6' };
  for (const [signer, format] of [
    [company.signer, 'cose'],
    [developer, 'jws'],
  ]) {
    await sign(`${name}:${tag}`, { signer, registry, format, userMetadata, expiresIn: 30 * 86_400 });
  }
  for (const { mediaType, digest, certificates } of await inspect(`${name}:${tag}`, { registry })) {
    say(`${mediaType} ${digest}`, `by ${certificates[0].issuedTo}`);
  }
}

async function verifyImage() {
  title('It is verified under a strict policy that trusts the company');
  const trustStore = createTrustStore({ 'ca:acme': company.root });
  const options = { trustPolicy: policy(RELEASE), trustStore, registry };
  const report = await evaluate(`${name}:${tag}`, { ...options, userMetadata: { buildId: '2024.11.7' } });
  expectVerified('signed by the company, with the build that was required', report);
  // The signatures that were tried before the good one depend on the order in which the registry lists them.
  say(formatReport({ ...report, signatures: report.signatures.slice(-1) }));

  title('What must not be trusted is rejected');
  const tampered = await evaluate(`${name}:${tag}`, { ...options, registry: tampering(registry) });
  expectRejected('envelopes that were tampered with', tampered, 'ERR_SIGNATURE_INVALID');
  const another = { ...options, trustPolicy: policy('somebody.else.example') };
  expectRejected(
    'a signer that the policy does not name',
    await evaluate(`${name}:${tag}`, another),
    'ERR_IDENTITY_UNTRUSTED',
  );
  const { root } = await generateTestChain({ name: RELEASE, keySpec: 'EC-256' });
  const stranger = { ...options, trustStore: createTrustStore({ 'ca:acme': root }) };
  expectRejected(
    'a chain of an unknown root',
    await evaluate(`${name}:${tag}`, stranger),
    'ERR_ROOT_UNTRUSTED',
  );

  const { digest } = await pushImage(`${tag}-expired`, ['old']);
  const reference = `${name}@${digest}`;
  expectRejected('an image that nobody signed', await evaluate(reference, options), 'ERR_NO_SIGNATURE');
  await sign(reference, { signer: company.signer, registry, expiresIn: 60 });
  const clock = () => new Date(Date.now() + 3_600_000);
  expectRejected(
    'a signature that has expired',
    await evaluate(reference, { ...options, clock }),
    'ERR_SIGNATURE_EXPIRED',
  );
}

async function verifyOldCertificate() {
  title('A certificate expired yesterday; it signed two images last week, one with a timestamp');
  const clock = () => new Date(Date.now() - 7 * DAY);
  const former = await generateTestChain({
    name: RELEASE,
    keySpec: 'EC-256',
    notBefore: new Date(Date.now() - 30 * DAY),
    notAfter: new Date(Date.now() - DAY),
  });
  const { url, rootCertificate, fetch } = await createTestTimestampAuthority({ accuracy: 500, clock });
  const signer = await createSigner(former);
  const [stamped, plain] = [
    await pushImage(`${tag}-stamped`, ['bin']),
    await pushImage(`${tag}-plain`, ['bin']),
  ];
  const timestamp = { url, rootCertificates: rootCertificate, fetch };
  await sign(`${name}@${stamped.digest}`, { signer, registry, format: 'cose', clock, timestamp });
  await sign(`${name}@${plain.digest}`, { signer, registry, format: 'cose', clock });

  const trustStore = createTrustStore({ 'ca:acme': former.root, 'tsa:acme': rootCertificate });
  const trustPolicy = policy(RELEASE, ['ca:acme', 'tsa:acme']);
  const options = { trustPolicy, trustStore, registry };
  expectVerified(
    'the timestamp proves the time of signing',
    await evaluate(`${name}@${stamped.digest}`, options),
  );
  expectRejected(
    'without a timestamp',
    await evaluate(`${name}@${plain.digest}`, options),
    'ERR_TIMESTAMP_MISSING',
  );
  const noAuthority = await evaluate(`${name}@${stamped.digest}`, {
    ...options,
    trustPolicy: policy(RELEASE),
  });
  expectRejected('a policy that trusts no timestamps', noAuthority, 'ERR_CERTIFICATE_NOT_VALID_AT_TIME');
}

async function verifyRevocation() {
  title('A certificate names a CRL to learn from whether it is revoked');
  const chain = await generateTestChain({
    name: RELEASE,
    keySpec: 'EC-256',
    crl: 'http://crl.acme.example/ca.crl',
  });
  const { digest } = await pushImage(`${tag}-crl`, ['bin']);
  await sign(`${name}@${digest}`, { signer: await createSigner(chain), registry });
  const unavailable = async () => new Response('', { status: 503 });
  const report = await evaluate(`${name}@${digest}`, {
    trustPolicy: policy(RELEASE),
    trustStore: createTrustStore({ 'ca:acme': chain.root }),
    registry,
    revocation: createRevocationChecker({ fetch: unavailable }),
  });
  expectRejected('the CRL cannot be fetched: unknown is not good', report, 'ERR_REVOCATION_UNKNOWN');
}

async function verifyPlatforms() {
  title('An index of two platforms is signed, and so are both of its images');
  const manifests = [];
  for (const architecture of ['amd64', 'arm64']) {
    const descriptor = await pushImage(`${tag}-${architecture}`, [architecture]);
    manifests.push({ ...descriptor, platform: { os: 'linux', architecture } });
  }
  const { digest } = await pushManifest(INDEX, { manifests }, `${tag}-index`);
  await sign(`${name}@${digest}`, { signer: company.signer, registry, platforms: 'all' });
  const trustStore = createTrustStore({ 'ca:acme': company.root });
  const options = { trustPolicy: policy(RELEASE), trustStore, registry, platforms: 'all' };
  expectVerified('every platform', await evaluate(`${name}@${digest}`, options));
  await pushManifest(
    INDEX,
    { manifests: [...manifests, await pushImage(`${tag}-new`, ['new'])] },
    `${tag}-index-2`,
  );
  await sign(`${name}:${tag}-index-2`, { signer: company.signer, registry });
  const report = await evaluate(`${name}:${tag}-index-2`, options);
  expectRejected('an index with an image that nobody signed', report, 'ERR_NO_SIGNATURE');
}

async function pushImage(tag, files) {
  const layers = [];
  for (const file of files)
    layers.push(await repository.pushBlob(LAYER, encode(`the layer ${file} of ${tag}`)));
  const config = await repository.pushBlob(CONFIG, encode('{"architecture":"amd64","os":"linux"}'));
  return pushManifest(MANIFEST, { config, layers }, tag);
}

function pushManifest(mediaType, content, tag) {
  const manifest = { schemaVersion: 2, mediaType, ...content };
  return repository.pushManifest(mediaType, encode(JSON.stringify(manifest)), { tag });
}

function encode(text) {
  return new TextEncoder().encode(text);
}

function policy(commonName, trustStores = ['ca:acme']) {
  return parseTrustPolicy({
    version: '1.0',
    trustPolicies: [
      {
        name: 'production',
        registryScopes: [name],
        signatureVerification: { level: 'strict' },
        trustStores,
        trustedIdentities: [`x509.subject: C=US, ST=WA, O=Notary, CN=${commonName}`],
      },
    ],
  });
}

/** Returns the registry as an attacker controls it: what was signed is changed in every envelope. */
function tampering(registry) {
  return {
    repository(reference) {
      const repository = registry.repository(reference);
      return {
        ...repository,
        async fetchBlob(descriptor, options) {
          const bytes = await repository.fetchBlob(descriptor, options);
          return descriptor.mediaType === 'application/cose' ? tamperCose(bytes) : tamperJws(bytes);
        },
      };
    },
  };
}

/** Changes the digest in the payload, which is JSON in a byte string of the envelope. */
function tamperCose(envelope) {
  const bytes = Uint8Array.from(envelope);
  const digest = new TextDecoder('latin1').decode(bytes).indexOf('sha256:');
  bytes[digest + 'sha256:'.length] ^= 1;
  return bytes;
}

function tamperJws(envelope) {
  const jws = JSON.parse(new TextDecoder().decode(envelope));
  const payload = JSON.parse(Buffer.from(jws.payload, 'base64url').toString());
  payload.targetArtifact.size += 1;
  const tampered = { ...jws, payload: Buffer.from(JSON.stringify(payload)).toString('base64url') };
  return new TextEncoder().encode(JSON.stringify(tampered));
}

function expectVerified(what, report) {
  printVerdict(what, report, report.outcome === 'verified');
}

/** If an artifact has several signatures, or several platforms, one of them must have failed for the reason. */
function expectRejected(what, report, code) {
  const platforms = (report.platforms ?? []).map((platform) => platform.report);
  const reasons = [report, ...report.signatures, ...platforms].map(({ reason }) => reason);
  const reason = reasons.find((one) => one?.code === code);
  printVerdict(what, report, report.outcome === 'rejected' && reason);
}

/** Prints a verdict, with a mark that says whether it is the expected one, and the expected reason. */
function printVerdict(what, report, expected) {
  verdicts.push(Boolean(expected));
  say(`${expected ? '[as expected]' : '[UNEXPECTED]'} ${report.outcome}: ${what}`);
  if (!expected) say(formatReport(report));
  if (expected?.code) say(`  ${expected.code}: ${shorten(expected.message)}`);
}

function shorten(text) {
  return text.length > 90 ? `${text.slice(0, 90)}…` : text;
}

function summarize() {
  const expected = verdicts.filter(Boolean).length;
  title(`${expected} of ${verdicts.length} verdicts are as expected`);
  if (expected !== verdicts.length) process.exitCode = 1;
}

function title(text) {
  console.log(`\n${text}`);
}

function say(...texts) {
  console.log(texts.join(' ').replace(/^(?=.)/gm, '  '));
}
