import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Compiles against the build of `npm test` as a user's project would, without the types of browsers. */
const DIRECTORY = '.cache/types';

/** Layers that nobody outside needs. */
const INTERNAL = ['notarykit/net', 'notarykit/crypto', 'notarykit/encoding'];

const CONSUMER = `
import { createSigner, type ErrorCode, isNotationError, verify } from 'notarykit';
import { createRegistry } from 'notarykit/oci';
import { createFileTrustStore, loadTrustPolicy } from 'notarykit/node';

export async function use(key: Parameters<typeof createSigner>[0]['privateKey']): Promise<ErrorCode | 'verified'> {
  try {
    const signer = await createSigner({ privateKey: key, certificates: '' });
    const registry = createRegistry({ credentials: { 'r.example': { username: signer.certificates.join(), password: '' } } });
    await verify('r.example/app:v1', { registry, trustPolicy: await loadTrustPolicy(), trustStore: createFileTrustStore() });
    return 'verified';
  } catch (error) {
    if (!isNotationError(error)) throw error;
    return error.code;
  }
}
`;

beforeAll(() => {
  mkdirSync(DIRECTORY, { recursive: true });
  writeFileSync(join(DIRECTORY, 'consumer.ts'), CONSUMER);
  writeFileSync(join(DIRECTORY, 'entries.ts'), importAll(entries()));
  writeFileSync(join(DIRECTORY, 'no-entry.ts'), importAll(INTERNAL));
  // With any in the place of a type that is missing, this would compile.
  writeFileSync(
    join(DIRECTORY, 'mistake.ts'),
    `import { createSigner } from 'notarykit';\ncreateSigner({ privateKey: 42, certificates: '' });\n`,
  );
});

afterAll(() => rmSync(DIRECTORY, { recursive: true, force: true }));

/** Each entry point of the package, as users write it. */
function entries(): string[] {
  const { name, exports }: { name: string; exports: object } = JSON.parse(
    readFileSync('package.json', 'utf8'),
  );
  const paths = Object.keys(exports).filter((path) => !path.endsWith('.json'));
  return paths.map((path) => join(name, path));
}

/** A program that imports each of them with everything it has. */
function importAll(specifiers: readonly string[]): string {
  const imports = specifiers.map((specifier, index) => `import * as entry${index} from '${specifier}';`);
  return `${imports.join('\n')}\nexport const all = [${specifiers.map((_, index) => `entry${index}`)}];\n`;
}

function compile(names: readonly string[], moduleResolution: string): string {
  const files = names.map((name) => join(DIRECTORY, name));
  const module = moduleResolution === 'bundler' ? 'esnext' : 'node16';
  const options = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2022', '--types', 'node'];
  const args = [...options, '--module', module, '--moduleResolution', moduleResolution, ...files];
  try {
    return execFileSync('node_modules/.bin/tsc', args, { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

describe('the types of the package', () => {
  it.each(['node16', 'bundler'])('compile in a project without the DOM (%s)', (moduleResolution) => {
    expect(entries().length).toBeGreaterThan(10);
    expect(compile(['consumer.ts', 'entries.ts'], moduleResolution)).toBe('');
  });

  it('are not found for layers that are internal', () => {
    const problems = compile(['no-entry.ts'], 'bundler');
    for (const specifier of INTERNAL) expect(problems).toContain(`Cannot find module '${specifier}'`);
  });

  it('refuse a value that is not a key', () => {
    expect(compile(['mistake.ts'], 'node16')).toContain("Type 'number' is not assignable");
  });
});
