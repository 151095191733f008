import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStorage } from 'unstorage';
import fsDriver from 'unstorage/drivers/fs';
import memoryDriver from 'unstorage/drivers/memory';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Cache,
  createRevocationChecker,
  type KeyValueDriver,
  type RevocationLookup,
} from '../../../src/x509/revocation/index.ts';
import { FakeAuthorities, forgeNamingChain } from '../../support/fake-authorities.ts';
import { extensions, forgeAuthority } from '../../support/forge.ts';
import { forgeCrl, forgeCrlEntry } from '../../support/forge-crl.ts';
import { forgeOcsp } from '../../support/forge-ocsp.ts';

const OCSP = 'http://ocsp.example';
const CRL = 'http://crl.example/ca.crl';

const root = forgeAuthority({ subject: 'cached root' });
const { chain, leaf } = forgeNamingChain({ ocsp: [OCSP] }, { root });
const { chain: crlChain, leaf: crlLeaf } = forgeNamingChain({ crl: [CRL] }, { root });
const about = { certificate: leaf, issuer: root };
const nextUpdate = new Date(Date.now() + 3_600_000);
const good = forgeOcsp({ responses: [{ ...about, nextUpdate }], signer: root });
const list = forgeCrl({ issuer: root });

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'notarykit-cache-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** Checks both chains with a new checker, whose memory is empty. */
async function check(cache: Cache | KeyValueDriver, { now = new Date() } = {}) {
  const authorities = new FakeAuthorities({ [OCSP]: good, [CRL]: list });
  const checker = createRevocationChecker({ fetch: authorities.fetch, cache });
  const [ocsp] = await checker.check(chain, { now });
  const [crl] = await checker.check(crlChain, { now });
  const lookups = [...(ocsp?.lookups ?? []), ...(crl?.lookups ?? [])];
  return { statuses: [ocsp?.status, crl?.status], lookups, requested: authorities.requested };
}

/** A cache over a Map, which tests read and change. */
function mapCache(entries = new Map<string, unknown>()) {
  const ttls: number[] = [];
  const cache: Cache = {
    get: async (key) => entries.get(key),
    set: (key, value, { ttl }) => {
      entries.set(key, value);
      ttls.push(ttl);
    },
    delete: async (key) => entries.delete(key),
  };
  return { entries, ttls, cache };
}

const sourcesOf = (lookups: readonly RevocationLookup[]) => lookups.map(({ source }) => source);
const messagesOf = (lookups: readonly RevocationLookup[]) => lookups.map(({ message }) => message);

describe('a cache', () => {
  const kinds: [string, () => Cache | KeyValueDriver][] = [
    ['with get, set and delete', () => mapCache().cache],
    ['that is a Map', () => new Map()],
    ['of the memory driver of unstorage', () => memoryDriver()],
    ['of the file system driver of unstorage', () => fsDriver({ base: join(directory, 'driver') })],
    ['of a storage of unstorage in memory', () => createStorage()],
    [
      'of a storage of unstorage in files',
      () => createStorage({ driver: fsDriver({ base: join(directory, 'storage') }) }),
    ],
  ];
  it.each(kinds)('%s serves the next checker, which sends no request', async (_, make) => {
    const cache = make();
    const first = await check(cache);
    expect(first).toMatchObject({ statuses: ['good', 'good'], requested: [OCSP, CRL] });
    expect(sourcesOf(first.lookups)).toEqual(['network', 'network']);
    const second = await check(cache);
    expect(second).toMatchObject({ statuses: ['good', 'good'], requested: [] });
    expect(sourcesOf(second.lookups)).toEqual(['cache', 'cache']);
  });

  it('is given keys that are safe for every store, the response in base64 and its time to live', async () => {
    const { entries, ttls, cache } = mapCache();
    await check(cache);
    expect([...entries.keys()]).toEqual([
      expect.stringMatching(/^notarykit:ocsp:[0-9a-f]{64}$/),
      expect.stringMatching(/^notarykit:crl:[0-9a-f]{64}$/),
    ]);
    expect([...entries.values()]).toEqual([good, list].map((der) => Buffer.from(der).toString('base64')));
    expect(ttls[0]).toBeGreaterThan(3500);
    expect(ttls[0]).toBeLessThanOrEqual(3600);
  });

  it('of files is repaired from the network after a file was damaged', async () => {
    const base = join(directory, 'damaged');
    await check(fsDriver({ base }));
    const responses = join(base, 'notarykit', 'ocsp');
    const [name = ''] = await readdir(responses);
    await writeFile(join(responses, name), 'not what it was');
    expect(await check(fsDriver({ base }))).toMatchObject({ statuses: ['good', 'good'], requested: [OCSP] });
    expect(await readFile(join(responses, name), 'utf8')).toBe(Buffer.from(good).toString('base64'));
  });

  it('without setItem and removeItem is read only', async () => {
    const { statuses, requested } = await check({ getItem: () => null });
    expect({ statuses, requested }).toEqual({ statuses: ['good', 'good'], requested: [OCSP, CRL] });
  });

  it('is not given a response that does not determine a status', async () => {
    const { entries, cache } = mapCache();
    const authorities = new FakeAuthorities({
      [OCSP]: forgeOcsp({ responses: [{ ...about, status: 'unknown' }], signer: root }),
      [CRL]: forgeCrl({ issuer: root, corruptSignature: true }),
    });
    const checker = createRevocationChecker({ fetch: authorities.fetch, cache });
    await checker.check(chain);
    await checker.check(crlChain);
    expect(entries.size).toBe(0);
  });
});

describe('a cached value', () => {
  const stranger = forgeAuthority({ subject: 'cached root' });
  const other = forgeNamingChain({ ocsp: [OCSP] }, { root }).leaf;
  const useless: [string, unknown][] = [
    ['nonsense', 'nonsense'],
    ['nothing', ''],
    ['an object', { type: 'Buffer' }],
    ['an object without a prototype', Object.create(null)],
    ['a number', 42],
    [
      'a response with a bad signature',
      forgeOcsp({ responses: [about], signer: root, corruptSignature: true }),
    ],
    ['a response of another issuer', forgeOcsp({ responses: [about], signer: stranger })],
    [
      'a response about another certificate',
      forgeOcsp({ responses: [{ ...about, certificate: other }], signer: root }),
    ],
    [
      'an expired response',
      forgeOcsp({ responses: [{ ...about, nextUpdate: new Date(Date.now() - 60_000) }], signer: root }),
    ],
    [
      'a response that does not know the certificate',
      forgeOcsp({ responses: [{ ...about, status: 'unknown' }], signer: root }),
    ],
    ['a list instead of a response', list],
  ];
  it.each(useless)('is deleted and fetched again if it is %s', async (_, value) => {
    const { entries, cache } = mapCache();
    await check(cache);
    const [key = ''] = entries.keys();
    entries.set(key, value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value);
    const deleted: string[] = [];
    const spied: Cache = {
      ...cache,
      delete: (name) => {
        deleted.push(name);
        entries.delete(name);
      },
    };
    expect(await check(spied)).toMatchObject({ statuses: ['good', 'good'], requested: [OCSP] });
    expect(deleted).toEqual([key]);
    expect(entries.get(key)).toBe(Buffer.from(good).toString('base64'));
  });

  it('is not used after it expired, even if the store keeps it for ever', async () => {
    const { cache } = mapCache();
    await check(cache);
    const late = await check(cache, { now: new Date(nextUpdate.getTime() + 1000) });
    expect(late).toMatchObject({ statuses: ['unknown', 'unknown'], requested: [OCSP, CRL] });
  });

  it('is not used if it is a CRL of more than 32 MiB', async () => {
    const { entries, cache } = mapCache();
    await check(cache);
    const key = [...entries.keys()].find((name) => name.includes(':crl:')) ?? '';
    const filler = forgeCrlEntry({
      serialNumber: Uint8Array.of(1),
      extensions: [extensions.of('1.2.3.4', new Uint8Array(33 * 1024 * 1024))],
    });
    const revoking = forgeCrl({ issuer: root, entries: [filler, { serialNumber: crlLeaf.serialNumber }] });
    entries.set(key, Buffer.from(revoking).toString('base64'));
    const authorities = new FakeAuthorities();
    const checker = createRevocationChecker({ fetch: authorities.fetch, cache });
    expect((await checker.check(crlChain))[0]?.status).not.toBe('good');
  });
});

describe('a broken cache', () => {
  const fail = () => {
    throw new Error('the disk is full');
  };
  const hang = () => new Promise<never>(() => undefined);
  const fine = () => undefined;
  const broken: [string, Cache][] = [
    ['cannot be read', { get: fail, set: fine, delete: fine }],
    ['cannot be written to', { get: fine, set: fail, delete: fine }],
    ['is away', { get: () => Promise.reject(new Error('ECONNREFUSED')), set: fail, delete: fail }],
    ['gives nonsense that cannot be deleted', { get: () => 'nonsense', set: fine, delete: fail }],
    [
      'throws what is not an error',
      {
        get: () => {
          throw Object.create(null);
        },
        set: fine,
        delete: fine,
      },
    ],
    ['hangs when it is read', { get: hang, set: fine, delete: fine }],
    ['hangs when it is written to', { get: fine, set: hang, delete: fine }],
  ];
  it.each(broken)('does not fail a check if it %s, and is reported', async (_, cache) => {
    const { statuses, lookups, requested } = await check(cache);
    expect({ statuses, requested }).toEqual({ statuses: ['good', 'good'], requested: [OCSP, CRL] });
    for (const message of messagesOf(lookups)) expect(message).toContain('cache');
  });

  it('is reported even if the responder cannot be reached either', async () => {
    const cache = { get: fail, set: fine, delete: fine };
    const checker = createRevocationChecker({ fetch: new FakeAuthorities().fetch, cache });
    const [status] = await checker.check(chain);
    expect(status?.status).toBe('unknown');
    expect(status?.lookups[0]?.message).toContain('the disk is full');
  });
});
