const s = await import('/work/wt/peers/bench/peers/rows-of-signers.mjs');
const p = await import('/work/wt/peers/bench/peers/rows-of-proofs.mjs');
import { mkdtempSync } from 'node:fs';
const bench = { directory: mkdtempSync('/tmp/peers-'), rounds: 9 };
const all = {...s, ...p};
const only = process.argv[2]?.split(',');
for (const [n, f] of Object.entries(all)) { if (only && !only.includes(n)) continue;
  for (const k of ['EC-256','RSA-2048']) { const t=Date.now(); try { const r = await f(k, bench); console.log(n.padEnd(22), k.padEnd(9), 'ours', r.oursMs.toFixed(3), 'go', r.goMs.toFixed(3), 'ratio', (r.oursMs/r.goMs).toFixed(2), ((Date.now()-t)/1000).toFixed(1)+'s'); } catch (e) { console.log(n, k, e.stack) } } }
