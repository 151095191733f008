import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** What users import is tested as it stands in the sources. */
export const sources = [
  { find: /^notarykit$/, replacement: fileURLToPath(new URL('src/index.ts', import.meta.url)) },
  {
    find: /^notarykit\/([a-z0-9/]+)$/,
    replacement: fileURLToPath(new URL('src/$1/index.ts', import.meta.url)),
  },
];

/** Tests of what calls WebCrypto, which `npm run test:peculiar` runs on another provider. */
const ON_WEBCRYPTO = [
  'test/{asn1,crypto,dct,envelope,keys,signer,testing}/**/*.test.ts',
  'test/x509/*.test.ts',
  'test/x509/timestamp/*.test.ts',
  'test/kms/{ecdsa,google,signing}.test.ts',
  'test/verifier/{verify,verify-blob,steps/authentic-timestamp}.test.ts',
];
/** Tests of connections to registries, which run with the transport of `notarykit/node`, too. */
const ON_TRANSPORT =
  'test/oci/{authentication,clouds,hostile,hostile-*,mount-*,referrers*,registry,transfer-*}.test.ts';
const SLOW = 'test/**/*.slow.test.ts';

const onPeculiar = process.env.NOTARYKIT_WEBCRYPTO === 'peculiar';
const onlySlow = process.env.NOTARYKIT_TESTS === 'slow';

/** The name under which .ci/run finds the figures of these tests. */
const figures = onPeculiar ? 'peculiar' : onlySlow ? 'slow' : 'unit';

function project(name: string, include: string[], env: Record<string, string> = {}) {
  return { extends: true as const, test: { name, include, env } };
}

export default defineConfig({
  resolve: { alias: sources },
  test: {
    exclude: ['test/interop/**', 'test/runtimes/**', ...(onlySlow ? [] : [SLOW])],
    setupFiles: onPeculiar ? ['test/support/peculiar-webcrypto.ts'] : [],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // The files that a worker runs share what it has loaded, which takes half the time. So no module of test/ may call
    // a hook when it is imported: it would be for the first file only. What a test changes is put back.
    isolate: false,
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
    maxWorkers: availableParallelism(),
    reporters: process.env.CI
      ? ['default', ['json', { outputFile: `.cache/ci/${figures}.json` }]]
      : ['default'],
    projects: onPeculiar
      ? [project('peculiar', ON_WEBCRYPTO)]
      : onlySlow
        ? [project('slow', [SLOW])]
        : [
            project('unit', ['test/**/*.test.ts']),
            project('node:http', [ON_TRANSPORT], { NOTARYKIT_TRANSPORT: 'node:http' }),
          ],
  },
});
