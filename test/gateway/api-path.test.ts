import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseApiPath } from '../../src/gateway/api-path.ts';

const DIGEST = `sha256:${'0'.repeat(64)}`;

describe('the path of a request', () => {
  it.each([
    ['/v2/', { endpoint: 'base' }],
    ['/v2/a/b/manifests/v1', { endpoint: 'manifest', repository: 'a/b', rest: 'manifests/v1', target: 'v1' }],
    [`/v2/a/blobs/${DIGEST}`, { endpoint: 'blob', repository: 'a', rest: `blobs/${DIGEST}`, target: DIGEST }],
    ['/v2/a/tags/list', { endpoint: 'tags', repository: 'a', rest: 'tags/list', target: 'list' }],
    ['/v2/a/blobs/uploads/', { endpoint: 'upload', repository: 'a', rest: 'blobs/uploads/', target: '' }],
    [
      '/v2/manifests/manifests/v1',
      { endpoint: 'manifest', repository: 'manifests', rest: 'manifests/v1', target: 'v1' },
    ],
  ])('is parsed: %s', (path, parts) => {
    expect(parseApiPath(path)).toEqual(parts);
  });

  it.each([
    '/',
    '/v2',
    '/v1/_ping',
    '/v2/_catalog',
    '/V2/a/manifests/v1',
    '/v2//manifests/v1',
    '/v2/a//manifests/v1',
    '/v2/a/manifests/',
    '/v2/a/manifests/v1/',
    '/v2/a/manifests/v%31',
    '/v2/a%2fb/manifests/v1',
    '/v2/A/manifests/v1',
    '/v2/a/manifests/..',
    '/v2/../a/manifests/v1',
    '/v2/a/manifests/sha256:00',
    `/v2/a/manifests/${DIGEST.toUpperCase()}`,
    '/v2/a/blobs/v1',
    '/v2/a/referrers/v1',
    '/v2/a/tags/other',
    '/v2/manifests/v1',
    `/v2/a/manifests/${'v'.repeat(129)}`,
    `/v2/${'a'.repeat(256)}/manifests/v1`,
    '/v2/a/manifests/v1;x',
    '/v2/a\\b/manifests/v1',
    '/v2/a/blobs/uploads/%2e',
  ])('is not one of the API: %s', (path) => {
    expect(parseApiPath(path)).toBeUndefined();
  });

  it('never parses to what is spelled otherwise', () => {
    const part = fc.constantFrom(
      'v2',
      'a',
      'manifests',
      'blobs',
      'uploads',
      'tags',
      'list',
      'referrers',
      DIGEST,
      '',
      '..',
      '%2f',
      'A',
      'v1',
    );
    const paths = fc.oneof(
      fc.array(part, { maxLength: 8 }).map((parts) => `/v2/${parts.join('/')}`),
      fc.string(),
    );
    fc.assert(
      fc.property(paths, (path) => {
        const parsed = parseApiPath(path);
        if (!parsed || parsed.endpoint === 'base') return parsed === undefined || path === '/v2/';
        return (
          path === `/v2/${parsed.repository}/${parsed.rest}` && /^[a-z0-9._/-]+$/.test(parsed.repository)
        );
      }),
    );
  });
});
