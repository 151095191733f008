import { beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../src/crypto/digest.ts';
import { parseEnvelope, parsePayload } from '../../src/envelope/index.ts';
import { createSigner, inspectBlob, type Signer, signBlob } from '../../src/index.ts';
import { generateTestCertificate } from '../../src/testing/index.ts';
import { iterableOf, streamOf } from '../support/blob.ts';

const TEXT = 'the content of a release';
const bytes = new TextEncoder().encode(TEXT);

let signer: Signer;

beforeAll(async () => {
  signer = await createSigner(await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' }));
});

function signed({ signature, mediaType }: { signature: Uint8Array; mediaType: string }) {
  return parsePayload(parseEnvelope(signature, mediaType).payload);
}

describe('signBlob', () => {
  it.each([
    ['bytes', () => bytes],
    ['a Blob', () => new Blob([TEXT])],
    ['a stream of the web', () => streamOf(TEXT)],
    ['an iterable, as the streams of Node', () => iterableOf(TEXT)],
  ])('signs the digest and size of %s', async (_, data) => {
    const result = await signBlob(data(), { signer });
    expect(result.artifact).toEqual({
      mediaType: 'application/octet-stream',
      digest: await digestOf(bytes),
      size: bytes.length,
    });
    expect(signed(result)).toEqual(result.artifact);
  });

  it.each([
    ['RSA-2048', 'sha256'],
    ['RSA-3072', 'sha384'],
    ['RSA-4096', 'sha512'],
    ['EC-256', 'sha256'],
    ['EC-384', 'sha384'],
    ['EC-521', 'sha512'],
  ] as const)('uses the digest that belongs to a %s key: %s', async (keySpec, algorithm) => {
    const certificate = await generateTestCertificate({ name: 'acme.example', keySpec });
    const { artifact } = await signBlob(bytes, { signer: await createSigner(certificate) });
    expect(artifact.digest).toBe(await digestOf(bytes, algorithm));
  });

  it.each([
    ['jws', 'application/jose+json', '.jws.sig'],
    ['cose', 'application/cose', '.cose.sig'],
  ] as const)('names the file of a %s signature', async (format, mediaType, fileExtension) => {
    expect(await signBlob(bytes, { signer, format })).toMatchObject({ mediaType, fileExtension });
  });

  it('signs the media type that the caller gives', async () => {
    const result = await signBlob(bytes, {
      signer,
      mediaType: 'text/plain; charset=utf-8',
      userMetadata: { build: '7' },
      expiresIn: 60,
    });
    expect(Date.parse(result.expiry ?? '') - Date.parse(result.signingTime)).toBe(60_000);
    expect(signed(result)).toMatchObject({
      mediaType: 'text/plain; charset=utf-8',
      annotations: { build: '7' },
    });
  });

  it('signs an empty blob', async () => {
    expect((await signBlob(new Uint8Array(), { signer })).artifact.size).toBe(0);
  });

  it.each([
    ['text', 'text' as never],
    ['an ArrayBuffer', new ArrayBuffer(3) as never],
    ['nothing', undefined as never],
    ['an array', [1, 2] as never],
  ])('rejects %s as data', async (_, data) => {
    await expect(signBlob(data, { signer })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining(
        'the data of a blob must be a Uint8Array, a Blob, or a stream of Uint8Arrays',
      ),
    });
  });

  it('rejects a stream of strings', async () => {
    const texts = new ReadableStream({ start: (controller) => controller.enqueue('text') });
    await expect(signBlob(texts, { signer })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: 'each chunk of a blob must be a Uint8Array',
    });
  });

  it('rejects a locked stream', async () => {
    const stream = streamOf(TEXT);
    stream.getReader();
    await expect(signBlob(stream, { signer })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining('the stream of the blob is being read already'),
    });
  });

  it.each(['', 'text', 'text/', '/plain', 'text plain/x', 'text/plain\n', 'text/plain;\u0000'])(
    'rejects %j as a media type',
    async (mediaType) => {
      await expect(signBlob(bytes, { signer, mediaType })).rejects.toMatchObject({
        code: 'ERR_ARGUMENT_INVALID',
        message: expect.stringContaining('mediaType must be a media type such as application/octet-stream'),
      });
    },
  );

  it('throws the error of a stream', async () => {
    const failure = new Error('the disk is gone');
    const stream = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(failure) });
    await expect(signBlob(stream, { signer })).rejects.toBe(failure);
  });

  it('stops when it is aborted, and cancels a stream that hangs', async () => {
    let cancelled = false;
    const stream = new ReadableStream<Uint8Array>({
      pull: () => new Promise(() => undefined),
      cancel() {
        cancelled = true;
      },
    });
    const controller = new AbortController();
    const work = signBlob(stream, { signer, signal: controller.signal });
    controller.abort();
    await expect(work).rejects.toMatchObject({
      code: 'ERR_ABORTED',
      message: expect.stringContaining('aborted'),
    });
    expect(cancelled).toBe(true);
  });

  it('rejects a signer without a key specification', async () => {
    const envelopeSigner = { createEnvelope: () => Promise.reject(new Error('not reached')) };
    await expect(signBlob(bytes, { signer: envelopeSigner })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining('it can sign OCI artifacts only'),
    });
  });
});

describe('inspectBlob', () => {
  it.each(['jws', 'cose'] as const)(
    'shows what a %s signature says, told by its first byte',
    async (format) => {
      const { signature, artifact, mediaType } = await signBlob(bytes, {
        signer,
        format,
        userMetadata: { build: '7' },
      });
      expect(await inspectBlob(signature)).toMatchObject({
        mediaType,
        signatureAlgorithm: 'ECDSA-SHA-256',
        signedArtifact: artifact,
        userDefinedAttributes: { build: '7' },
        signedAttributes: { signingScheme: 'notary.x509' },
        certificates: [{ issuedTo: expect.stringContaining('CN=acme.example') }],
      });
    },
  );

  it('takes the format from the caller', async () => {
    const { signature } = await signBlob(bytes, { signer, format: 'cose' });
    await expect(inspectBlob(signature, { signatureFormat: 'jws' })).rejects.toMatchObject({
      code: 'ERR_ENVELOPE_INVALID',
      message: expect.stringContaining('the signature envelope is invalid: the JWS envelope is not UTF-8'),
    });
  });

  it.each([
    ['nothing', undefined as never, 'ERR_ARGUMENT_INVALID', 'must be a Uint8Array'],
    ['no bytes', new Uint8Array(), 'ERR_ENVELOPE_INVALID', 'the JWS envelope is not JSON'],
    [
      'another thing',
      new TextEncoder().encode('-----BEGIN'),
      'ERR_ENVELOPE_INVALID',
      'the JWS envelope is not JSON',
    ],
  ])('rejects %s', async (_, signature, code, reason) => {
    await expect(inspectBlob(signature)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(reason),
    });
  });
});
