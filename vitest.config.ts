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

export default defineConfig({
  resolve: { alias: sources },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/interop/**', 'test/runtimes/**'],
    setupFiles: process.env.NOTARYKIT_WEBCRYPTO === 'peculiar' ? ['test/support/peculiar-webcrypto.ts'] : [],
    testTimeout: 30_000,
    // .ci/run counts the tests of this file.
    reporters: process.env.CI ? ['default', ['json', { outputFile: '.cache/ci/unit.json' }]] : ['default'],
  },
});
