import { beforeAll, describe, expect, it } from 'vitest';
import {
  type CertificateStatus,
  createSigner,
  createTrustStore,
  formatReport,
  NotationError,
  parseTrustPolicy,
  type Registry,
  type RevocationChecker,
  sign,
  type TrustStore,
} from '../../../src/index.ts';
import { generateTestChain, type TestCertificate } from '../../../src/testing/index.ts';
import {
  composeVerifier,
  type VerificationReport,
  type VerifierOptions,
} from '../../../src/verifier/index.ts';
import { policyDocument, pushImage, rejection } from '../../support/artifact.ts';
import { extensions, forgeLeaf } from '../../support/forge.ts';

const ADDRESSES = { ocsp: ['http://ocsp.example'], crl: ['http://crl.example/ca.crl'] };

let chain: TestCertificate;
let registry: Registry;
let reference: string;

beforeAll(async () => {
  chain = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256', ...ADDRESSES });
  ({ registry, reference } = await pushImage());
  await sign(reference, { signer: await createSigner(chain), registry });
});

interface Terms extends Partial<VerifierOptions> {
  statement?: Record<string, unknown>;
  signal?: AbortSignal;
  userMetadata?: Record<string, string>;
}

/** A trust store without the chain. */
async function strangers(): Promise<TrustStore> {
  const other = await generateTestChain({ name: 'other.example', keySpec: 'EC-256' });
  return createTrustStore({ 'ca:acme': other.root });
}

/** Evaluates with a verifier that has only the abilities given. */
function evaluateWith({
  statement = {},
  signal,
  userMetadata,
  ...options
}: Terms = {}): Promise<VerificationReport> {
  const trustPolicy = parseTrustPolicy(policyDocument(statement));
  const trustStore = createTrustStore({ 'ca:acme': chain.root });
  const verifier = composeVerifier({ trustPolicy, trustStore, registry, ...options });
  return verifier.evaluate(reference, { signal, userMetadata });
}

/** A checker that returns this status for the leaf and good for the others, and records its calls. */
function checkerOf(leaf: CertificateStatus) {
  const calls: Parameters<RevocationChecker['check']>[] = [];
  const checker: RevocationChecker = {
    async check(...question) {
      calls.push(question);
      return question[0].map((_, i) => (i === 0 ? leaf : { status: 'good', lookups: [] }));
    },
  };
  return { calls, revocation: checker };
}

const lookup = {
  method: 'OCSP',
  url: 'http://ocsp.example',
  source: 'network',
  answer: 'good',
  message: 'it is not revoked',
  age: 7500,
} as const;
const GOOD: CertificateStatus = { status: 'good', lookups: [lookup] };
const REVOKED: CertificateStatus = {
  status: 'revoked',
  reason: { code: 'ERR_CERTIFICATE_REVOKED', message: 'the certificate is revoked', nextStep: '' },
  lookups: [{ ...lookup, answer: 'revoked', message: 'it is revoked' }],
};
const UNKNOWN: CertificateStatus = {
  status: 'unknown',
  reason: { code: 'ERR_REVOCATION_UNKNOWN', message: 'nobody answers', nextStep: '' },
  lookups: [],
};

describe('a verifier without a revocation checker', () => {
  it.each(['ocsp', 'crl'] as const)(
    'rejects a certificate that names an address for %s, and says what to add',
    async (kind) => {
      const named = await generateTestChain({
        name: 'acme.example',
        keySpec: 'EC-256',
        [kind]: ADDRESSES[kind],
      });
      const signed = await pushImage();
      await sign(signed.reference, { signer: await createSigner(named), registry: signed.registry });
      const trustStore = createTrustStore({ 'ca:acme': named.root });
      const { reason } = await evaluateWith({ trustStore, registry: signed.registry });
      expect(reason).toMatchObject({
        code: 'ERR_REVOCATION_UNSUPPORTED',
        message: expect.stringContaining(ADDRESSES[kind][0] ?? ''),
        nextStep: expect.stringContaining('notarykit/x509/revocation'),
      });
    },
  );

  it('trusts a self-signed leaf that names a responder: no other authority could revoke it', async () => {
    const usage = extensions.keyUsage(['digitalSignature']);
    const leaf = forgeLeaf({ extensions: [usage, extensions.ocsp(ADDRESSES.ocsp)] });
    const signed = await pushImage();
    const signer = await createSigner({ privateKey: leaf.privateKey, certificates: leaf.pem });
    await sign(signed.reference, { signer, registry: signed.registry });
    const trustStore = createTrustStore({ 'ca:acme': leaf.pem });
    expect((await evaluateWith({ trustStore, registry: signed.registry })).outcome).toBe('verified');
  });

  it.each(['log', 'skip'])('trusts if the policy overrides revocation with %s', async (revocation) => {
    const signatureVerification = { level: 'strict', override: { revocation } };
    expect((await evaluateWith({ statement: { signatureVerification } })).outcome).toBe('verified');
  });
});

describe('a revocation checker', () => {
  it('that finds every certificate good makes the signature trusted', async () => {
    expect((await evaluateWith(checkerOf(GOOD))).outcome).toBe('verified');
  });

  it.each([
    ['revoked', REVOKED, 'ERR_CERTIFICATE_REVOKED'],
    ['unknown', UNKNOWN, 'ERR_REVOCATION_UNKNOWN'],
  ])('that finds the leaf %s makes it rejected', async (_, status, code) => {
    expect((await evaluateWith(checkerOf(status))).reason?.code).toBe(code);
  });

  it('is given the chain, the time, a signal and the budget', async () => {
    const { calls, revocation } = checkerOf(GOOD);
    const now = new Date();
    await evaluateWith({ revocation, clock: () => now });
    expect(calls).toHaveLength(1);
    expect(calls[0]?.[0]).toHaveLength(3);
    expect(calls[0]?.[1]).toEqual({
      now,
      signal: expect.any(AbortSignal),
      budget: expect.objectContaining({ charge: expect.any(Function) }),
      authenticSigningTime: undefined,
    });
  });

  it('that returns fewer statuses than certificates makes it rejected', async () => {
    const revocation: RevocationChecker = { check: async () => [] };
    expect((await evaluateWith({ revocation })).reason?.code).toBe('ERR_REVOCATION_UNKNOWN');
  });

  it('that throws any error makes the signature rejected', async () => {
    const revocation: RevocationChecker = { check: () => Promise.reject(new TypeError('broken')) };
    expect((await evaluateWith({ revocation })).signatures[0]?.checks).toContainEqual({
      name: 'revocation',
      action: 'enforce',
      result: 'failed',
      reason: expect.objectContaining({ message: expect.stringContaining('broken') }),
    });
  });

  it('is not called for an untrusted chain: anyone can write its URLs', async () => {
    const { calls, revocation } = checkerOf(GOOD);
    const other = await generateTestChain({ name: 'other.example', keySpec: 'EC-256' });
    const report = await evaluateWith({
      revocation,
      trustStore: createTrustStore({ 'ca:acme': other.root }),
    });
    expect(calls).toEqual([]);
    expect(report.signatures[0]?.checks).toContainEqual({
      name: 'revocation',
      action: 'enforce',
      result: 'notRun',
    });
  });

  it('is not called for an untrusted chain even if the policy only logs that', async () => {
    const { calls, revocation } = checkerOf(GOOD);
    const report = await evaluateWith({
      revocation,
      trustStore: await strangers(),
      statement: { signatureVerification: { level: 'audit' } },
    });
    expect([report.outcome, calls]).toEqual(['verified', []]);
    expect(report.signatures[0]?.checks).toContainEqual({
      name: 'revocation',
      action: 'log',
      result: 'notRun',
    });
  });

  it('whose enforced check is impossible for an untrusted chain makes it rejected', async () => {
    const { calls, revocation } = checkerOf(GOOD);
    const report = await evaluateWith({
      revocation,
      trustStore: await strangers(),
      statement: { signatureVerification: { level: 'audit', override: { revocation: 'enforce' } } },
    });
    expect([report.outcome, calls]).toEqual(['rejected', []]);
    expect(report.reason).toMatchObject({
      code: 'ERR_ROOT_UNTRUSTED',
      message: expect.stringContaining('this check is not made for an untrusted signature'),
    });
  });

  it('is not called for a signature that another step has rejected', async () => {
    const { calls, revocation } = checkerOf(GOOD);
    const report = await evaluateWith({ revocation, userMetadata: { build: '7' } });
    expect([report.reason?.code, calls]).toEqual(['ERR_USER_METADATA_MISMATCH', []]);
  });

  it('is not called if the policy skips revocation', async () => {
    const { calls, revocation } = checkerOf(REVOKED);
    const signatureVerification = { level: 'strict', override: { revocation: 'skip' } };
    const report = await evaluateWith({ revocation, statement: { signatureVerification } });
    expect([report.outcome, calls]).toEqual(['verified', []]);
  });

  it('that is aborted aborts the verification', async () => {
    const controller = new AbortController();
    const revocation: RevocationChecker = {
      async check() {
        controller.abort();
        throw new NotationError('ERR_ABORTED', 'stopped');
      },
    };
    expect(await rejection(evaluateWith({ revocation, signal: controller.signal }))).toMatchObject({
      code: 'ERR_ABORTED',
    });
  });
});

describe('the report', () => {
  it('has the status of each certificate with its lookups', async () => {
    const { signatures } = await evaluateWith(checkerOf(REVOKED));
    const statuses = signatures[0]?.details?.certificates.map(({ revocation }) => revocation);
    expect(statuses).toEqual([REVOKED, { status: 'good', lookups: [] }, { status: 'good', lookups: [] }]);
  });

  it('is plain data', async () => {
    const report = await evaluateWith(checkerOf(REVOKED));
    expect(JSON.parse(JSON.stringify(structuredClone(report)))).toEqual(report);
  });

  it('has the DER of certificates only in a trusted chain', async () => {
    const wholeOf = ({ signatures }: VerificationReport) =>
      signatures[0]?.details?.certificates.map(({ der }) => der !== undefined);
    const other = await generateTestChain({ name: 'other.example', keySpec: 'EC-256' });
    const stranger = await evaluateWith({ trustStore: createTrustStore({ 'ca:acme': other.root }) });
    expect([wholeOf(await evaluateWith(checkerOf(GOOD))), wholeOf(stranger)]).toEqual([
      [true, true, true],
      [false, false, false],
    ]);
  });

  it('formats each lookup with its URL, its answer and its age', async () => {
    const text = formatReport(await evaluateWith(checkerOf(REVOKED)));
    expect(text).toContain('revoked    certificate CN=acme.example');
    expect(text).toContain('OCSP http://ocsp.example: revoked, it is revoked, known for 2 h');
  });
});
