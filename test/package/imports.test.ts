import { execFileSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Packed, packProject } from './packed.ts';

/** The one entry point that is for Node only. */
const FOR_NODE = 'notarykit/node';

let packed: Packed;
/** The names that each entry point exports, as Node imports it. */
let names: Record<string, string[]>;
/** The entry points that export each name, if it is not the same value in all of them. */
let ambiguous: Record<string, string[]>;

beforeAll(() => {
  packed = packProject();
  ({ names, ambiguous } = importInNode());
});

afterAll(() => packed?.dispose());

describe('each entry point of the package', () => {
  it('is imported by Node', () => {
    expect(Object.keys(names)).toEqual([...packed.specifiers]);
    expect(Object.entries(names).filter(([, exported]) => exported.length === 0)).toEqual([]);
  });

  it('is bundled by esbuild for browsers, with all of its names and nothing of Node', async () => {
    for (const specifier of forBrowsers()) {
      const { metafile } = await bundleWithEsbuild(specifier, 'browser');
      const [output] = Object.values(metafile.outputs);
      expect(output?.exports.toSorted(), specifier).toEqual(names[specifier]);
      expect(output?.imports, specifier).toEqual([]);
    }
  });

  it('is bundled by rollup for browsers, with all of its names and nothing of Node', async () => {
    const { exported, imported } = await bundleWithRollup(forBrowsers());
    for (const specifier of forBrowsers()) expect(exported[specifier], specifier).toEqual(names[specifier]);
    expect(imported.filter(isBuiltin)).toEqual([]);
  });

  it('imports modules of Node only in entry points for Node', async () => {
    const { metafile } = await bundleWithEsbuild(FOR_NODE, 'node');
    const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
    expect(imports.filter(({ path }) => isBuiltin(path)).length).toBeGreaterThan(0);
    await expect(bundleWithEsbuild(FOR_NODE, 'browser')).rejects.toThrow('Could not resolve');
  });
});

describe('a name that several entry points export', () => {
  it('is the same value in each of them', () => {
    expect(ambiguous).toEqual({});
  });
});

describe('the package', () => {
  // In the other runtimes: scripts/packed.mjs.
  it('verifies in Node what the notation CLI signed, and rejects it with a byte changed', () => {
    for (const file of ['fixture.json', 'verify.mjs', 'command-line.mjs']) {
      copyFileSync(join('test/packed', file), join(packed.directory, file));
    }
    writeFileSync(join(packed.directory, 'entries.mjs'), `export const entries = {};`);
    expect(runInNode('command-line.mjs')).toContain(
      'application/jose+json and application/cose verified, one changed byte rejected',
    );
  });
});

function forBrowsers(): string[] {
  return packed.specifiers.filter((specifier) => specifier !== FOR_NODE);
}

function importInNode(): { names: Record<string, string[]>; ambiguous: Record<string, string[]> } {
  const program = `
    const names = {};
    const ambiguous = {};
    const values = new Map();
    const sources = new Map();
    for (const specifier of ${JSON.stringify(packed.specifiers)}) {
      const exported = await import(specifier);
      names[specifier] = Object.keys(exported).sort();
      for (const [name, value] of Object.entries(exported)) {
        sources.set(name, [...(sources.get(name) ?? []), specifier]);
        if (values.has(name) && values.get(name) !== value) ambiguous[name] = sources.get(name);
        values.set(name, value);
      }
    }
    console.log(JSON.stringify({ names, ambiguous }));`;
  writeFileSync(join(packed.directory, 'import.mjs'), program);
  return JSON.parse(runInNode('import.mjs'));
}

function runInNode(file: string): string {
  return execFileSync(process.execPath, [file], { cwd: packed.directory, encoding: 'utf8', stdio: 'pipe' });
}

function bundleWithEsbuild(specifier: string, platform: 'browser' | 'node') {
  return build({
    stdin: { contents: `export * from '${specifier}';`, resolveDir: packed.directory },
    bundle: true,
    format: 'esm',
    platform,
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
}

/** One bundle of all, with what each exports: one for each would parse the same files again and again. */
async function bundleWithRollup(
  specifiers: readonly string[],
): Promise<{ exported: Record<string, string[]>; imported: string[] }> {
  const input = Object.fromEntries(
    specifiers.map((specifier, index) => [specifier, join(packed.directory, `entry-${index}.mjs`)]),
  );
  for (const [specifier, path] of Object.entries(input)) {
    writeFileSync(path, `export * from '${specifier}';`);
  }
  const bundle = await rollup({
    input,
    preserveEntrySignatures: 'strict',
    // Loaded when a test certificate is made; parts of it are CommonJS, which rollup alone cannot read.
    external: ['@peculiar/x509'],
    plugins: [nodeResolve({ browser: true })],
    onwarn: (warning) => {
      throw new Error(warning.message);
    },
  });
  const { output } = await bundle.generate({ format: 'es' });
  await bundle.close();
  const chunks = output.filter((file) => file.type === 'chunk');
  const entries = chunks.filter((chunk) => chunk.isEntry);
  return {
    exported: Object.fromEntries(entries.map(({ name, exports }) => [name, exports.toSorted()])),
    imported: chunks.flatMap((chunk) => chunk.imports),
  };
}
