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
    const parts = () => ({ from: 0, count: leaves.length });
    const row = { directory, name: `ocsp-${key}`, task: 'revocation', input: { chains }, parts, rounds, warmUp: 4 };
    return await compare(row);
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
  const parts = () => ({ from: 0, count: 64 });
  return compare({ directory, name: `token-${keySpec}`, task: 'timestamp', input, parts, rounds, warmUp: 4 });
}

export async function timestampedEnvelopes(keySpec, { directory, rounds }) {
  const { url, rootCertificate, fetch } = await createTestTimestampAuthority({ keySpec, accuracy: 500 });
  const timestamp = { url, rootCertificates: rootCertificate, fetch };
  const certificate = await generateTestChain({ name: 'bench.example', keySpec, notBefore: new Date(Date.now() - 60_000) });
  const envelopes = await signMany(certificate, 256, { timestamp });
  const stores = { ca: certificatesOf(certificate.root), tsa: certificatesOf(rootCertificate) };
  const input = { policy: withTimestamps(POLICY), stores, envelopes };
  const parts = (round) => ({ from: Math.max(0, round) * 64, count: 64 });
  return compare({ directory, name: `timestamped-${keySpec}`, task: 'verify', input, parts, rounds, warmUp: 4 });
}
