import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** What `npm test` built is compiled as a user's project would, without the types of browsers. */
const FOLDER = '.cache/types';

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
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, 'consumer.ts'), CONSUMER);
  // With any in the place of a type that is missing, this would compile.
  writeFileSync(
    join(FOLDER, 'mistake.ts'),
    `import { createSigner } from 'notarykit';\ncreateSigner({ privateKey: 42, certificates: '' });\n`,
  );
});

afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

function compile(file: string, moduleResolution: string): string {
  const module = moduleResolution === 'bundler' ? 'esnext' : 'node16';
  const options = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2022', '--types', 'node'];
  const args = [...options, '--module', module, '--moduleResolution', moduleResolution, join(FOLDER, file)];
  try {
    return execFileSync('node_modules/.bin/tsc', args, { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

describe('the types of the package', () => {
  it.each(['node16', 'bundler'])('compile in a project without the DOM (%s)', (moduleResolution) => {
    expect(compile('consumer.ts', moduleResolution)).toBe('');
  });

  it('refuse what is no key', () => {
    expect(compile('mistake.ts', 'node16')).toContain("Type 'number' is not assignable");
  });
});
