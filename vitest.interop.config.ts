import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/interop/**/*.interop.ts', 'test/interop/vectors*.test.ts'],
    globalSetup: ['test/interop/support/setup.ts'],
    reporters: process.env.CI ? ['default', ['json', { outputFile: '.cache/ci/interop.json' }]] : ['default'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
