import { expect, it } from 'vitest';
import { SessionCache } from '../../../examples/browser-extension/src/background/session-cache.ts';
import { createFakeArea } from '../support/fake-browser.ts';

function cacheIn(area = createFakeArea(), maxLength = 1000, now = () => 0) {
  return new SessionCache({ area, prefix: 'verdict:', maxLength, now });
}

it('returns what was stored, also to a worker that started later', async () => {
  const area = createFakeArea();
  await cacheIn(area).set('key', 'value', { ttl: 10 });
  expect(await cacheIn(area).get('key')).toBe('value');
});

it('returns nothing once the time of an entry is over, and removes it', async () => {
  const area = createFakeArea();
  let now = 0;
  const cache = cacheIn(area, 1000, () => now);
  await cache.set('key', 'value', { ttl: 10 });
  now = 9_999;
  expect(await cache.get('key')).toBe('value');
  now = 10_000;
  expect(await cache.get('key')).toBeUndefined();
  expect(area.items).toEqual({});
});

it('drops the oldest entries when there is no room', async () => {
  const area = createFakeArea();
  const cache = cacheIn(area, 10);
  for (const key of ['a', 'b', 'c']) await cache.set(key, 'four', { ttl: 10 });
  expect(await cache.get('a')).toBeUndefined();
  expect(await cache.get('b')).toBe('four');
  expect(await cache.get('c')).toBe('four');
});

it('counts the entries of earlier workers', async () => {
  const area = createFakeArea();
  await cacheIn(area, 10).set('a', 'four', { ttl: 10 });
  await cacheIn(area, 10).set('b', 'four', { ttl: 10 });
  await cacheIn(area, 10).set('c', 'four', { ttl: 10 });
  expect(Object.keys(area.items)).toEqual(['verdict:b', 'verdict:c']);
});

it('stores nothing that is longer than all may be, and not what was there before either', async () => {
  const cache = cacheIn(createFakeArea(), 10);
  await cache.set('key', 'short', { ttl: 10 });
  await cache.set('key', 'x'.repeat(11), { ttl: 10 });
  expect(await cache.get('key')).toBeUndefined();
});

it('leaves what others store in the session alone', async () => {
  const area = createFakeArea({ 'tab:1': { url: 'https://quay.io/' } });
  const cache = cacheIn(area, 10);
  for (const key of ['a', 'b', 'c']) await cache.set(key, 'four', { ttl: 10 });
  await cache.delete('c');
  expect(Object.keys(area.items)).toEqual(['tab:1', 'verdict:b']);
});
