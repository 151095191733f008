// All measurements. Each returns figures by the `id` of their rows in table.json: `ours`, what it is next to, and a unit.
import { firstVerdictInWorkerd, verifyBundle } from './rows-of-bundles.mjs';
import { largeCrl, ocsp, timestamp, timestampToken } from './rows-of-proofs.mjs';
import { firstVerdict, sweep } from './rows-of-registries.mjs';
import {
  manySigners,
  newTrustStore,
  newVerifier,
  signersInTurn,
  warmChain,
  warmSelfSigned,
} from './rows-of-signers.mjs';

const KEYS = { 'P-256': 'EC-256', 'RSA-2048': 'RSA-2048' };

export const MEASUREMENTS = [
  ...ofEachKey('warm-chain', warmChain),
  ...ofEachKey('warm-self-signed', warmSelfSigned),
  ...ofEachKey('many-signers', manySigners),
  ...ofEachKey('signers-in-turn', signersInTurn),
  ...ofEachKey('new-verifier', newVerifier),
  ...ofEachKey('new-trust-store', newTrustStore),
  one('ocsp', (bench) => ocsp('RSA-2048', bench)),
  ...ofEachKey('timestamp', timestamp),
  ...ofEachKey('timestamp-token', timestampToken),
  { ids: ['sweep CPU', 'sweep connections', 'sweep memory'], measure: sweep },
  one('first-verdict', firstVerdict),
  one('workerd', firstVerdictInWorkerd),
  one('bundle', verifyBundle),
  { ids: ['crl time', 'crl memory'], measure: largeCrl },
];

function one(id, measure) {
  return { ids: [id], measure: async (bench) => ({ [id]: await measure(bench) }) };
}

function ofEachKey(name, measure) {
  return Object.entries(KEYS).map(([key, keySpec]) =>
    one(`${name} ${key}`, (bench) => measure(keySpec, bench)),
  );
}
