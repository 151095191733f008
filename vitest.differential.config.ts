import { defineConfig } from 'vitest/config';

/** The comparison with the libraries of the CLI, which takes long and is run by hand. */
export default defineConfig({
  test: { include: ['test/differential/**/*.differential.ts'], testTimeout: 3_600_000 },
});
