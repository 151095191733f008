// How much CPU time the proofs of a verdict take on their own: OCSP responses, CRLs and timestamps.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTestTimestampAuthority, generateTestChain } from 'notarykit/testing';
import { createTimestamper } from 'notarykit/x509/timestamp';
import { extensions, forgeAuthority, forgeLeaf, forgeOcsp } from '../forge.mjs';
import { median } from '../measure.mjs';
import { startResponder } from '../responder.mjs';
import { crlOf } from '../revocation.mjs';
import { compare, compareDifference, startGo, startOurs } from './sides.mjs';
import { base64, certificatesOf, POLICY, signMany, withTimestamps } from './signed.mjs';

const MIB = 1024 * 1024;

/** Leaves of one CA, each with a response of its own. */
export async function ocsp(key, { directory, rounds }) {
  const responder = await startResponder();
  try {
    const root = forgeAuthority({ subject: 'Bench Root', key });
    const leaves = Array.from({ length: 32 }, (_, i) => leafWith(root, responder, `/ocsp/${i}`));
    const chains = leaves.map((leaf) => [leaf, root].map(({ der }) => base64(der)));
    const row = { directory, name: `ocsp-${key}`, task: 'revocation', input: { chains } };
    return await compare({ ...row, size: leaves.length, rounds, warmUp: 1024 });
  } finally {
    await responder.stop();
  }
}

function leafWith(issuer, responder, path) {
  const urls = extensions.ocsp([responder.url(path)]);
  const leaf = forgeLeaf({ issuer, extensions: [extensions.keyUsage(['digitalSignature']), urls] });
  responder.answer(path, forgeOcsp({ signer: issuer, responses: [{ certificate: leaf, issuer }] }));
  return leaf;
}

/** Each check by a checker of its own; in each process a small CRL comes first. */
export async function largeCrl({ directory, sweeps }) {
  const responder = await startResponder();
  try {
    const root = forgeAuthority({ subject: 'Bench Root', key: 'RSA-2048' });
    const chains = [1000, 16 * MIB].map((size) => chainWithCrl(root, responder, size));
    const file = join(directory, 'crl.json');
    await writeFile(file, JSON.stringify({ chains }));
    const sides = {
      ours: () => startOurs('revocation', file),
      go: () => startGo('revocation', file, { GOMAXPROCS: '1' }),
    };
    const runs = { ours: [], go: [] };
    for (let round = 0; round < sweeps; round++) {
      for (const [side, start] of Object.entries(sides)) runs[side].push(await checkLarge(start()));
    }
    const figure = (side, name) => median(runs[side].map((run) => run[name]));
    return {
      'crl time': { ours: figure('ours', 'cpuMs'), base: figure('go', 'cpuMs'), unit: 'ms' },
      'crl memory': { ours: figure('ours', 'bytes') / MIB, base: figure('go', 'bytes') / MIB, unit: 'MiB' },
    };
  } finally {
    await responder.stop();
  }
}

/** Memory is that of the first large CRL; time is of further ones, since what runs first is not compiled yet. */
async function checkLarge(side) {
  const small = await side.run({ from: 0, count: 1 });
  const large = await side.run({ from: 1, count: 1 });
  const again = [];
  for (let i = 0; i < 3; i++) again.push((await side.run({ from: 1, count: 1 })).cpuMs);
  await side.end();
  return { cpuMs: median(again), bytes: large.peakBytes - small.peakBytes };
}

function chainWithCrl(issuer, responder, size) {
  const path = `/crl/${size}`;
  const urls = extensions.crl([responder.url(path)]);
  const leaf = forgeLeaf({ issuer, extensions: [extensions.keyUsage(['digitalSignature']), urls] });
  responder.answer(path, crlOf(issuer, size).crl);
  return [leaf, issuer].map(({ der }) => base64(der));
}

/** Tokens of one TSA. */
export async function timestampToken(keySpec, { directory, rounds }) {
  const { url, rootCertificate, fetch } = await createTestTimestampAuthority({ keySpec, accuracy: 500 });
  const timestamper = createTimestamper({ url, rootCertificates: rootCertificate, fetch });
  const tokens = [];
  for (let i = 0; i < 64; i++) {
    const signature = crypto.getRandomValues(new Uint8Array(256));
    const { token } = await timestamper.timestamp(signature, 'SHA-256');
    tokens.push({ token: base64(token), signature: base64(signature) });
  }
  const input = { roots: certificatesOf(rootCertificate), tokens };
  const row = { directory, name: `token-${keySpec}`, task: 'timestamp', input };
  return compare({ ...row, size: 64, rounds, warmUp: 1024 });
}

/** What timestamps add to the verdicts of a verifier that knows the TSA: the same envelopes with them and without. */
export async function timestamp(keySpec, { directory, rounds }) {
  const { url, rootCertificate, fetch } = await createTestTimestampAuthority({ keySpec, accuracy: 500 });
  const notBefore = new Date(Date.now() - 60_000);
  const certificate = await generateTestChain({ name: 'bench.example', keySpec, notBefore });
  const timestamp = { url, rootCertificates: rootCertificate, fetch };
  const envelopes = await signMany(certificate, 128, { timestamp });
  const stores = { ca: certificatesOf(certificate.root), tsa: certificatesOf(rootCertificate) };
  const less = { policy: POLICY, stores, envelopes };
  const more = { ...less, policy: withTimestamps(POLICY) };
  const row = { directory, name: `timestamp-${keySpec}`, task: 'verify', more, less };
  return compareDifference({ ...row, size: 64, rounds, warmUp: 1024 });
}
