import { beforeAll, describe, expect, it } from 'vitest';
import {
  createEnvelope,
  createPayload,
  type ExtendedAttribute,
  parseEnvelope,
  type SignatureEnvelope,
} from '../../src/envelope/index.ts';
import { createSigner, type Signer } from '../../src/index.ts';
import {
  createVerificationPlugin,
  getPluginMetadata,
  type Plugin,
  type VerificationPluginOptions,
  type VerifySignatureResponse,
} from '../../src/plugin/index.ts';
import { findVerificationPlugin, verifyWithPlugin } from '../../src/plugin/verify-signature.ts';
import { generateTestCertificate } from '../../src/testing/index.ts';

const NAME = 'com.example.verifier';
const IDENTITY = 'SIGNATURE_VERIFIER.TRUSTED_IDENTITY';
const REVOCATION = 'SIGNATURE_VERIFIER.REVOCATION_CHECK';

let signer: Signer;

beforeAll(async () => {
  signer = await createSigner(await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' }));
});

const good: VerifySignatureResponse = {
  verificationResults: { [IDENTITY]: { success: true } },
  processedAttributes: [],
};

function pluginOf(options: Partial<VerificationPluginOptions> = {}) {
  return createVerificationPlugin({
    name: NAME,
    version: '1.2.0',
    capabilities: [IDENTITY],
    verify: () => good,
    ...options,
  });
}

const critical = (key: string, value: unknown): ExtendedAttribute => ({ key, value, critical: true });
const named = critical('io.cncf.notary.verificationPlugin', NAME);

async function envelopeWith(...extended: ExtendedAttribute[]): Promise<SignatureEnvelope> {
  const mediaType = 'application/jose+json';
  const artifact = { mediaType: 'text/plain', digest: `sha256:${'0'.repeat(64)}`, size: 1 };
  const signingTime = new Date(Math.floor(Date.now() / 1000) * 1000);
  const content = {
    payload: createPayload(artifact),
    signingScheme: 'notary.x509',
    signingTime,
    extended,
  } as const;
  return parseEnvelope(await createEnvelope({ mediaType, ...content }, signer), mediaType);
}

async function verifyWith(verify: VerificationPluginOptions['verify'], ...extended: ExtendedAttribute[]) {
  const envelope = await envelopeWith(named, ...extended);
  return verifyWithPlugin(pluginOf({ verify }), {
    envelope,
    capabilities: [IDENTITY],
    trustedIdentities: ['*'],
  });
}

describe('createVerificationPlugin', () => {
  it('creates a plugin that returns its metadata', async () => {
    expect(await getPluginMetadata(pluginOf())).toMatchObject({
      name: NAME,
      version: '1.2.0',
      capabilities: [IDENTITY],
    });
  });

  it.each<[string, object, string]>([
    ['no function', { verify: undefined }, 'verify must be'],
    ['no name', { name: '' }, 'name must be'],
    ['a name that is not a string', { name: 7 }, 'name must be'],
    ['no version', { version: '' }, 'version must be'],
    ['no capability', { capabilities: [] }, 'capabilities must be'],
    ['an unknown capability', { capabilities: ['SIGNATURE_GENERATOR.RAW'] }, 'capabilities must be'],
    ['capabilities that are not a list', { capabilities: IDENTITY }, 'capabilities must be'],
  ])('rejects %s', (_, options, reason) => {
    expect(() => pluginOf(options)).toThrow(
      expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID', message: expect.stringContaining(reason) }),
    );
  });

  it('does not sign', async () => {
    await expect(pluginOf().run('generate-signature', {})).rejects.toMatchObject({
      code: 'ERR_PLUGIN_INCOMPATIBLE',
      message: expect.stringContaining('the plugin "com.example.verifier" can only verify'),
    });
  });

  it('is stopped by the signal even if the function ignores it', async () => {
    const envelope = await envelopeWith(named);
    const verification = { envelope, capabilities: [IDENTITY], trustedIdentities: ['*'] } as const;
    const never = pluginOf({ verify: () => new Promise(() => undefined) });
    const verifying = verifyWithPlugin(never, verification, { signal: AbortSignal.timeout(50) });
    await expect(verifying).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
      message: expect.stringMatching(/^the plugin ".+" did not end before the deadline of the signal$/),
    });
  });
});

describe('verifyWithPlugin', () => {
  it('returns the requested results', async () => {
    const { results } = await verifyWith(() => good);
    expect([...results]).toEqual([[IDENTITY, { success: true, reason: undefined }]]);
  });

  it('has the reason on one line, without control characters', async () => {
    const reason = `no\u001b[2J\n\u202eway ${'x'.repeat(5000)}`;
    const { results } = await verifyWith(() => ({
      verificationResults: { [IDENTITY]: { success: false, reason } },
      processedAttributes: [],
    }));
    expect(results.get(IDENTITY)?.reason).toMatch(/^no \[2J way x{400,490}…$/);
  });

  it.each<[string, unknown, RegExp]>([
    ['no result', { ...good, verificationResults: {} }, /no result for SIGNATURE_VERIFIER.TRUSTED_IDENTITY/],
    [
      'a result that was not requested',
      { ...good, verificationResults: { ...good.verificationResults, [REVOCATION]: { success: true } } },
      /was not requested/,
    ],
    [
      'a result that is not a boolean',
      { ...good, verificationResults: { [IDENTITY]: { success: 'true' } } },
      /malformed/,
    ],
    ['nothing', undefined, /malformed/],
    ['an array', [], /malformed/],
    [
      'processed attributes that are not an array',
      { ...good, processedAttributes: 'com.example.a' },
      /malformed/,
    ],
  ])('rejects a plugin that returns %s', async (_, response, message) => {
    await expect(verifyWith(() => response as VerifySignatureResponse)).rejects.toMatchObject({
      code: 'ERR_PLUGIN_RESPONSE',
      message: expect.stringMatching(message),
    });
  });

  it.each([true, false])('requires that an attribute is processed; critical: %s', async (isCritical) => {
    const attribute = { key: 'com.example.a', value: 'b', critical: isCritical };
    await expect(verifyWith(() => good, attribute)).rejects.toMatchObject({
      code: 'ERR_PLUGIN_RESPONSE',
      message: expect.stringContaining('did not process the attribute "com.example.a"'),
    });
    await verifyWith(() => ({ ...good, processedAttributes: ['com.example.a', 'more'] }), attribute);
  });
});

describe('a value of COSE', () => {
  /** A value that an envelope of another signer may contain; `createEnvelope` writes no such values. */
  async function told(value: unknown): Promise<unknown> {
    const envelope = await envelopeWith(named);
    const { signedAttributes } = envelope;
    const extended = [...signedAttributes.extended, critical('com.example.value', value)];
    let seen: unknown;
    const verify: VerificationPluginOptions['verify'] = ({ signature }) => {
      seen = signature.criticalAttributes.extendedAttributes['com.example.value'];
      return { ...good, processedAttributes: ['com.example.value'] };
    };
    await verifyWithPlugin(pluginOf({ verify }), {
      envelope: { ...envelope, signedAttributes: { ...signedAttributes, extended } },
      capabilities: [IDENTITY],
      trustedIdentities: ['*'],
    });
    return seen;
  }

  it('reaches the plugin as JSON', async () => {
    const value = new Map<unknown, unknown>([
      ['bytes', new Uint8Array([1])],
      ['list', [1.5, null, true]],
    ]);
    expect(await told(value)).toEqual({ bytes: 'AQ==', list: [1.5, null, true] });
  });

  it.each<[string, unknown]>([
    [
      'a map with a number next to the same text',
      new Map<unknown, unknown>([
        [1, 'denied'],
        ['1', 'allowed'],
      ]),
    ],
    ['a map like that within another', new Map([['inner', new Map([[1, 2]])]])],
    ['NaN', Number.NaN],
    ['an integer that a number cannot hold', 2n ** 53n],
    ['an infinite number in a list', [Number.POSITIVE_INFINITY]],
  ])('is rejected if JSON cannot express it: %s', async (_, value) => {
    await expect(told(value)).rejects.toMatchObject({
      code: 'ERR_ENVELOPE_INVALID',
      message: expect.stringContaining('"com.example.value"'),
    });
  });
});

describe('findVerificationPlugin', () => {
  const find = async (plugin: ReturnType<typeof pluginOf> | undefined, ...extended: ExtendedAttribute[]) =>
    findVerificationPlugin({ get: () => plugin }, (await envelopeWith(...extended)).signedAttributes);
  const atLeast = (value: unknown) => critical('io.cncf.notary.verificationPluginMinVersion', value);

  it.each(['1.2.0', '1.2.0-rc.1', '1.1.9', '1.2.0+later'])(
    'finds one that is at least %s',
    async (version) => {
      expect(await find(pluginOf(), named, atLeast(version))).toMatchObject({ capabilities: [IDENTITY] });
    },
  );

  it('reports that the plugins cannot be looked up', async () => {
    const failure = new TypeError('the shelf is gone');
    const plugins = { get: () => Promise.reject(failure) };
    const { signedAttributes } = await envelopeWith(named);
    await expect(findVerificationPlugin(plugins, signedAttributes)).rejects.toMatchObject({
      code: 'ERR_PLUGIN_NOT_FOUND',
      cause: failure,
    });
  });

  it('does not wait for a source of plugins that ignores the signal', async () => {
    const plugins = { get: () => new Promise<undefined>(() => undefined) };
    const { signedAttributes } = await envelopeWith(named);
    const work = findVerificationPlugin(plugins, signedAttributes, { signal: AbortSignal.timeout(20) });
    await expect(work).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
      message: expect.stringMatching(/^the lookup of the plugin ".+" did not end/),
    });
  });

  it.each<[string, ReturnType<typeof pluginOf> | undefined, ExtendedAttribute[], string, string]>([
    [
      'that is not there',
      undefined,
      [named],
      'ERR_PLUGIN_NOT_FOUND',
      'the signature requires the verification plugin "com.example.verifier", which is not installed',
    ],
    [
      'that is too old',
      pluginOf(),
      [named, atLeast('1.2.1')],
      'ERR_PLUGIN_INCOMPATIBLE',
      'the version "1.2.0" of the verification plugin "com.example.verifier" is older than "1.2.1", which the signature requires',
    ],
    [
      'that is there under the name of another one',
      pluginOf({ name: 'com.example.other' }),
      [named],
      'ERR_PLUGIN_INCOMPATIBLE',
      'the signature requires the verification plugin "com.example.verifier", but the installed plugin of that name is "com.example.other"',
    ],
    [
      'when none is named',
      pluginOf(),
      [],
      'ERR_ENVELOPE_INVALID',
      'the signature envelope is invalid: it names no verification plugin',
    ],
    [
      'when the name is not a string',
      pluginOf(),
      [critical('io.cncf.notary.verificationPlugin', 7)],
      'ERR_ENVELOPE_INVALID',
      'the signature envelope is invalid: its attribute io.cncf.notary.verificationPlugin is not a string, or is empty',
    ],
    [
      'when the name is blank',
      pluginOf(),
      [critical('io.cncf.notary.verificationPlugin', ' ')],
      'ERR_ENVELOPE_INVALID',
      'the signature envelope is invalid: its attribute io.cncf.notary.verificationPlugin is not a string, or is empty',
    ],
    [
      'when the name is not critical',
      pluginOf(),
      [{ ...named, critical: false }],
      'ERR_ENVELOPE_INVALID',
      'the signature envelope is invalid: its attribute io.cncf.notary.verificationPlugin is not critical',
    ],
    [
      'when the version is not a semantic version',
      pluginOf(),
      [named, atLeast('v1.0.0')],
      'ERR_ENVELOPE_INVALID',
      'the signature envelope is invalid: its minimum plugin version "v1.0.0" is not a semantic version',
    ],
    [
      'when the version is not a string',
      pluginOf(),
      [named, atLeast(1)],
      'ERR_ENVELOPE_INVALID',
      'the signature envelope is invalid: its attribute io.cncf.notary.verificationPluginMinVersion is not a string, or is empty',
    ],
  ])('finds none %s', async (_, plugin, extended, code, reason) => {
    await expect(find(plugin, ...extended)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(reason),
    });
  });
});

describe('outside text in the error of a plugin', () => {
  const HOSTILE = 'a\n\u001b[2J\u202e\u2028b';
  const QUOTED = '"a\\n\\u001b[2J\\u{202e}\\u{2028}b"';
  const find = async (plugins: Map<string, Plugin>, ...extended: ExtendedAttribute[]) =>
    findVerificationPlugin(plugins, (await envelopeWith(...extended)).signedAttributes);

  it('is quoted: the name in a signature', async () => {
    const name = critical('io.cncf.notary.verificationPlugin', HOSTILE);
    await expect(find(new Map(), name)).rejects.toMatchObject({
      code: 'ERR_PLUGIN_NOT_FOUND',
      message: `the signature requires the verification plugin ${QUOTED}, which is not installed`,
    });
  });

  it('is quoted: the minimum version in a signature', async () => {
    const minimum = critical('io.cncf.notary.verificationPluginMinVersion', HOSTILE);
    await expect(find(new Map([[NAME, pluginOf()]]), named, minimum)).rejects.toMatchObject({
      code: 'ERR_ENVELOPE_INVALID',
      message: `the signature envelope is invalid: its minimum plugin version ${QUOTED} is not a semantic version`,
    });
  });

  it('is quoted: the name in the metadata of a plugin', async () => {
    const plugin = { ...pluginOf({ name: HOSTILE }), name: NAME };
    await expect(getPluginMetadata(plugin)).rejects.toMatchObject({
      code: 'ERR_PLUGIN_RESPONSE',
      message: `the plugin "${NAME}" breaks the plugin protocol: it calls itself ${QUOTED}`,
    });
  });

  it('is quoted: a result without a request', async () => {
    const results = { ...good.verificationResults, [HOSTILE]: { success: true } };
    await expect(verifyWith(() => ({ ...good, verificationResults: results }))).rejects.toMatchObject({
      code: 'ERR_PLUGIN_RESPONSE',
      message: `the plugin "${NAME}" breaks the plugin protocol: it gives a result for ${QUOTED}, which was not requested`,
    });
  });

  it('is quoted: a malformed result', async () => {
    const results = { ...good.verificationResults, [HOSTILE]: 1 } as never;
    await expect(verifyWith(() => ({ ...good, verificationResults: results }))).rejects.toMatchObject({
      code: 'ERR_PLUGIN_RESPONSE',
      message: `the response of the plugin "${NAME}" to verify-signature is malformed at "verificationResults.${QUOTED.slice(1)}: object expected`,
    });
  });

  it('does not hide very many malformed results behind an error without a code', async () => {
    const results = Object.fromEntries(Array.from({ length: 150_000 }, (_, i) => [`r${i}`, 1]));
    await expect(
      verifyWith(() => ({ ...good, verificationResults: results as never })),
    ).rejects.toMatchObject({
      code: 'ERR_PLUGIN_RESPONSE',
      message: expect.stringContaining(
        `the response of the plugin "${NAME}" to verify-signature is malformed`,
      ),
    });
  });
});
