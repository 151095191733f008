import { describe, expect, it } from 'vitest';
import { createTrustServer, type TrustServerOptions } from '../../src/dct/server.ts';
import { verifyTrustData } from '../../src/dct/verify-trust-data.ts';
import { forgeTrust, forgeTrustKey, GUN, NOW } from '../support/forge-trust.ts';
import { type FeedRecord, serveTrust, type TrustServerSwitches } from '../support/trust-server.ts';

const alice = forgeTrustKey('ecdsa');
const releases = { name: 'targets/releases', keys: [alice], tags: { v1: 'ab'.repeat(32) } };
const trust = forgeTrust({ delegations: [releases] });
const usual = { clock: () => NOW, pinning: { firstUse: true } };
const accounts = { username: 'ci', password: 'secret' };
const failsWith = (code: string) => expect.objectContaining({ code });

function connect(switches: TrustServerSwitches = {}, options: Partial<TrustServerOptions> = {}) {
  const served = serveTrust([trust], switches);
  const { url, fetch } = served;
  return { ...served, server: createTrustServer({ url, fetch, retries: 0, ...options }) };
}

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const value of values) list.push(value);
  return list;
}

describe('the client of a Notary v1 server', () => {
  it('fetches metadata by its consistent names, in a request for each file', async () => {
    const { server, requests } = connect();
    const { tags } = await verifyTrustData(server.source(GUN), usual);
    expect(tags).toHaveLength(1);
    const root = `/v2/${GUN}/_trust/tuf`;
    expect(requests.map((path) => path.replace(/[0-9a-f]{64}/, 'HASH'))).toEqual([
      `${root}/root.json`,
      `${root}/timestamp.json`,
      `${root}/snapshot.HASH.json`,
      `${root}/targets.HASH.json`,
      `${root}/targets/releases.HASH.json`,
    ]);
  });

  it('fetches a version of the root by its name', async () => {
    const { server, requests } = connect();
    await server.source(GUN).read({ role: 'root', version: 3, maxBytes: 100 });
    expect(requests).toEqual([`/v2/${GUN}/_trust/tuf/3.root.json`]);
  });

  it('knows GUNs with a port', async () => {
    const other = { ...trust, gun: 'localhost:5000/acme/web' };
    const { fetch, url, requests } = serveTrust([other]);
    const source = createTrustServer({ url, fetch }).source(other.gun);
    expect(await source.read({ role: 'root', maxBytes: 10_000 })).toEqual(trust.files.root);
    expect(requests).toEqual(['/v2/localhost:5000/acme/web/_trust/tuf/root.json']);
  });

  it('returns nothing for a GUN that the server does not know', async () => {
    const { server } = connect();
    const source = server.source('registry.example.com/team/other');
    expect(await source.read({ role: 'root', maxBytes: 10 })).toBeUndefined();
  });

  it('reads one byte more than it may, and no further', async () => {
    const { server } = connect();
    expect(await server.source(GUN).read({ role: 'root', maxBytes: 10 })).toHaveLength(11);
  });

  it('authenticates as registries require it, with a token for the GUN', async () => {
    const { server, requests } = connect({ accounts }, { credentials: { 'notary.example.com': accounts } });
    await verifyTrustData(server.source(GUN), usual);
    const scope = encodeURIComponent(`repository:${GUN}:pull`);
    expect(requests[1]).toBe(`/token?service=notary&scope=${scope}`);
    expect(requests).toHaveLength(7);
  });

  it('fails without a credential', async () => {
    const { server } = connect({ accounts });
    const failed = verifyTrustData(server.source(GUN), usual);
    await expect(failed).rejects.toEqual(failsWith('ERR_REGISTRY_UNAUTHORIZED'));
  });

  it('does not give the credential of the registry to the server', async () => {
    const { server } = connect({ accounts }, { credentials: { 'registry.example.com': accounts } });
    const failed = verifyTrustData(server.source(GUN), usual);
    await expect(failed).rejects.toEqual(failsWith('ERR_REGISTRY_UNAUTHORIZED'));
  });

  it('reports a server that fails, which is not a GUN without trust data', async () => {
    const { server } = connect({ intercept: () => new Response('', { status: 500 }) });
    const failed = verifyTrustData(server.source(GUN), usual);
    await expect(failed).rejects.toEqual(failsWith('ERR_REGISTRY_RESPONSE'));
  });

  it('keeps within the limits of the whole', async () => {
    const { server } = connect();
    const failed = verifyTrustData(server.source(GUN), { ...usual, limits: { requests: 3 } });
    await expect(failed).rejects.toEqual(failsWith('ERR_BUDGET_EXCEEDED'));
    const small = verifyTrustData(server.source(GUN), { ...usual, limits: { bytes: 1000 } });
    await expect(small).rejects.toEqual(failsWith('ERR_BUDGET_EXCEEDED'));
  });

  it('stops when the signal is aborted', async () => {
    const { server } = connect();
    const failed = verifyTrustData(server.source(GUN), { ...usual, signal: AbortSignal.abort() });
    await expect(failed).rejects.toEqual(failsWith('ERR_ABORTED'));
  });

  it.each([
    '',
    'notary.example.com',
    'ftp://notary.example.com',
    'https://notary.example.com/path',
    'https://notary.example.com/?a',
    'https://ci:secret@notary.example.com',
    undefined,
  ])('rejects the URL %j', (url) => {
    expect(() => createTrustServer({ url: url as string })).toThrow(failsWith('ERR_ARGUMENT_INVALID'));
  });

  it.each([
    '',
    '../app',
    'a//b',
    'registry.example.com/team/app:v1',
    'a/../b',
    'a?b',
    'a b',
    `a${'b'.repeat(255)}`,
  ])('rejects the GUN %j', (gun) => {
    expect(() => connect().server.source(gun)).toThrow(failsWith('ERR_ARGUMENT_INVALID'));
  });
});

describe('the change feed', () => {
  const record = (ID: string, GUN: string, Category = 'update'): FeedRecord => ({
    ID,
    CreatedAt: '2026-06-01T14:00:00.123456789+02:00',
    GUN,
    Version: Category === 'update' ? 2 : 0,
    SHA256: Category === 'update' ? 'ab'.repeat(32) : '',
    Category,
  });
  const feed = [record('1', 'a/x'), record('2', 'a/y'), record('3', 'a/x', 'deletion'), record('4', 'a/z')];

  it('yields every change, the oldest first', async () => {
    const { server, requests } = connect({ feed, pageSize: 3 });
    const changes = await all(server.changes());
    expect(changes.map(({ id, gun, kind }) => [id, gun, kind])).toEqual([
      ['1', 'a/x', 'update'],
      ['2', 'a/y', 'update'],
      ['3', 'a/x', 'deletion'],
      ['4', 'a/z', 'update'],
    ]);
    expect(changes[0]).toEqual({
      id: '1',
      gun: 'a/x',
      version: 2,
      sha256: 'ab'.repeat(32),
      kind: 'update',
      time: '2026-06-01T12:00:00.123Z',
    });
    expect(requests).toEqual([
      '/v2/_trust/changefeed?records=1000',
      '/v2/_trust/changefeed?records=1000&change_id=3',
      '/v2/_trust/changefeed?records=1000&change_id=4',
    ]);
  });

  it('yields those of one GUN, after one that was seen', async () => {
    const { server, requests } = connect({ feed });
    const changes = await all(server.changes({ gun: 'a/x', after: '1' }));
    expect(changes.map(({ id }) => id)).toEqual(['3']);
    expect(requests[0]).toBe('/v2/a/x/_trust/changefeed?records=1000&change_id=1');
  });

  it('gives the GUNs that were not deleted last', async () => {
    expect(await connect({ feed }).server.guns()).toEqual(['a/y', 'a/z']);
    const again = [...feed, record('5', 'a/x')];
    expect(await connect({ feed: again }).server.guns()).toEqual(['a/x', 'a/y', 'a/z']);
    expect(await connect().server.guns()).toEqual([]);
  });

  it('of all GUNs needs the token of a catalog', async () => {
    const { server, requests } = connect(
      { accounts, feed },
      { credentials: { 'notary.example.com': accounts } },
    );
    await server.guns();
    expect(requests[1]).toBe('/token?service=notary&scope=registry%3Acatalog%3A*');
  });

  it('of a server that has none is reported', async () => {
    const { server } = connect({ intercept: () => new Response('', { status: 404 }) });
    await expect(server.guns()).rejects.toEqual(failsWith('ERR_LISTING_UNSUPPORTED'));
  });

  it('that begins again and again is reported', async () => {
    const page = JSON.stringify({ records: feed });
    const { server } = connect({ intercept: () => new Response(page) });
    await expect(server.guns()).rejects.toEqual(failsWith('ERR_REGISTRY_RESPONSE'));
  });

  it('without end is limited', async () => {
    let id = 0;
    const intercept = () => new Response(JSON.stringify({ records: [record(String(++id), 'a/x')] }));
    const failed = connect({ intercept }).server.guns({ limits: { requests: 5 } });
    await expect(failed).rejects.toEqual(failsWith('ERR_BUDGET_EXCEEDED'));
    expect(id).toBe(5);
  });

  it.each([
    ['ID', ''],
    ['CreatedAt', 'today'],
    ['GUN', '../x'],
    ['SHA256', 'AB'],
    ['Category', 'other'],
    ['Version', -1],
  ])('with a malformed %s is reported', async (name, value) => {
    const page = JSON.stringify({ records: [{ ...feed[0], [name]: value }] });
    const { server } = connect({ intercept: () => new Response(page) });
    await expect(all(server.changes())).rejects.toEqual(failsWith('ERR_REGISTRY_RESPONSE'));
  });
});
