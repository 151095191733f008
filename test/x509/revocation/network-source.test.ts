import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { CertificateStatus } from '../../../src/x509/revocation/certificate-status.ts';
import { createRevocationChecker } from '../../../src/x509/revocation/index.ts';
import { FakeAuthorities, type FakeResponse, forgeNamingChain } from '../../support/fake-authorities.ts';
import { forgeAuthority } from '../../support/forge.ts';
import { forgeCrl } from '../../support/forge-crl.ts';
import { forgeOcsp } from '../../support/forge-ocsp.ts';

const OCSP = 'http://ocsp.example';
const CRL = 'http://crl.example/ca.crl';
const root = forgeAuthority({ subject: 'naming root' });

type Leaf = ReturnType<typeof forgeNamingChain>['leaf'];

async function check(urls: { ocsp?: string[]; crl?: string[] }, response: (leaf: Leaf) => FakeResponse) {
  const { chain, leaf } = forgeNamingChain(urls, { root });
  const url = urls.ocsp?.[0] ?? urls.crl?.[0] ?? '';
  const authorities = new FakeAuthorities({ [url]: response(leaf) });
  const [status] = await createRevocationChecker({ fetch: authorities.fetch }).check(chain);
  return { ...(status as CertificateStatus), requests: authorities.requests };
}

describe('an OCSP responder', () => {
  it.each([405, 501])('that answers GET with %i is sent a POST', async (status) => {
    const result = await check({ ocsp: [OCSP] }, (leaf) => ({ init }) => {
      if (init.method !== 'POST') return new Response('no', { status });
      return new Response(
        forgeOcsp({ responses: [{ certificate: leaf, issuer: root }], signer: root }).slice(),
      );
    });
    expect(result.status).toBe('good');
    expect(result.requests.map(({ url, init }) => [url.length > OCSP.length + 1, init.method])).toEqual([
      [true, 'GET'],
      [false, 'POST'],
    ]);
  });

  it.each([400, 404, 500])('that answers GET with %i is not', async (status) => {
    const result = await check({ ocsp: [OCSP] }, () => status);
    expect(result.status).toBe('unknown');
    expect(result.requests.map(({ init }) => init.method)).toEqual(['GET']);
  });
});

describe('a CRL in PEM', () => {
  const pem = (der: Uint8Array, label = 'X509 CRL') => {
    const lines = Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n');
    return new TextEncoder().encode(`-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`);
  };

  it('is read as its DER', async () => {
    const result = await check({ crl: [CRL] }, () => pem(forgeCrl({ issuer: root })));
    expect(result.status).toBe('good');
  });

  it('revokes as its DER does', async () => {
    const result = await check({ crl: [CRL] }, (leaf) =>
      pem(forgeCrl({ issuer: root, entries: [{ serialNumber: leaf.serialNumber }] })),
    );
    expect(result.status).toBe('revoked');
  });

  it.each([
    ['of another label', pem(forgeCrl({ issuer: root }), 'CERTIFICATE')],
    ['that is cut off', pem(forgeCrl({ issuer: root })).slice(0, 200)],
  ])('%s is not a CRL', async (_, bytes) => {
    const result = await check({ crl: [CRL] }, () => bytes);
    expect(result.status).toBe('unknown');
  });
});

describe('a CRL that cannot be used', () => {
  it('is fetched once, however often it is needed', async () => {
    const { chain } = forgeNamingChain({ crl: [CRL] }, { root });
    const authorities = new FakeAuthorities({ [CRL]: forgeCrl({ issuer: root, corruptSignature: true }) });
    const checker = createRevocationChecker({ fetch: authorities.fetch });
    const messages: (string | undefined)[] = [];
    for (let i = 0; i < 3; i++) {
      const [status] = await checker.check(chain);
      expect(status?.status).toBe('unknown');
      messages.push(status?.lookups[0]?.message);
    }
    expect(authorities.requests).toHaveLength(1);
    expect(messages[2]).toMatch(/signature was not made by its issuer; it is not fetched again before 2/);
  });

  it('is fetched again after a minute', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const { chain } = forgeNamingChain({ crl: [CRL] }, { root });
    const authorities = new FakeAuthorities({ [CRL]: forgeCrl({ issuer: root, corruptSignature: true }) });
    const checker = createRevocationChecker({ fetch: authorities.fetch });
    await checker.check(chain);
    authorities.answer(CRL, forgeCrl({ issuer: root }));
    vi.advanceTimersByTime(61_000);
    expect((await checker.check(chain))[0]?.status).toBe('good');
  });

  it('is fetched again at once if only the request failed', async () => {
    const { chain } = forgeNamingChain({ crl: [CRL] }, { root });
    const authorities = new FakeAuthorities({ [CRL]: 503 });
    const checker = createRevocationChecker({ fetch: authorities.fetch });
    await checker.check(chain);
    authorities.answer(CRL, forgeCrl({ issuer: root }));
    expect((await checker.check(chain))[0]?.status).toBe('good');
  });

  it('is rejected in PEM of more than 4 MiB, before it is decoded', async () => {
    const pem = new Uint8Array(4 * 1024 * 1024 + 1).fill(0x0a);
    pem.set(new TextEncoder().encode('-----BEGIN X509 CRL-----'));
    const { chain } = forgeNamingChain({ crl: [CRL] }, { root });
    const checker = createRevocationChecker({ fetch: new FakeAuthorities({ [CRL]: pem }).fetch });
    const [status] = await checker.check(chain);
    expect(status?.lookups[0]).toMatchObject({ answer: 'unknown', code: 'ERR_LIMIT_EXCEEDED' });
  });
});

describe('a request that takes all its time', () => {
  /** Never responds; the request ends with its signal. */
  const hanging: FakeResponse = ({ init }) =>
    new Promise((_, reject) => init.signal?.addEventListener('abort', () => reject(init.signal?.reason)));

  function fakeDate() {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
  }

  it.each([
    ['OCSP', OCSP, { ocsp: [OCSP] }],
    ['CRL', CRL, { crl: [CRL] }],
  ])('is not sent again for ten seconds, if it is for %s', async (_, url, urls) => {
    fakeDate();
    const { chain } = forgeNamingChain(urls, { root });
    const authorities = new FakeAuthorities({ [url]: hanging });
    const checker = createRevocationChecker({ fetch: authorities.fetch, timeout: 20 });
    for (let i = 0; i < 3; i++) {
      const [status] = await checker.check(chain);
      expect(status?.lookups[0]).toMatchObject({ answer: 'unknown', code: 'ERR_TIMEOUT' });
    }
    expect(authorities.requests).toHaveLength(1);
    vi.advanceTimersByTime(11_000);
    await checker.check(chain);
    expect(authorities.requests).toHaveLength(2);
  });

  it('is sent again by another check if other URLs left it less time than usual', async () => {
    fakeDate();
    const { chain } = forgeNamingChain({ ocsp: [OCSP], crl: [CRL] }, { root });
    const slow: FakeResponse = () => {
      vi.advanceTimersByTime(29_990);
      return new Response('no', { status: 503 });
    };
    const authorities = new FakeAuthorities({ [OCSP]: slow, [CRL]: hanging });
    const checker = createRevocationChecker({ fetch: authorities.fetch, timeout: 20 });
    await checker.check(chain);
    authorities.answer(OCSP, 503);
    authorities.answer(CRL, forgeCrl({ issuer: root, thisUpdate: new Date(Date.now() - 60_000) }));
    expect((await checker.check(chain))[0]?.status).toBe('good');
  });

  it('is sent again if the caller did not wait for it', async () => {
    const { chain } = forgeNamingChain({ crl: [CRL] }, { root });
    const authorities = new FakeAuthorities({ [CRL]: hanging });
    const checker = createRevocationChecker({ fetch: authorities.fetch });
    const impatient = checker.check(chain, { signal: AbortSignal.timeout(20) });
    await expect(impatient).rejects.toMatchObject({ code: 'ERR_TIMEOUT' });
    authorities.answer(CRL, forgeCrl({ issuer: root }));
    expect((await checker.check(chain))[0]?.status).toBe('good');
  });
});
