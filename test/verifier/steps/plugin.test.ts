import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createEnvelope, createPayload, type ExtendedAttribute } from '../../../src/envelope/index.ts';
import {
  createSigner,
  createTrustStore,
  type Descriptor,
  parseTrustPolicy,
  type Signer,
  type TrustStore,
} from '../../../src/index.ts';
import {
  createVerificationPlugin,
  type Plugin,
  type VerifySignatureRequest,
  type VerifySignatureResponse,
} from '../../../src/plugin/index.ts';
import { formatReport } from '../../../src/report/index.ts';
import { generateTestCertificate, type TestCertificate } from '../../../src/testing/index.ts';
import { composeVerifier, type VerificationReport } from '../../../src/verifier/index.ts';
import { policyDocument, REPOSITORY } from '../../support/artifact.ts';
import { fakePlugin } from '../../support/plugins.ts';

const IDENTITY = 'SIGNATURE_VERIFIER.TRUSTED_IDENTITY';
const REVOCATION = 'SIGNATURE_VERIFIER.REVOCATION_CHECK';
const NAME = 'io.cncf.notary.verificationPlugin';
const MIN_VERSION = 'io.cncf.notary.verificationPluginMinVersion';
const ARTIFACT = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: `sha256:${'ab'.repeat(32)}`,
  size: 7,
};

let certificate: TestCertificate;
let signer: Signer;
let trustStore: TrustStore;
/** How often the metadata of the plugin was read. */
let metadataReads: number;
let requests: VerifySignatureRequest[];

beforeAll(async () => {
  certificate = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
  signer = await createSigner(certificate);
  trustStore = createTrustStore({ 'ca:acme': certificate.root });
});

beforeEach(() => {
  requests = [];
  metadataReads = 0;
});

type Capability = typeof IDENTITY | typeof REVOCATION;

/** A plugin that accepts everything, with the given changes. */
function plugin(
  capabilities: readonly Capability[] = [IDENTITY],
  change: (response: VerifySignatureResponse) => unknown = (response) => response,
  version = '1.0.0',
): Map<string, Plugin> {
  const verify = (request: VerifySignatureRequest) => {
    requests.push(request);
    const { signatureVerification } = request.trustPolicy;
    const results = signatureVerification.map((capability) => [capability, { success: true }]);
    const response = {
      verificationResults: Object.fromEntries(results),
      processedAttributes: request.signature.unprocessedAttributes,
    };
    return change(response) as VerifySignatureResponse;
  };
  const made = createVerificationPlugin({ name: 'test', version, capabilities, verify });
  const counted: Plugin = {
    name: made.name,
    run(command, ...rest) {
      if (command === 'get-plugin-metadata') metadataReads++;
      return made.run(command, ...rest);
    },
  };
  return new Map([['test', counted]]);
}

function attribute(key: string | number, value: unknown, critical = true): ExtendedAttribute {
  return { key, value, critical };
}

interface Case {
  extended?: ExtendedAttribute[];
  plugins?: Map<string, Plugin> | undefined;
  statement?: Record<string, unknown>;
  format?: 'application/jose+json' | 'application/cose';
  pluginConfig?: Record<string, string>;
  store?: TrustStore;
  artifact?: Descriptor;
}

async function evaluateWith({
  extended = [attribute(NAME, 'test')],
  ...given
}: Case): Promise<VerificationReport> {
  const { plugins, statement = {}, format = 'application/jose+json', pluginConfig } = given;
  const { store = trustStore, artifact = ARTIFACT } = given;
  const bytes = await createEnvelope(
    {
      mediaType: format,
      payload: createPayload(ARTIFACT),
      signingScheme: 'notary.x509',
      signingTime: new Date(Math.floor(Date.now() / 1000) * 1000),
      extended,
    },
    signer,
  );
  const trustPolicy = parseTrustPolicy(policyDocument(statement));
  return composeVerifier({ trustPolicy, trustStore: store, plugins }).evaluateEnvelope(bytes, {
    mediaType: format,
    artifact,
    reference: REPOSITORY,
    pluginConfig,
  });
}

function resultsOf({ signatures }: VerificationReport) {
  return Object.fromEntries((signatures[0]?.checks ?? []).map(({ name, result }) => [name, result]));
}

describe('a signature that names a verification plugin', () => {
  it.each(['application/jose+json', 'application/cose'] as const)(
    'is trusted when the plugin accepts it: %s',
    async (format) => {
      const report = await evaluateWith({ plugins: plugin(), format });
      expect(report.outcome, formatReport(report)).toBe('verified');
      expect(resultsOf(report)).toMatchObject({
        plugin: 'passed',
        authenticity: 'passed',
        revocation: 'passed',
      });
    },
  );

  it('is rejected if the verifier has no plugins', async () => {
    expect((await evaluateWith({})).reason?.code).toBe('ERR_PLUGIN_REQUIRED');
  });

  it('is rejected if the plugin is not installed, even at the level audit', async () => {
    const statement = { signatureVerification: { level: 'audit' } };
    expect((await evaluateWith({ plugins: new Map(), statement })).reason?.code).toBe('ERR_PLUGIN_NOT_FOUND');
  });

  it('lets the plugin decide the identity, but not the trust store', async () => {
    const trustedIdentities = ['arn:aws:signer:eu-west-1:1:/signing-profiles/p'];
    expect((await evaluateWith({ plugins: plugin(), statement: { trustedIdentities } })).outcome).toBe(
      'verified',
    );
    expect(requests[0]?.trustPolicy).toEqual({ trustedIdentities, signatureVerification: [IDENTITY] });
    const strangers = { trustStores: ['ca:others'] };
    const others = createTrustStore({
      'ca:others': (await generateTestCertificate({ name: 'other.example', keySpec: 'EC-256' })).root,
    });
    const kept = trustStore;
    trustStore = others;
    const report = await evaluateWith({ plugins: plugin(), statement: strangers });
    trustStore = kept;
    expect(report.reason?.code).toBe('ERR_ROOT_UNTRUSTED');
    expect(resultsOf(report).plugin).toBe('notRun');
    expect(requests).toHaveLength(1);
  });

  it('starts no plugin for an untrusted chain, even if the policy only logs that', async () => {
    const others = await generateTestCertificate({ name: 'other.example', keySpec: 'EC-256' });
    const report = await evaluateWith({
      plugins: plugin([IDENTITY, REVOCATION]),
      store: createTrustStore({ 'ca:acme': others.root }),
      statement: { signatureVerification: { level: 'audit' } },
    });
    expect([metadataReads, requests]).toEqual([0, []]);
    expect(report.reason).toMatchObject({
      code: 'ERR_ROOT_UNTRUSTED',
      message: expect.stringContaining('this check is not made for an untrusted signature'),
    });
    expect(resultsOf(report)).toMatchObject({
      authenticity: 'failed',
      identity: 'notRun',
      revocation: 'notRun',
      plugin: 'failed',
    });
  });

  it('starts no plugin for a signature that another step has rejected already', async () => {
    const report = await evaluateWith({
      plugins: plugin(),
      artifact: { ...ARTIFACT, size: ARTIFACT.size + 1 },
    });
    expect(report.reason?.code).toBe('ERR_ARTIFACT_MISMATCH');
    expect(metadataReads).toBe(0);
    expect(resultsOf(report)).toMatchObject({
      authenticity: 'passed',
      identity: 'notRun',
      revocation: 'notRun',
      plugin: 'notRun',
    });
  });

  it('reads the metadata of the plugin once', async () => {
    await evaluateWith({ plugins: plugin([IDENTITY, REVOCATION]) });
    expect(metadataReads).toBe(1);
  });

  it('is rejected when the plugin does not accept the identity', async () => {
    const refusing = plugin([IDENTITY], (response) => ({
      ...response,
      verificationResults: { [IDENTITY]: { success: false, reason: 'the profile is revoked' } },
    }));
    const report = await evaluateWith({ plugins: refusing });
    expect(report.reason).toMatchObject({
      code: 'ERR_PLUGIN_REJECTED',
      message: expect.stringContaining('identity of the signing certificate: the profile is revoked'),
    });
    expect(resultsOf(report)).toMatchObject({ authenticity: 'passed', identity: 'failed' });
  });

  it('is verified with a warning if the plugin rejects the identity and the policy only logs authenticity', async () => {
    const refusing = plugin([IDENTITY], (response) => ({
      ...response,
      verificationResults: { [IDENTITY]: { success: false } },
    }));
    const report = await evaluateWith({
      plugins: refusing,
      statement: { signatureVerification: { level: 'audit' } },
    });
    expect(report.outcome).toBe('verified');
    expect(report.warnings?.map(({ code }) => code)).toEqual(['ERR_PLUGIN_REJECTED']);
    expect(resultsOf(report)).toMatchObject({ authenticity: 'passed', identity: 'failed' });
  });

  it('lets the plugin decide revocation', async () => {
    const refusing = plugin([REVOCATION], (response) => ({
      ...response,
      verificationResults: { [REVOCATION]: { success: false, reason: 'revoked' } },
    }));
    const report = await evaluateWith({ plugins: refusing });
    expect(report.reason?.code).toBe('ERR_PLUGIN_REJECTED');
    expect(resultsOf(report)).toMatchObject({
      authenticity: 'passed',
      revocation: 'failed',
      plugin: 'passed',
    });
    const permissive = { signatureVerification: { level: 'permissive' } };
    expect((await evaluateWith({ plugins: refusing, statement: permissive })).outcome).toBe('verified');
  });

  it('is checked natively for what the plugin does not decide', async () => {
    const trustedIdentities = ['x509.subject: C=US, ST=WA, O=Somebody else'];
    const report = await evaluateWith({ plugins: plugin([REVOCATION]), statement: { trustedIdentities } });
    expect(report.reason?.code).toBe('ERR_IDENTITY_UNTRUSTED');
  });

  it('runs the plugin once for all checks', async () => {
    await evaluateWith({ plugins: plugin([IDENTITY, REVOCATION]) });
    expect(requests).toHaveLength(1);
    expect(requests[0]?.trustPolicy.signatureVerification).toEqual([IDENTITY, REVOCATION]);
  });

  it('does not let the plugin decide revocation if the policy skips it', async () => {
    const statement = { signatureVerification: { level: 'strict', override: { revocation: 'skip' } } };
    const report = await evaluateWith({ plugins: plugin([IDENTITY, REVOCATION]), statement });
    expect(report.outcome).toBe('verified');
    expect(requests[0]?.trustPolicy.signatureVerification).toEqual([IDENTITY]);
  });

  it('is rejected if the plugin is not run and a critical attribute is left', async () => {
    const statement = { signatureVerification: { level: 'strict', override: { revocation: 'skip' } } };
    const report = await evaluateWith({
      plugins: plugin([REVOCATION]),
      statement,
      extended: [attribute(NAME, 'test'), attribute('com.example.x', 'y')],
    });
    expect(report.reason?.code).toBe('ERR_CRITICAL_ATTRIBUTE_UNKNOWN');
    expect(requests).toEqual([]);
  });

  it('sends the plugin the request of the protocol', async () => {
    const extended = [
      attribute(NAME, 'test'),
      attribute(MIN_VERSION, '0.9.0'),
      attribute('com.example.x', { a: [1] }),
    ];
    await evaluateWith({ plugins: plugin(), extended, pluginConfig: { b: 'c' } });
    expect(requests).toEqual([
      {
        contractVersion: '1.0',
        signature: {
          criticalAttributes: {
            contentType: 'application/vnd.cncf.notary.payload.v1+json',
            signingScheme: 'notary.x509',
            verificationPlugin: 'test',
            verificationPluginMinVersion: '0.9.0',
            extendedAttributes: { 'com.example.x': { a: [1] } },
          },
          unprocessedAttributes: ['com.example.x'],
          certificateChain: [expect.stringMatching(/^MII/)],
        },
        trustPolicy: { trustedIdentities: ['*'], signatureVerification: [IDENTITY] },
        pluginConfig: { b: 'c' },
      },
    ]);
  });

  it('writes bytes of COSE in base64', async () => {
    const extended = [attribute(NAME, 'test'), attribute('com.example.x', new Uint8Array([1, 2, 3]))];
    await evaluateWith({ plugins: plugin(), extended, format: 'application/cose' });
    expect(requests[0]?.signature.criticalAttributes.extendedAttributes).toEqual({ 'com.example.x': 'AQID' });
  });

  it.each([
    ['critical', true],
    ['not critical, as the reference writes it', false],
  ])('is rejected when an attribute is left unprocessed that is %s', async (_, critical) => {
    const lazy = plugin([IDENTITY], (response) => ({ ...response, processedAttributes: [] }));
    const extended = [attribute(NAME, 'test'), attribute('com.example.x', 'y', critical)];
    expect((await evaluateWith({ plugins: lazy, extended })).reason).toMatchObject({
      code: 'ERR_PLUGIN_RESPONSE',
      message: expect.stringContaining('did not process the attribute "com.example.x"'),
    });
  });

  it('is rejected for a critical attribute of COSE that the protocol cannot name', async () => {
    const extended = [attribute(NAME, 'test'), attribute(-70_001, 'y')];
    const report = await evaluateWith({ plugins: plugin(), extended, format: 'application/cose' });
    expect(report.reason?.code).toBe('ERR_CRITICAL_ATTRIBUTE_UNKNOWN');
  });

  it.each<[string, (response: VerifySignatureResponse) => unknown]>([
    ['no result', (response) => ({ ...response, verificationResults: {} })],
    [
      'a malformed result',
      (response) => ({ ...response, verificationResults: { [IDENTITY]: { success: 'yes' } } }),
    ],
    [
      'a result that was not requested',
      ({ verificationResults, ...response }) => ({
        ...response,
        verificationResults: { ...verificationResults, [REVOCATION]: { success: true } },
      }),
    ],
    ['nothing', () => undefined],
    ['a list', () => []],
    [
      'processed attributes that are not an array',
      (response) => ({ ...response, processedAttributes: 'all' }),
    ],
  ])('is rejected when the plugin responds with %s', async (_, change) => {
    const statement = { signatureVerification: { level: 'audit' } };
    const report = await evaluateWith({ plugins: plugin([IDENTITY], change), statement });
    expect(report.reason?.code).toBe('ERR_PLUGIN_RESPONSE');
    expect(resultsOf(report).plugin).toBe('failed');
  });

  it('is rejected when the plugin fails, even at the level audit', async () => {
    const failing = plugin([IDENTITY], () => {
      throw new Error('no connection');
    });
    const report = await evaluateWith({
      plugins: failing,
      statement: { signatureVerification: { level: 'audit' } },
    });
    expect(report.reason).toMatchObject({
      code: 'ERR_PLUGIN_FAILED',
      message: expect.stringContaining('no connection'),
    });
  });

  it.each([
    ['0.0.9', 'verified'],
    ['1.0.0-alpha', 'verified'],
    ['1.0.0-alpha.beta', 'verified'],
    ['1.0.0', 'verified'],
    ['1.0.1', 'ERR_PLUGIN_INCOMPATIBLE'],
    ['1.0.9', 'ERR_PLUGIN_INCOMPATIBLE'],
    ['1.1.0-alpha', 'ERR_PLUGIN_INCOMPATIBLE'],
    ['1.2.3', 'ERR_PLUGIN_INCOMPATIBLE'],
    ['1', 'ERR_ENVELOPE_INVALID'],
    [' ', 'ERR_ENVELOPE_INVALID'],
    [1, 'ERR_ENVELOPE_INVALID'],
  ])('that requires version %j of the plugin 1.0.0: %s', async (minimum, verdict) => {
    const report = await evaluateWith({
      plugins: plugin(),
      extended: [attribute(NAME, 'test'), attribute(MIN_VERSION, minimum)],
    });
    expect(report.reason?.code ?? report.outcome).toBe(verdict);
  });

  it('is rejected for a plugin whose version is not a semantic version', async () => {
    const unversioned = fakePlugin({}, { capabilities: [IDENTITY], version: 'latest' });
    const report = await evaluateWith({ plugins: new Map([['test', unversioned]]) });
    expect(report.reason?.code).toBe('ERR_PLUGIN_INCOMPATIBLE');
  });

  it('is rejected for a plugin that cannot verify', async () => {
    const report = await evaluateWith({ plugins: new Map([['test', fakePlugin({})]]) });
    expect(report.reason?.code).toBe('ERR_PLUGIN_INCOMPATIBLE');
  });

  it.each([
    ['that is empty', attribute(NAME, ' ')],
    ['that is not a string', attribute(NAME, 7)],
    ['that is not critical', attribute(NAME, 'test', false)],
  ])('is rejected for a name %s', async (_, name) => {
    expect((await evaluateWith({ plugins: plugin(), extended: [name] })).reason?.code).toBe(
      'ERR_ENVELOPE_INVALID',
    );
  });

  it('cannot evade the rule for unknown attributes by naming a version alone', async () => {
    const report = await evaluateWith({ plugins: plugin(), extended: [attribute(MIN_VERSION, '1.0.0')] });
    expect(report.reason?.code).toBe('ERR_CRITICAL_ATTRIBUTE_UNKNOWN');
  });
});

describe('composeVerifier', () => {
  it('rejects plugins without a method get()', () => {
    const trustPolicy = parseTrustPolicy(policyDocument());
    expect(() => composeVerifier({ trustPolicy, trustStore, plugins: {} as never })).toThrow(
      expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID' }),
    );
  });
});
