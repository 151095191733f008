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
  'test/{asn1,crypto,envelope,keys,signer,testing}/**/*.test.ts',
  'test/x509/*.test.ts',
  'test/x509/timestamp/*.test.ts',
  'test/kms/{ecdsa,google,signing}.test.ts',
  'test/verifier/{verify,verify-blob,steps/authentic-timestamp}.test.ts',
];
const SLOW = 'test/**/*.slow.test.ts';

const onPeculiar = process.env.NOTARYKIT_WEBCRYPTO === 'peculiar';
const onlySlow = process.env.NOTARYKIT_TESTS === 'slow';

/** The name under which .ci/run finds the figures of these tests. */
const figures = onPeculiar ? 'peculiar' : onlySlow ? 'slow' : 'unit';

export default defineConfig({
  resolve: { alias: sources },
  test: {
    include: onPeculiar ? ON_WEBCRYPTO : [onlySlow ? SLOW : 'test/**/*.test.ts'],
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
  },
});
