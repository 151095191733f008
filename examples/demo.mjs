// The main job, end to end: push an image, sign it twice, verify it, then see four things that are not trusted, and
// what a time-stamp is worth once a certificate has expired.
//
//   npm run demo                            in an image layout in a temporary folder
//   REGISTRY=localhost:5000 npm run demo    in that registry
//   SIGNER=file npm run demo                the company's key is in an encrypted file; `plugin`: behind a notation plugin;
//                                           `vault`: in the Vault of VAULT_ADDR and VAULT_TOKEN, or in a stand-in for it
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import {
  createRegistry,
  createSigner,
  createTrustStore,
  evaluate,
  formatReport,
  inspect,
  parseReference,
  parseTrustPolicy,
  sign,
  verify,
} from 'notarykit';
import { createImageLayout } from 'notarykit/node';
import { createTestTimestampAuthority, generateTestCertificate, generateTestChain } from 'notarykit/testing';
import { companySigner } from './demo-signers.mjs';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';
const DAY = 86_400_000;

const folder = await mkdtemp(join(tmpdir(), 'notarykit-demo-'));
const layout = join(folder, 'layout');
let company;
try {
  company = await companySigner(folder);
  await demo();
} finally {
  await company?.stop?.();
  await rm(folder, { recursive: true });
}

async function demo() {
  const registry = env.REGISTRY ? createRegistry() : createImageLayout(layout);
  const host = env.REGISTRY ?? 'registry.example.com';
  const name = `${host}/notarykit/demo`;
  // A tag of its own: in a registry that is kept, signatures of an earlier run are of other certificates.
  const tag = `run-${Date.now()}`;

  title(`1. Push a small image to ${env.REGISTRY ? name : `an image layout in ${layout}`}`);
  const image = await pushImage(registry.repository(parseReference(name)), tag, ['bin', 'lib', 'etc']);
  say(`${name}:${tag} is ${image.digest}`);

  title(`2. Sign it, in COSE by ${company.what} and in JWS by a test certificate`);
  const developer = await createSigner(await generateTestCertificate({ name: 'dev.acme.example' }));
  const userMetadata = { buildId: '2024.11.7', commit: '9f8e7d6' };
  for (const [signer, format] of [
    [company.signer, 'cose'],
    [developer, 'jws'],
  ]) {
    const result = await sign(`${name}:${tag}`, {
      signer,
      registry,
      format,
      userMetadata,
      expiresIn: 30 * 86_400,
    });
    say(`${format.toUpperCase().padEnd(4)} ${result.signature.digest}, expires ${result.expiry}`);
  }
  for (const { mediaType, certificates, userDefinedAttributes } of await inspect(`${name}:${tag}`, {
    registry,
  })) {
    say(
      `inspect: ${mediaType}, issued to ${certificates[0].issuedTo}, ${JSON.stringify(userDefinedAttributes)}`,
    );
  }

  title('3. Verify it under a strict policy');
  const trustStore = createTrustStore({ 'ca:acme': company.root });
  const trustPolicy = policy(name, 'release.acme.example');
  const report = await verify(`${name}:${tag}`, { trustPolicy, trustStore, registry, userMetadata });
  say(formatReport(report));
  say(`pull ${name}@${report.artifact.digest}`);

  title('4. A tampered envelope is rejected');
  const tampered = tampering(registry);
  show(await evaluate(`${name}:${tag}`, { trustPolicy, trustStore, registry: tampered }));

  title('5. Another identity than the policy trusts is rejected');
  const stranger = policy(name, 'somebody.else.example');
  show(await evaluate(`${name}:${tag}`, { trustPolicy: stranger, trustStore, registry }));

  title('6. An unknown root is rejected');
  const other = await generateTestChain({ name: 'release.acme.example', keySpec: 'EC-256' });
  const otherStore = createTrustStore({ 'ca:acme': other.root });
  show(await evaluate(`${name}:${tag}`, { trustPolicy, trustStore: otherStore, registry }));

  title('7. An expired signature is rejected');
  const expired = await pushImage(registry.repository(parseReference(name)), `${tag}-expired`, ['old']);
  await sign(`${name}@${expired.digest}`, { signer: company.signer, registry, expiresIn: 60 });
  const inAnHour = () => new Date(Date.now() + 3_600_000);
  show(await evaluate(`${name}@${expired.digest}`, { trustPolicy, trustStore, registry, clock: inAnHour }));

  title('8. Two signatures by a certificate that expired yesterday, of the week before; one is time-stamped');
  const lastWeek = () => new Date(Date.now() - 7 * DAY);
  const former = await generateTestChain({
    name: 'release.acme.example',
    keySpec: 'EC-256',
    notBefore: new Date(Date.now() - 30 * DAY),
    notAfter: new Date(Date.now() - DAY),
  });
  const authority = await createTestTimestampAuthority({ accuracy: 500, clock: lastWeek });
  const { url, rootCertificate: rootCertificates, fetch } = authority;
  const signer = await createSigner(former);
  const [stamped, plain] = [
    await pushImage(registry.repository(parseReference(name)), `${tag}-stamped`, ['bin']),
    await pushImage(registry.repository(parseReference(name)), `${tag}-plain`, ['bin']),
  ];
  const { timestamp } = await sign(`${name}@${stamped.digest}`, {
    signer,
    registry,
    format: 'cose',
    clock: lastWeek,
    timestamp: { url, rootCertificates, fetch },
  });
  say(`${stamped.digest} is time-stamped ${timestamp} by ${url}`);
  await sign(`${name}@${plain.digest}`, { signer, registry, format: 'cose', clock: lastWeek });
  say(`${plain.digest} is not time-stamped`);

  title('9. The time-stamped one is trusted: it was made while the certificate was valid');
  const stores = createTrustStore({ 'ca:acme': former.root, 'tsa:acme': rootCertificates });
  const withTimestamps = policy(name, 'release.acme.example', ['ca:acme', 'tsa:acme']);
  const proven = { trustPolicy: withTimestamps, trustStore: stores, registry };
  say(formatReport(await verify(`${name}@${stamped.digest}`, proven)));

  title('10. The other one is rejected, and so is the time-stamped one where no authority is trusted');
  show(await evaluate(`${name}@${plain.digest}`, proven));
  const noAuthority = createTrustStore({ 'ca:acme': former.root });
  show(await evaluate(`${name}@${stamped.digest}`, { trustPolicy, trustStore: noAuthority, registry }));
}

async function pushImage(repository, tag, files) {
  const encode = (text) => new TextEncoder().encode(text);
  const layers = [];
  for (const file of files)
    layers.push(await repository.pushBlob(LAYER, encode(`the layer ${file} of ${tag}`)));
  const config = await repository.pushBlob(CONFIG, encode('{"architecture":"amd64","os":"linux"}'));
  const manifest = { schemaVersion: 2, mediaType: MANIFEST, config, layers };
  return repository.pushManifest(MANIFEST, encode(JSON.stringify(manifest)), { tag });
}

function policy(repository, commonName, trustStores = ['ca:acme']) {
  return parseTrustPolicy({
    version: '1.0',
    trustPolicies: [
      {
        name: 'production',
        registryScopes: [repository],
        signatureVerification: { level: 'strict' },
        trustStores,
        trustedIdentities: [`x509.subject: C=US, ST=WA, O=Notary, CN=${commonName}`],
      },
    ],
  });
}

/** What an attacker would do: exchange the digest that was signed, in every envelope, behind the back of all checks. */
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

/** The payload is a byte string inside: JSON that can be seen. */
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

function show(report) {
  if (report.outcome !== 'rejected')
    throw new Error(`this should have been rejected:\n${formatReport(report)}`);
  say(formatReport(report));
}

function title(text) {
  console.log(`\n${text}\n${'-'.repeat(text.length)}`);
}

function say(text) {
  console.log(text.replace(/^/gm, '  '));
}
