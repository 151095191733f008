// Times the verification of one envelope by a warm verifier next to the bare WebCrypto operations that it must do:
// importing each key and checking each signature, of the envelope and of every certificate of the chain. The last
// column compares with the checks alone, with imported keys: the possible gain, which is not part of the budget.
import { createSigner, probeAlgorithms, sign } from 'notarykit';
import { parseEnvelope } from 'notarykit/envelope';
import { createMemoryRegistry, parseReference } from 'notarykit/oci';
import { parseTrustPolicy } from 'notarykit/policy';
import { generateTestCertificate, generateTestChain } from 'notarykit/testing';
import { composeVerifier } from 'notarykit/verifier';
import { createTrustStore } from 'notarykit/x509';
import { mediansOf } from './measure.mjs';

const BUDGET = 1.5;
const REPOSITORY = 'registry.example.com/app';
const { subtle } = globalThis.crypto;

export async function measureVerification() {
  const rows = [];
  for (const keySpec of Object.keys(await probeAlgorithms())) {
    const chains = [
      ['self-signed', await generateTestCertificate({ name: 'bench.example', keySpec })],
      ['leaf, intermediate, root', await generateTestChain({ name: 'bench.example', keySpec })],
    ];
    for (const [chain, certificate] of chains) {
      for (const format of ['jws', 'cose'])
        rows.push({ keySpec, chain, format, ...(await measure(certificate, format)) });
    }
  }
  return {
    budget: BUDGET,
    rows,
    overBudget: rows
      .filter(({ ratio }) => ratio > BUDGET)
      .map(({ keySpec, chain, format }) => `verify ${keySpec}, ${chain}, ${format}`),
  };
}

export function printVerification({ budget, rows }) {
  console.log(
    `verify one envelope, warm verifier: at most ${budget} x the bare WebCrypto operations (medians, ms)`,
  );
  console.log('key       chain                     format   verify     bare    ratio   keys imported');
  for (const { keySpec, chain, format, verifyMs, bareMs, checksOnlyMs, ratio } of rows) {
    const figures = [verifyMs, bareMs].map((ms) => ms.toFixed(3).padStart(8)).join(' ');
    const verdict = ratio > budget ? '  over budget' : '';
    console.log(
      `${keySpec.padEnd(9)} ${chain.padEnd(25)} ${format.padEnd(6)} ${figures} ${ratio.toFixed(2).padStart(8)} ${(verifyMs / checksOnlyMs).toFixed(2).padStart(14)}${verdict}`,
    );
  }
}

async function measure(certificate, format) {
  const { bytes, mediaType, artifact } = await signedEnvelope(certificate, format);
  const verifier = composeVerifier({
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
  const times = await mediansOf({ verify, bare, checksOnly });
  return {
    verifyMs: times.verify,
    bareMs: times.bare,
    checksOnlyMs: times.checksOnly,
    ratio: times.verify / times.bare,
  };
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
