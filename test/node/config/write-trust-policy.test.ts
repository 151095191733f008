import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  loadBlobTrustPolicy,
  loadTrustPolicy,
  writeBlobTrustPolicy,
  writeTrustPolicy,
} from '../../../src/node/index.ts';
import { parseBlobTrustPolicy, parseTrustPolicy } from '../../../src/policy/index.ts';
import { policyDocument } from '../../support/artifact.ts';
import { useNotationDirectory } from '../notation-directory.ts';

const directory = useNotationDirectory();

function options() {
  return { configDirectory: directory.path };
}

const blobDocument = {
  version: '1.0',
  trustPolicies: [
    {
      name: 'releases',
      globalPolicy: true,
      signatureVerification: { level: 'strict' },
      trustStores: ['ca:acme'],
      trustedIdentities: ['*'],
    },
  ],
};

describe('writing a trust policy', () => {
  it('writes the file that every version of notation reads, readable for its owner only', async () => {
    await writeTrustPolicy(policyDocument(), options());
    expect(readdirSync(directory.path)).toEqual(['trustpolicy.json']);
    expect(directory.json('trustpolicy.json')).toEqual(policyDocument());
    expect(directory.mode('trustpolicy.json')).toBe(0o600);
  });

  it('keeps JSON as it is written', async () => {
    const text = JSON.stringify(policyDocument(), null, 1);
    await writeTrustPolicy(new TextEncoder().encode(text), options());
    expect(directory.text('trustpolicy.json')).toBe(text);
    await writeTrustPolicy(`${text}\n\n`, options());
    expect(directory.text('trustpolicy.json')).toBe(`${text}\n\n`);
  });

  it('writes a policy that was parsed', async () => {
    const policy = parseTrustPolicy(policyDocument());
    await writeTrustPolicy(policy, options());
    expect(await loadTrustPolicy({ configDirectory: directory.path })).toEqual(policy);
  });

  it('does not leave a newer file with another policy', async () => {
    directory.put('trustpolicy.oci.json', policyDocument({ name: 'before' }));
    await writeTrustPolicy(policyDocument({ name: 'after' }), options());
    expect(directory.text('trustpolicy.oci.json')).toBe(directory.text('trustpolicy.json'));
    expect((await loadTrustPolicy({ configDirectory: directory.path })).statements[0]?.name).toBe('after');
  });

  it.each([
    ['a policy with a mistake', policyDocument({ trustedIdentities: [] }), 'ERR_POLICY_INVALID'],
    ['a policy for blobs', blobDocument, 'ERR_POLICY_INVALID'],
    ['what is not JSON', '{', 'ERR_ENCODING_INVALID'],
    ['what cannot be JSON', { version: 1n }, 'ERR_ARGUMENT_INVALID'],
    ['a parsed policy that is invalid', { statements: 1 }, 'ERR_ARGUMENT_INVALID'],
  ])('rejects %s and writes nothing', async (_, policy, code) => {
    await expect(writeTrustPolicy(policy, options())).rejects.toMatchObject({ code });
    expect(readdirSync(directory.path)).toEqual([]);
  });

  it('rejects the extended dialect, which notation does not read, unless it is requested', async () => {
    const document = policyDocument({ registryScopes: ['registry.example.com/team/*'] });
    const policy = parseTrustPolicy(document, { dialect: 'extended' });
    await expect(writeTrustPolicy(policy, options())).rejects.toMatchObject({
      code: 'ERR_POLICY_INVALID',
      message: expect.stringContaining('extended'),
    });
    await writeTrustPolicy(policy, { ...options(), dialect: 'extended' });
    await expect(loadTrustPolicy({ configDirectory: directory.path, dialect: 'extended' })).resolves.toEqual(
      policy,
    );
  });

  it('does not write through a symbolic link', async () => {
    const elsewhere = directory.put('elsewhere.json', 'untouched');
    symlinkSync(elsewhere, join(directory.path, 'trustpolicy.json'));
    await expect(writeTrustPolicy(policyDocument(), options())).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: expect.stringContaining('is not a regular file'),
    });
    expect(directory.text('elsewhere.json')).toBe('untouched');
  });

  it('writes neither file if one cannot be written', async () => {
    const elsewhere = directory.put('elsewhere.json', 'untouched');
    symlinkSync(elsewhere, join(directory.path, 'trustpolicy.oci.json'));
    await expect(writeTrustPolicy(policyDocument(), options())).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
    });
    expect(readdirSync(directory.path).sort()).toEqual(['elsewhere.json', 'trustpolicy.oci.json']);
  });

  it('does not replace a directory', async () => {
    mkdirSync(join(directory.path, 'trustpolicy.json'));
    await expect(writeTrustPolicy(policyDocument(), options())).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
    });
  });
});

describe('writing a trust policy for blobs', () => {
  it('writes trustpolicy.blob.json', async () => {
    await writeBlobTrustPolicy(blobDocument, options());
    expect(readdirSync(directory.path)).toEqual(['trustpolicy.blob.json']);
    expect(directory.json('trustpolicy.blob.json')).toEqual(blobDocument);
    expect(directory.mode('trustpolicy.blob.json')).toBe(0o600);
  });

  it('writes a policy that was parsed', async () => {
    const policy = parseBlobTrustPolicy(blobDocument);
    await writeBlobTrustPolicy(policy, options());
    expect(await loadBlobTrustPolicy({ configDirectory: directory.path })).toEqual(policy);
  });

  it('rejects a policy for OCI artifacts', async () => {
    await expect(writeBlobTrustPolicy(policyDocument(), options())).rejects.toMatchObject({
      code: 'ERR_POLICY_INVALID',
    });
  });
});

describe('loadBlobTrustPolicy', () => {
  it('names the missing part', async () => {
    await expect(loadBlobTrustPolicy({ configDirectory: directory.path })).rejects.toMatchObject({
      code: 'ERR_POLICY_NOT_FOUND',
      message: expect.stringContaining('contains no trustpolicy.blob.json'),
    });
  });

  it('names the malformed file', async () => {
    directory.put('trustpolicy.blob.json', policyDocument());
    await expect(loadBlobTrustPolicy({ configDirectory: directory.path })).rejects.toMatchObject({
      code: 'ERR_POLICY_INVALID',
      message: expect.stringMatching(/trustpolicy\.blob\.json: .*registryScopes/),
    });
  });

  it('rejects a symbolic link', async () => {
    symlinkSync(directory.put('elsewhere.json', blobDocument), join(directory.path, 'trustpolicy.blob.json'));
    await expect(loadBlobTrustPolicy({ configDirectory: directory.path })).rejects.toMatchObject({
      code: 'ERR_POLICY_INVALID',
    });
  });
});
