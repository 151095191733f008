import { defineConfig } from 'vitest/config';
import { sources } from './vitest.config.ts';

/** The browser extension in real browsers, which load what `examples/browser-extension/build.mjs` builds. */
export default defineConfig({
  resolve: { alias: sources },
  test: {
    include: ['test/browser-extension/**/*.browser.ts'],
    globalSetup: ['test/browser-extension/support/setup.ts'],
    reporters: process.env.CI
      ? ['default', ['json', { outputFile: '.cache/ci/extension.json' }]]
      : ['default'],
    testTimeout: 60_000,
    hookTimeout: 90_000,
    // Each file has a browser of its own.
    maxWorkers: 2,
  },
});
