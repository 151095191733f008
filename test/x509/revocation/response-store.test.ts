import { describe, expect, it } from 'vitest';
import { NotationError } from '../../../src/errors/index.ts';
import { withBudget } from '../../../src/net/budget.ts';
import { createRevocationChecker } from '../../../src/x509/revocation/index.ts';
import { ResponseStore } from '../../../src/x509/revocation/response-store.ts';
import { rejection } from '../../encoding/failure.ts';
import { FakeAuthorities, forgeNamingChain } from '../../support/fake-authorities.ts';
import { extensions, forgeAuthority, forgeKey, forgeLeaf } from '../../support/forge.ts';
import { forgeCrl } from '../../support/forge-crl.ts';
import { forgeOcsp } from '../../support/forge-ocsp.ts';

const OCSP = 'http://ocsp.example';
const CRL = 'http://crl.example/ca.crl';
const MINUTE = 60_000;
const inMinutes = (minutes: number) => new Date(Date.now() + minutes * MINUTE);

const root = forgeAuthority({ subject: 'kept root' });
const { chain, leaf } = forgeNamingChain({ ocsp: [OCSP], crl: [CRL] }, { root });
const { chain: crlChain } = forgeNamingChain({ crl: [CRL] }, { root });
const about = { certificate: leaf, issuer: root };
const good = forgeOcsp({ responses: [about], signer: root });
const unknown = forgeOcsp({ responses: [{ ...about, status: 'unknown' }], signer: root });

/** A gate that holds responses back until it is opened. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

const turn = (milliseconds = 20) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('an earlier response', () => {
  it.each([
    ['an OCSP response', chain, OCSP, good],
    ['a CRL', crlChain, CRL, forgeCrl({ issuer: root })],
  ])('is kept until it expires if it is %s', async (_, of, url, response) => {
    const authorities = new FakeAuthorities({ [url]: response });
    const checker = createRevocationChecker({ fetch: authorities.fetch });
    const sources: (string | undefined)[] = [];
    for (const now of [inMinutes(0), inMinutes(30), inMinutes(90)]) {
      const [status] = await checker.check(of, { now });
      sources.push(status?.lookups[0]?.source);
    }
    expect(sources).toEqual(['network', 'cache', 'network']);
    expect(authorities.requested.filter((requested) => requested === url)).toHaveLength(2);
  });

  it('is evaluated again at each check, which its age refers to', async () => {
    const { fetch } = new FakeAuthorities({ [OCSP]: good });
    const checker = createRevocationChecker({ fetch });
    const [before] = await checker.check(chain, { now: inMinutes(0) });
    const [later] = await checker.check(chain, { now: inMinutes(10) });
    expect((later?.lookups[0]?.age ?? 0) - (before?.lookups[0]?.age ?? 0)).toBeGreaterThanOrEqual(599);
  });

  it('is in the future for a check at an earlier time', async () => {
    const { fetch } = new FakeAuthorities({ [CRL]: forgeCrl({ issuer: root }) });
    const checker = createRevocationChecker({ fetch });
    expect((await checker.check(crlChain))[0]?.status).toBe('good');
    expect((await checker.check(crlChain, { now: inMinutes(-300) }))[0]?.status).toBe('unknown');
    expect((await checker.check(crlChain))[0]?.status).toBe('good');
  });

  it('serves every certificate of the same issuer if it is a CRL', async () => {
    const other = forgeNamingChain({ crl: [CRL] }, { root });
    const entries = [{ serialNumber: other.leaf.serialNumber }];
    const authorities = new FakeAuthorities({ [CRL]: forgeCrl({ issuer: root, entries }) });
    const checker = createRevocationChecker({ fetch: authorities.fetch });
    expect((await checker.check(crlChain))[0]?.status).toBe('good');
    expect((await checker.check(other.chain))[0]).toMatchObject({
      status: 'revoked',
      lookups: [{ source: 'cache' }],
    });
    expect(authorities.requested).toEqual([CRL]);
  });

  it('does not serve another issuer of the same name', async () => {
    const imposter = forgeAuthority({ subject: 'kept root', key: forgeKey('EC-256') });
    const imposed = forgeNamingChain({ crl: [CRL] }, { root: imposter });
    const authorities = new FakeAuthorities({ [CRL]: forgeCrl({ issuer: imposter }) });
    const checker = createRevocationChecker({ fetch: authorities.fetch });
    expect((await checker.check(imposed.chain))[0]?.status).toBe('good');
    expect((await checker.check(crlChain))[0]?.status).toBe('unknown');
    expect(authorities.requested).toEqual([CRL, CRL]);
  });

  const failures: [string, Uint8Array | number][] = [
    ['a failure', 503],
    [
      'a response with a bad signature',
      forgeOcsp({ responses: [about], signer: root, corruptSignature: true }),
    ],
    ['a response that does not know the certificate', unknown],
    [
      'an expired response',
      forgeOcsp({ responses: [{ ...about, nextUpdate: inMinutes(-1) }], signer: root }),
    ],
  ];
  it.each(failures)('is not kept if it was %s', async (_, response) => {
    const authorities = new FakeAuthorities({ [OCSP]: response });
    const checker = createRevocationChecker({ fetch: authorities.fetch });
    expect((await checker.check(chain))[0]?.status).toBe('unknown');
    authorities.answer(OCSP, good);
    expect((await checker.check(chain))[0]?.status).toBe('good');
  });

  it('is not kept if it reports a revocation by a responder with a defective certificate', async () => {
    const holder = forgeLeaf({ issuer: root, extensions: [extensions.keyUsage(['digitalSignature'])] });
    const responses = [{ ...about, status: {}, nextUpdate: new Date('2400-01-01T00:00:00Z') }];
    const forged = forgeOcsp({ responses, signer: holder, certificates: [holder] });
    const authorities = new FakeAuthorities({ [OCSP]: forged });
    const checker = createRevocationChecker({ fetch: authorities.fetch });
    expect((await checker.check(chain))[0]?.status).not.toBe('good');
    authorities.answer(OCSP, good);
    expect((await checker.check(chain))[0]?.status).toBe('good');
  });

  it('is evicted, least recently used first, when there are more than 64 MiB', async () => {
    const store = new ResponseStore(undefined);
    const sources: string[] = [];
    for (const i of [0, 1, 0, 2, 0, 1]) {
      const { source } = await store.get({
        kind: 'crl',
        identity: [Uint8Array.of(i)],
        fetch: async () => new Uint8Array(30 * 1024 * 1024),
        read: async (der) => der,
        evaluate: async () => inMinutes(60),
        maxBytes: 32 * 1024 * 1024,
        hurried: false,
        now: inMinutes(0),
      });
      sources.push(source);
    }
    expect(sources).toEqual(['network', 'network', 'cache', 'network', 'cache', 'network']);
  });
});

describe('concurrent checks', () => {
  it('of one chain send one request per URL', async () => {
    const middle = forgeAuthority({
      issuer: root,
      extensions: [
        extensions.basicConstraints({ ca: true }),
        extensions.keyUsage(['keyCertSign', 'cRLSign']),
        extensions.crl(['http://crl.example/root.crl']),
      ],
    });
    const below = forgeNamingChain({ ocsp: [OCSP], crl: [CRL] }, { root: middle });
    const whole = [...below.chain, ...crlChain.slice(1)];
    const authorities = new FakeAuthorities({
      [OCSP]: () => turn(50).then(() => new Response('no', { status: 500 })),
      [CRL]: forgeCrl({ issuer: middle }),
      'http://crl.example/root.crl': forgeCrl({ issuer: root }),
    });
    const checker = createRevocationChecker({ fetch: authorities.fetch });
    const checks = await Promise.all(Array.from({ length: 20 }, () => checker.check(whole)));
    for (const statuses of checks) {
      expect(statuses.map(({ status }) => status)).toEqual(['good', 'good', 'notChecked']);
    }
    expect([...authorities.requested].sort()).toEqual([CRL, 'http://crl.example/root.crl', OCSP].sort());
  });

  it('do not share a failure that only applies to the time of one of them', async () => {
    const { open, opened } = gate();
    const list = forgeCrl({ issuer: root });
    const authorities = new FakeAuthorities({ [CRL]: () => opened.then(() => new Response(list.slice())) });
    const checker = createRevocationChecker({ fetch: authorities.fetch });
    const tomorrow = checker.check(crlChain, { now: inMinutes(24 * 60) });
    const today = checker.check(crlChain);
    await turn();
    open();
    expect((await tomorrow)[0]?.status).toBe('unknown');
    expect((await today)[0]?.status).toBe('good');
  });
});

describe('concurrent checks of one response', () => {
  /**
   * Responds once so many checks wait for the response: in some runtimes each first hashes its key on another thread. A
   * check that waits listens to its signal.
   */
  function onceAllWait(count: number, list: Uint8Array) {
    const { open, opened } = gate();
    let waiting = 0;
    /** Returns a signal that is aborted with another one, and notices its check. */
    const observed = (signal?: AbortSignal): AbortSignal => {
      const own = new AbortController();
      signal?.addEventListener('abort', () => own.abort(signal.reason));
      const listen = own.signal.addEventListener.bind(own.signal);
      own.signal.addEventListener = (...how: Parameters<typeof listen>) => {
        listen(...how);
        if (++waiting === count) open();
      };
      return own.signal;
    };
    return { respond: () => opened.then(() => new Response(list.slice())), observed };
  }

  it.each([
    ['stale', inMinutes(24 * 60), 'unknown'],
    ['current', inMinutes(0), 'good'],
  ])('that is %s send one request, each at its own time', async (_, now, status) => {
    const { respond, observed } = onceAllWait(40, forgeCrl({ issuer: root }));
    const authorities = new FakeAuthorities({ [CRL]: respond });
    const checker = createRevocationChecker({ fetch: authorities.fetch });
    const times = Array.from({ length: 40 }, (_, i) => new Date(now.getTime() + i));
    const checks = await Promise.all(
      times.map((now) => checker.check(crlChain, { now, signal: observed(new AbortController().signal) })),
    );
    expect(new Set(checks.map(([leaf]) => leaf?.status))).toEqual(new Set([status]));
    expect(authorities.requested).toEqual([CRL]);
  });

  it('of which the cache has one that only some can use send one request for the others', async () => {
    const stale = forgeCrl({ issuer: root, nextUpdate: inMinutes(5) });
    const stored = new Map<string, string>();
    const cache = {
      get: (key: string) => stored.get(key),
      set: (key: string, value: string) => void stored.set(key, value),
      delete: (key: string) => void stored.delete(key),
    };
    const before = new FakeAuthorities({ [CRL]: stale });
    await createRevocationChecker({ fetch: before.fetch, cache }).check(crlChain);
    const authorities = new FakeAuthorities({ [CRL]: forgeCrl({ issuer: root }) });
    const checker = createRevocationChecker({ fetch: authorities.fetch, cache });
    const times = [0, 10, 10, 10].map(inMinutes);
    const checks = await Promise.all(times.map((now) => checker.check(crlChain, { now })));
    expect(checks.map(([leaf]) => leaf?.status)).toEqual(['good', 'good', 'good', 'good']);
    expect(authorities.requested).toEqual([CRL]);
  });

  it('of one operation charge it once', async () => {
    const list = forgeCrl({ issuer: root });
    const { fetch } = new FakeAuthorities({ [CRL]: list });
    const checker = createRevocationChecker({ fetch });
    const limits = { time: 60_000, requests: 1, bytes: list.length };
    const checks = await withBudget(limits, undefined, 'the checks', (budget) => {
      const options = { signal: budget.signal, budget };
      return Promise.all([checker.check(crlChain, options), checker.check(crlChain, options)]);
    });
    expect(checks.map(([leaf]) => leaf?.status)).toEqual(['good', 'good']);
  });

  it('charge everyone who waits for it, and do not fail the others when one budget is exhausted', async () => {
    const list = forgeCrl({ issuer: root });
    const { respond, observed } = onceAllWait(2, list);
    const { fetch } = new FakeAuthorities({ [CRL]: respond });
    const checker = createRevocationChecker({ fetch });
    const checkWithin = (bytes: number) =>
      withBudget({ time: 60_000, requests: 1, bytes }, undefined, 'the check', (budget) =>
        checker.check(crlChain, { signal: observed(budget.signal), budget }),
      );
    const [poor, rich] = [checkWithin(list.length - 1), checkWithin(list.length)];
    expect(await rejection(poor, 'ERR_BUDGET_EXCEEDED')).toContain(`limit of ${list.length - 1} bytes`);
    expect((await rich)[0]?.status).toBe('good');
  });
});

describe('a signal', () => {
  const held = () => {
    const { open, opened } = gate();
    const list = forgeCrl({ issuer: root });
    const authorities = new FakeAuthorities({ [CRL]: () => opened.then(() => new Response(list.slice())) });
    return { open, authorities };
  };
  /** The signals of the requests. */
  const signalsOf = ({ requests }: FakeAuthorities) => requests.map(({ init }) => init.signal as AbortSignal);

  it('that is already aborted stops a check before any request', async () => {
    const { authorities } = held();
    const checker = createRevocationChecker({ fetch: authorities.fetch });
    expect(
      await rejection(checker.check(crlChain, { signal: AbortSignal.abort() }), 'ERR_ABORTED'),
    ).toContain('aborted');
    expect(authorities.requested).toEqual([]);
  });

  it('of a check stops it, and its request', async () => {
    const { authorities } = held();
    const controller = new AbortController();
    const checker = createRevocationChecker({ fetch: authorities.fetch });
    const check = checker.check(crlChain, { signal: controller.signal });
    await turn();
    controller.abort();
    expect(await rejection(check, 'ERR_ABORTED')).toContain('aborted');
    await turn(0);
    expect(signalsOf(authorities).map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('of the checker stops every check, and their requests', async () => {
    const { authorities } = held();
    const controller = new AbortController();
    const checker = createRevocationChecker({ fetch: authorities.fetch, signal: controller.signal });
    const checks = [checker.check(crlChain), checker.check(crlChain)];
    while (authorities.requested.length === 0) await turn();
    controller.abort();
    for (const check of checks) expect(await rejection(check, 'ERR_ABORTED')).toContain('aborted');
    expect(await rejection(checker.check(crlChain), 'ERR_ABORTED')).toContain('aborted');
    await turn(0);
    expect(signalsOf(authorities).map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('of one check does not stop another one that waits for the same response', async () => {
    const { open, authorities } = held();
    const controller = new AbortController();
    const checker = createRevocationChecker({ fetch: authorities.fetch });
    const stopped = checker.check(crlChain, { signal: controller.signal });
    const other = checker.check(crlChain);
    await turn();
    controller.abort();
    expect(await rejection(stopped, 'ERR_ABORTED')).toContain('aborted');
    open();
    expect((await other)[0]?.status).toBe('good');
    expect(authorities.requested).toEqual([CRL]);
  });

  it('does not stop a check that begins after the stopped one', async () => {
    const { authorities } = held();
    authorities.answer(CRL, forgeCrl({ issuer: root }));
    const { open, opened } = gate();
    const cache = { get: () => opened, set: () => undefined, delete: () => undefined };
    const controller = new AbortController();
    const checker = createRevocationChecker({ fetch: authorities.fetch, cache });
    const stopped = checker.check(crlChain, { signal: controller.signal });
    await turn();
    controller.abort();
    expect(await rejection(stopped, 'ERR_ABORTED')).toContain('aborted');
    const other = checker.check(crlChain);
    await turn();
    open();
    expect((await other)[0]?.status).toBe('good');
  });

  it.each([
    ['a string', 'enough'],
    ['an error of notarykit', new NotationError('ERR_TIMEOUT', 'the whole took too long')],
  ])('makes the check fail rather than the status unknown if it is aborted with %s', async (_, reason) => {
    const { authorities } = held();
    const controller = new AbortController();
    const checker = createRevocationChecker({ fetch: authorities.fetch });
    const check = checker.check(crlChain, { signal: controller.signal });
    await turn();
    controller.abort(reason);
    await expect(check).rejects.toBeInstanceOf(NotationError);
  });
});
