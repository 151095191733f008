import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPayload, parsePayload } from '../../src/envelope/payload.ts';
import { failure, outcome } from '../encoding/failure.ts';
import { ARTIFACT } from './forged.ts';

const bytes = (value: unknown) =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const refused = (value: unknown) => failure(() => parsePayload(bytes(value)), 'ERR_PAYLOAD_INVALID');
const withTarget = (changes: object) => ({ targetArtifact: { ...ARTIFACT, ...changes } });

describe('a payload', () => {
  it('is about one artifact', () => {
    expect(parsePayload(bytes({ targetArtifact: ARTIFACT }))).toEqual(ARTIFACT);
  });

  it('may have annotations and an artifact type', () => {
    const target = { ...ARTIFACT, annotations: { a: 'b', '': '' }, artifactType: 'a/b' };
    expect(parsePayload(bytes({ targetArtifact: target }))).toEqual(target);
  });

  it('may have the other members of a descriptor, which identify nothing', () => {
    const others = { urls: ['http://a'], data: 'e30=', platform: { os: 'linux' } };
    expect(parsePayload(bytes(withTarget(others)))).toEqual(ARTIFACT);
  });

  it.each(['sha256', 'sha384', 'sha512'])('may have a digest of %s', (algorithm) => {
    const length = Number(algorithm.slice(3)) / 4;
    const digest = `${algorithm}:${'a'.repeat(length)}`;
    expect(parsePayload(bytes(withTarget({ digest }))).digest).toBe(digest);
  });

  it.each([
    ['no JSON', 'payload', 'the payload is not JSON'],
    ['nothing', '', 'the payload is not JSON'],
    ['an array', [], 'the payload is malformed: object expected'],
    ['no artifact', {}, 'the payload is malformed at "targetArtifact": object expected'],
    [
      'a null artifact',
      { targetArtifact: null },
      'the payload is malformed at "targetArtifact": object expected',
    ],
    [
      'a member twice',
      `{"targetArtifact":{},"targetArtifact":${JSON.stringify(ARTIFACT)}}`,
      'the payload has the member "targetArtifact" twice',
    ],
    [
      'a look-alike',
      { targetArtifact: ARTIFACT, TargetArtifact: ARTIFACT },
      'the payload is malformed: it has the unknown member "TargetArtifact"',
    ],
    [
      'another member',
      { targetArtifact: ARTIFACT, trusted: true },
      'the payload is malformed: it has the unknown member "trusted"',
    ],
    [
      'another member of the artifact',
      withTarget({ Digest: ARTIFACT.digest }),
      'the payload is malformed at "targetArtifact": it has the unknown member "Digest"',
    ],
    [
      'data that is not base64',
      withTarget({ data: 'e30' }),
      'the payload is malformed at "targetArtifact.data": base64 expected',
    ],
    [
      'a platform whose members are not strings',
      withTarget({ platform: { os: 5 } }),
      'the payload is malformed at "targetArtifact.platform.os": string expected',
    ],
    [
      'no media type',
      withTarget({ mediaType: undefined }),
      'the payload is malformed at "targetArtifact.mediaType": string expected',
    ],
    [
      'an empty media type',
      withTarget({ mediaType: '' }),
      'the payload is malformed at "targetArtifact.mediaType": it is empty',
    ],
    [
      'no digest',
      withTarget({ digest: undefined }),
      'the payload is malformed at "targetArtifact.digest": string expected',
    ],
    [
      'a malformed digest',
      withTarget({ digest: 'sha256:00' }),
      'the payload is malformed at "targetArtifact.digest": a sha256, sha384 or sha512 digest expected',
    ],
    [
      'a digest of SHA-1',
      withTarget({ digest: `sha1:${'a'.repeat(40)}` }),
      'the payload is malformed at "targetArtifact.digest": a sha256, sha384 or sha512 digest expected',
    ],
    [
      'no size',
      withTarget({ size: undefined }),
      'the payload is malformed at "targetArtifact.size": number expected',
    ],
    [
      'a negative size',
      withTarget({ size: -1 }),
      'the payload is malformed at "targetArtifact.size": a whole number from 0 to 2^53 - 1 expected',
    ],
    [
      'a size with a fraction',
      withTarget({ size: 1.5 }),
      'the payload is malformed at "targetArtifact.size": a whole number from 0 to 2^53 - 1 expected',
    ],
    [
      'a size beyond 2^53',
      `{"targetArtifact":${JSON.stringify(ARTIFACT).replace('528', '9007199254740993')}}`,
      'the payload is malformed at "targetArtifact.size": a whole number from 0 to 2^53 - 1 expected',
    ],
    [
      'a size as text',
      withTarget({ size: '528' }),
      'the payload is malformed at "targetArtifact.size": number expected',
    ],
    [
      'annotations that are not strings',
      withTarget({ annotations: { a: 1 } }),
      'the payload is malformed at "targetArtifact.annotations.a": string expected',
    ],
    [
      'annotations that are an array',
      withTarget({ annotations: [] }),
      'the payload is malformed at "targetArtifact.annotations": record expected',
    ],
    [
      'an annotation that is a prototype',
      JSON.stringify(withTarget({ annotations: { x: 'a' } })).replace('"x"', '"__proto__"'),
      'the payload has a member named __proto__',
    ],
    [
      'an artifact type that is not a string',
      withTarget({ artifactType: 1 }),
      'the payload is malformed at "targetArtifact.artifactType": string expected',
    ],
    ['something behind it', `${JSON.stringify({ targetArtifact: ARTIFACT })}{}`, 'the payload is not JSON'],
  ])('is rejected with %s', (_, value, reason) => {
    expect(refused(value)).toContain(reason);
  });

  it('is rejected when it is not UTF-8', () => {
    expect(failure(() => parsePayload(Uint8Array.of(0x22, 0xff, 0x22)), 'ERR_PAYLOAD_INVALID')).toContain(
      'the payload is not UTF-8',
    );
  });

  it('is rejected over 4 MiB, and nested too deep', () => {
    expect(failure(() => parsePayload(new Uint8Array(4 * 1024 * 1024 + 1)), 'ERR_LIMIT_EXCEEDED')).toContain(
      'a payload of 4194305 bytes is too large',
    );
    expect(failure(() => parsePayload(bytes('['.repeat(100_000))), 'ERR_LIMIT_EXCEEDED')).toContain(
      'the payload is nested too deep or has too many values',
    );
  });

  it('is rejected with more annotations than any honest one has', () => {
    const annotations = Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`key ${i}`, '']));
    expect(failure(() => parsePayload(bytes(withTarget({ annotations }))), 'ERR_LIMIT_EXCEEDED')).toContain(
      'the payload is nested too deep or has too many values',
    );
  });

  it('returns an artifact or throws a NotationError for any JSON', () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.record({
        targetArtifact: fc.record({
          mediaType: fc.jsonValue(),
          digest: fc.jsonValue(),
          size: fc.jsonValue(),
        }),
      }),
    );
    fc.assert(
      fc.property(value, (json) => {
        outcome(() => parsePayload(bytes(json)));
      }),
    );
  });
});

describe('the payload for an artifact', () => {
  it('has what identifies it, and the user metadata', () => {
    const payload = createPayload({ ...ARTIFACT, artifactType: 'a/b' }, { build: '7' });
    expect(JSON.parse(new TextDecoder().decode(payload))).toEqual({
      targetArtifact: { ...ARTIFACT, annotations: { build: '7' } },
    });
  });

  it('has no annotations if there are none to sign', () => {
    expect(new TextDecoder().decode(createPayload(ARTIFACT))).toBe(
      JSON.stringify({ targetArtifact: ARTIFACT }),
    );
  });

  it('keeps the annotations of the artifact', () => {
    const payload = createPayload({ ...ARTIFACT, annotations: { a: 'b' } }, { c: 'd' });
    expect(parsePayload(payload).annotations).toEqual({ a: 'b', c: 'd' });
  });

  it.each(['io.cncf.notary', 'io.cncf.notary.verificationPlugin', '__proto__', 'a'])(
    'rejects the user metadata key %j',
    (key) => {
      const metadata = Object.fromEntries([[key, 'x']]);
      const artifact = { ...ARTIFACT, annotations: { a: 'b' } };
      expect(failure(() => createPayload(artifact, metadata), 'ERR_USER_METADATA_INVALID')).toContain(key);
    },
  );

  it.each([
    ['a Map', new Map([['build', '7']])],
    ['a list', ['build=7']],
    ['null', null],
  ])('rejects user metadata that are %s, which would seem to be empty', (_, metadata) => {
    expect(failure(() => createPayload(ARTIFACT, metadata as never), 'ERR_ARGUMENT_INVALID')).toBe(
      'userMetadata must be a plain object of strings',
    );
  });

  it('rejects user metadata whose value is not a string', () => {
    const metadata = { build: 7 } as never;
    expect(failure(() => createPayload(ARTIFACT, metadata), 'ERR_USER_METADATA_INVALID')).toBe(
      'the user metadata key "build" has a value that is not a string',
    );
  });

  it('rejects an artifact that no verifier could read', () => {
    expect(
      failure(() => createPayload({ ...ARTIFACT, digest: 'sha256:1' }), 'ERR_DESCRIPTOR_INVALID'),
    ).toContain(
      'the payload is malformed at "targetArtifact.digest": a sha256, sha384 or sha512 digest expected',
    );
    expect(failure(() => createPayload({ ...ARTIFACT, size: -1 }), 'ERR_DESCRIPTOR_INVALID')).toContain(
      'the payload is malformed at "targetArtifact.size": a whole number from 0 to 2^53 - 1 expected',
    );
    expect(failure(() => createPayload({ ...ARTIFACT, mediaType: '' }), 'ERR_DESCRIPTOR_INVALID')).toContain(
      'the payload is malformed at "targetArtifact.mediaType": it is empty',
    );
  });

  it('decodes its own output', () => {
    const metadata = fc.dictionary(
      fc.string().filter((key) => key !== '__proto__' && !key.startsWith('io.cncf.notary')),
      fc.string(),
    );
    fc.assert(
      fc.property(metadata, (entries) => {
        expect(parsePayload(createPayload(ARTIFACT, entries)).annotations ?? {}).toEqual({ ...entries });
      }),
    );
  });
});
