// Times the verification of one RFC 3161 token, with the chain of its authority.
import { createTestTimestampAuthority } from 'notarykit/testing';
import { parseCertificates } from 'notarykit/x509';
import { createTimestamper, verifyTimestamp } from 'notarykit/x509/timestamp';
import { medianOf } from './measure.mjs';

const KEY_TYPES = ['RSA-2048', 'RSA-4096', 'EC-256', 'EC-384'];

export async function measureTimestamp() {
  const rows = [];
  for (const keySpec of KEY_TYPES) rows.push({ keySpec, ...(await measure(keySpec)) });
  return { rows };
}

export function printTimestamp({ rows }) {
  console.log('verify one timestamp of an authority and its root (medians, ms)');
  console.log('key       bytes   verify');
  for (const { keySpec, bytes, verifyMs } of rows) {
    console.log(`${keySpec.padEnd(9)} ${String(bytes).padStart(5)} ${verifyMs.toFixed(3).padStart(8)}`);
  }
}

async function measure(keySpec) {
  const { url, rootCertificate, fetch } = await createTestTimestampAuthority({ keySpec, accuracy: 500 });
  const signature = crypto.getRandomValues(new Uint8Array(256));
  const timestamper = createTimestamper({ url, rootCertificates: rootCertificate, fetch });
  const { token } = await timestamper.timestamp(signature, 'SHA-256');
  const roots = parseCertificates(rootCertificate);
  const verifyMs = await medianOf(() => verifyTimestamp(token, { signature, roots }));
  return { bytes: token.length, verifyMs };
}
