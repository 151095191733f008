import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSigner, parseReference, type Registry, type Signer, sign } from '../../src/index.ts';
import { generateTestCertificate } from '../../src/testing/index.ts';
import { pushManifest } from '../storage/indexes.ts';
import { pushImage, REPOSITORY, rejection } from '../support/artifact.ts';

let signer: Signer;
let registry: Registry;
let digest: string;

beforeAll(async () => {
  signer = await createSigner(await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' }));
});

beforeEach(async () => {
  ({ registry, digest } = await pushImage());
});

describe('signing a reference with tag and digest', () => {
  it('signs the digest without a warning if they agree', async () => {
    const result = await sign(`${REPOSITORY}:v1@${digest}`, { signer, registry });
    expect(result.artifact.digest).toBe(digest);
    expect(result).not.toHaveProperty('warnings');
  });

  it('signs the digest, with a warning, if they do not', async () => {
    const other = await pushManifest(registry.repository(parseReference(REPOSITORY)), 'other');
    expect(await sign(`${REPOSITORY}:v1@${other.digest}`, { signer, registry })).toMatchObject({
      artifact: { digest: other.digest },
      warnings: [{ code: 'ERR_TAG_MISMATCH', message: expect.stringContaining(`"v1" names "${digest}"`) }],
    });
  });
});

describe('signing a reference without tag and digest', () => {
  it('is rejected by default', async () => {
    expect(await rejection(sign(REPOSITORY, { signer, registry }))).toMatchObject({
      code: 'ERR_REFERENCE_INVALID',
    });
  });

  it('signs what the default tag names, if there is one', async () => {
    const { artifact } = await sign(REPOSITORY, { signer, registry, defaultTag: 'v1' });
    expect(artifact.digest).toBe(digest);
  });

  it('is rejected for a default tag that is not a tag', async () => {
    expect(await rejection(sign(REPOSITORY, { signer, registry, defaultTag: 'a b' }))).toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
    });
  });
});
