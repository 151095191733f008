// Measures what a user's bundle weighs: esbuild, minified, gzip. Fails over budget. `--json` prints data.
// Bundled from the sources, so that each figure can be broken down by layer.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { argv, exit } from 'node:process';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** Every entry point but those that are not for bundles. */
const layers = Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).exports)
  .filter((path) => /^\.\/[a-z0-9/]+$/.test(path) && path !== './node' && path !== './testing')
  .map((path) => path.slice(2));

/**
 * The budgets of the design, in kB of 1000 bytes, and what a user would import for each. `loads` names the modules that
 * such a use always loads, although lazily.
 */
const ROWS = [
  {
    name: 'verify an envelope offline',
    budget: 34.3,
    stretch: 30,
    code: `
      export { composeVerifier } from 'notarykit/verifier';
      export { parseTrustPolicy } from 'notarykit/policy';
      export { createTrustStore } from 'notarykit/x509';`,
  },
  {
    name: 'verify from a registry',
    budget: 52.6,
    stretch: 45,
    code: `
      export { composeVerifier } from 'notarykit/verifier';
      export { parseTrustPolicy } from 'notarykit/policy';
      export { createTrustStore } from 'notarykit/x509';
      export { createRegistry } from 'notarykit/oci';`,
    loads: ['src/verifier/evaluate-reference.ts'],
  },
  {
    name: 'a pull gateway',
    budget: 75,
    code: `
      export { composeVerifier, createVerdictCache } from 'notarykit/verifier';
      export { createTrustStore } from 'notarykit/x509';
      export { createRevocationChecker } from 'notarykit/x509/revocation';
      export { createPullGateway } from 'notarykit/gateway';
      export const timestamp = async (...given) =>
        (await import('notarykit/x509/timestamp')).verifyTimestamp(...given);`,
    loads: [
      'src/verifier/evaluate-cached.ts',
      'src/verifier/evaluate-in-index.ts',
      'src/verifier/evaluate-reference.ts',
    ],
  },
  { name: 'notarykit, everything', budget: 80.7, code: `export * from 'notarykit';` },
  ...layers.map((layer) => ({
    name: `notarykit/${layer}`,
    code: `export * from 'notarykit/${layer}';`,
    ...(layer === 'dct' && { budget: 40 }),
  })),
];

/** The parts that an entry point must not contain, in any chunk, by paths that only that part has. */
const SIGNING = /src\/signer\/|src\/envelope\/(?:cose|jws)\.ts|src\/keys\//;
const CERTIFICATE_MAKING = /@peculiar\/|src\/testing\//;
const ASN1_PACKAGES = /asn1js|asn1-schema|pkijs/;
const FORBIDDEN = [
  {
    entry: 'notarykit/policy',
    part: 'the ASN.1 reader',
    pattern: /src\/asn1\/|src\/x509\/|asn1js|asn1-schema|pkijs/,
  },
  ...['notarykit/policy', 'verify an envelope offline', 'notarykit/verifier'].map((entry) => ({
    entry,
    part: 'the tools for trust policies',
    pattern: /src\/policy\/tools\//,
  })),
  ...['verify an envelope offline', 'verify from a registry', 'notarykit/verifier'].flatMap((entry) => [
    { entry, part: 'signing', pattern: SIGNING },
    { entry, part: 'certificate making', pattern: CERTIFICATE_MAKING },
    { entry, part: 'an ASN.1 package', pattern: ASN1_PACKAGES },
  ]),
  ...['verify an envelope offline', 'notarykit/verifier'].map((entry) => ({
    entry,
    part: 'the registry client',
    pattern: /src\/oci\/registry\/|src\/net\/transport\.ts/,
  })),
  ...['azure', 'aws', 'vault', 'google'].map((service) => ({
    entry: `notarykit/kms/${service}`,
    part: 'redirects',
    pattern: /src\/net\/redirects\.ts/,
  })),
  ...['notarykit, everything', 'notarykit/verifier', 'notarykit/report'].map((entry) => ({
    entry,
    part: 'the YAML reader',
    pattern: /node_modules\/yaml\//,
  })),
  { entry: 'notarykit, everything', part: 'certificate making', pattern: CERTIFICATE_MAKING },
];

const rows = [];
for (const { name, budget, stretch, code, loads } of ROWS)
  rows.push({ name, budget, stretch, ...(await measure(code, loads)) });

const failures = [
  ...rows
    .filter(({ kB, budget }) => budget !== undefined && kB > budget)
    .map(({ name }) => `${name} is over budget`),
  ...FORBIDDEN.filter(({ entry, pattern }) =>
    rows.find(({ name }) => name === entry)?.inputs.some((input) => pattern.test(input)),
  ).map(({ entry, part }) => `${entry} carries ${part}`),
];

if (argv.includes('--json')) {
  console.log(JSON.stringify({ rows: rows.map(({ inputs, ...row }) => row), failures }, null, 2));
} else {
  console.log('entry                          min+gzip kB   budget   made of (minified kB)');
  for (const { name, kB, budget, stretch, parts } of rows) {
    const limit = budget === undefined ? '' : `${budget}${stretch ? ` (${stretch})` : ''}`;
    const made = parts.map(([part, size]) => `${part} ${size}`).join(', ');
    console.log(`${name.padEnd(30)} ${kB.toFixed(1).padStart(11)}   ${limit.padEnd(8)} ${made}`);
  }
  for (const failure of failures) console.error(failure);
}
exit(failures.length > 0 ? 1 : 0);

async function measure(code, loads = []) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: '.', sourcefile: 'entry.mjs' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['import', 'browser'],
    target: 'es2022',
    write: false,
    metafile: true,
    splitting: true,
    logLevel: 'error',
    plugins: [{ name: 'sources', setup: resolveToSources }],
    outdir: 'out',
    legalComments: 'none',
  });
  const loaded = loadedFiles(metafile, outputFiles, ['entry.mjs', ...loads]);
  const kB = loaded.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0) / 1000;
  const contents = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs));
  const present = contents.filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const bytes = new Map();
  for (const [input, { bytesInOutput }] of present) {
    bytes.set(partOf(input), (bytes.get(partOf(input)) ?? 0) + bytesInOutput);
  }
  const parts = [...bytes].sort(([, a], [, b]) => b - a).filter(([, size]) => size >= 500);
  return {
    kB: Math.round(kB * 10) / 10,
    parts: parts.map(([part, size]) => [part, Math.round(size / 100) / 10]),
    inputs: present.map(([input]) => input),
  };
}

/** The chunks of the given modules with those that they import statically; chunks that are loaded lazily do not count. */
function loadedFiles({ outputs }, files, modules) {
  const wanted = new Set();
  const visit = (path) => {
    if (wanted.has(path)) return;
    wanted.add(path);
    for (const { path: imported, kind } of outputs[path].imports) {
      if (kind === 'import-statement') visit(imported);
    }
  };
  for (const [path, { entryPoint }] of Object.entries(outputs)) if (modules.includes(entryPoint)) visit(path);
  return files.filter(({ path }) => [...wanted].some((name) => path.endsWith(name)));
}

function partOf(input) {
  const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input) ?? [];
  const [, layer] = /^src\/([^/]+)/.exec(input) ?? [];
  return name ?? layer ?? 'entry';
}

function resolveToSources({ onResolve }) {
  onResolve({ filter: /^notarykit(\/|$)/ }, ({ path }) => ({
    path: resolve('src', path.slice('notarykit/'.length), 'index.ts'),
    sideEffects: false,
  }));
}
