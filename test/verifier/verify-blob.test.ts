import { Readable } from 'node:stream';
import { beforeAll, describe, expect, it } from 'vitest';
import { createEnvelope, createPayload } from '../../src/envelope/index.ts';
import {
  type BlobData,
  BlobVerificationError,
  type BlobVerifierOptions,
  createSigner,
  createTrustStore,
  evaluateBlob,
  formatReport,
  parseBlobTrustPolicy,
  type SignBlobOptions,
  signBlob,
  type TrustStore,
  type VerifyBlobOptions,
  verifyBlob,
} from '../../src/index.ts';
import { generateTestCertificate, type TestCertificate } from '../../src/testing/index.ts';
import { composeBlobVerifier } from '../../src/verifier/index.ts';
import { rejection } from '../support/artifact.ts';
import { blobPolicyDocument, iterableOf, streamOf } from '../support/blob.ts';

const TEXT = 'the content of a release';
const bytes = new TextEncoder().encode(TEXT);

let certificate: TestCertificate;
let trustStore: TrustStore;

beforeAll(async () => {
  certificate = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
  trustStore = createTrustStore({ 'ca:acme': certificate.root });
});

async function signText(options: Partial<SignBlobOptions> = {}): Promise<Uint8Array> {
  return (await signBlob(bytes, { signer: await createSigner(certificate), ...options })).signature;
}

function optionsOf(
  statement: Record<string, unknown> = {},
  options: Partial<BlobVerifierOptions & VerifyBlobOptions> = {},
): BlobVerifierOptions & VerifyBlobOptions {
  return { trustPolicy: parseBlobTrustPolicy(blobPolicyDocument(statement)), trustStore, ...options };
}

async function evaluateBlobWith(
  data: BlobData,
  signature: Uint8Array,
  options: Partial<BlobVerifierOptions & VerifyBlobOptions> = {},
  statement: Record<string, unknown> = {},
) {
  return evaluateBlob(data, signature, optionsOf(statement, options));
}

describe('verifyBlob', () => {
  it.each([
    ['bytes', () => bytes],
    ['a Blob', () => new Blob([TEXT])],
    ['a stream of the web', () => streamOf(TEXT)],
    ['an iterable, as the streams of Node', () => iterableOf(TEXT)],
  ])('trusts %s by either format', async (_, data) => {
    for (const format of ['jws', 'cose'] as const) {
      const report = await verifyBlob(data(), await signText({ format }), optionsOf());
      expect(report).toMatchObject({
        outcome: 'verified',
        artifact: { size: bytes.length, mediaType: 'application/octet-stream' },
        policy: { statement: 'releases', level: 'strict' },
        signatures: [{ outcome: 'verified', details: { trustedIdentity: '*' } }],
      });
    }
  });

  it('rejects a blob that was changed, and names the difference', async () => {
    const error = await rejection(verifyBlob(new Blob([TEXT, '!']), await signText(), optionsOf()));
    expect(error).toBeInstanceOf(BlobVerificationError);
    expect(error).toMatchObject({
      code: 'ERR_VERIFICATION_FAILED',
      message: expect.stringContaining('its digest is "sha256:'),
      report: { outcome: 'rejected', reason: { code: 'ERR_ARTIFACT_MISMATCH' } },
    });
  });

  it('rejects a digest by a hash other than that of the key', async () => {
    const sha512 = Buffer.from(await crypto.subtle.digest('SHA-512', bytes)).toString('hex');
    const target = { mediaType: 'application/octet-stream', digest: `sha512:${sha512}`, size: bytes.length };
    const signature = await createEnvelope(
      {
        mediaType: 'application/cose',
        payload: createPayload(target),
        signingScheme: 'notary.x509',
        signingTime: new Date(Math.floor(Date.now() / 1000) * 1000),
      },
      await createSigner(certificate),
    );
    expect(await evaluateBlobWith(bytes, signature)).toMatchObject({
      outcome: 'rejected',
      reason: { code: 'ERR_ARTIFACT_MISMATCH' },
    });
  });

  it('rejects a blob whose end is missing', async () => {
    const report = await evaluateBlobWith(bytes.subarray(0, -1), await signText());
    expect(report.reason?.code).toBe('ERR_ARTIFACT_MISMATCH');
  });

  it('returns a report that survives JSON and structuredClone', async () => {
    const report = await evaluateBlobWith(bytes, await signText());
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(structuredClone(report)).toEqual(report);
  });

  it('requires the media type that the caller gives, and no other', async () => {
    const signature = await signText({ mediaType: 'text/plain' });
    expect((await evaluateBlobWith(bytes, signature, { mediaType: 'text/plain' })).outcome).toBe('verified');
    expect(await evaluateBlobWith(bytes, signature, { mediaType: 'text/html' })).toMatchObject({
      outcome: 'rejected',
      reason: { code: 'ERR_ARTIFACT_MISMATCH', message: expect.stringContaining('mediaType') },
    });
    expect(await evaluateBlobWith(bytes, signature)).toMatchObject({ artifact: { mediaType: 'text/plain' } });
  });

  it('requires user metadata', async () => {
    const signature = await signText({ userMetadata: { build: '7' } });
    expect((await evaluateBlobWith(bytes, signature, { userMetadata: { build: '7' } })).outcome).toBe(
      'verified',
    );
    expect((await evaluateBlobWith(bytes, signature, { userMetadata: { build: '8' } })).reason?.code).toBe(
      'ERR_USER_METADATA_MISMATCH',
    );
  });

  it('rejects a signature that is tampered with, and does not read the blob', async () => {
    const signature = await signText({ format: 'cose' });
    const tampered = signature.map((byte, i) => (i === signature.length - 40 ? byte ^ 1 : byte));
    const stream = streamOf(TEXT);
    const report = await evaluateBlobWith(stream, tampered);
    expect(report.outcome).toBe('rejected');
    expect(report.artifact).toBeUndefined();
    expect(await stream.getReader().read()).toEqual({ done: true, value: undefined });
  });

  it('rejects the signature of another signer', async () => {
    const other = await generateTestCertificate({ name: 'other.example', keySpec: 'EC-256' });
    const report = await evaluateBlobWith(bytes, await signText({ signer: await createSigner(other) }));
    expect(report.reason?.code).toBe('ERR_ROOT_UNTRUSTED');
  });

  it('rejects a signature that has expired', async () => {
    const signature = await signText({ expiresIn: 60 });
    const later = { clock: () => new Date(Date.now() + 60_000) };
    expect((await evaluateBlobWith(bytes, signature, later)).reason?.code).toBe('ERR_SIGNATURE_EXPIRED');
  });

  it('parses the signature in the format of its file name', async () => {
    const report = await evaluateBlobWith(bytes, await signText({ format: 'cose' }), {
      signatureFormat: 'jws',
    });
    expect(report.reason?.code).toBe('ERR_ENVELOPE_INVALID');
  });

  it('ignores the signing format of a configuration', async () => {
    const configuration = { format: 'jws' } as object;
    const report = await evaluateBlobWith(bytes, await signText({ format: 'cose' }), configuration);
    expect(report.outcome).toBe('verified');
  });

  it('neither verifies nor reads the blob at the level skip', async () => {
    const stream = streamOf(TEXT);
    const statement = {
      globalPolicy: false,
      signatureVerification: { level: 'skip' },
      trustStores: [],
      trustedIdentities: [],
    };
    const report = await evaluateBlobWith(stream, new Uint8Array(), { policyName: 'releases' }, statement);
    expect(report).toEqual({
      outcome: 'skipped',
      policy: expect.objectContaining({ level: 'skip' }),
      signatures: [],
    });
    expect(await stream.getReader().read()).toEqual({ done: true, value: undefined });
  });

  it('reads no more of a stream than was signed', async () => {
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(bytes),
      cancel: () => {
        cancelled = true;
      },
    });
    const report = await evaluateBlobWith(endless, await signText());
    expect(report.reason).toMatchObject({
      code: 'ERR_ARTIFACT_MISMATCH',
      message: expect.stringContaining(`its size is ${bytes.length}, and the blob is larger`),
    });
    expect(cancelled).toBe(true);
  });

  it('closes a stream of Node that it does not read', async () => {
    const stream = Readable.from([bytes]);
    expect((await evaluateBlobWith(stream, new TextEncoder().encode('{}'))).outcome).toBe('rejected');
    expect(stream.destroyed).toBe(true);
  });

  it('uses the named statement', async () => {
    const signature = await signText();
    expect((await evaluateBlobWith(bytes, signature, { policyName: 'releases' })).outcome).toBe('verified');
    const report = await evaluateBlobWith(bytes, signature, { policyName: 'nightlies' });
    expect(report).toEqual({
      outcome: 'rejected',
      reason: expect.objectContaining({ code: 'ERR_POLICY_NOT_APPLICABLE' }),
      signatures: [],
    });
  });

  it('rejects if no statement is global and none is named', async () => {
    const report = await evaluateBlobWith(bytes, await signText(), {}, { globalPolicy: false });
    expect(report.reason?.code).toBe('ERR_POLICY_NOT_APPLICABLE');
  });

  it('throws the error of a stream: it is not a verdict', async () => {
    const failure = new Error('the disk is gone');
    const stream = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(failure) });
    await expect(evaluateBlobWith(stream, await signText())).rejects.toBe(failure);
  });

  it('stops when it is aborted while a stream hangs', async () => {
    const controller = new AbortController();
    const stream = new ReadableStream<Uint8Array>({
      pull: () => {
        controller.abort();
        return new Promise(() => undefined);
      },
    });
    const work = evaluateBlobWith(stream, await signText(), { signal: controller.signal });
    await expect(work).rejects.toMatchObject({ code: 'ERR_ABORTED' });
  });

  it('closes a stream of Node that hangs when it is aborted', async () => {
    const controller = new AbortController();
    const stream = new Readable({ read: () => controller.abort() });
    const work = evaluateBlobWith(stream, await signText(), { signal: controller.signal });
    await expect(work).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    expect(stream.destroyed).toBe(true);
  });

  it('cancels a stream if the signal was aborted before', async () => {
    const stream = streamOf(TEXT);
    const work = evaluateBlobWith(stream, await signText(), { signal: AbortSignal.abort() });
    await expect(work).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    expect(await stream.getReader().read()).toEqual({ done: true, value: undefined });
  });

  it.each<[string, { data?: unknown; signature?: unknown; options?: object }]>([
    ['a text as the signature', { signature: '{}' }],
    ['null as the signature', { signature: null }],
    ['a number as the data', { data: 7 }],
    ['a malformed media type', { options: { mediaType: 'text' } }],
    ['an unknown format', { options: { signatureFormat: 'pgp' } }],
    ['a name that is invalid', { options: { policyName: 7 } }],
    ['user metadata that are not strings', { options: { userMetadata: { build: 7 } } }],
  ])('rejects %s', async (_, { data = bytes, signature = new Uint8Array([123]), options = {} }) => {
    const work = evaluateBlobWith(data as BlobData, signature as Uint8Array, options);
    await expect(work).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_(ARGUMENT|USER_METADATA)_INVALID$/),
    });
  });

  it('rejects a policy for OCI artifacts', () => {
    const trustPolicy = { version: '1.0', dialect: 'spec', statements: [{ registryScopes: ['*'] }] };
    expect(() => composeBlobVerifier({ trustPolicy: trustPolicy as never, trustStore })).toThrow(
      expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID' }),
    );
  });

  it('is formatted like the verdict on an artifact', async () => {
    const report = await evaluateBlobWith(new Blob(['other']), await signText());
    expect(formatReport(report)).toMatch(
      /^the blob is NOT trusted\n {2}digest {5}sha256:.*\n {2}policy {5}"releases", level strict\n {2}reason .*ERR_ARTIFACT_MISMATCH/,
    );
  });
});

describe('a stream that is read already', () => {
  const TWICE = { code: 'ERR_ARGUMENT_INVALID', message: 'the stream of the blob is being read already' };

  it('is rejected by the second of two verifications, and verified by the first', async () => {
    const stream = streamOf(TEXT);
    const signature = await signText();
    const [first, second] = await Promise.allSettled([
      evaluateBlobWith(stream, signature),
      evaluateBlobWith(stream, signature),
    ]);
    expect(first).toMatchObject({ status: 'fulfilled', value: { outcome: 'verified' } });
    expect(second).toMatchObject({ status: 'rejected', reason: TWICE });
  });

  it('is rejected by a verification while it is being signed', async () => {
    const stream = streamOf(TEXT);
    const signature = await signText();
    const signer = await createSigner(certificate);
    const signing = signBlob(stream, { signer });
    await expect(evaluateBlobWith(stream, signature)).rejects.toMatchObject(TWICE);
    expect((await signing).artifact.size).toBe(bytes.length);
  });
});
