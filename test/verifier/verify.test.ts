import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createSigner,
  createTrustStore,
  evaluate,
  parseReference,
  parseTrustPolicy,
  type Registry,
  type Signer,
  type SignOptions,
  sign,
  type TrustStore,
  VerificationError,
  type VerificationReport,
  verify,
  verifyEnvelope,
} from '../../src/index.ts';
import { generateTestCertificate, generateTestChain, type TestCertificate } from '../../src/testing/index.ts';
import { composeVerifier } from '../../src/verifier/index.ts';
import { policyDocument, pushImage, REPOSITORY, rejection } from '../support/artifact.ts';

const IMAGE_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const SIGNATURE_TYPE = 'application/vnd.cncf.notary.signature';

let certificate: TestCertificate;
let signer: Signer;
let trustStore: TrustStore;
let registry: Registry;
let digest: string;
let reference: string;

beforeAll(async () => {
  certificate = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
  signer = await createSigner(certificate);
  trustStore = createTrustStore({ 'ca:acme': certificate.root });
});

beforeEach(async () => {
  ({ registry, digest, reference } = await pushImage());
});

/** Signs with the test signer, or another one. */
function signWith(options: Partial<SignOptions> = {}) {
  return sign(reference, { signer, registry, ...options });
}

/** Evaluates under a policy that differs from the strict one. */
function evaluateWith(
  statement: Record<string, unknown> = {},
  options: Partial<Parameters<typeof evaluate>[1]> = {},
): Promise<VerificationReport> {
  const trustPolicy = parseTrustPolicy(policyDocument(statement), { dialect: 'extended' });
  return evaluate(reference, { trustPolicy, trustStore, registry, ...options });
}

/** The reason of each failed check. */
function failures({ signatures }: VerificationReport): Record<string, string | undefined> {
  const failed = (signatures.at(-1)?.checks ?? []).filter(({ result }) => result === 'failed');
  return Object.fromEntries(failed.map(({ name, reason }) => [name, reason?.code]));
}

/** Pushes a manifest with the artifact as its subject. */
async function pushReferrer(members: Record<string, unknown>, envelope: Uint8Array, mediaType: string) {
  const repository = registry.repository(parseReference(REPOSITORY));
  const subject = await repository.resolve(digest);
  const layer = await repository.pushBlob(mediaType, envelope);
  const config = await repository.pushBlob(
    'application/vnd.oci.empty.v1+json',
    new TextEncoder().encode('{}'),
  );
  const manifest = {
    schemaVersion: 2,
    mediaType: IMAGE_MANIFEST,
    artifactType: SIGNATURE_TYPE,
    config,
    layers: [layer],
    subject,
    ...members,
  };
  return repository.pushManifest(IMAGE_MANIFEST, new TextEncoder().encode(JSON.stringify(manifest)));
}

describe('verify', () => {
  it.each(['jws', 'cose'] as const)('trusts an artifact with a good %s signature', async (format) => {
    await signWith({ format });
    const trustPolicy = parseTrustPolicy(policyDocument());
    const report = await verify(reference, { trustPolicy, trustStore, registry });
    expect(report.outcome).toBe('verified');
  });

  it('rejects with the report of a distrusted artifact', async () => {
    const trustPolicy = parseTrustPolicy(policyDocument());
    const error = await rejection(verify(reference, { trustPolicy, trustStore, registry }));
    expect(error).toBeInstanceOf(VerificationError);
    expect(error).toMatchObject({
      code: 'ERR_VERIFICATION_FAILED',
      report: { outcome: 'rejected', reason: { code: 'ERR_NO_SIGNATURE' } },
    });
  });

  it('resolves a tag once and reports the digest', async () => {
    await signWith();
    let resolved = 0;
    const counting: Registry = {
      repository(parsed) {
        const repository = registry.repository(parsed);
        return {
          ...repository,
          resolve: (...parameters) => {
            resolved++;
            return repository.resolve(...parameters);
          },
        };
      },
    };
    const trustPolicy = parseTrustPolicy(policyDocument());
    const report = await verify(`${REPOSITORY}:v1`, { trustPolicy, trustStore, registry: counting });
    expect(report.artifact.digest).toBe(digest);
    expect(resolved).toBe(1);
  });

  it('fails with the code of the registry if the artifact is missing', async () => {
    const trustPolicy = parseTrustPolicy(policyDocument());
    const work = verify(`${REPOSITORY}:v2`, { trustPolicy, trustStore, registry });
    await expect(work).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses to try %d signatures', async (maxSignatures) => {
    await expect(evaluateWith({}, { limits: { signatures: maxSignatures } })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
    });
  });

  it('stops when the signal is aborted', async () => {
    await expect(evaluateWith({}, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ERR_ABORTED',
    });
  });
});

describe('the policy statement', () => {
  it('must apply to the repository', async () => {
    await signWith();
    const report = await evaluateWith({ registryScopes: ['registry.example.com/other'] });
    expect(report).toMatchObject({ outcome: 'rejected', reason: { code: 'ERR_POLICY_NOT_APPLICABLE' } });
  });

  it('at the level skip verifies nothing', async () => {
    const report = await evaluateWith({
      signatureVerification: { level: 'skip' },
      trustStores: [],
      trustedIdentities: [],
    });
    expect(report).toMatchObject({ outcome: 'skipped', signatures: [], artifact: { digest } });
  });

  it('must name a trust store with a certificate of the chain', async () => {
    await signWith();
    const other = await generateTestCertificate({ name: 'other.example', keySpec: 'EC-256' });
    const report = await evaluateWith({}, { trustStore: createTrustStore({ 'ca:acme': other.root }) });
    expect(report.reason?.code).toBe('ERR_ROOT_UNTRUSTED');
  });

  it('must name a trust store that exists', async () => {
    await signWith();
    expect(failures(await evaluateWith({ trustStores: ['ca:missing'] }))).toEqual({
      authenticity: 'ERR_TRUST_STORE_NOT_FOUND',
    });
  });

  it('does not trust a root in a store of another type', async () => {
    await signWith();
    const stores = createTrustStore({ 'signingAuthority:acme': certificate.root });
    const report = await evaluateWith({ trustStores: ['signingAuthority:acme'] }, { trustStore: stores });
    expect(failures(report)).toEqual({ authenticity: 'ERR_ROOT_UNTRUSTED' });
  });

  it('trusts a chain by its intermediate too', async () => {
    const chain = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
    const intermediate = `-----BEGIN${chain.certificates.split('-----BEGIN')[2]}`;
    await signWith({ signer: await createSigner(chain) });
    const report = await evaluateWith({}, { trustStore: createTrustStore({ 'ca:acme': intermediate }) });
    expect(report.outcome).toBe('verified');
  });

  it('must trust the identity of the signer', async () => {
    await signWith();
    const report = await evaluateWith({ trustedIdentities: ['x509.subject: C=US, ST=WA, O=Other'] });
    expect(report.reason).toMatchObject({
      code: 'ERR_IDENTITY_UNTRUSTED',
      message: expect.stringContaining('acme.example'),
    });
  });

  it('reports the identity that matched', async () => {
    await signWith();
    const identity = 'x509.subject: CN=acme.example,O=Notary';
    const report = await evaluateWith({ trustedIdentities: [identity] });
    expect(report.signatures[0]?.details?.trustedIdentity).toBe(identity);
  });
});

describe('validity in time', () => {
  it('ends with the expiry of the signature, to the second', async () => {
    const { expiry } = await signWith({ expiresIn: 60 });
    const at = new Date(expiry ?? '');
    const before = await evaluateWith({}, { clock: () => new Date(at.getTime() - 1) });
    const after = await evaluateWith({}, { clock: () => at });
    expect([before.outcome, after.outcome]).toEqual(['verified', 'rejected']);
    expect(failures(after)).toEqual({ expiry: 'ERR_SIGNATURE_EXPIRED' });
  });

  it('ends with the certificate', async () => {
    await signWith();
    const report = await evaluateWith({}, { clock: () => new Date(Date.now() + 48 * 3600 * 1000) });
    expect(failures(report)).toEqual({ authenticTimestamp: 'ERR_CERTIFICATE_NOT_VALID_AT_TIME' });
  });

  it('requires a timestamp if the statement names a tsa store', async () => {
    await signWith();
    const report = await evaluateWith({ trustStores: ['ca:acme', 'tsa:acme'] });
    expect(failures(report)).toEqual({ authenticTimestamp: 'ERR_TIMESTAMP_MISSING' });
  });

  it('does not require a timestamp after the expiry of certificates before they expire', async () => {
    await signWith();
    const signatureVerification = { level: 'strict', verifyTimestamp: 'afterCertExpiry' };
    const report = await evaluateWith({ trustStores: ['ca:acme', 'tsa:acme'], signatureVerification });
    expect(report.outcome).toBe('verified');
  });
});

describe('levels', () => {
  it.each([
    ['strict', 'rejected'],
    ['permissive', 'rejected'],
    ['audit', 'verified'],
  ])('%s on an unknown root: %s', async (level, outcome) => {
    await signWith();
    const other = await generateTestCertificate({ name: 'other.example', keySpec: 'EC-256' });
    const stores = createTrustStore({ 'ca:acme': other.root });
    const report = await evaluateWith({ signatureVerification: { level } }, { trustStore: stores });
    expect(report.outcome).toBe(outcome);
  });

  it.each([
    ['strict', 'rejected'],
    ['permissive', 'verified'],
    ['audit', 'verified'],
  ])('%s on an expired signature: %s', async (level, outcome) => {
    await signWith({ expiresIn: 1 });
    const clock = () => new Date(Date.now() + 3600 * 1000);
    expect((await evaluateWith({ signatureVerification: { level } }, { clock })).outcome).toBe(outcome);
  });

  it('audit still rejects a signature about another artifact', async () => {
    const other = await pushOther();
    const report = await evaluateWith({ signatureVerification: { level: 'audit' } });
    expect(other).not.toBe(digest);
    expect(failures(report)).toEqual({ artifact: 'ERR_ARTIFACT_MISMATCH' });
  });

  it('a logged failure stays in the report with its reason', async () => {
    await signWith({ expiresIn: 1 });
    const clock = () => new Date(Date.now() + 3600 * 1000);
    const report = await evaluateWith({ signatureVerification: { level: 'permissive' } }, { clock });
    expect(report.signatures[0]?.checks).toContainEqual({
      name: 'expiry',
      action: 'log',
      result: 'failed',
      reason: expect.objectContaining({ code: 'ERR_SIGNATURE_EXPIRED' }),
    });
  });

  /** Attaches the signature of another artifact to this one. */
  async function pushOther(): Promise<string> {
    const repository = registry.repository(parseReference(REPOSITORY));
    const bytes = new TextEncoder().encode('{"schemaVersion":2,"manifests":[]}');
    const other = await repository.pushManifest('application/vnd.oci.image.index.v1+json', bytes);
    const { envelope } = await sign(`${REPOSITORY}@${other.digest}`, { signer, registry });
    const stored = await repository.fetchBlob(envelope, { maxBytes: 1e6 });
    await pushReferrer({}, stored, envelope.mediaType);
    return other.digest;
  }
});

describe('user metadata', () => {
  const userMetadata = { buildId: '101', commit: 'f00' };

  it('that is required must be signed', async () => {
    await signWith({ userMetadata });
    const report = await evaluateWith({}, { userMetadata: { buildId: '101' } });
    expect(report.outcome).toBe('verified');
    expect(report.signatures[0]?.details?.userMetadata).toEqual(userMetadata);
  });

  it.each([
    ['another value', { buildId: '102' }],
    ['a key that is missing', { builder: 'x' }],
    ['a key that every object has', { toString: 'x' }],
  ])('with %s is a mismatch', async (_, required) => {
    await signWith({ userMetadata });
    expect(failures(await evaluateWith({}, { userMetadata: required }))).toEqual({
      userMetadata: 'ERR_USER_METADATA_MISMATCH',
    });
  });
});

describe('several signatures', () => {
  it('need only one that is trusted', async () => {
    await pushReferrer({}, new TextEncoder().encode('not an envelope'), 'application/jose+json');
    await pushReferrer({}, new TextEncoder().encode('{}'), 'application/vnd.foreign');
    await pushReferrer({ layers: [] }, new Uint8Array(1), 'application/cose');
    const other = await generateTestCertificate({ name: 'other.example', keySpec: 'EC-256' });
    await signWith({ signer: await createSigner(other) });
    await signWith();
    const report = await evaluateWith();
    expect(report.outcome).toBe('verified');
    expect(report.signatures.slice(0, -1).map(({ reason }) => reason?.code)).toEqual([
      'ERR_ENVELOPE_INVALID',
      'ERR_ENVELOPE_UNSUPPORTED',
      'ERR_MANIFEST_INVALID',
      'ERR_ROOT_UNTRUSTED',
    ]);
  });

  it('are evaluated whatever thumbprints their manifests state', async () => {
    const elsewhere = (await pushImage()).registry;
    const { envelope } = await signWith({ registry: elsewhere });
    const stored = await elsewhere
      .repository(parseReference(REPOSITORY))
      .fetchBlob(envelope, { maxBytes: 1e6 });
    const annotations = { 'io.cncf.notary.x509chain.thumbprint#S256': JSON.stringify(['00'.repeat(32)]) };
    await pushReferrer({ annotations }, stored, envelope.mediaType);
    expect((await evaluateWith()).outcome).toBe('verified');
  });

  it('are not blocked by one whose envelope is gone', async () => {
    const gone = { mediaType: 'application/cose', digest: `sha256:${'0'.repeat(64)}`, size: 3 };
    await pushReferrer({ layers: [gone] }, new Uint8Array(3), 'application/cose');
    await signWith();
    const report = await evaluateWith();
    expect(report.outcome).toBe('verified');
    expect(report.signatures[0]?.reason?.code).toBe('ERR_NOT_FOUND');
  });

  it('are not blocked by one that claims to be larger than any may be', async () => {
    const huge = { mediaType: 'application/cose', digest: `sha256:${'0'.repeat(64)}`, size: 2 ** 40 };
    await pushReferrer({ layers: [huge] }, new Uint8Array(3), 'application/cose');
    await signWith();
    const report = await evaluateWith();
    expect(report.outcome).toBe('verified');
    expect(report.signatures[0]?.reason?.code).toBe('ERR_LIMIT_EXCEEDED');
  });

  it('are tried up to the maximum only', async () => {
    await pushReferrer({}, new Uint8Array(1), 'application/cose');
    await pushReferrer({}, new Uint8Array(2), 'application/cose');
    await signWith();
    const report = await evaluateWith({}, { limits: { signatures: 2 } });
    expect(report).toMatchObject({ outcome: 'rejected', reason: { code: 'ERR_LIMIT_EXCEEDED' } });
    expect(report.signatures).toHaveLength(2);
  });

  it('that are all bad are each reported', async () => {
    await pushReferrer({}, new Uint8Array(1), 'application/cose');
    await pushReferrer({}, new Uint8Array(2), 'application/jose+json');
    const report = await evaluateWith();
    expect(report).toMatchObject({ outcome: 'rejected', reason: { code: 'ERR_NO_TRUSTED_SIGNATURE' } });
    expect(report.signatures).toHaveLength(2);
  });
});

describe('a verification report', () => {
  it('survives structuredClone and JSON', async () => {
    await signWith({ userMetadata: { a: 'b' }, expiresIn: 3600 });
    const report = await evaluateWith();
    expect(structuredClone(report)).toEqual(report);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('lists every check in the order in which the steps run', async () => {
    await signWith();
    const [signature] = (await evaluateWith()).signatures;
    expect(signature?.checks.map(({ name, result }) => [name, result])).toEqual([
      ['integrity', 'passed'],
      ['artifact', 'passed'],
      ['userMetadata', 'passed'],
      ['authenticity', 'passed'],
      ['identity', 'passed'],
      ['expiry', 'passed'],
      ['authenticTimestamp', 'passed'],
      ['revocation', 'passed'],
    ]);
  });

  it('shows no content of a tampered envelope', async () => {
    const { envelope } = await signWith({ format: 'cose' });
    const repository = registry.repository(parseReference(REPOSITORY));
    const bytes = new Uint8Array(await repository.fetchBlob(envelope, { maxBytes: 1e6 }));
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    ({ registry, digest, reference } = await pushImage());
    await pushReferrer({}, bytes, 'application/cose');
    const [signature] = (await evaluateWith()).signatures;
    expect(signature?.reason?.code).toBe('ERR_SIGNATURE_INVALID');
    expect(signature?.details).toBeUndefined();
    const results = new Set(signature?.checks.slice(1).map(({ result }) => result));
    expect([...results]).toEqual(['notRun']);
  });
});

describe('verifyEnvelope', () => {
  it('does not need a registry', async () => {
    const { artifact, envelope } = await signWith({ format: 'cose' });
    const repository = registry.repository(parseReference(REPOSITORY));
    const bytes = await repository.fetchBlob(envelope, { maxBytes: 1e6 });
    const report = await verifyEnvelope(bytes, {
      mediaType: envelope.mediaType,
      artifact,
      reference,
      trustPolicy: parseTrustPolicy(policyDocument()),
      trustStore,
    });
    expect(report).toMatchObject({ outcome: 'verified', signatures: [{ mediaType: 'application/cose' }] });
  });

  it.each([
    ['digest', { digest: `sha256:${'0'.repeat(64)}` }],
    ['size', { size: 1 }],
    ['media type', { mediaType: 'application/vnd.oci.image.index.v1+json' }],
  ])('rejects an envelope about an artifact with another %s', async (_, change) => {
    const { artifact, envelope } = await signWith({ format: 'cose' });
    const repository = registry.repository(parseReference(REPOSITORY));
    const bytes = await repository.fetchBlob(envelope, { maxBytes: 1e6 });
    const work = verifyEnvelope(bytes, {
      mediaType: envelope.mediaType,
      artifact: { ...artifact, ...change },
      reference: `${REPOSITORY}@${{ ...artifact, ...change }.digest}`,
      trustPolicy: parseTrustPolicy(policyDocument()),
      trustStore,
    });
    await expect(work).rejects.toMatchObject({ report: { reason: { code: 'ERR_ARTIFACT_MISMATCH' } } });
  });
});

describe('a verifier composed without a registry', () => {
  it('fails with an error that names the option registry', async () => {
    const verifier = composeVerifier({ trustPolicy: parseTrustPolicy(policyDocument()), trustStore });
    await expect(verifier.verify(reference)).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining('createRegistry()'),
    });
  });
});
