import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadTrustPolicy } from '../../../src/node/index.ts';
import { policyDocument } from '../../support/artifact.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trust-policy-'));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function put(file: string, name: string): void {
  writeFileSync(join(root, file), JSON.stringify(policyDocument({ name })));
}

describe('loadTrustPolicy', () => {
  it('prefers trustpolicy.oci.json', async () => {
    put('trustpolicy.json', 'older');
    put('trustpolicy.oci.json', 'newer');
    expect((await loadTrustPolicy({ configDirectory: root })).statements[0]?.name).toBe('newer');
  });

  it('falls back to trustpolicy.json', async () => {
    put('trustpolicy.json', 'older');
    expect((await loadTrustPolicy({ configDirectory: root })).statements[0]?.name).toBe('older');
  });

  it('does not fall back when the newer file is broken', async () => {
    put('trustpolicy.json', 'older');
    writeFileSync(join(root, 'trustpolicy.oci.json'), '{');
    await expect(loadTrustPolicy({ configDirectory: root })).rejects.toMatchObject({
      code: 'ERR_ENCODING_INVALID',
    });
  });

  it('names the malformed file', async () => {
    put('trustpolicy.json', '');
    await expect(loadTrustPolicy({ configDirectory: root })).rejects.toMatchObject({
      code: 'ERR_POLICY_INVALID',
      message: expect.stringMatching(/trustpolicy\.json: .*name is empty/),
    });
  });

  it('names the missing part', async () => {
    await expect(loadTrustPolicy({ configDirectory: root })).rejects.toMatchObject({
      code: 'ERR_POLICY_NOT_FOUND',
      message: expect.stringContaining('trustpolicy.oci.json'),
    });
  });

  it('rejects a symbolic link', async () => {
    put('elsewhere.json', 'elsewhere');
    symlinkSync(join(root, 'elsewhere.json'), join(root, 'trustpolicy.json'));
    await expect(loadTrustPolicy({ configDirectory: root })).rejects.toMatchObject({
      code: 'ERR_POLICY_INVALID',
    });
  });

  it('reads the extended dialect on request', async () => {
    const document = policyDocument({ registryScopes: ['registry.example.com/team/*'] });
    writeFileSync(join(root, 'trustpolicy.json'), JSON.stringify(document));
    await expect(loadTrustPolicy({ configDirectory: root })).rejects.toMatchObject({
      code: 'ERR_POLICY_INVALID',
    });
    await expect(loadTrustPolicy({ configDirectory: root, dialect: 'extended' })).resolves.toMatchObject({
      dialect: 'extended',
    });
  });
});

describe('a trust policy that another program writes', () => {
  it('is read when it is whole again', async () => {
    writeFileSync(join(root, 'trustpolicy.json'), '{"version":');
    setTimeout(() => put('trustpolicy.json', 'whole'), 30);
    expect((await loadTrustPolicy({ configDirectory: root })).statements[0]?.name).toBe('whole');
  });
});
