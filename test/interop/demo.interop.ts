import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, inject, it } from 'vitest';

const REJECTIONS = [
  'ERR_SIGNATURE_INVALID',
  'ERR_IDENTITY_UNTRUSTED',
  'ERR_ROOT_UNTRUSTED',
  'ERR_SIGNATURE_EXPIRED',
  'ERR_TIMESTAMP_MISSING',
  'ERR_CERTIFICATE_NOT_VALID_AT_TIME',
];

const run = promisify(execFile);

/** What `npm run demo` does, but for building each time. */
async function demo(registry: string): Promise<string> {
  const { stdout } = await run('node', ['examples/demo.mjs'], {
    env: { ...process.env, REGISTRY: registry },
  });
  return stdout;
}

describe('the demo in a registry', () => {
  beforeAll(() => run('npm', ['run', '--silent', 'build']), 180_000);

  it.each([
    ['without the referrers API', 'tagRegistry'],
    ['with the referrers API', 'apiRegistry'],
  ] as const)('verifies twice and rejects six times, %s', async (_, host) => {
    const output = await demo(inject('hosts')[host]);
    expect(output.match(/^ {2}\S+ is trusted$/gm)).toHaveLength(2);
    expect(output.match(/^ {2}\S+ is NOT trusted$/gm)).toHaveLength(6);
    expect(REJECTIONS.filter((code) => !output.includes(`[${code}]`))).toEqual([]);
  });
});
