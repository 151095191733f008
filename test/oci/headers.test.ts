import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChallenges } from '../../src/oci/registry/challenge.ts';
import { nextLink } from '../../src/oci/registry/link.ts';

function read(header: string) {
  return parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
}

describe('a WWW-Authenticate header', () => {
  it('is read with quoted and plain parameters', () => {
    expect(read('Bearer realm="https://auth.example.com/token",service=registry')).toEqual([
      ['bearer', { realm: 'https://auth.example.com/token', service: 'registry' }],
    ]);
  });

  it('may contain several challenges', () => {
    expect(read('Basic realm="a, b=c", Bearer realm="d"')).toEqual([
      ['basic', { realm: 'a, b=c' }],
      ['bearer', { realm: 'd' }],
    ]);
  });

  it('may contain a token68 next to parameters, in any order', () => {
    const bearer = ['bearer', { service: 's', realm: 'a' }];
    expect(read('Negotiate YWJj/+==, Bearer service=s , realm = "a"')).toEqual([['negotiate', {}], bearer]);
    expect(read('Bearer service="s",realm="a", NTLM YWJj')).toEqual([bearer, ['ntlm', {}]]);
    expect(read('Negotiate, , Bearer service=s,realm=a')).toEqual([['negotiate', {}], bearer]);
  });

  it('may contain several challenges of one scheme', () => {
    expect(read('Bearer error="invalid_token", Bearer realm="a", Basic realm="b"')).toEqual([
      ['bearer', { error: 'invalid_token' }],
      ['bearer', { realm: 'a' }],
      ['basic', { realm: 'b' }],
    ]);
  });

  it('is read whatever the case of its names', () => {
    expect(read('BEARER Realm="a"')).toEqual([['bearer', { realm: 'a' }]]);
  });

  it('may contain escaped quotes', () => {
    expect(read('Basic realm="a\\"b"')).toEqual([['basic', { realm: 'a"b' }]]);
  });

  it('is read without fail and in time, whatever it contains', () => {
    const hostile = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc
        .array(fc.constantFrom('"', '\\', '=', ',', ' ', 'Bearer', 'realm'), { maxLength: 200 })
        .map((parts) => parts.join('')),
    );
    fc.assert(fc.property(hostile, (header) => Array.isArray(parseChallenges(header))));
    const started = performance.now();
    for (const part of ['"', 'a="', '="\\', 'a ', '= ', 'a=', ', ']) parseChallenges(part.repeat(100_000));
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('a Link header', () => {
  it.each([
    ['</v2/a?n=1>; rel="next"', '/v2/a?n=1'],
    ['</v2/a>; rel=next', '/v2/a'],
    ['</v2/a>; title="x"; REL="next"', '/v2/a'],
    ['</v2/a>; rel="prev", </v2/b>; rel="next"', '/v2/b'],
    ['</v2/a>; rel="last next"', '/v2/a'],
  ])('%s names the next page', (header, address) => {
    expect(nextLink(header)).toBe(address);
  });

  it.each([null, '', '</v2/a>', '</v2/a>; rel="prev"', '/v2/a; rel="next"', '</v2/a; rel="next"'])(
    '%s names none',
    (header) => {
      expect(nextLink(header)).toBeUndefined();
    },
  );

  it('is read in time, whatever it contains', () => {
    const started = performance.now();
    for (const part of ['<', '>', '<a>;', ';', ' rel', '<a>; rel=']) nextLink(part.repeat(100_000));
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
