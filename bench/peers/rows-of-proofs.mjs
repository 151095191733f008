// How much CPU time the proofs of a verdict take on their own: OCSP responses, CRLs and timestamps.
import { createTestTimestampAuthority, generateTestChain } from 'notarykit/testing';
import { createTimestamper } from 'notarykit/x509/timestamp';
import { extensions, forgeAuthority, forgeLeaf, forgeOcsp } from '../forge.mjs';
import { startResponder } from './responder.mjs';
import { compare } from './sides.mjs';
import { base64, certificatesOf, POLICY, signMany, withTimestamps } from './signed.mjs';

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
  const row = { directory, task: 'verify', size: 64, rounds, warmUp: 1024 };
  const policies = { without: POLICY, with: withTimestamps(POLICY) };
  const costs = {};
  for (const [name, policy] of Object.entries(policies)) {
    const input = { policy, stores, envelopes };
    costs[name] = await compare({ ...row, name: `timestamp-${keySpec}-${name}`, input });
  }
  const added = (side) => costs.with[side] - costs.without[side];
  return { ours: added('ours'), base: added('base'), unit: 'ms' };
}
