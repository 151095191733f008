// A process that verifies an artifact and shares its verdict: `node verify-process.mjs REFERENCE REDIS-PORT POLICY ROOT`.
// Prints the outcome and how the cache was used, as JSON.
import { argv } from 'node:process';
import redisDriver from 'unstorage/drivers/redis';
import { createTrustStore, createVerdictCache, createVerifier } from '../../../src/index.ts';

const [reference = '', port = '', trustPolicy = '', root = ''] = argv.slice(2);
const storage = redisDriver({ host: '127.0.0.1', port: Number(port), base: 'verdicts' });
const verifier = createVerifier({
  trustPolicy,
  trustStore: createTrustStore({ 'ca:acme': root }),
  verdictCache: createVerdictCache({ storage, secret: 'shared by both processes' }),
});
const { outcome, cache } = await verifier.evaluate(reference);
console.log(JSON.stringify({ outcome, cache: cache.result, notes: cache.notes }));
await storage.dispose();
