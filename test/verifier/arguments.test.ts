import { beforeAll, describe, expect, it } from 'vitest';
import {
  createSigner,
  createTrustStore,
  evaluate,
  evaluateEnvelope,
  parseTrustPolicy,
  sign,
  type VerifierOptions,
  verify,
} from '../../src/index.ts';
import { generateTestCertificate } from '../../src/testing/index.ts';
import { composeVerifier } from '../../src/verifier/index.ts';
import { policyDocument, pushImage } from '../support/artifact.ts';

// Mistakes of callers in plain JavaScript never lead to a TypeError, and are never treated as an absent argument.

let options: VerifierOptions;
let reference: string;

beforeAll(async () => {
  const certificate = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
  const image = await pushImage();
  reference = image.reference;
  options = {
    registry: image.registry,
    trustPolicy: parseTrustPolicy(policyDocument()),
    trustStore: createTrustStore({ 'ca:acme': certificate.root }),
  };
  await sign(reference, { signer: await createSigner(certificate), registry: image.registry });
});

const invalid = { name: 'NotationError', code: 'ERR_ARGUMENT_INVALID' };
const evaluateWith = (changes: object) => evaluate(reference, { ...options, ...changes });

describe('a verification', () => {
  it.each([
    ['a number for a policy', { trustPolicy: 5 }, 'parseTrustPolicy'],
    ['no policy', { trustPolicy: undefined }, 'parseTrustPolicy'],
    ['certificates for a trust store', { trustStore: { 'ca:acme': 'PEM' } }, 'createTrustStore'],
    ['no trust store', { trustStore: undefined }, 'createTrustStore'],
    ['an address for a registry', { registry: 'https://registry.example.com' }, 'createRegistry()'],
    ['a date for a clock', { clock: new Date() }, 'clock'],
    ['a clock that gives a number', { clock: Date.now }, 'clock'],
    ['a clock that gives a text', { clock: () => '2026-01-01' }, 'clock'],
    ['a clock that gives no valid date', { clock: () => new Date('never') }, 'clock'],
    ['a Map for user metadata', { userMetadata: new Map([['build', '1']]) }, 'userMetadata'],
    ['a list for user metadata', { userMetadata: ['build=1'] }, 'userMetadata'],
    ['a text for user metadata', { userMetadata: 'build=1' }, 'userMetadata'],
    ['null for user metadata', { userMetadata: null }, 'userMetadata'],
    ['a text for a number', { limits: { signatures: '5' } }, 'limits.signatures'],
  ])('with %s is rejected, and the error names the argument', async (_, changes, named) => {
    await expect(evaluateWith(changes)).rejects.toMatchObject({
      ...invalid,
      message: expect.stringContaining(named),
    });
  });

  it('with a value that is missing in the user metadata names its key', async () => {
    await expect(evaluateWith({ userMetadata: { build: undefined } })).rejects.toMatchObject({
      code: 'ERR_USER_METADATA_INVALID',
      message: expect.stringContaining('"build"'),
    });
  });

  it('takes user metadata without a prototype', async () => {
    const userMetadata = Object.assign(Object.create(null), { build: '1' });
    expect((await evaluateWith({ userMetadata })).reason?.code).toBe('ERR_USER_METADATA_MISMATCH');
  });

  it.each([undefined, null, 5, {}, { registry: 'r.io' }])('of %j says what a reference is', async (given) => {
    await expect(evaluate(given as string, options)).rejects.toMatchObject(invalid);
  });

  it('of an object whose parts are malformed says which', async () => {
    const given = { registry: 'registry.example.com', repository: 'Team/App', tag: 'v1' };
    await expect(evaluate(given, options)).rejects.toMatchObject({ code: 'ERR_REFERENCE_INVALID' });
  });

  it('rejects its promise instead of throwing', async () => {
    await expect(verify(reference, undefined as unknown as VerifierOptions)).rejects.toMatchObject(invalid);
  });
});

describe('a verification of an envelope', () => {
  const artifact = { mediaType: 'text/plain', digest: `sha256:${'0'.repeat(64)}`, size: 1 };
  const evaluateBytes = (bytes: unknown, changes: object = {}) =>
    evaluateEnvelope(bytes as Uint8Array, {
      ...options,
      mediaType: 'application/cose',
      artifact,
      reference,
      ...changes,
    });

  it.each([
    ['no media type', { mediaType: undefined }],
    ['no artifact', { artifact: undefined }],
    ['a digest for an artifact', { artifact: artifact.digest }],
    ['no reference', { reference: undefined }],
  ])('with %s is rejected, and the error names the argument', async (_, changes) => {
    await expect(evaluateBytes(new Uint8Array(3), changes)).rejects.toMatchObject(invalid);
  });

  it.each([['text'], [undefined], [new ArrayBuffer(3)], [[1, 2]]])('of %j says so', async (bytes) => {
    await expect(evaluateBytes(bytes)).rejects.toMatchObject(invalid);
  });
});

describe('a verifier', () => {
  it('without options names the missing part', () => {
    const create = () => composeVerifier(undefined as unknown as VerifierOptions);
    expect(create).toThrow(expect.objectContaining(invalid));
  });
});
