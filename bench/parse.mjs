// The comparison of docs/decisions/001: one certificate, interpreted by our own reader and cut into elements by asn1js.
import { fromBER } from 'asn1js';
import { generateTestCertificate } from 'notarykit/testing';
import { parseCertificate, parseCertificates } from 'notarykit/x509';
import { mediansOf } from './measure.mjs';

const TIMES = 50;

export async function measureParsing() {
  const { root } = await generateTestCertificate({ name: 'bench.example', keySpec: 'EC-256' });
  const [{ der }] = parseCertificates(root);
  const buffer = Uint8Array.from(der).buffer;
  const { own, asn1js } = await mediansOf({
    own: () => repeat(() => parseCertificate(der)),
    asn1js: () => repeat(() => fromBER(buffer)),
  });
  return { ownMs: own / TIMES, asn1jsMs: asn1js / TIMES };
}

export function printParsing({ ownMs, asn1jsMs }) {
  const [own, asn1js] = [ownMs, asn1jsMs].map((ms) => (ms * 1000).toFixed(0));
  console.log(`read one certificate: our reader ${own} µs, asn1js ${asn1js} µs (elements only)`);
}

function repeat(work) {
  for (let i = 0; i < TIMES; i++) work();
}
