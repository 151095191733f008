// Times the verification of one envelope by a warm verifier beside the bare WebCrypto operations that it must do:
// importing each key and checking each signature, of the envelope and of every certificate of the chain. The last column
// compares with the checks alone, keys imported before: what is left to gain, not part of the budget.
// Both are measured in one run, in turns, so that they share the machine's moods. `--json` prints data.
import { argv, exit } from 'node:process';
import { fromBER } from 'asn1js';
import { signatureAlgorithms } from 'notarykit/crypto';
import { parseEnvelope } from 'notarykit/envelope';
import { createMemoryRegistry, parseReference } from 'notarykit/oci';
import { parseTrustPolicy } from 'notarykit/policy';
import { createSigner, sign } from 'notarykit/signer';
import { generateTestCertificate, generateTestChain } from 'notarykit/testing';
import { createVerifier } from 'notarykit/verifier';
import { createTrustStore, parseCertificate, parseCertificates } from 'notarykit/x509';

const BUDGET = 1.5;
const ROUNDS = 60;
const REPOSITORY = 'registry.example.com/app';
const { subtle } = globalThis.crypto;

const rows = [];
for (const { keySpec } of signatureAlgorithms) {
  const chains = [
    ['self-signed', await generateTestCertificate({ name: 'bench.example', keyType: keySpec })],
    ['leaf, intermediate, root', await generateTestChain({ name: 'bench.example', keyType: keySpec })],
  ];
  for (const [chain, certificate] of chains) {
    for (const format of ['jws', 'cose'])
      rows.push({ keySpec, chain, format, ...(await measure(certificate, format)) });
  }
}
const parsing = await measureParsing();
report(rows, parsing);
exit(rows.some(({ ratio }) => ratio > BUDGET) ? 1 : 0);

async function measure(certificate, format) {
  const { bytes, mediaType, artifact } = await signedEnvelope(certificate, format);
  const verifier = createVerifier({
    trustStore: createTrustStore({ 'ca:bench': certificate.root }),
    trustPolicy: parseTrustPolicy({
      version: '1.0',
      trustPolicies: [
        {
          name: 'bench',
          registryScopes: [REPOSITORY],
          signatureVerification: { level: 'strict' },
          trustStores: ['ca:bench'],
          trustedIdentities: ['x509.subject: C=US, ST=WA, O=Notary, CN=bench.example'],
        },
      ],
    }),
  });
  const verify = () => verifier.verifyEnvelope(bytes, { mediaType, artifact, reference: REPOSITORY });
  const { bare, checksOnly } = await bareOperations(parseEnvelope(bytes, mediaType));
  for (let i = 0; i < 10; i++) {
    await verify();
    await bare();
    await checksOnly();
  }
  const times = { verify: [], bare: [], checksOnly: [] };
  for (let i = 0; i < ROUNDS; i++) {
    times.verify.push(await timed(verify));
    times.bare.push(await timed(bare));
    times.checksOnly.push(await timed(checksOnly));
  }
  const [verifyMs, bareMs, checksOnlyMs] = [times.verify, times.bare, times.checksOnly].map(median);
  return { verifyMs, bareMs, checksOnlyMs, ratio: verifyMs / bareMs };
}

/** What docs/decisions/001 compares: one certificate, interpreted by the own reader and cut into elements by asn1js. */
async function measureParsing() {
  const { root } = await generateTestCertificate({ name: 'bench.example', keyType: 'EC-256' });
  const [{ der }] = parseCertificates(root);
  const buffer = Uint8Array.from(der).buffer;
  const work = { own: () => parseCertificate(der), asn1js: () => fromBER(buffer) };
  const times = { own: [], asn1js: [] };
  for (let i = 0; i < 40; i++) {
    for (const name of ['own', 'asn1js']) times[name].push((await timed(() => repeat(work[name], 50))) / 50);
  }
  return { ownMs: median(times.own), asn1jsMs: median(times.asn1js) };
}

function repeat(work, count) {
  for (let i = 0; i < count; i++) work();
}

async function signedEnvelope(certificate, format) {
  const registry = createMemoryRegistry();
  const repository = registry.repository(parseReference(REPOSITORY));
  const index = new TextEncoder().encode('{"schemaVersion":2,"manifests":[]}');
  const { digest } = await repository.pushManifest('application/vnd.oci.image.index.v1+json', index);
  const signer = await createSigner(certificate);
  const { envelope, artifact } = await sign(`${REPOSITORY}@${digest}`, { signer, registry, format });
  const bytes = await repository.fetchBlob(envelope, { maxBytes: 1e6 });
  return { bytes, mediaType: envelope.mediaType, artifact };
}

/** All signatures at once, as the library checks them. */
async function bareOperations({ algorithm, certificates, signature, signedBytes }) {
  const [leaf] = certificates;
  const checks = [
    {
      spki: leaf.publicKey.spki,
      imported: algorithm.importParams,
      with: algorithm.signParams,
      signature,
      signedBytes,
    },
    ...certificates.map((certificate, i) => {
      const { publicKey } = certificates[i + 1] ?? certificate;
      const { name, hash } = certificate.signatureAlgorithm;
      const raw =
        name === 'ECDSA' ? rawSignature(certificate.signature, publicKey.size) : certificate.signature;
      return {
        spki: publicKey.spki,
        imported: name === 'ECDSA' ? { name, namedCurve: `P-${publicKey.size}` } : { name, hash },
        with: { name, hash },
        signature: raw,
        signedBytes: certificate.tbs,
      };
    }),
  ];
  const importKey = (check) => subtle.importKey('spki', check.spki, check.imported, false, ['verify']);
  const keys = await Promise.all(checks.map(importKey));
  const verified = (check, key) => subtle.verify(check.with, key, check.signature, check.signedBytes);
  return {
    bare: () => all(checks.map(async (check) => verified(check, await importKey(check)))),
    checksOnly: () => all(checks.map((check, i) => verified(check, keys[i]))),
  };
}

async function all(results) {
  if (!(await Promise.all(results)).every(Boolean)) throw new Error('a bare operation failed');
}

/** r and s of a DER signature side by side. */
function rawSignature(der, bits) {
  const length = Math.ceil(bits / 8);
  const raw = new Uint8Array(2 * length);
  let offset = der[1] < 0x80 ? 2 : 3;
  for (const end of [length, 2 * length]) {
    const size = der[offset + 1];
    const magnitude = der.subarray(offset + 2 + Math.max(0, size - length), offset + 2 + size);
    raw.set(magnitude, end - magnitude.length);
    offset += 2 + size;
  }
  return raw;
}

async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function report(rows, { ownMs, asn1jsMs }) {
  if (argv.includes('--json')) {
    console.log(JSON.stringify({ budget: BUDGET, rows, parsing: { ownMs, asn1jsMs } }, null, 2));
    return;
  }
  console.log(
    `verify one envelope, warm verifier: at most ${BUDGET} x the bare WebCrypto operations (medians, ms)`,
  );
  console.log('key       chain                     format   verify     bare    ratio   keys at hand');
  for (const { keySpec, chain, format, verifyMs, bareMs, checksOnlyMs, ratio } of rows) {
    const figures = [verifyMs, bareMs].map((ms) => ms.toFixed(3).padStart(8)).join(' ');
    const verdict = ratio > BUDGET ? '  over budget' : '';
    console.log(
      `${keySpec.padEnd(9)} ${chain.padEnd(25)} ${format.padEnd(6)} ${figures} ${ratio.toFixed(2).padStart(8)} ${(verifyMs / checksOnlyMs).toFixed(2).padStart(14)}${verdict}`,
    );
  }
  const [own, asn1js] = [ownMs, asn1jsMs].map((ms) => (ms * 1000).toFixed(0));
  console.log(`\nread one certificate: own reader ${own} µs, asn1js ${asn1js} µs (elements only)`);
}
