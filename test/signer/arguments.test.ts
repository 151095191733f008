import { createHash } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createSigner,
  inspect,
  type Registry,
  type Signer,
  type SignOptions,
  sign,
} from '../../src/index.ts';
import { generateTestCertificate, type TestCertificate } from '../../src/testing/index.ts';
import { pushImage } from '../support/artifact.ts';

// Mistakes of callers in plain JavaScript never lead to a TypeError, and are never treated as an absent argument.

let certificate: TestCertificate;
let signer: Signer;
let registry: Registry;
let reference: string;

beforeAll(async () => {
  certificate = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
  signer = await createSigner(certificate);
});

beforeEach(async () => {
  ({ registry, reference } = await pushImage());
});

const invalid = { name: 'NotationError', code: 'ERR_ARGUMENT_INVALID' };
const signWith = (changes: object) =>
  sign(reference, { signer, registry, ...changes } as Parameters<typeof sign>[1]);

describe('signing', () => {
  it.each([
    ['no signer', { signer: undefined }, 'signer'],
    ['a key for a signer', { signer: 'PEM' }, 'signer'],
    ['a signer that has no method', { signer: { certificates: [] } }, 'signer'],
    ['a number for certificates', { signer: { certificates: 5, sign: async () => undefined } }, 'DER'],
    ['another form of the manifest', { manifestForm: 'legacy' }, 'manifestForm'],
    ['a number for an agent', { signingAgent: 1 }, 'signingAgent'],
    ['a date for a clock', { clock: new Date() }, 'clock'],
    ['a clock that gives a number', { clock: Date.now }, 'clock'],
    ['a clock that gives no valid date', { clock: () => new Date('never') }, 'clock'],
    ['a text for seconds', { expiresIn: '60' }, 'expiresIn'],
    ['a bigint for seconds', { expiresIn: 60n }, 'expiresIn'],
    ['a duration for seconds', { expiresIn: '90d' }, 'expiresIn'],
    ['a Map for user metadata', { userMetadata: new Map([['build', '1']]) }, 'userMetadata'],
    ['a list for user metadata', { userMetadata: ['build=1'] }, 'userMetadata'],
    ['an address for a registry', { registry: 'https://registry.example.com' }, 'createRegistry()'],
  ])('with %s is rejected, and the error names the argument', async (_, changes, named) => {
    await expect(signWith(changes)).rejects.toMatchObject({
      ...invalid,
      message: expect.stringContaining(named),
    });
  });

  it('without options names the missing part', async () => {
    await expect(sign(reference, undefined as unknown as SignOptions)).rejects.toMatchObject({
      ...invalid,
      message: expect.stringContaining('signer must be'),
    });
  });

  it('with a value that is missing in the user metadata names its key', async () => {
    await expect(signWith({ userMetadata: { build: undefined } })).rejects.toMatchObject({
      code: 'ERR_USER_METADATA_INVALID',
      message: expect.stringContaining('"build"'),
    });
  });

  it('without a reference explains what a reference is', async () => {
    const work = sign(undefined as unknown as string, { signer, registry });
    await expect(work).rejects.toMatchObject({
      ...invalid,
      message: expect.stringContaining('the reference must be'),
    });
  });

  it.each(['jws', 'cose'] as const)('in %s requires a signature in bytes', async (format) => {
    for (const signature of [new ArrayBuffer(64), undefined, 'AAAA']) {
      const broken = { certificates: signer.certificates, sign: async () => signature };
      await expect(signWith({ signer: broken, format })).rejects.toMatchObject({
        code: 'ERR_SIGNER_FAILED',
        message: expect.stringContaining('Uint8Array'),
      });
    }
  });

  it('uses one chain of a signer that is renewed meanwhile', async () => {
    const other = await generateTestCertificate({ name: 'b.example', keySpec: 'EC-256' });
    const { certificates: renewed } = await createSigner(other);
    let reads = 0;
    const renewing: Signer = {
      get certificates() {
        return reads++ < 2 ? signer.certificates : renewed;
      },
      sign: (bytes) => signer.sign(bytes),
    };
    await signWith({ signer: renewing });
    const [inspection] = await inspect(reference, { registry });
    const [first] = signer.certificates;
    const fingerprint = createHash('sha256')
      .update(first ?? '')
      .digest('hex');
    expect(inspection).toMatchObject({ certificates: [{ SHA256Fingerprint: fingerprint }] });
  });

  it('accepts empty strings, and keys that every object has', async () => {
    const userMetadata = { '': '', constructor: 'x', toString: 'y' };
    await signWith({ userMetadata });
    const [inspection] = await inspect(reference, { registry });
    expect(inspection).toMatchObject({ userDefinedAttributes: userMetadata });
  });

  it('signs the user metadata as they were when it was called', async () => {
    const userMetadata: Record<string, string> = { build: '1' };
    const work = signWith({ userMetadata });
    userMetadata.build = '2';
    await work;
    const [inspection] = await inspect(reference, { registry });
    expect(inspection).toMatchObject({ userDefinedAttributes: { build: '1' } });
  });
});

describe('signing into a registry that fails', () => {
  const failing = (operation: 'pushBlob' | 'pushManifest', calls: number): Registry => ({
    repository(parsed) {
      const repository = registry.repository(parsed);
      let left = calls;
      const fail = (work: () => Promise<unknown>) =>
        left-- > 0 ? work() : Promise.reject(new Error('the disk is full'));
      return {
        ...repository,
        [operation]: (...parameters: Parameters<typeof repository.pushManifest>) =>
          fail(() => repository[operation](...parameters)),
      };
    },
  });

  it.each([
    ['at the envelope', 'pushBlob', 0],
    ['at the config', 'pushBlob', 1],
    ['at the manifest', 'pushManifest', 0],
  ] as const)('%s leaves no incomplete signature in the listing', async (_, operation, calls) => {
    await expect(signWith({ registry: failing(operation, calls) })).rejects.toThrow('the disk is full');
    expect(await inspect(reference, { registry })).toEqual([]);
  });
});
