import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNotationError } from '../../src/errors/index.ts';
import { formatReference, parseReference } from '../../src/oci/index.ts';
import { checkReference } from '../../src/oci/reference.ts';
import { referenceTarget, referrersTag } from '../../src/oci/target.ts';

const HEX = 'a1'.repeat(32);
const DIGEST = `sha256:${HEX}`;

describe('a reference', () => {
  it.each([
    ['alpine', 'docker.io', 'library/alpine'],
    ['org/app', 'docker.io', 'org/app'],
    ['docker.io/alpine', 'docker.io', 'library/alpine'],
    ['index.docker.io/alpine', 'docker.io', 'library/alpine'],
    ['index.docker.io/org/app', 'docker.io', 'org/app'],
    ['Docker.IO:443/alpine', 'docker.io', 'library/alpine'],
    ['registry-1.docker.io/alpine', 'docker.io', 'library/alpine'],
    ['registry.hub.docker.com/org/app', 'docker.io', 'org/app'],
    ['REGISTRY.example.com:0443/app', 'REGISTRY.example.com:0443', 'app'],
    ['127.1:5000/app', '127.1:5000', 'app'],
    ['localhost/app', 'localhost', 'app'],
    ['localhost:5000/app', 'localhost:5000', 'app'],
    ['registry.example.com/team/app', 'registry.example.com', 'team/app'],
    ['registry:5000/app', 'registry:5000', 'app'],
    ['127.0.0.1:5000/a/b/c', '127.0.0.1:5000', 'a/b/c'],
    ['[::1]/app', '[::1]', 'app'],
    ['[2001:db8::1]:5000/app', '[2001:db8::1]:5000', 'app'],
    ['r.example.com/a__b/c-d/e.f', 'r.example.com', 'a__b/c-d/e.f'],
  ])('%s names the registry and the repository', (text, registry, repository) => {
    expect(parseReference(text)).toEqual({ registry, repository });
  });

  it('has a tag after the last colon that comes after the last slash', () => {
    expect(parseReference('registry:5000/app:v1').tag).toBe('v1');
  });

  it.each([`alpine@${DIGEST}`, `alpine@sha384:${'b2'.repeat(48)}`, `alpine@sha512:${'c3'.repeat(64)}`])(
    '%s has a digest',
    (text) => {
      expect(parseReference(text).digest).toBe(text.slice(text.indexOf('@') + 1));
    },
  );

  it('is decided by its digest when it has a tag too', () => {
    expect(referenceTarget(parseReference(`alpine:v1@${DIGEST}`))).toBe(DIGEST);
  });

  it('has no default tag', () => {
    expect(() => referenceTarget(parseReference('alpine'))).toThrow('neither a tag nor a digest');
  });

  it('takes the default tag for a reference with neither, and for no other', () => {
    const read = (text: string) => referenceTarget(parseReference(text, { defaultTag: 'latest' }));
    expect(['alpine', 'alpine:v1', `alpine@${DIGEST}`].map(read)).toEqual(['latest', 'v1', DIGEST]);
  });

  it('points at defaultTag in the error of a reference without tag and digest', () => {
    expect(() => referenceTarget(parseReference('alpine'))).toThrow(
      expect.objectContaining({ nextStep: expect.stringContaining('`defaultTag`') }),
    );
  });

  it('says where a digest belongs that is given as a tag', () => {
    const tag = `sha256:${'0'.repeat(64)}`;
    expect(() => checkReference({ registry: 'registry.example.com', repository: 'app', tag })).toThrow(
      expect.objectContaining({
        code: 'ERR_REFERENCE_INVALID',
        nextStep: expect.stringContaining('as `digest`'),
      }),
    );
  });

  it.each(['', 'a b', 7 as unknown as string])('rejects "%s" as the default tag', (defaultTag) => {
    expect(() => parseReference('alpine', { defaultTag })).toThrow('defaultTag must be a tag');
  });

  it.each([
    ['', 'malformed'],
    ['https://registry.example.com/app', 'it is a URL'],
    ['registry.example.com/', 'malformed'],
    ['registry.example.com/App', 'upper-case'],
    ['registry.example.com/a//b', 'malformed'],
    ['registry.example.com/../b', 'malformed'],
    ['registry.example.com/a/./b', 'malformed'],
    ['registry.example.com/-a', 'malformed'],
    ['registry.example.com/a%2fb', 'malformed'],
    ['registry.example.com/a?b', 'malformed'],
    ['registry.example.com/a#b', 'malformed'],
    ['registry.example.com:port/app', 'malformed'],
    ['registry.example.com:99999/app', 'malformed'],
    ['registry.example.com./app', 'malformed'],
    ['256.1.1.1/app', 'malformed'],
    ['bücher.example/app', 'malformed'],
    ['-registry.example.com/app', 'malformed'],
    ['regi stry.example.com/app', 'malformed'],
    ['[::1/app', 'malformed'],
    ['[not:ip]/app', 'malformed'],
    ['alpine:', 'the tag "" is malformed'],
    ['alpine:.v1', 'malformed'],
    [`alpine:${'v'.repeat(129)}`, 'malformed'],
    ['alpine@', 'the digest "" is malformed'],
    ['alpine@sha256:abc', 'malformed'],
    [`alpine@sha256:${HEX.toUpperCase()}`, 'malformed'],
    [`alpine@md5:${'a'.repeat(32)}`, 'malformed'],
    [`alpine@${DIGEST}@${DIGEST}`, 'malformed'],
    [`registry.example.com/${'a'.repeat(256)}`, 'longer than 255'],
    [`registry.example.com/${'a/'.repeat(3000)}a`, 'longer than 4096'],
  ])('%s is rejected with the reason', (text, reason) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'ERR_REFERENCE_INVALID' }));
    expect(() => parseReference(text)).toThrow(reason);
  });

  it.each([
    'ci:p!ss-secret@registry.example.com/app',
    'https://ci:p-secret@registry.example.com/app',
    'ci:secret@registry.example.com/app@sha256:abc',
  ])('that contains a password is rejected without showing it (case %#)', (text) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'ERR_REFERENCE_INVALID' }));
    expect(() => parseReference(text)).not.toThrow('secret');
  });

  it('is either rejected with a code or read back the same from its canonical form', () => {
    const text = fc.oneof(fc.string({ maxLength: 60 }), fc.stringMatching(/^[a-z0-9.:/@[\]_-]{0,60}$/));
    fc.assert(
      fc.property(text, (text) => {
        try {
          const reference = parseReference(text);
          expect(parseReference(formatReference(reference))).toEqual(reference);
        } catch (error) {
          expect(isNotationError(error, 'ERR_REFERENCE_INVALID')).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the fallback tag', () => {
  it('is the algorithm and the hexadecimal of the digest', () => {
    expect(referrersTag(DIGEST)).toBe(`sha256-${HEX}`);
  });

  it('keeps 64 characters of a longer digest, because tags have no more than 128', () => {
    expect(referrersTag(`sha512:${'c3'.repeat(64)}`)).toBe(`sha512-${'c3'.repeat(32)}`);
  });
});
