import { beforeAll, describe, expect, it } from 'vitest';
import { createSigner, createTrustStore, parseTrustPolicy, type Registry, sign } from '../../../src/index.ts';
import { createTestTimestampAuthority } from '../../../src/testing/index.ts';
import { composeVerifier, type VerificationReport } from '../../../src/verifier/index.ts';
import { parseCertificate } from '../../../src/x509/index.ts';
import { createRevocationChecker } from '../../../src/x509/revocation/index.ts';
import {
  createTimestamper,
  type TimestampVerifier,
  type VerifiedTimestamp,
  verifyTimestamp,
} from '../../../src/x509/timestamp/index.ts';
import { policyDocument, pushImage } from '../../support/artifact.ts';
import { FakeAuthorities } from '../../support/fake-authorities.ts';
import { extensions, type Forged, forgeAuthority, forgeLeaf, purposes } from '../../support/forge.ts';
import { crlExtensions, type ForgedCrlContent, forgeCrl } from '../../support/forge-crl.ts';

const HOUR = 3_600_000;
const CRL = 'http://crl.example/ca.crl';
const TSA_CRL = 'http://crl.example/tsa.crl';
const CODE = 'ERR_REVOCATION_EXPIRED_CERTIFICATE';

const signedAt = new Date(Math.floor(Date.now() / 1000) * 1000);
const hoursLater = (hours: number) => new Date(signedAt.getTime() + hours * HOUR);
const years = { notBefore: hoursLater(-900), notAfter: hoursLater(9000) };

const root = forgeAuthority({ subject: 'signing root', ...years });
/** Revoked for keyCompromise an hour before the signature is made; expires an hour after. */
const leaf = forgeLeaf({
  subject: 'compromised',
  issuer: root,
  notBefore: hoursLater(-48),
  notAfter: hoursLater(1),
  extensions: [extensions.keyUsage(['digitalSignature']), extensions.crl([CRL])],
});
const entry = { serialNumber: leaf.serialNumber, reason: 1, time: hoursLater(-1) };

let registry: Registry;
let reference: string;
let tsaRoot: string;

beforeAll(async () => {
  const { url, rootCertificate, fetch } = await createTestTimestampAuthority();
  tsaRoot = rootCertificate;
  ({ registry, reference } = await pushImage());
  await sign(reference, {
    signer: await createSigner({ privateKey: leaf.privateKey, certificates: leaf.pem + root.pem }),
    registry,
    timestamp: createTimestamper({ url, rootCertificates: rootCertificate, fetch }),
  });
});

/** The verdict a day later, with CRLs that were issued an hour before that. */
function verdict(
  lists: Record<string, Partial<ForgedCrlContent> & { issuer: Forged }>,
  {
    timestamp = verifyTimestamp,
    trustTsa = tsaRoot,
  }: { timestamp?: TimestampVerifier; trustTsa?: string } = {},
): Promise<VerificationReport> {
  const [thisUpdate, nextUpdate, now] = [hoursLater(23), hoursLater(48), hoursLater(24)];
  const served = Object.entries(lists).map(
    ([address, list]) => [address, forgeCrl({ thisUpdate, nextUpdate, ...list })] as const,
  );
  const verifier = composeVerifier({
    registry,
    timestamp,
    revocation: createRevocationChecker({ fetch: new FakeAuthorities(Object.fromEntries(served)).fetch }),
    clock: () => now,
    trustStore: createTrustStore({ 'ca:acme': root.pem, 'tsa:acme': trustTsa }),
    trustPolicy: parseTrustPolicy(policyDocument({ trustStores: ['ca:acme', 'tsa:acme'] })),
  });
  return verifier.evaluate(reference);
}

const covering = { extensions: [crlExtensions.expiredCertsOnCrl(hoursLater(-900))] };
const checkOf = (report: VerificationReport, name: string) =>
  report.signatures[0]?.checks.find((check) => check.name === name);

describe('a signature that was timestamped before its certificate expired', () => {
  it('is rejected while the CRL lists the certificate', async () => {
    const report = await verdict({ [CRL]: { issuer: root, entries: [entry] } });
    expect(report).toMatchObject({ outcome: 'rejected', reason: { code: 'ERR_CERTIFICATE_REVOKED' } });
  });

  it('is rejected after the CA has dropped the entry of the expired certificate', async () => {
    const report = await verdict({ [CRL]: { issuer: root } });
    expect(report).toMatchObject({ outcome: 'rejected', reason: { code: CODE } });
    expect(report.signatures[0]?.details?.certificates[0]?.revocation).toMatchObject({
      status: 'unknown',
      lookups: [{ answer: 'unknown', code: CODE }],
    });
    expect(checkOf(report, 'authenticTimestamp')).toMatchObject({ result: 'passed' });
  });

  it('is trusted when the CRL covers expired certificates and does not list it', async () => {
    expect((await verdict({ [CRL]: { issuer: root, ...covering } })).outcome).toBe('verified');
  });
});

describe('a timestamp by an authority whose certificate has expired', () => {
  const authorityRoot = forgeAuthority({ subject: 'TSA root', ...years });
  const authority = forgeLeaf({
    subject: 'TSA',
    issuer: authorityRoot,
    notBefore: hoursLater(-48),
    notAfter: hoursLater(2),
    extensions: [extensions.extendedKeyUsage([purposes.timeStamping], true), extensions.crl([TSA_CRL])],
  });
  const stamp: VerifiedTimestamp = {
    time: signedAt,
    earliest: signedAt,
    latest: signedAt,
    policy: '1.2.3',
    serialNumber: '2a',
    certificates: [authority, authorityRoot].map(({ der }) => parseCertificate(der)),
  };
  const verdictBy = (list: Partial<ForgedCrlContent>) =>
    verdict(
      { [CRL]: { issuer: root, ...covering }, [TSA_CRL]: { issuer: authorityRoot, ...list } },
      { timestamp: async () => stamp, trustTsa: authorityRoot.pem },
    );

  it('is rejected when its CRL may have dropped the entry of the TSA', async () => {
    const report = await verdictBy({});
    expect(report.outcome).toBe('rejected');
    expect(checkOf(report, 'authenticTimestamp')).toMatchObject({ result: 'failed', reason: { code: CODE } });
  });

  it('is good when its CRL covers expired certificates', async () => {
    expect((await verdictBy(covering)).outcome).toBe('verified');
  });
});
