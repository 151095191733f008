import { describe, expect, it } from 'vitest';
import { parseCertificate } from '../../../src/x509/certificate.ts';
import type {
  CertificateStatus,
  RevocationCheckOptions,
} from '../../../src/x509/revocation/certificate-status.ts';
import { createOfflineRevocationChecker } from '../../../src/x509/revocation/index.ts';
import { failure, rejection } from '../../encoding/failure.ts';
import { addressExtensions, forgeNamingChain } from '../../support/fake-authorities.ts';
import { extensions, forgeAuthority, forgeCertificate, forgeKey, purposes } from '../../support/forge.ts';
import { type ForgedCrlContent, forgeCrl } from '../../support/forge-crl.ts';
import { type ForgedSingleResponse, forgeOcsp, forgeOcspRefusal } from '../../support/forge-ocsp.ts';

const OCSP = 'http://ocsp.example';
const CRL = 'http://crl.example/ca.crl';
const RESPONDER_CRL = 'http://crl.example/responders.crl';
const DELTA = 'http://delta.example';
const past = new Date(Date.now() - 60_000);

const root = forgeAuthority({ subject: 'given root' });
const { chain, leaf } = forgeNamingChain({ ocsp: [OCSP], crl: [CRL] }, { root });
const crlOnly = forgeNamingChain({ crl: [CRL] }, { root });
const ocspOnly = forgeNamingChain({ ocsp: [OCSP] }, { root });

async function check(given: readonly Uint8Array[], of = chain, options: RevocationCheckOptions = {}) {
  const [status, ofRoot] = await createOfflineRevocationChecker(given).check(of, options);
  expect(ofRoot).toEqual({ status: 'notChecked', lookups: [] });
  return status as CertificateStatus;
}

const ocspResponse = (single: Partial<ForgedSingleResponse> = {}) =>
  forgeOcsp({ responses: [{ certificate: leaf, issuer: root, ...single }], signer: root });
const list = (content: Partial<ForgedCrlContent> = {}) => forgeCrl({ issuer: root, ...content });
const listing = [{ serialNumber: leaf.serialNumber }, { serialNumber: crlOnly.leaf.serialNumber }];

describe('given OCSP responses', () => {
  it('determine the status, and are reported as given', async () => {
    const status = await check([ocspResponse()]);
    expect(status).toMatchObject({
      status: 'good',
      lookups: [{ method: 'OCSP', source: 'given', answer: 'good', age: expect.any(Number) }],
    });
    expect(status.lookups[0]).not.toHaveProperty('url');
  });

  it('revoke, whatever other responses were given', async () => {
    const revoked = ocspResponse({ status: { reason: 1 } });
    for (const given of [[revoked], [ocspResponse(), revoked, list()], [list(), revoked, ocspResponse()]]) {
      expect(await check(given)).toMatchObject({
        status: 'revoked',
        reason: { code: 'ERR_CERTIFICATE_REVOKED', message: expect.stringContaining('naming-leaf') },
        revocation: { reason: 'keyCompromise' },
      });
    }
  });

  it.each([
    ['have expired', ocspResponse({ nextUpdate: past }), 'it expired on'],
    ['are in the future', ocspResponse({ thisUpdate: new Date(Date.now() + 3_000_000) }), 'is in the future'],
    ['do not know the certificate', ocspResponse({ status: 'unknown' }), 'does not know the certificate'],
    [
      'are about another certificate',
      ocspResponse({ certificate: ocspOnly.leaf }),
      'no OCSP response about the certificate was given',
    ],
    ['refuse to answer', forgeOcspRefusal(3), 'no OCSP response about the certificate was given'],
    [
      'are not signed by the issuer',
      forgeOcsp({ responses: [{ certificate: leaf, issuer: root }], signer: forgeAuthority() }),
      'it is signed neither by the issuer',
    ],
  ])('leave the status unknown if they %s, unless a CRL determines it', async (_, useless, reason) => {
    expect(await check([useless])).toMatchObject({
      status: 'unknown',
      reason: { code: 'ERR_REVOCATION_UNKNOWN', message: expect.stringContaining(reason) },
    });
    expect((await check([useless, list()])).status).toBe('good');
  });

  it('that have expired do not hide a current one', async () => {
    expect((await check([ocspResponse({ nextUpdate: past }), ocspResponse()])).status).toBe('good');
  });

  it('are evaluated at the time of the check', async () => {
    const now = new Date(Date.now() + 7_200_000);
    expect((await check([ocspResponse()], chain, { now })).status).toBe('unknown');
    expect(
      (await createOfflineRevocationChecker([ocspResponse()], { clock: () => now }).check(chain))[0]?.status,
    ).toBe('unknown');
  });

  it('are not used for a certificate that names no responder', async () => {
    expect((await check([ocspResponse({ certificate: crlOnly.leaf })], crlOnly.chain)).status).toBe(
      'unknown',
    );
  });

  it('by a delegated responder require the CRL that the responder names', async () => {
    const signer = forgeCertificate({
      issuer: root,
      extensions: [
        extensions.keyUsage(['digitalSignature']),
        extensions.extendedKeyUsage([purposes.ocspSigning]),
        ...addressExtensions({ crl: [RESPONDER_CRL] }),
      ],
    });
    const responses = [{ certificate: ocspOnly.leaf, issuer: root }];
    const told = forgeOcsp({ responses, signer, certificates: [signer] });
    expect((await check([told], ocspOnly.chain)).status).toBe('unknown');
    expect((await check([told, list()], ocspOnly.chain)).status).toBe('good');
    const revoking = list({ entries: [{ serialNumber: signer.serialNumber }] });
    expect((await check([told, revoking], ocspOnly.chain)).status).toBe('unknown');
  });
});

describe('given CRLs', () => {
  const NONE_GIVEN = 'no CRL that covers the certificate was given';

  it('determine the status', async () => {
    expect(await check([list()], crlOnly.chain)).toMatchObject({
      status: 'good',
      lookups: [{ method: 'CRL', source: 'given', answer: 'good' }],
    });
    expect((await check([list({ entries: listing })], crlOnly.chain)).status).toBe('revoked');
  });

  it('are not used for a certificate that names no CRL', async () => {
    expect((await check([list()], ocspOnly.chain)).status).toBe('unknown');
  });

  it('revoke if one of several lists the certificate, in any order', async () => {
    const revoking = list({ entries: listing, number: 2 });
    for (const given of [
      [list(), revoking],
      [revoking, list()],
    ]) {
      expect((await check(given, crlOnly.chain)).status).toBe('revoked');
    }
  });

  it.each([
    ['have expired', list({ nextUpdate: past }), 'it expired on'],
    ['have a bad signature', list({ corruptSignature: true }), 'its signature was not made by its issuer'],
    ['cover other certificates', list({ scope: { authorities: true } }), NONE_GIVEN],
    ['have another distribution point', list({ scope: { addresses: ['http://other.example'] } }), NONE_GIVEN],
    ['are delta CRLs', list({ number: 2, deltaSince: 1 }), NONE_GIVEN],
    ['are of another issuer', forgeCrl({ issuer: forgeAuthority({ subject: 'someone else' }) }), NONE_GIVEN],
    [
      'are of another issuer of the same name',
      forgeCrl({ issuer: forgeAuthority({ subject: 'given root', key: forgeKey('EC-256') }) }),
      'its signature was not made by its issuer',
    ],
  ])('leave the status unknown if they %s, and do not hide a usable one', async (_, useless, why) => {
    const { status, reason } = await check([useless], crlOnly.chain);
    expect([status, reason?.message]).toEqual(['unknown', expect.stringContaining(why)]);
    expect((await check([useless, list()], crlOnly.chain)).status).toBe('good');
    expect((await check([useless, list({ entries: listing })], crlOnly.chain)).status).toBe('revoked');
  });

  it('that point to a delta CRL require it', async () => {
    const base = list({ number: 5, freshest: [DELTA] });
    const delta = list({ number: 6, deltaSince: 5 });
    const { status, reason } = await check([base], crlOnly.chain);
    expect([status, reason?.message]).toEqual([
      'unknown',
      expect.stringContaining('delta CRL that it points to'),
    ]);
    expect((await check([delta, base], crlOnly.chain)).status).toBe('good');
    expect((await check([delta, base, list({ number: 9, deltaSince: 8 })], crlOnly.chain)).status).toBe(
      'good',
    );
  });

  it('revoke by the newest of several delta CRLs, in any order', async () => {
    const base = list({ number: 5, freshest: [DELTA] });
    const older = list({ number: 6, deltaSince: 5 });
    const newer = list({ number: 7, deltaSince: 5, entries: listing });
    for (const given of [
      [base, older, newer],
      [base, newer, older],
      [newer, older, base],
    ]) {
      expect((await check(given, crlOnly.chain)).status).toBe('revoked');
    }
  });

  it('serve chains of two issuers with the same name', async () => {
    const renewed = forgeAuthority({ subject: 'given root', key: forgeKey('EC-256') });
    const after = forgeNamingChain({ crl: [CRL] }, { root: renewed });
    const given = createOfflineRevocationChecker([list(), forgeCrl({ issuer: renewed })]);
    expect((await given.check(crlOnly.chain))[0]?.status).toBe('good');
    expect((await given.check(after.chain))[0]?.status).toBe('good');
  });

  it('are evaluated with the authentic signing time of the check', async () => {
    const hour = (hours: number) => new Date(Date.now() + hours * 3_600_000);
    const entries = [{ serialNumber: crlOnly.leaf.serialNumber, invalidityDate: hour(-2) }];
    const given = [list({ entries })];
    expect((await check(given, crlOnly.chain, { authenticSigningTime: hour(-3) })).status).toBe('good');
    expect((await check(given, crlOnly.chain, { authenticSigningTime: hour(-1) })).status).toBe('revoked');
    expect((await check(given, crlOnly.chain)).status).toBe('revoked');
  });
});

describe('createOfflineRevocationChecker', () => {
  it('makes a checker that knows no status from an empty list', async () => {
    expect((await check([])).status).toBe('unknown');
    expect((await check([], forgeNamingChain({}, { root }).chain)).status).toBe('notChecked');
  });

  it('accepts any iterable', async () => {
    const [status] = await createOfflineRevocationChecker(new Set([list()])).check(crlOnly.chain);
    expect(status?.status).toBe('good');
  });

  it('copies the responses', async () => {
    const given = list();
    const checker = createOfflineRevocationChecker([given]);
    given.fill(0);
    expect((await checker.check(crlOnly.chain))[0]?.status).toBe('good');
  });

  it.each([
    ['a string', 'MIIB'],
    ['empty bytes', new Uint8Array()],
    ['PEM', new TextEncoder().encode('-----BEGIN X509 CRL-----')],
    ['a number', 5],
    ['undefined', undefined],
  ])('rejects %s in the list', (_, useless) => {
    const given = [list(), useless as Uint8Array];
    const message = failure(() => createOfflineRevocationChecker(given), 'ERR_ARGUMENT_INVALID');
    expect(message).toContain('response 2 is neither an OCSP response nor a CRL in DER');
  });

  it('says that a response is PEM', () => {
    const given = [new TextEncoder().encode('-----BEGIN X509 CRL-----')];
    const message = failure(() => createOfflineRevocationChecker(given), 'ERR_ARGUMENT_INVALID');
    expect(message).toBe('response 1 is neither an OCSP response nor a CRL in DER, but PEM');
  });

  it.each([[undefined], [null], [5], [{}]])('rejects %s as the list', (none) => {
    const message = failure(() => createOfflineRevocationChecker(none as never), 'ERR_ARGUMENT_INVALID');
    expect(message).toBe('give a list of OCSP responses and CRLs');
  });

  it('rejects more than a thousand responses without reading on', () => {
    function* endless(): Generator<Uint8Array> {
      const one = list();
      for (let i = 0; i < 5000; i++) yield one;
      throw new Error('too many were taken');
    }
    const make = () => createOfflineRevocationChecker(endless());
    expect(failure(make, 'ERR_LIMIT_EXCEEDED')).toContain('more than 1000 responses');
  });
});

describe('the check of an offline checker', () => {
  const large = ocspResponse({ extensions: [extensions.of('1.2.3', new Uint8Array(21_000))] });

  it.each([
    [
      'has a CRL with trailing bytes',
      Uint8Array.of(...list(), 0),
      'ERR_CRL_INVALID',
      'it has trailing bytes',
    ],
    ['has a certificate for a CRL', root.der, 'ERR_CRL_INVALID', 'the CRL is malformed'],
    [
      'has half an OCSP response',
      Uint8Array.of(0x30, 0x06, 0x0a, 0x01, 0x00, 0xa0, 0x01, 0x30),
      'ERR_OCSP_INVALID',
      'it is cut off',
    ],
    [
      'has an OCSP response of more than 20 KiB',
      large,
      'ERR_LIMIT_EXCEEDED',
      `an OCSP response of ${large.length} bytes is too large`,
    ],
  ] as const)('rejects and names the response if the checker %s', async (_, useless, code, reason) => {
    const checker = createOfflineRevocationChecker([list(), useless]);
    const message = await rejection(checker.check(crlOnly.chain), code);
    expect(message).toContain('response 2 cannot be used');
    expect(message).toContain(reason);
  });

  it('rejects if the signal is aborted', async () => {
    const checker = createOfflineRevocationChecker([list()]);
    const check = checker.check(crlOnly.chain, { signal: AbortSignal.abort() });
    expect(await rejection(check, 'ERR_ABORTED')).toContain('aborted');
  });

  it('reports the root and any certificate without a URL as not checked', async () => {
    const other = parseCertificate(forgeAuthority().der);
    const statuses = await createOfflineRevocationChecker([list()]).check([...crlOnly.chain, other]);
    expect(statuses.map(({ status }) => status)).toEqual(['good', 'notChecked', 'notChecked']);
  });
});
