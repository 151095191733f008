import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { parseCertificate } from '../../../src/x509/certificate.ts';
import type {
  CertificateStatus,
  RevocationCheckOptions,
} from '../../../src/x509/revocation/certificate-status.ts';
import { createRevocationChecker } from '../../../src/x509/revocation/index.ts';
import { failure } from '../../encoding/failure.ts';
import {
  FakeAuthorities,
  type FakeResponse,
  forgeNamingChain,
  type NamedAddresses,
} from '../../support/fake-authorities.ts';
import { extensions, forgeAuthority, forgeLeaf } from '../../support/forge.ts';
import { forgeCrl } from '../../support/forge-crl.ts';
import { type ForgedSingleResponse, forgeOcsp, forgeOcspRefusal } from '../../support/forge-ocsp.ts';

const OCSP = 'http://ocsp.example';
const SECOND = 'http://ocsp2.example';
const CRL = 'http://crl.example/ca.crl';
const OTHER_CRL = 'http://crl2.example/ca.crl';

const root = forgeAuthority({ subject: 'checked root' });
const serialNumber = Uint8Array.of(0x41, 1, 2, 3);

/** Checks a leaf that names these URLs against these responses. */
async function check(
  addresses: NamedAddresses,
  responses: Readonly<Record<string, FakeResponse>>,
  options: RevocationCheckOptions = {},
) {
  const { chain } = forgeNamingChain(addresses, { root, leaf: { serialNumber, ...named(addresses) } });
  const authorities = new FakeAuthorities(responses);
  const checker = createRevocationChecker({ fetch: authorities.fetch });
  const [status, ofRoot] = await checker.check(chain, options);
  expect(ofRoot).toEqual({ status: 'notChecked', lookups: [] });
  return {
    ...(status as CertificateStatus),
    requested: authorities.requested,
    requests: authorities.requests,
  };
}

function named(addresses: NamedAddresses) {
  return { subject: `leaf of ${JSON.stringify(addresses).length}` };
}

/** An OCSP response about the leaf: it identifies the certificate by serial number and issuer only. */
function ocspResponse(single: Partial<ForgedSingleResponse> = {}): Uint8Array {
  const certificate = forgeLeaf({ issuer: root, serialNumber });
  return forgeOcsp({ responses: [{ certificate, issuer: root, ...single }], signer: root });
}

const good = ocspResponse();
const revoked = ocspResponse({ status: { reason: 1 } });
const unknown = ocspResponse({ status: 'unknown' });
const emptyCrl = forgeCrl({ issuer: root });
const fullCrl = forgeCrl({ issuer: root, entries: [{ serialNumber, reason: 4 }] });

describe('a certificate that names no URL', () => {
  it('is not checked, and no request is sent', async () => {
    expect(await check({}, {})).toMatchObject({ status: 'notChecked', lookups: [], requested: [] });
  });
});

describe('a transport', () => {
  const { chain } = forgeNamingChain({ ocsp: [OCSP] }, { root, leaf: { serialNumber } });

  it('sends the requests', async () => {
    const authorities = new FakeAuthorities({ [OCSP]: good });
    const [leaf] = await createRevocationChecker({ transport: authorities.fetch }).check(chain);
    expect(leaf?.status).toBe('good');
    expect(authorities.requested).toEqual([OCSP]);
  });

  it('is not used if a fetch is given', async () => {
    const authorities = new FakeAuthorities({ [OCSP]: good });
    const transport = vi.fn();
    const [leaf] = await createRevocationChecker({ fetch: authorities.fetch, transport }).check(chain);
    expect(leaf?.status).toBe('good');
    expect(transport).not.toHaveBeenCalled();
  });

  it('must be a function', () => {
    const transport = {} as typeof fetch;
    expect(failure(() => createRevocationChecker({ transport }), 'ERR_ARGUMENT_INVALID')).toContain(
      'transport',
    );
  });
});

describe('OCSP', () => {
  it('makes a certificate good, without a CRL being fetched', async () => {
    const result = await check({ ocsp: [OCSP], crl: [CRL] }, { [OCSP]: good });
    expect(result).toMatchObject({ status: 'good', requested: [OCSP] });
    expect(result.reason).toBeUndefined();
  });

  it('reports the URL, its answer and the age of the response', async () => {
    const now = new Date(Math.floor(Date.now() / 1000) * 1000);
    const at = (seconds: number) => new Date(now.getTime() + seconds * 1000);
    const response = ocspResponse({ thisUpdate: at(-90), nextUpdate: at(600) });
    const { lookups } = await check({ ocsp: [OCSP] }, { [OCSP]: response }, { now });
    expect(lookups).toEqual([
      {
        method: 'OCSP',
        url: OCSP,
        source: 'network',
        answer: 'good',
        message: 'the certificate is not revoked',
        thisUpdate: at(-90).toISOString(),
        nextUpdate: at(600).toISOString(),
        age: 90,
      },
    ]);
  });

  it('reports a revoked certificate with URL, time and reason', async () => {
    const time = new Date('2025-01-02T03:04:05Z');
    const response = ocspResponse({ status: { time, reason: 1 } });
    const result = await check({ ocsp: [OCSP, SECOND], crl: [CRL] }, { [OCSP]: response });
    expect(result).toMatchObject({
      status: 'revoked',
      revocation: { time: '2025-01-02T03:04:05.000Z', reason: 'keyCompromise' },
      requested: [OCSP],
    });
    expect(result.reason?.code).toBe('ERR_CERTIFICATE_REVOKED');
    for (const part of ['leaf of', '2025-01-02T03:04:05', 'keyCompromise', OCSP]) {
      expect(result.reason?.message).toContain(part);
    }
  });

  const useless: [string, FakeResponse, string][] = [
    ['that cannot be reached', () => Promise.reject(new TypeError('fetch failed')), 'fetch failed'],
    ['that fails', 500, 'status 500'],
    ['that refuses to answer', forgeOcspRefusal(3), 'refused the request: tryLater'],
    ['that sends something else', new TextEncoder().encode('<html>'), 'the OCSP response is malformed'],
    [
      'whose response has expired',
      ocspResponse({ nextUpdate: new Date(Date.now() - 60_000) }),
      'it expired on',
    ],
    ['whose response does not expire', ocspResponse({ nextUpdate: null }), 'it has no nextUpdate'],
    [
      'whose response is about another certificate',
      ocspResponse({ serialNumber: Uint8Array.of(9) }),
      'it is about another certificate',
    ],
  ];
  it.each(useless)('queries the next responder after one %s', async (_, response) => {
    const result = await check({ ocsp: [OCSP, SECOND] }, { [OCSP]: response, [SECOND]: revoked });
    expect(result).toMatchObject({ status: 'revoked', requested: [OCSP, SECOND] });
    expect(result.lookups[0]).toMatchObject({ url: OCSP, answer: 'unknown' });
  });

  it.each(useless)('leaves the status unknown if the only responder is one %s', async (_, response, why) => {
    const result = await check({ ocsp: [OCSP] }, { [OCSP]: response });
    expect(result.status).toBe('unknown');
    expect(result.reason?.code).toBe('ERR_REVOCATION_UNKNOWN');
    for (const part of ['leaf of', OCSP, why, result.lookups[0]?.message ?? '?']) {
      expect(result.reason?.message).toContain(part);
    }
  });

  it('queries no other responder after one that does not know the certificate', async () => {
    const result = await check({ ocsp: [OCSP, SECOND] }, { [OCSP]: unknown, [SECOND]: good });
    expect(result).toMatchObject({ status: 'unknown', requested: [OCSP] });
  });

  it('queries four responders at most', async () => {
    const ocsp = [1, 2, 3, 4, 5].map((i) => `http://ocsp${i}.example`);
    const result = await check({ ocsp }, Object.fromEntries(ocsp.map((url) => [url, 500])));
    expect(result).toMatchObject({ status: 'unknown', requested: ocsp.slice(0, 4) });
    expect(result.lookups).toHaveLength(4);
  });

  it.each(['https://ocsp.example', 'file:///etc/passwd', 'ldap://ocsp.example', 'javascript:1', 'nonsense'])(
    'does not query %s',
    async (url) => {
      const result = await check({ ocsp: [url] }, { [url]: good });
      expect(result).toMatchObject({
        status: 'unknown',
        requested: [],
        lookups: [{ url, answer: 'unknown' }],
      });
    },
  );

  it('truncates a long URL in the report', async () => {
    const { lookups } = await check({ ocsp: [`${OCSP}/${'a'.repeat(5000)}`] }, {});
    expect(lookups[0]?.url).toHaveLength(2000);
  });

  it('sends a POST if the request is too long for a GET', async () => {
    const content = { serialNumber: new Uint8Array(20).fill(0x41), extensions: [extensions.ocsp([OCSP])] };
    const long = forgeLeaf({ issuer: root, ...content });
    const authorities = new FakeAuthorities({ [OCSP]: good });
    const checker = createRevocationChecker({ fetch: authorities.fetch, hash: 'SHA-512' });
    await checker.check([long, root].map(({ der }) => parseCertificate(der)));
    expect(authorities.requests).toMatchObject([{ url: `${OCSP}/`, init: { method: 'POST' } }]);
  });
});

describe('CRLs', () => {
  it('report a certificate that they do not list as good', async () => {
    const result = await check({ crl: [CRL] }, { [CRL]: emptyCrl });
    expect(result).toMatchObject({
      status: 'good',
      lookups: [{ method: 'CRL', url: CRL, source: 'network', answer: 'good' }],
    });
  });

  it('report a certificate that they list as revoked', async () => {
    const result = await check({ crl: [CRL] }, { [CRL]: fullCrl });
    expect(result).toMatchObject({ status: 'revoked', revocation: { reason: 'superseded' } });
    for (const part of ['leaf of', 'superseded', CRL]) expect(result.reason?.message).toContain(part);
  });

  it.each([
    ['fails', { [OCSP]: 500 }],
    ['does not know the certificate', { [OCSP]: unknown }],
  ])('are fetched if OCSP %s', async (_, ocsp) => {
    const result = await check({ ocsp: [OCSP], crl: [CRL] }, { ...ocsp, [CRL]: emptyCrl });
    expect(result).toMatchObject({ status: 'good', requested: [OCSP, CRL] });
    expect(result.lookups.map(({ method, answer }) => [method, answer])).toEqual([
      ['OCSP', 'unknown'],
      ['CRL', 'good'],
    ]);
  });

  it('must all be fetched', async () => {
    const result = await check({ crl: [CRL, OTHER_CRL] }, { [CRL]: emptyCrl, [OTHER_CRL]: 404 });
    expect(result).toMatchObject({ status: 'unknown', requested: [CRL, OTHER_CRL] });
    expect(result.reason?.message).toContain(OTHER_CRL);
  });

  it('revoke a certificate that only the last one lists', async () => {
    const result = await check({ crl: [CRL, OTHER_CRL] }, { [CRL]: emptyCrl, [OTHER_CRL]: fullCrl });
    expect(result).toMatchObject({ status: 'revoked', requested: [CRL, OTHER_CRL] });
  });

  it('are no longer fetched once one of them lists the certificate', async () => {
    const result = await check({ crl: [CRL, OTHER_CRL] }, { [CRL]: fullCrl, [OTHER_CRL]: emptyCrl });
    expect(result).toMatchObject({ status: 'revoked', requested: [CRL] });
  });

  it('leave the status unknown if the certificate names more than four URLs', async () => {
    const crl = [1, 2, 3, 4, 5].map((i) => `http://crl${i}.example`);
    const result = await check({ crl }, Object.fromEntries(crl.map((url) => [url, emptyCrl])));
    expect(result.status).toBe('unknown');
    expect(result.requested).not.toContain(crl[4]);
    expect(result.reason?.message).toContain('more than 4 URLs');
  });

  it.each(['https://crl.example', 'ldap://crl.example/cn=CA?certificateRevocationList'])(
    'at %s are not fetched, and leave the status unknown',
    async (url) => {
      const result = await check({ crl: [CRL, url] }, { [CRL]: emptyCrl, [url]: emptyCrl });
      expect(result).toMatchObject({ status: 'unknown', requested: [CRL] });
    },
  );
});

describe('a certificate whose URLs take 30 seconds', () => {
  it('is queried for no longer', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const slow = () => {
      vi.advanceTimersByTime(15_001);
      return new Response('no', { status: 500 });
    };
    const [third, fourth] = ['http://ocsp3.example', 'http://ocsp4.example'];
    const answers = { [OCSP]: slow, [SECOND]: slow, [third]: good, [fourth]: good, [CRL]: emptyCrl };
    const result = await check({ ocsp: [OCSP, SECOND, third, fourth], crl: [CRL] }, answers);
    expect(result).toMatchObject({ status: 'unknown', requested: [OCSP, SECOND] });
    expect(result.reason?.message).toContain('other URLs used up the time for this certificate');
  });
});

describe('a chain', () => {
  it('has a status for each certificate, according to its own issuer', async () => {
    const addresses = [extensions.crl(['http://crl.example/intermediate.crl'])];
    const usages = [
      extensions.basicConstraints({ ca: true }),
      extensions.keyUsage(['keyCertSign', 'cRLSign']),
    ];
    const middle = forgeAuthority({ issuer: root, extensions: [...usages, extensions.crl([CRL])] });
    const leaf = forgeLeaf({ issuer: middle, extensions: addresses });
    const authorities = new FakeAuthorities({
      [CRL]: forgeCrl({ issuer: root, entries: [{ serialNumber: middle.serialNumber }] }),
      'http://crl.example/intermediate.crl': forgeCrl({ issuer: middle }),
    });
    const checker = createRevocationChecker({ fetch: authorities.fetch });
    const statuses = await checker.check([leaf, middle, root].map(({ der }) => parseCertificate(der)));
    expect(statuses.map(({ status }) => status)).toEqual(['good', 'revoked', 'notChecked']);
  });

  it('of one self-signed certificate is not checked, whatever URL it names', async () => {
    const alone = forgeLeaf({ extensions: [extensions.ocsp([OCSP])] });
    const authorities = new FakeAuthorities({ [OCSP]: good });
    const checker = createRevocationChecker({ fetch: authorities.fetch });
    expect(await checker.check([parseCertificate(alone.der)])).toEqual([
      { status: 'notChecked', lookups: [] },
    ]);
    expect(authorities.requested).toEqual([]);
  });
});

describe('the option', () => {
  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '100', null])(
    'timeout may not be %s',
    (timeout) => {
      const options = { timeout: timeout as number };
      expect(failure(() => createRevocationChecker(options), 'ERR_ARGUMENT_INVALID')).toContain('timeout');
    },
  );

  it.each([{}, { get: () => null }, [], 'redis://', null, { getItem: true }])(
    'cache may not be %o',
    (cache) => {
      const options = { cache: cache as never };
      expect(failure(() => createRevocationChecker(options), 'ERR_ARGUMENT_INVALID')).toContain('cache');
    },
  );

  it('hash may not be MD5', () => {
    const options = { hash: 'MD5' as never };
    expect(failure(() => createRevocationChecker(options), 'ERR_ARGUMENT_INVALID')).toContain('hash');
  });

  it('fetch may not be a string', () => {
    const options = { fetch: 'fetch' as never };
    expect(failure(() => createRevocationChecker(options), 'ERR_ARGUMENT_INVALID')).toContain('fetch');
  });

  it('clock provides the time of a check', async () => {
    const { chain } = forgeNamingChain({ crl: [CRL] }, { root });
    const clock = () => new Date(Date.now() + 7_200_000);
    const checker = createRevocationChecker({ fetch: new FakeAuthorities({ [CRL]: emptyCrl }).fetch, clock });
    const statuses = await checker.check(chain);
    expect(statuses[0]).toMatchObject({
      status: 'unknown',
      lookups: [{ message: expect.stringContaining('expired') }],
    });
  });
});

describe('a request without a given time limit', () => {
  it.each([
    ['authority for OCSP', { ocsp: [OCSP] }, 2000],
    ['authority for CRLs', { crl: [CRL] }, 5000],
  ] as const)('to an %s, such as %j, ends after %i ms', async (_, addresses, limit) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { chain } = forgeNamingChain(addresses, { root });
    let ended = false;
    let work: Promise<CertificateStatus[]> | undefined;
    await new Promise<void>((requested) => {
      const fetch = () => {
        requested();
        return new Promise<Response>(() => undefined);
      };
      work = createRevocationChecker({ fetch })
        .check(chain)
        .finally(() => {
          ended = true;
        });
    });
    await vi.advanceTimersByTimeAsync(limit - 1);
    expect(ended).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect((await work)?.[0]).toMatchObject({ status: 'unknown', lookups: [{ code: 'ERR_TIMEOUT' }] });
  });
});
