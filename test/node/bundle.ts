import { join } from 'node:path';
import { build } from 'esbuild';

/** Makes one file of a program of the tests and the sources that it imports, for a process of its own. */
export async function bundle(source: string, directory: string): Promise<string> {
  const outfile = join(directory, 'program.mjs');
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  return outfile;
}
