import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createEnvelope, type EnvelopeMediaType, parseEnvelope } from '../../src/envelope/index.ts';
import { NotationError } from '../../src/errors/index.ts';
import type { Registry } from '../../src/index.ts';
import { createSigner, inspect, inspectBlob, type Signer, sign, signBlob } from '../../src/index.ts';
import { createPluginSigner, getPluginMetadata } from '../../src/plugin/index.ts';
import { generateTestCertificate, generateTestChain, type TestCertificate } from '../../src/testing/index.ts';
import { pushImage } from '../support/artifact.ts';
import { fakePlugin, METADATA, rawResponses } from '../support/plugins.ts';

const ENVELOPE = { capabilities: ['SIGNATURE_GENERATOR.ENVELOPE'] };

let certificate: TestCertificate;
let other: TestCertificate;
let signer: Signer;
let registry: Registry;
let reference: string;

beforeAll(async () => {
  certificate = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
  other = await generateTestCertificate({ name: 'other.example', keySpec: 'EC-256' });
  signer = await createSigner(certificate);
});

beforeEach(async () => {
  ({ registry, reference } = await pushImage());
});

describe('getPluginMetadata', () => {
  it('returns the metadata of the plugin', async () => {
    const plugin = fakePlugin({});
    expect(await getPluginMetadata(plugin, { pluginConfig: { a: 'b' } })).toEqual(METADATA);
    expect(plugin.requests).toEqual([
      { command: 'get-plugin-metadata', request: { pluginConfig: { a: 'b' } } },
    ]);
  });

  it.each(Object.keys(METADATA))('rejects a plugin that does not give its %s', async (member) => {
    const plugin = fakePlugin({}, { [member]: undefined });
    await expect(getPluginMetadata(plugin)).rejects.toMatchObject({
      code: 'ERR_PLUGIN_RESPONSE',
      message: expect.stringContaining(`get-plugin-metadata is malformed at "${member}": `),
    });
  });

  it.each([
    [
      'another name',
      { name: 'other' },
      'ERR_PLUGIN_RESPONSE',
      'the plugin "test" breaks the plugin protocol: it calls itself "other"',
    ],
    [
      'no capability',
      { capabilities: [] },
      'ERR_PLUGIN_RESPONSE',
      'the response of the plugin "test" to get-plugin-metadata is malformed at "capabilities": it is empty',
    ],
    [
      'a number as its version',
      { version: 1 },
      'ERR_PLUGIN_RESPONSE',
      'the response of the plugin "test" to get-plugin-metadata is malformed at "version": string expected',
    ],
    [
      'another contract',
      { supportedContractVersions: ['2.0'] },
      'ERR_PLUGIN_INCOMPATIBLE',
      'the plugin "test" does not support the plugin contract 1.0',
    ],
  ])('rejects a plugin with %s', async (_, metadata, code, reason) => {
    await expect(getPluginMetadata(fakePlugin({}, metadata))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(reason),
    });
  });

  it('turns any error of a plugin in this process into a NotationError', async () => {
    const plugin = fakePlugin({
      'get-plugin-metadata': () => {
        throw new TypeError('x is undefined');
      },
    });
    await expect(getPluginMetadata(plugin)).rejects.toMatchObject({
      code: 'ERR_PLUGIN_FAILED',
      message: expect.stringContaining('x is undefined'),
    });
  });
});

describe('createPluginSigner, of a plugin that generates signatures', () => {
  async function signWith(plugin: ReturnType<typeof fakePlugin>, format: 'jws' | 'cose' = 'jws') {
    const pluginSigner = await createPluginSigner({ plugin, keyId: 'k1', pluginConfig: { a: 'b' } });
    return sign(reference, { signer: pluginSigner, registry, format });
  }

  it.each(['jws', 'cose'] as const)('signs an artifact in the format %s', async (format) => {
    const plugin = fakePlugin(rawResponses(certificate));
    await signWith(plugin, format);
    expect(await inspect(reference, { registry })).toMatchObject([
      {
        signatureAlgorithm: 'ECDSA-SHA-256',
        unsignedAttributes: { signingAgent: expect.stringMatching(/^notarykit\/\S+ test\/1\.2\.3$/) },
      },
    ]);
  });

  it('sends the requests of the protocol', async () => {
    const plugin = fakePlugin(rawResponses(certificate));
    await signWith(plugin);
    expect(plugin.requests).toEqual([
      { command: 'get-plugin-metadata', request: { pluginConfig: { a: 'b' } } },
      { command: 'describe-key', request: { contractVersion: '1.0', keyId: 'k1', pluginConfig: { a: 'b' } } },
      {
        command: 'generate-signature',
        request: {
          contractVersion: '1.0',
          keyId: 'k1',
          pluginConfig: { a: 'b' },
          keySpec: 'EC-256',
          hashAlgorithm: 'SHA-256',
          payload: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/),
        },
      },
    ]);
  });

  it('signs a blob by the hash of its key', async () => {
    const key = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-384' });
    const plugin = fakePlugin(rawResponses(key, {}, 'EC-384'));
    const { artifact } = await signBlob(new Blob(['1.0']), {
      signer: await createPluginSigner({ plugin, keyId: 'k1' }),
    });
    expect(artifact.digest).toMatch(/^sha384:/);
  });

  it('is preferred if the plugin makes envelopes as well', async () => {
    const capabilities = ['SIGNATURE_GENERATOR.ENVELOPE', 'SIGNATURE_GENERATOR.RAW'];
    const plugin = fakePlugin(rawResponses(certificate), { capabilities });
    await signWith(plugin);
    expect(plugin.requests.at(-1)?.command).toBe('generate-signature');
  });

  it.each<[string, object, string, string]>([
    ['another key', { keyId: 'k2' }, 'ERR_PLUGIN_RESPONSE', 'it signs with a key other than'],
    [
      'another algorithm',
      { signingAlgorithm: 'ECDSA-SHA-384' },
      'ERR_PLUGIN_RESPONSE',
      'it signs with ECDSA-SHA-384',
    ],
    [
      'an unknown algorithm',
      { signingAlgorithm: 'RSASSA-PKCS1' },
      'ERR_PLUGIN_RESPONSE',
      'algorithm is unknown',
    ],
    [
      'a signature that is not base64',
      { signature: '!' },
      'ERR_PLUGIN_RESPONSE',
      'its signature is not base64',
    ],
    ['no signature', { signature: undefined }, 'ERR_PLUGIN_RESPONSE', 'at "signature": string expected'],
    [
      'a signature that does not verify',
      { signature: 'A'.repeat(86).concat('==') },
      'ERR_SIGNER_FAILED',
      'does not fit',
    ],
    ['no certificates', { certificateChain: [] }, 'ERR_PLUGIN_RESPONSE', 'at "certificateChain": '],
    ['malformed certificates', { certificateChain: ['AAAA'] }, 'ERR_CERTIFICATE_INVALID', 'malformed'],
    [
      'too many certificates',
      { certificateChain: Array(17).fill('AAAA') },
      'ERR_PLUGIN_RESPONSE',
      'at "certificateChain": ',
    ],
  ])('rejects a plugin that answers with %s', async (_, overrides, code, reason) => {
    const plugin = fakePlugin(rawResponses(certificate, { ...overrides }));
    await expect(signWith(plugin)).rejects.toMatchObject({ code, message: expect.stringContaining(reason) });
    expect(await inspect(reference, { registry })).toEqual([]);
  });

  it('rejects a chain that is not of the key', async () => {
    const responses = rawResponses(certificate);
    const plugin = fakePlugin(rawResponses(other));
    const wrong = fakePlugin({
      ...responses,
      'generate-signature': async (request) => ({
        ...(responses['generate-signature']?.(request) as object),
        certificateChain: (
          (await plugin.run('generate-signature', request)) as { certificateChain: string[] }
        ).certificateChain,
      }),
    });
    await expect(signWith(wrong)).rejects.toMatchObject({
      code: 'ERR_SIGNER_FAILED',
      message: expect.stringContaining(
        'the new envelope does not verify: the signature does not fit the signed bytes',
      ),
    });
  });

  it.each([
    [
      'of another name',
      { keyId: 'k2', keySpec: 'EC-256' },
      'ERR_PLUGIN_RESPONSE',
      'the plugin "test" breaks the plugin protocol: it describes a key other than the requested one',
    ],
    [
      'of a kind that may not sign',
      { keyId: 'k1', keySpec: 'RSA-1024' },
      'ERR_ALGORITHM_UNSUPPORTED',
      'a key of type "RSA-1024" cannot sign',
    ],
    [
      'of no kind',
      { keyId: 'k1' },
      'ERR_PLUGIN_RESPONSE',
      'the response of the plugin "test" to describe-key is malformed at "keySpec": string expected',
    ],
  ])('rejects a key %s before anything is signed', async (_, response, code, reason) => {
    const plugin = fakePlugin({ ...rawResponses(certificate), 'describe-key': () => response });
    await expect(createPluginSigner({ plugin, keyId: 'k1' })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(reason),
    });
    expect(plugin.requests.map(({ command }) => command)).not.toContain('generate-signature');
  });

  it('passes on the error of the plugin', async () => {
    const plugin = fakePlugin({
      ...rawResponses(certificate),
      'generate-signature': () => {
        throw new NotationError('ERR_PLUGIN_FAILED', 'ACCESS_DENIED: no');
      },
    });
    await expect(signWith(plugin)).rejects.toMatchObject({
      code: 'ERR_PLUGIN_FAILED',
      message: 'ACCESS_DENIED: no',
    });
  });

  it.each([
    ['no plugin', { plugin: undefined as never, keyId: 'k1' }, 'plugin must be a plugin of a plugin manager'],
    ['no key', { plugin: fakePlugin({}), keyId: '' }, 'keyId must be the name of a key'],
  ])('rejects %s', async (_, options, message) => {
    await expect(createPluginSigner(options)).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message,
    });
  });

  it('rejects a plugin that cannot sign', async () => {
    const plugin = fakePlugin({}, { capabilities: ['SIGNATURE_VERIFIER.TRUSTED_IDENTITY'] });
    await expect(createPluginSigner({ plugin, keyId: 'k1' })).rejects.toMatchObject({
      code: 'ERR_PLUGIN_INCOMPATIBLE',
      message: expect.stringContaining('the plugin "test" cannot sign'),
    });
  });
});

describe('createPluginSigner, of a plugin that generates envelopes', () => {
  /** The response of an honest plugin, with the given changes. */
  function envelopePlugin(
    overrides: Record<string, unknown> = {},
    content: { expiry?: Date } = {},
    metadata: { capabilities: string[] } = ENVELOPE,
    keySpec = 'EC-256',
  ) {
    return fakePlugin(
      {
        'describe-key': ({ keyId }) => ({ keyId, keySpec }),
        async 'generate-envelope'(request) {
          const signingTime = new Date(Math.floor(Date.now() / 1000) * 1000);
          const seconds = request.expiryDurationInSeconds;
          const expiry =
            typeof seconds === 'number' ? new Date(signingTime.getTime() + seconds * 1000) : undefined;
          const mediaType = request.signatureEnvelopeType as EnvelopeMediaType;
          const envelope = await createEnvelope(
            {
              mediaType,
              payload: new Uint8Array(Buffer.from(String(request.payload), 'base64')),
              signingScheme: 'notary.x509',
              signingTime,
              expiry,
              ...content,
            },
            signer,
          );
          return {
            signatureEnvelope: Buffer.from(envelope).toString('base64'),
            signatureEnvelopeType: mediaType,
            annotations: { 'com.example.job': '7' },
            ...overrides,
          };
        },
      },
      metadata,
    );
  }

  async function signWith(plugin: ReturnType<typeof fakePlugin>, options: object = {}) {
    return sign(reference, {
      signer: await createPluginSigner({ plugin, keyId: 'k1' }),
      registry,
      ...options,
    });
  }

  it.each(['jws', 'cose'] as const)('signs an artifact in the format %s', async (format) => {
    const plugin = envelopePlugin();
    await signWith(plugin, { format, expiresIn: 3600, userMetadata: { build: '7' } });
    expect(plugin.requests.at(-1)).toEqual({
      command: 'generate-envelope',
      request: {
        contractVersion: '1.0',
        keyId: 'k1',
        payload: expect.any(String),
        payloadType: 'application/vnd.cncf.notary.payload.v1+json',
        signatureEnvelopeType: format === 'jws' ? 'application/jose+json' : 'application/cose',
        expiryDurationInSeconds: 3600,
      },
    });
    expect(await inspect(reference, { registry })).toMatchObject([{ userDefinedAttributes: { build: '7' } }]);
  });

  it.each([
    ['and for artifacts', ['SIGNATURE_GENERATOR.ENVELOPE', 'SIGNATURE_GENERATOR.ENVELOPE_FOR_BLOB']],
    ['only', ['SIGNATURE_GENERATOR.ENVELOPE_FOR_BLOB']],
  ])('signs a blob by the hash of its key if it makes envelopes for blobs %s', async (_, capabilities) => {
    const plugin = envelopePlugin({}, {}, { capabilities });
    const pluginSigner = await createPluginSigner({ plugin, keyId: 'k1' });
    const { artifact, signature } = await signBlob(new Blob(['1.0']), { signer: pluginSigner });
    expect(artifact.digest).toMatch(/^sha256:/);
    expect(await inspectBlob(signature)).toMatchObject({ signedArtifact: artifact });
    expect(plugin.requests.map(({ command }) => command)).toEqual([
      'get-plugin-metadata',
      'describe-key',
      'generate-envelope',
    ]);
  });

  it('rejects an envelope for a blob by a key other than the described one', async () => {
    const capabilities = ['SIGNATURE_GENERATOR.ENVELOPE_FOR_BLOB'];
    const plugin = envelopePlugin({}, {}, { capabilities }, 'EC-384');
    const pluginSigner = await createPluginSigner({ plugin, keyId: 'k1' });
    await expect(signBlob(new Blob(['1.0']), { signer: pluginSigner })).rejects.toMatchObject({
      code: 'ERR_SIGNER_FAILED',
      message: expect.stringContaining('but the signer announced EC-384'),
    });
  });

  it('cannot sign blobs if it makes envelopes for artifacts only', async () => {
    const pluginSigner = await createPluginSigner({ plugin: envelopePlugin(), keyId: 'k1' });
    await expect(signBlob(new Blob(['1.0']), { signer: pluginSigner })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining(
        'the signer does not say what kind of key it has, which decides the digest of a blob: it can sign OCI artifacts only',
      ),
    });
  });

  it('does not add a timestamp to the envelope of a plugin', async () => {
    const timestamp = { timestamp: () => Promise.reject(new Error('not reached')) };
    await expect(signWith(envelopePlugin(), { timestamp })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining(
        'a plugin that makes whole envelopes has them timestamped itself, or not at all',
      ),
    });
  });

  it.each<[string, object, string, string]>([
    [
      'another type',
      { signatureEnvelopeType: 'application/cose' },
      'ERR_PLUGIN_RESPONSE',
      'is not of the type',
    ],
    [
      'what is not an envelope',
      { signatureEnvelope: 'AAAA' },
      'ERR_ENVELOPE_INVALID',
      'the JWS envelope is not JSON',
    ],
    [
      'what is not base64',
      { signatureEnvelope: '!' },
      'ERR_PLUGIN_RESPONSE',
      'its signature envelope is not base64',
    ],
    [
      'reserved annotations',
      { annotations: { 'io.cncf.notary.x': 'y' } },
      'ERR_PLUGIN_RESPONSE',
      'it annotates with',
    ],
    [
      'annotations that are not strings',
      { annotations: { x: 1 } },
      'ERR_PLUGIN_RESPONSE',
      'at "annotations.x": string expected',
    ],
  ])('rejects a plugin that answers with %s', async (_, overrides, code, reason) => {
    await expect(signWith(envelopePlugin({ ...overrides }))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(reason),
    });
    expect(await inspect(reference, { registry })).toEqual([]);
  });

  it.each([
    ['later', 7_200_000],
    ['earlier', 1_800_000],
  ])('rejects an envelope that expires %s than it should', async (_, milliseconds) => {
    const expiry = new Date(Math.floor(Date.now() / 1000) * 1000 + milliseconds);
    await expect(signWith(envelopePlugin({}, { expiry }), { expiresIn: 3600 })).rejects.toMatchObject({
      code: 'ERR_PLUGIN_RESPONSE',
      message: expect.stringContaining('does not expire at the requested time'),
    });
  });

  it('rejects an envelope that does not expire, but should', async () => {
    const plugin = envelopePlugin();
    const forgetful = fakePlugin(
      {
        'generate-envelope': ({ expiryDurationInSeconds: _, ...request }) =>
          plugin.run('generate-envelope', request),
      },
      ENVELOPE,
    );
    await signWith(forgetful);
    await expect(signWith(forgetful, { expiresIn: 3600 })).rejects.toMatchObject({
      code: 'ERR_PLUGIN_RESPONSE',
      message: expect.stringContaining(
        'the plugin "test" breaks the plugin protocol: its envelope does not expire at the requested time',
      ),
    });
  });

  it('accepts an envelope whose expiry the plugin chose', async () => {
    const expiry = new Date(Math.floor(Date.now() / 1000) * 1000 + 7_200_000);
    await signWith(envelopePlugin({}, { expiry }));
    expect(await inspect(reference, { registry })).toMatchObject([
      { signedAttributes: { expiry: expiry.toISOString().replace('.000Z', 'Z') } },
    ]);
  });

  it('rejects an envelope that was signed before its certificates were valid', async () => {
    const honest = envelopePlugin();
    const backdating = fakePlugin(
      {
        async 'generate-envelope'(request) {
          const response = (await honest.run('generate-envelope', request)) as { signatureEnvelope: string };
          const jws = JSON.parse(Buffer.from(response.signatureEnvelope, 'base64').toString());
          const header = JSON.parse(Buffer.from(jws.protected, 'base64url').toString());
          const changed = { ...header, 'io.cncf.notary.signingTime': '2020-01-01T00:00:00Z' };
          jws.protected = Buffer.from(JSON.stringify(changed)).toString('base64url');
          const signature = await signer.sign(Buffer.from(`${jws.protected}.${jws.payload}`));
          jws.signature = Buffer.from(signature).toString('base64url');
          return { ...response, signatureEnvelope: Buffer.from(JSON.stringify(jws)).toString('base64') };
        },
      },
      ENVELOPE,
    );
    await expect(signWith(backdating)).rejects.toMatchObject({
      code: 'ERR_CERTIFICATE_NOT_VALID_AT_TIME',
      message: expect.stringContaining('not valid before'),
    });
  });

  it('rejects an envelope of a payload of its own', async () => {
    const honest = envelopePlugin();
    const changing = fakePlugin(
      {
        'generate-envelope': (request) =>
          honest.run('generate-envelope', {
            ...request,
            payload: Buffer.from(
              JSON.stringify({
                targetArtifact: { mediaType: 'text/plain', digest: `sha256:${'0'.repeat(64)}`, size: 1 },
              }),
            ).toString('base64'),
          }),
      },
      ENVELOPE,
    );
    await expect(signWith(changing)).rejects.toMatchObject({
      code: 'ERR_SIGNER_FAILED',
      message: expect.stringContaining(
        'the envelope of the signer cannot be used: its payload is not the requested one',
      ),
    });
  });

  it('rejects an envelope that was tampered with', async () => {
    const plugin = envelopePlugin();
    const tampering = fakePlugin(
      {
        async 'generate-envelope'(request) {
          const response = (await plugin.run('generate-envelope', request)) as { signatureEnvelope: string };
          const jws = JSON.parse(Buffer.from(response.signatureEnvelope, 'base64').toString());
          const signature = `AAAA${jws.signature.slice(4)}`;
          const bytes = Buffer.from(JSON.stringify({ ...jws, signature }));
          expect(parseEnvelope(new Uint8Array(bytes), 'application/jose+json')).toBeDefined();
          return { ...response, signatureEnvelope: bytes.toString('base64') };
        },
      },
      ENVELOPE,
    );
    await expect(signWith(tampering)).rejects.toMatchObject({
      code: 'ERR_SIGNER_FAILED',
      message: expect.stringContaining(
        'the envelope of the signer cannot be used: the signature does not fit the signed bytes',
      ),
    });
  });
});
