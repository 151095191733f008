// Makes certificates, CRLs and OCSP responses with the code of the tests.
import { build } from 'esbuild';

const OUT = '.cache/bench';

await build({
  entryPoints: ['forge', 'forge-crl', 'forge-ocsp'].map((name) => `test/support/${name}.ts`),
  outdir: OUT,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  logLevel: 'warning',
});

export const { extensions, forgeAuthority, forgeKey, forgeLeaf, purposes } = await import(
  `../${OUT}/forge.mjs`
);
export const { forgeCrl, forgeCrlEntry } = await import(`../${OUT}/forge-crl.mjs`);
export const { forgeOcsp } = await import(`../${OUT}/forge-ocsp.mjs`);
