import { beforeAll, describe, expect, it } from 'vitest';
import {
  createSigner,
  createTrustStore,
  formatReport,
  parseTrustPolicy,
  type Registry,
  type RevocationChecker,
  sign,
} from '../../src/index.ts';
import { generateTestChain, type TestCertificate } from '../../src/testing/index.ts';
import { composeVerifier, type VerificationReport, type VerifierOptions } from '../../src/verifier/index.ts';
import { parseCertificates } from '../../src/x509/index.ts';
import { policyDocument, pushImage } from '../support/artifact.ts';

const DAY = 86_400_000;

let chain: TestCertificate;
let registry: Registry;
let reference: string;
let ends: Date[];

beforeAll(async () => {
  chain = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
  ends = parseCertificates(chain.certificates).map(({ notAfter }) => notAfter);
  ({ registry, reference } = await pushImage());
  await sign(reference, { signer: await createSigner(chain), registry });
});

function evaluate(
  options: Partial<VerifierOptions> = {},
  statement: Record<string, unknown> = {},
  signed = { registry, reference },
): Promise<VerificationReport> {
  const trustPolicy = parseTrustPolicy(policyDocument(statement));
  const trustStore = createTrustStore({ 'ca:acme': chain.root });
  return composeVerifier({ trustPolicy, trustStore, registry: signed.registry, ...options }).evaluate(
    signed.reference,
  );
}

function inSeconds(date: Date): string {
  return date.toISOString().replace('.000Z', 'Z');
}

const lastEnd = () => new Date(Math.max(...ends.map(Number)));
const firstEnd = () => new Date(Math.min(...ends.map(Number)));

describe('the time until which a verdict holds', () => {
  it('is the end of validity of the certificate that ends first', async () => {
    expect((await evaluate()).validUntil).toBe(inSeconds(firstEnd()));
  });

  it('is the expiry of the signature if that comes first', async () => {
    const signed = await pushImage();
    const signer = await createSigner(chain);
    const { expiry } = await sign(signed.reference, { signer, registry: signed.registry, expiresIn: 3600 });
    expect((await evaluate({}, {}, signed)).validUntil).toBe(expiry);
  });

  it('is the next update of a revocation response if that comes first', async () => {
    const nextUpdate = inSeconds(new Date(Math.floor(Date.now() / 1000) * 1000 + 60_000));
    const revocation: RevocationChecker = {
      check: async (certificates) =>
        certificates.map(() => ({
          status: 'good',
          lookups: [
            {
              method: 'OCSP',
              source: 'network',
              answer: 'unknown',
              message: 'busy',
              nextUpdate: inSeconds(new Date(0)),
            },
            { method: 'CRL', source: 'network', answer: 'good', message: 'it is not listed', nextUpdate },
          ],
        })),
    };
    expect((await evaluate({ revocation })).validUntil).toBe(nextUpdate);
  });

  it('leaves out times that had passed and were only logged', async () => {
    const clock = () => new Date(firstEnd().getTime() + 1000);
    const { validUntil } = await evaluate({ clock }, { signatureVerification: { level: 'permissive' } });
    const later = ends.filter((end) => end > clock());
    expect(validUntil).toBe(later.length > 0 ? inSeconds(lastEnd()) : undefined);
  });

  it('is in the text of the report', async () => {
    expect(formatReport(await evaluate())).toContain(`until      ${inSeconds(firstEnd())}`);
  });

  it('is absent from the report of an artifact that was not verified', async () => {
    const stranger = await generateTestChain({ name: 'other.example', keySpec: 'EC-256' });
    const report = await evaluate({ trustStore: createTrustStore({ 'ca:acme': stranger.root }) });
    expect([report.outcome, report.validUntil]).toEqual(['rejected', undefined]);
  });
});

describe('the warnings of a verified artifact', () => {
  const late = { clock: () => new Date(lastEnd().getTime() + DAY) };
  const permissive = { signatureVerification: { level: 'permissive' } };

  it('are empty if every check passed', async () => {
    expect((await evaluate()).warnings).toEqual([]);
  });

  it('name each failure that the policy only logs, with its next step', async () => {
    expect((await evaluate(late, permissive)).warnings).toEqual([
      {
        code: 'ERR_CERTIFICATE_NOT_VALID_AT_TIME',
        message: expect.stringContaining('acme.example'),
        nextStep: expect.stringMatching(/\.$/),
      },
    ]);
  });

  it('are in the report of the signature too', async () => {
    const report = await evaluate(late, permissive);
    expect(report.signatures[0]?.warnings).toEqual(report.warnings);
  });

  it('are in the formatted text', async () => {
    const text = formatReport(await evaluate(late, permissive));
    expect(text).toMatch(/^registry\.example\.com\/team\/app@sha256:\w+ is accepted with warnings\n/);
    expect(text).toContain('warning    the certificate');
  });
});
