import { parseCertificate } from 'notarykit/x509';
import { createRevocationChecker } from 'notarykit/x509/revocation';
import { medianOf } from './measure.mjs';

/** Times the first check of a checker, and later checks; all must find the leaf good. */
export async function measureChecks(chain, { rounds }) {
  const certificates = chain.map((der) => parseCertificate(Uint8Array.from(der)));
  const firstMs = await medianOf(() => check(createRevocationChecker(), certificates), { rounds, warmUp: 2 });
  const checker = createRevocationChecker();
  const cachedMs = await medianOf(() => check(checker, certificates), { rounds: 500 });
  return { firstMs, cachedMs };
}

export async function check(checker, certificates) {
  const [leaf] = await checker.check(certificates);
  if (leaf.status !== 'good') throw new Error(`the leaf is ${leaf.status}: ${JSON.stringify(leaf.lookups)}`);
}
