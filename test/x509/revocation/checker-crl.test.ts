import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseCertificate } from '../../../src/x509/certificate.ts';
import type { CertificateStatus } from '../../../src/x509/revocation/certificate-status.ts';
import { createRevocationChecker } from '../../../src/x509/revocation/index.ts';
import {
  addressExtensions,
  FakeAuthorities,
  type FakeResponse,
  forgeNamingChain,
} from '../../support/fake-authorities.ts';
import { extensions, forgeAuthority, forgeCertificate, forgeLeaf, purposes } from '../../support/forge.ts';
import { type ForgedCrlContent, forgeCrl } from '../../support/forge-crl.ts';
import { forgeOcsp } from '../../support/forge-ocsp.ts';

const OCSP = 'http://ocsp.example';
const CRL = 'http://crl.example/ca.crl';
const RESPONDER_CRL = 'http://crl.example/responders.crl';
const DELTA = 'http://delta.example/1.crl';
const OTHER_DELTA = 'http://delta.example/2.crl';

const root = forgeAuthority({ subject: 'listing root' });
const { chain, leaf } = forgeNamingChain({ crl: [CRL] }, { root });
const entries = [{ serialNumber: leaf.serialNumber }];

async function check(responses: Readonly<Record<string, FakeResponse>>, of = chain) {
  const authorities = new FakeAuthorities(responses);
  const [status] = await createRevocationChecker({ fetch: authorities.fetch }).check(of);
  return { ...(status as CertificateStatus), requested: authorities.requested };
}

describe('a CRL that points to a delta CRL', () => {
  const base = (content: Partial<ForgedCrlContent> = {}) =>
    forgeCrl({ issuer: root, number: 5, freshest: [DELTA, OTHER_DELTA], ...content });
  const delta = (content: Partial<ForgedCrlContent> = {}) =>
    forgeCrl({ issuer: root, number: 6, deltaSince: 5, ...content });

  it('is evaluated together with it, and both URLs are reported', async () => {
    const result = await check({ [CRL]: base(), [DELTA]: delta() });
    expect(result).toMatchObject({ status: 'good', requested: [CRL, DELTA] });
    expect(result.lookups.map(({ method, url, answer }) => [method, url, answer])).toEqual(
      expect.arrayContaining([
        ['CRL', CRL, 'good'],
        ['delta CRL', DELTA, 'good'],
      ]),
    );
  });

  it('revokes a certificate that only the delta CRL lists', async () => {
    const result = await check({
      [CRL]: base(),
      [DELTA]: delta({ entries: [{ ...entries[0], reason: 1 } as never] }),
    });
    expect(result).toMatchObject({ status: 'revoked', revocation: { reason: 'keyCompromise' } });
  });

  it('takes the delta CRL from the next URL if the first one fails, and reports both', async () => {
    const result = await check({ [CRL]: base(), [DELTA]: 404, [OTHER_DELTA]: delta({ entries }) });
    expect(result).toMatchObject({ status: 'revoked', requested: [CRL, DELTA, OTHER_DELTA] });
    expect(result.lookups[0]).toMatchObject({ method: 'delta CRL', url: DELTA, answer: 'unknown' });
  });

  const failing: [string, Record<string, FakeResponse>, string][] = [
    ['no delta can be fetched', {}, 'fetch failed'],
    [
      'its delta has a bad signature',
      { [DELTA]: delta({ corruptSignature: true }) },
      'its signature was not made by its issuer',
    ],
    [
      'its delta has expired',
      { [DELTA]: delta({ nextUpdate: new Date(Date.now() - 60_000) }) },
      'it expired',
    ],
    ['its delta is a whole CRL', { [DELTA]: forgeCrl({ issuer: root, number: 6 }) }, 'got a complete CRL'],
    ['its delta is for a newer CRL', { [DELTA]: delta({ number: 9, deltaSince: 8 }) }, 'for a newer base'],
    ['its delta is not newer', { [DELTA]: delta({ number: 5 }) }, 'not newer than the base'],
  ];
  it.each(failing)('leaves the status unknown when %s', async (_, responses, why) => {
    const { status, reason } = await check({ [CRL]: base(), ...responses });
    expect([status, reason?.message]).toEqual(['unknown', expect.stringContaining(why)]);
  });

  it('has at most four of its URLs requested', async () => {
    const freshest = [1, 2, 3, 4, 5].map((i) => `http://delta${i}.example/crl`);
    const result = await check({ [CRL]: base({ freshest }), 'http://delta5.example/crl': delta() });
    expect(result).toMatchObject({ status: 'unknown', requested: [CRL, ...freshest.slice(0, 4)] });
  });

  it('fetches no delta CRL of the delta CRL', async () => {
    const result = await check({ [CRL]: base(), [DELTA]: delta({ freshest: [OTHER_DELTA] }) });
    expect(result).toMatchObject({ status: 'good', requested: [CRL, DELTA] });
  });

  it('leaves the status unknown if only the certificate points to a delta CRL', async () => {
    const pointing = forgeNamingChain({ crl: [CRL], freshestCrl: [DELTA] }, { root });
    const result = await check({ [CRL]: forgeCrl({ issuer: root }), [DELTA]: delta() }, pointing.chain);
    expect(result).toMatchObject({ status: 'unknown', requested: [CRL] });
    expect(result.reason?.message).toContain('only the certificate points to');
  });
});

describe('a delegated responder', () => {
  const appoint = (...more: Uint8Array[]) =>
    forgeCertificate({
      subject: 'responder',
      issuer: root,
      extensions: [
        extensions.keyUsage(['digitalSignature']),
        extensions.extendedKeyUsage([purposes.ocspSigning]),
        ...more,
      ],
    });
  const naming = forgeNamingChain({ ocsp: [OCSP], crl: [CRL] }, { root });
  const by = (signer: ReturnType<typeof appoint>) =>
    forgeOcsp({ responses: [{ certificate: naming.leaf, issuer: root }], signer, certificates: [signer] });
  const named = appoint(...addressExtensions({ crl: [RESPONDER_CRL] }));

  it('is not checked if its certificate has id-pkix-ocsp-nocheck', async () => {
    const result = await check({ [OCSP]: by(appoint(extensions.ocspNoCheck())) }, naming.chain);
    expect(result).toMatchObject({ status: 'good', requested: [OCSP] });
  });

  it('counts if its own CRL does not list it', async () => {
    const list = forgeCrl({ issuer: root });
    const result = await check({ [OCSP]: by(named), [RESPONDER_CRL]: list }, naming.chain);
    expect(result).toMatchObject({ status: 'good', requested: [OCSP, RESPONDER_CRL] });
  });

  const useless: [string, ReturnType<typeof appoint>, FakeResponse, string][] = [
    [
      'is revoked',
      named,
      forgeCrl({ issuer: root, entries: [{ serialNumber: named.serialNumber }] }),
      'the status of its responder is unknown',
    ],
    ['has a CRL that cannot be fetched', named, 404, 'status 404'],
    ['names no CRL', appoint(), 404, 'the status of its responder is unknown'],
    [
      'names an OCSP responder only',
      appoint(...addressExtensions({ ocsp: [OCSP] })),
      404,
      'the status of its responder is unknown',
    ],
  ];
  it.each(useless)(
    'that %s does not count, so the CRL of the certificate decides',
    async (_, signer, list, why) => {
      const responses = { [OCSP]: by(signer), [RESPONDER_CRL]: list };
      const { status, reason } = await check(responses, naming.chain);
      expect([status, reason?.message]).toEqual(['unknown', expect.stringContaining(why)]);
      const result = await check({ ...responses, [CRL]: forgeCrl({ issuer: root }) }, naming.chain);
      expect(result).toMatchObject({ status: 'good' });
      expect(result.requested.filter((url) => url === OCSP)).toHaveLength(1);
    },
  );

  it('is named in the lookup of its CRL, so that it is not taken for the certificate', async () => {
    const list = forgeCrl({ issuer: root, entries: [{ serialNumber: named.serialNumber }] });
    const responses = { [OCSP]: by(named), [RESPONDER_CRL]: list, [CRL]: forgeCrl({ issuer: root }) };
    const { lookups } = await check(responses, naming.chain);
    const ofResponder = lookups.find(({ url }) => url === RESPONDER_CRL);
    expect(ofResponder?.message).toContain('responder');
  });

  it('causes a bounded number of requests if URLs are circular', async () => {
    const circular = appoint(...addressExtensions({ ocsp: [OCSP], crl: [OCSP] }));
    const result = await check({ [OCSP]: by(circular), [CRL]: 404 }, naming.chain);
    expect(result.status).toBe('unknown');
    expect(result.requested.length).toBeLessThan(5);
  });
});

describe('the time for one certificate', () => {
  afterEach(() => vi.useRealTimers());

  it('is limited to half a minute, however many URLs hang', async () => {
    const many = (kind: string) => [1, 2, 3, 4].map((i) => `http://${kind}${i}.example`);
    const hanging = forgeNamingChain({ ocsp: many('ocsp'), crl: many('crl') }, { root });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const begun = Date.now();
    const fetch = () => new Promise<Response>(() => undefined);
    const check = createRevocationChecker({ fetch, timeout: 20_000 }).check(hanging.chain, {
      now: new Date(),
    });
    let ended: number | undefined;
    const done = check.then((statuses) => {
      ended = Date.now();
      return statuses;
    });
    for (let i = 0; i < 200 && ended === undefined; i++) {
      // Hashes of WebCrypto come from threads: real time must pass, too.
      await sleep(10);
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect((await done)[0]?.status).toBe('unknown');
    expect(((ended ?? 0) - begun) / 1000).toBeLessThanOrEqual(35);
  });
});

describe('the text of certificates and responders', () => {
  it('is escaped in the reason if it has control characters', async () => {
    const evil = 'http://crl.example/\u001b[2K\nverified';
    const naming = forgeLeaf({ issuer: root, extensions: addressExtensions({ crl: [evil] }) });
    const { reason } = await check(
      {},
      [naming, root].map(({ der }) => parseCertificate(der)),
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
    expect(reason?.message).not.toMatch(/[\u0000-\u001f]/);
  });
});
