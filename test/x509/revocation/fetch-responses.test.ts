import { describe, expect, it } from 'vitest';
import { parseCertificate } from '../../../src/x509/certificate.ts';
import type { Certificate } from '../../../src/x509/index.ts';
import {
  createOfflineRevocationChecker,
  fetchRevocationResponses,
  type RevocationSubject,
} from '../../../src/x509/revocation/index.ts';
import { rejection } from '../../encoding/failure.ts';
import {
  addressExtensions,
  FakeAuthorities,
  type FakeResponse,
  forgeNamingChain,
} from '../../support/fake-authorities.ts';
import {
  extensions,
  type Forged,
  forgeAuthority,
  forgeCertificate,
  forgeKey,
  purposes,
} from '../../support/forge.ts';
import { forgeCrl } from '../../support/forge-crl.ts';
import { forgeOcsp } from '../../support/forge-ocsp.ts';

const OCSP = 'http://ocsp.example';
const CRL = 'http://crl.example/ca.crl';
const DELTA = 'http://delta.example/ca.crl';
const TSA_CRL = 'http://crl.example/tsa.crl';

const root = forgeAuthority({ subject: 'collected root' });
const { chain, leaf } = forgeNamingChain({ ocsp: [OCSP], crl: [CRL] }, { root });
const pem = leaf.pem + root.pem;
const good = forgeOcsp({ responses: [{ certificate: leaf, issuer: root }], signer: root });
const revoked = forgeOcsp({ responses: [{ certificate: leaf, issuer: root, status: {} }], signer: root });
const list = forgeCrl({ issuer: root });

function collect(from: RevocationSubject, responses: Readonly<Record<string, FakeResponse>>) {
  const { fetch, requested } = new FakeAuthorities(responses);
  return { requested, collected: fetchRevocationResponses(from, { fetch }) };
}

const statusOf = async (given: readonly Uint8Array[], of: readonly Certificate[]) =>
  (await createOfflineRevocationChecker(given).check(of))[0]?.status;

describe('collecting for a chain', () => {
  const forms: [string, RevocationSubject][] = [
    ['of certificates', chain],
    ['in one PEM text', pem],
    ['in PEM bytes', new TextEncoder().encode(pem)],
    ['in a list of DER', [leaf.der, root.der]],
    ['in a list of PEM', [leaf.pem, root.pem]],
  ];
  it.each(forms)('%s gives the responses that its status is based on', async (_, from) => {
    const { collected, requested } = collect(from, { [OCSP]: good });
    expect(await collected).toEqual([good]);
    expect(requested).toEqual([OCSP]);
  });

  const evidence: [string, Record<string, FakeResponse>, Uint8Array[], string][] = [
    ['an OCSP response', { [OCSP]: good }, [good], 'good'],
    ['a response that it is revoked', { [OCSP]: revoked }, [revoked], 'revoked'],
    ['a CRL, if OCSP fails', { [OCSP]: 500, [CRL]: list }, [list], 'good'],
    [
      'a CRL that lists it',
      { [CRL]: forgeCrl({ issuer: root, number: 3, entries: [{ serialNumber: leaf.serialNumber }] }) },
      [],
      'revoked',
    ],
  ];
  it.each(evidence)('gives %s, which give the same status offline', async (_, served, wanted, status) => {
    const responses = await collect(chain, served).collected;
    if (wanted.length > 0) expect(responses).toEqual(wanted);
    expect(await statusOf(responses, chain)).toBe(status);
  });

  it('gives a CRL with its delta CRL', async () => {
    const crlChain = forgeNamingChain({ crl: [CRL] }, { root }).chain;
    const base = forgeCrl({ issuer: root, number: 5, freshest: [DELTA] });
    const delta = forgeCrl({ issuer: root, number: 6, deltaSince: 5 });
    const responses = await collect(crlChain, { [CRL]: base, [DELTA]: delta }).collected;
    expect(responses).toEqual([base, delta]);
    expect(await statusOf(responses, crlChain)).toBe('good');
  });

  it('gives the responses that show that the responder is not revoked', async () => {
    const signer = forgeCertificate({
      issuer: root,
      extensions: [extensions.extendedKeyUsage([purposes.ocspSigning]), ...addressExtensions({ crl: [CRL] })],
    });
    const responses = [{ certificate: leaf, issuer: root }];
    const told = forgeOcsp({ responses, signer, certificates: [signer] });
    const given = await collect(chain, { [OCSP]: told, [CRL]: list }).collected;
    expect(given).toEqual([told, list]);
    expect(await statusOf(given, chain)).toBe('good');
  });

  it('gives a response once that several certificates need', async () => {
    const usages = [
      extensions.basicConstraints({ ca: true }),
      extensions.keyUsage(['keyCertSign', 'cRLSign']),
    ];
    const middle = forgeAuthority({
      issuer: root,
      extensions: [...usages, extensions.crl([CRL, `${CRL}?2`])],
    });
    const below = forgeNamingChain({ crl: [TSA_CRL] }, { root: middle });
    const whole = [...below.chain, ...chain.slice(1)];
    const ofMiddle = forgeCrl({ issuer: middle });
    const served = { [CRL]: list, [`${CRL}?2`]: list, [TSA_CRL]: ofMiddle };
    const responses = await collect(whole, served).collected;
    expect(responses).toHaveLength(2);
    expect(await statusOf(responses, whole)).toBe('good');
  });

  it('gives nothing if the certificates name no URL', async () => {
    expect(await collect(forgeNamingChain({}, { root }).chain, {}).collected).toEqual([]);
  });

  it('fails if the status of a certificate cannot be determined, and names it', async () => {
    const { collected } = collect(chain, { [OCSP]: 500 });
    expect(await rejection(collected, 'ERR_REVOCATION_UNKNOWN')).toContain('naming-leaf');
  });

  it.each<[unknown, string]>([
    [undefined, 'the certificate chain must be PEM'],
    [null, 'the certificate chain must be PEM'],
    [5, 'the certificate chain must be PEM'],
    [{}, 'the certificate chain must be PEM'],
    [[5], 'the certificate chain must be PEM'],
    [[{}], 'the certificate chain must be PEM'],
    [{ signatures: 5 }, 'the report is not that of a verification'],
    [{ signatures: [5] }, 'the report is not that of a verification'],
  ])('rejects %o', async (from, reason) => {
    const { collected, requested } = collect(from as never, {});
    expect(await rejection(collected, 'ERR_ARGUMENT_INVALID')).toContain(reason);
    expect(requested).toEqual([]);
  });

  it('stops when its signal is aborted', async () => {
    const fetch = () => new Promise<Response>(() => undefined);
    const controller = new AbortController();
    const collected = fetchRevocationResponses(chain, { fetch, signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    expect(await rejection(collected, 'ERR_ABORTED')).toContain('aborted');
  });
});

describe('collecting for a report', () => {
  const der = ({ der: bytes }: Forged) => ({ der: Buffer.from(bytes).toString('base64') });
  const certificates = [der(leaf), der(root)];
  const authenticity = (result: string) => [{ name: 'authenticity', result }];
  const tsaRoot = forgeAuthority({ subject: 'tsa root' });
  const tsa = forgeNamingChain({ crl: [TSA_CRL] }, { root: tsaRoot });
  const timestamp = { certificates: [der(tsa.leaf), der(tsa.root)] };
  const served = { [OCSP]: good, [TSA_CRL]: forgeCrl({ issuer: tsaRoot }) };

  it('gives the responses for chains that are trusted, and for those of their timestamps', async () => {
    const report = { signatures: [{ checks: authenticity('passed'), details: { certificates, timestamp } }] };
    const responses = await collect(report, served).collected;
    expect(responses).toHaveLength(2);
    expect(await statusOf(responses, chain)).toBe('good');
    expect(await statusOf(responses, tsa.chain)).toBe('good');
  });

  it.each(['failed', 'skipped', 'notRun'])(
    'queries no URL of a chain whose authenticity %s',
    async (result) => {
      const report = { signatures: [{ checks: authenticity(result), details: { certificates } }] };
      const { collected, requested } = collect(report, served);
      expect(await collected).toEqual([]);
      expect(requested).toEqual([]);
    },
  );

  it('passes over signatures without details', async () => {
    const { collected } = collect({ signatures: [{ checks: [] }] }, served);
    expect(await collected).toEqual([]);
  });

  it('says so when a trusted chain of the report has certificates without their bytes', async () => {
    const details = { certificates: [{}, der(root)] };
    const { collected } = collect({ signatures: [{ checks: authenticity('passed'), details }] }, served);
    expect(await rejection(collected, 'ERR_ARGUMENT_INVALID')).toContain('is incomplete');
  });

  it('gives the responses for two chains whose roots have the same name', async () => {
    const renewed = forgeAuthority({ subject: 'collected root', key: forgeKey('EC-256') });
    const before = forgeNamingChain({ crl: [CRL] }, { root });
    const after = forgeNamingChain({ crl: [TSA_CRL] }, { root: renewed });
    const signatures = [before, after].map(({ leaf: one, root: above }) => ({
      checks: authenticity('passed'),
      details: { certificates: [der(one), der(above)] },
    }));
    const lists = { [CRL]: list, [TSA_CRL]: forgeCrl({ issuer: renewed }) };
    const responses = await collect({ signatures }, lists).collected;
    expect(await statusOf(responses, before.chain)).toBe('good');
    expect(await statusOf(responses, after.chain)).toBe('good');
  });

  it('does not read bytes that are not a certificate as one', async () => {
    const details = { certificates: [{ der: 'AAAA' }, { der: '!' }] };
    const { collected } = collect({ signatures: [{ checks: authenticity('passed'), details }] }, served);
    expect(await rejection(collected, 'ERR_CERTIFICATE_INVALID')).toContain('the certificate is malformed');
  });
});

it('certificates of a chain may be parsed or not, mixed', async () => {
  expect(await collect([leaf.pem, parseCertificate(root.der)], { [OCSP]: good }).collected).toEqual([good]);
});

describe('collecting within limits', () => {
  const hanging: FakeResponse = ({ init }) =>
    new Promise((_, reject) => init.signal?.addEventListener('abort', () => reject(init.signal?.reason)));

  it.each([
    ['requests', { requests: 1 }, 'ERR_BUDGET_EXCEEDED', 'its limit of 1 requests (limits.requests)', 503],
    ['bytes', { bytes: 10 }, 'ERR_BUDGET_EXCEEDED', 'its limit of 10 bytes (limits.bytes)', good],
    ['time', { time: 50 }, 'ERR_TIMEOUT', 'did not end before the limit of 50 ms', hanging],
  ] as const)('ends when its %s are used up, and says so', async (_, limits, code, message, response) => {
    const { fetch } = new FakeAuthorities({ [OCSP]: response, [CRL]: list });
    expect(await rejection(fetchRevocationResponses(chain, { fetch, limits }), code)).toContain(message);
  });

  it('rejects limits that it does not know', async () => {
    const limits = { signatures: 5 } as object;
    const collected = fetchRevocationResponses(chain, { limits });
    expect(await rejection(collected, 'ERR_ARGUMENT_INVALID')).toContain('limits must have no members but');
  });
});
