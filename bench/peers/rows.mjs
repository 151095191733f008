// All measurements. Each returns figures by the `id` of their rows in table.json: `ours`, what it is next to, and a unit.
import { ocsp, timestamp } from './rows-of-proofs.mjs';
import { firstVerdict, sweep } from './rows-of-registries.mjs';
import { manySigners, newVerifier, signersInTurn, warmChain, warmSelfSigned } from './rows-of-signers.mjs';

const KEYS = { 'P-256': 'EC-256', 'RSA-2048': 'RSA-2048' };

export const MEASUREMENTS = [
  ...ofEachKey('warm-chain', warmChain),
  ...ofEachKey('warm-self-signed', warmSelfSigned),
  ...ofEachKey('many-signers', manySigners),
  ...ofEachKey('signers-in-turn', signersInTurn),
  ...ofEachKey('new-verifier', newVerifier),
  { ids: ['ocsp'], measure: async (bench) => ({ ocsp: await ocsp('RSA-2048', bench) }) },
  ...ofEachKey('timestamp', timestamp),
  { ids: ['sweep CPU', 'sweep connections', 'sweep memory'], measure: sweep },
  { ids: ['first-verdict'], measure: async (bench) => ({ 'first-verdict': await firstVerdict(bench) }) },
];

function ofEachKey(name, measure) {
  return Object.entries(KEYS).map(([key, keySpec]) => ({
    ids: [`${name} ${key}`],
    measure: async (bench) => ({ [`${name} ${key}`]: await measure(keySpec, bench) }),
  }));
}
