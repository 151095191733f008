// The program of a user that verifies one artifact in a registry, in one file.
import { join } from 'node:path';
import { build } from 'esbuild';

export async function bundleProgram(directory, { policy, stores, reference }) {
  const outfile = join(directory, 'program.mjs');
  await build({
    stdin: {
      contents: `
        import { createRegistry, createTrustStore, createVerifier, parseTrustPolicy } from 'notarykit';
        import { createHttpTransport } from 'notarykit/node';
        const bytes = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        const verifier = createVerifier({
          registry: createRegistry({ transport: createHttpTransport() }),
          trustStore: createTrustStore({ 'ca:bench': ${JSON.stringify(stores.ca)}.map(bytes) }),
          trustPolicy: parseTrustPolicy(${JSON.stringify(policy)}),
        });
        const { outcome } = await verifier.verify(${JSON.stringify(reference)});
        console.log(outcome);`,
      resolveDir: import.meta.dirname,
    },
    outfile,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    // Without the tsconfig of the project, which maps imports to the sources.
    tsconfigRaw: {},
    target: 'node20',
    logLevel: 'error',
  });
  return outfile;
}
