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
  type Timestamper,
  type TimestampVerifier,
  type VerifiedTimestamp,
} from '../../../src/index.ts';
import { generateTestCertificate, type TestCertificate } from '../../../src/testing/index.ts';
import {
  composeVerifier,
  type VerificationReport,
  type VerifierOptions,
} from '../../../src/verifier/index.ts';
import { parseCertificates } from '../../../src/x509/index.ts';
import { policyDocument, pushImage, rejection } from '../../support/artifact.ts';
import { forgeAuthority, forgeLeaf } from '../../support/forge.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const TOKEN = Uint8Array.of(0x30, 0);

const root = forgeAuthority({ subject: 'TSA Root' });
const authority = parseCertificates(`${forgeLeaf({ subject: 'TSA', issuer: root }).pem}${root.pem}`);

let certificate: TestCertificate;
let registry: Registry;
let reference: string;

/** A timestamp at a time, exact by default. */
function stampAt(time: Date, accuracy = 0): VerifiedTimestamp {
  const at = time.getTime();
  return {
    time,
    earliest: new Date(at - accuracy),
    latest: new Date(at + accuracy),
    policy: '1.2.3',
    serialNumber: '2a',
    certificates: authority,
  };
}

const timestamper: Timestamper = { timestamp: async () => ({ ...stampAt(new Date()), token: TOKEN }) };

beforeAll(async () => {
  certificate = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
  ({ registry, reference } = await pushImage());
  await sign(reference, { signer: await createSigner(certificate), registry, timestamp: timestamper });
});

interface Terms extends Partial<VerifierOptions> {
  statement?: Record<string, unknown>;
}

/** Evaluates with a verifier that has only the abilities given, under a policy that requires a timestamp. */
function evaluateWith({ statement = {}, ...options }: Terms = {}): Promise<VerificationReport> {
  const trustPolicy = parseTrustPolicy(
    policyDocument({ trustStores: ['ca:acme', 'tsa:acme'], ...statement }),
  );
  const trustStore = createTrustStore({ 'ca:acme': certificate.root, 'tsa:acme': root.pem });
  return composeVerifier({ trustPolicy, trustStore, registry, ...options }).evaluate(reference);
}

const says =
  (stamp: VerifiedTimestamp): TimestampVerifier =>
  async () =>
    stamp;
const later = (by: number) => () => new Date(Date.now() + by);
const reasonOf = ({ signatures }: VerificationReport) =>
  signatures[0]?.checks.find(({ name }) => name === 'authenticTimestamp')?.reason;

describe('a timestamp', () => {
  it('that is valid makes an expired certificate trusted', async () => {
    const timestamp = says(stampAt(new Date()));
    expect((await evaluateWith({ timestamp, clock: later(100 * DAY) })).outcome).toBe('verified');
  });

  it('is given to its verifier with the primitive signature and the roots of the tsa stores', async () => {
    const calls: Parameters<TimestampVerifier>[] = [];
    const timestamp: TimestampVerifier = async (...question) => {
      calls.push(question);
      return stampAt(new Date());
    };
    await evaluateWith({ timestamp });
    expect(calls[0]?.[0]).toEqual(TOKEN);
    expect(calls[0]?.[1].signature).toHaveLength(64);
    expect(calls[0]?.[1].roots.map(({ der }) => der)).toEqual([root.der]);
  });

  it.each([
    ['before the certificate was valid', new Date(Date.now() - 2 * DAY), 0, 'is not valid before'],
    ['after it expired', new Date(Date.now() + 2 * DAY), 0, 'expired on'],
    ['when it may not yet have been valid', new Date(Date.now() + HOUR), 2 * HOUR, 'is not valid before'],
    ['when it may have expired', new Date(Date.now() + 23 * HOUR), 2 * HOUR, 'expired on'],
  ])('%s does not count', async (_, time, accuracy, words) => {
    expect(reasonOf(await evaluateWith({ timestamp: says(stampAt(time, accuracy)) }))).toMatchObject({
      code: 'ERR_CERTIFICATE_NOT_VALID_AT_TIME',
      message: expect.stringMatching(new RegExp(`${words}.*the timestamp says`)),
    });
  });

  it('that does not verify is the reason for the rejection', async () => {
    const timestamp: TimestampVerifier = () =>
      Promise.reject(new NotationError('ERR_TIMESTAMP_INVALID', 'the timestamp is of something else'));
    expect(reasonOf(await evaluateWith({ timestamp }))?.code).toBe('ERR_TIMESTAMP_INVALID');
  });

  it('that the policy requires is never accepted by a verifier that cannot verify it', async () => {
    expect(reasonOf(await evaluateWith())).toMatchObject({
      code: 'ERR_TIMESTAMP_UNSUPPORTED',
      nextStep: expect.stringContaining('notarykit/x509/timestamp'),
    });
  });

  it('is not verified without a tsa store', async () => {
    const timestamp: TimestampVerifier = () => Promise.reject(new Error('calls'));
    expect((await evaluateWith({ timestamp, statement: { trustStores: ['ca:acme'] } })).outcome).toBe(
      'verified',
    );
  });

  it('is not verified before a certificate has expired if the policy says so', async () => {
    const timestamp: TimestampVerifier = () =>
      Promise.reject(new NotationError('ERR_TIMESTAMP_INVALID', 'calls'));
    const signatureVerification = { level: 'strict', verifyTimestamp: 'afterCertExpiry' };
    const terms = { timestamp, statement: { signatureVerification } };
    expect((await evaluateWith(terms)).outcome).toBe('verified');
    expect(reasonOf(await evaluateWith({ ...terms, clock: later(100 * DAY) }))?.code).toBe(
      'ERR_TIMESTAMP_INVALID',
    );
  });

  it('is rejected if its tsa store cannot be read', async () => {
    const trustStore = createTrustStore({ 'ca:acme': certificate.root });
    const timestamp = says(stampAt(new Date()));
    expect(reasonOf(await evaluateWith({ timestamp, trustStore }))?.code).toBe('ERR_TRUST_STORE_NOT_FOUND');
  });

  it('is only logged at the level permissive', async () => {
    const statement = { signatureVerification: { level: 'permissive' } };
    const report = await evaluateWith({ statement });
    expect([report.outcome, reasonOf(report)?.code]).toEqual(['verified', 'ERR_TIMESTAMP_UNSUPPORTED']);
  });
});

describe('the TSA of a timestamp', () => {
  const checkerOf = (status: CertificateStatus): RevocationChecker => ({
    check: async (chain) =>
      chain.map((member) => (member === authority[0] ? status : { status: 'notChecked', lookups: [] })),
  });
  // The certificate is made later than this, and is not valid before.
  const timestamp = says(stampAt(new Date(Date.now() + HOUR)));

  it.each([
    ['revoked', 'ERR_CERTIFICATE_REVOKED'],
    ['unknown', 'ERR_REVOCATION_UNKNOWN'],
  ] as const)('that is %s makes it unusable, even if the policy skips revocation', async (status, code) => {
    const signatureVerification = { level: 'strict', override: { revocation: 'skip' } };
    const revocation = checkerOf({ status, lookups: [] });
    const report = await evaluateWith({ timestamp, revocation, statement: { signatureVerification } });
    expect(reasonOf(report)?.code).toBe(code);
  });

  it('is in the report with its status, and in the formatted text', async () => {
    const revocation = checkerOf({ status: 'good', lookups: [] });
    const report = await evaluateWith({
      timestamp: says(stampAt(new Date('2030-01-01T00:00:00.5Z'), 500)),
      revocation,
    });
    expect(report.signatures[0]?.details?.timestamp).toMatchObject({
      time: '2030-01-01T00:00:00.500Z',
      earliest: '2030-01-01T00:00:00Z',
      latest: '2030-01-01T00:00:01Z',
      policy: '1.2.3',
      serialNumber: '2a',
    });
    expect(formatReport(report)).toContain(
      'stamped    2030-01-01T00:00:00.500Z, between 2030-01-01T00:00:00Z',
    );
  });

  it('has a status for each certificate', async () => {
    const report = await evaluateWith({ timestamp, revocation: checkerOf({ status: 'good', lookups: [] }) });
    const certificates = report.signatures[0]?.details?.timestamp?.certificates;
    expect(certificates?.map(({ revocation }) => revocation?.status)).toEqual(['good', 'notChecked']);
  });
});

describe('signing with a timestamp', () => {
  const signWith = async (timestamp: unknown) =>
    sign(reference, {
      signer: await createSigner(certificate),
      registry,
      timestamp: timestamp as Timestamper,
    });

  it('returns its time', async () => {
    const time = new Date(Date.now() + HOUR);
    const { timestamp } = await signWith({ timestamp: async () => ({ ...stampAt(time), token: TOKEN }) });
    expect(timestamp).toBe(time.toISOString().replace(/\.\d+Z/, 'Z'));
  });

  it('gives the timestamper the primitive signature and the hash of the key', async () => {
    const calls: unknown[] = [];
    await signWith({
      async timestamp(signature: Uint8Array, hash: string) {
        calls.push(signature.length, hash);
        return { ...stampAt(new Date()), token: TOKEN };
      },
    });
    expect(calls).toEqual([64, 'SHA-256']);
  });

  it('fails when the timestamper does', async () => {
    const refusal = new NotationError('ERR_TIMESTAMP_REFUSED', 'no');
    expect(await rejection(signWith({ timestamp: () => Promise.reject(refusal) }))).toBe(refusal);
  });

  it('fails when the time is outside the validity of the certificate', async () => {
    const stamp = { ...stampAt(new Date(Date.now() + 2 * DAY)), token: TOKEN };
    expect(await rejection(signWith({ timestamp: async () => stamp }))).toMatchObject({
      code: 'ERR_CERTIFICATE_NOT_VALID_AT_TIME',
    });
  });

  it.each([[null], ['http://tsa.example'], [{}], [{ timestamp: 1 }]])(
    'rejects %j for a timestamper',
    async (timestamper) => {
      expect(await rejection(signWith(timestamper))).toMatchObject({ code: 'ERR_ARGUMENT_INVALID' });
    },
  );

  it('rejects a timestamper that returns no token', async () => {
    expect(await rejection(signWith({ timestamp: async () => undefined }))).toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
    });
  });
});

describe('a timestamp in a form that only the option accept allows', () => {
  it('is named in the report, as data and as text', async () => {
    const stamp: VerifiedTimestamp = { ...stampAt(new Date()), accepted: ['otherCertificates'] };
    const report = await evaluateWith({ timestamp: says(stamp) });
    expect(report.outcome).toBe('verified');
    expect(report.signatures[0]?.details?.timestamp?.accepted).toEqual(['otherCertificates']);
    expect(formatReport(report)).toContain('although the notation CLI rejects it: otherCertificates');
  });

  it('is not named for other timestamps', async () => {
    const report = await evaluateWith({ timestamp: says(stampAt(new Date())) });
    expect(report.signatures[0]?.details?.timestamp).not.toHaveProperty('accepted');
    expect(formatReport(report)).not.toContain('although the notation CLI rejects it');
  });
});
