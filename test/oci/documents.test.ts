import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNotationError } from '../../src/errors/index.ts';
import {
  declaredMediaType,
  describeManifest,
  entries,
  parseIndex,
  parseReferrer,
} from '../../src/oci/documents.ts';
import { createRegistry, type Descriptor, parseReference } from '../../src/oci/index.ts';
import { bytesOf, collect, INDEX, image, MANIFEST, referrer, SIGNATURE, utf8 } from './support.ts';

const DIGEST = `sha256:${'0'.repeat(64)}`;
const stored: Descriptor = { mediaType: MANIFEST, digest: DIGEST, size: 2 };

/** Values that look like parts of the documents, mixed with any other. */
const part: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, '', MANIFEST, INDEX, SIGNATURE, DIGEST, 'sha256:', 0, -1, 1e30, 2, true),
    fc.jsonValue({ maxDepth: 1 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom(
        'mediaType',
        'artifactType',
        'config',
        'subject',
        'digest',
        'size',
        'annotations',
        'manifests',
        'errors',
        'token',
        '__proto__',
      ),
      tie('value'),
      { maxKeys: 5 },
    ),
  ),
})).value;

const document = fc.oneof(
  part.map((value) => JSON.stringify(value)),
  fc.string({ maxLength: 40 }),
);

async function settles(work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    expect(isNotationError(error), String(error)).toBe(true);
  }
}

describe('a document of a registry, whatever it contains,', () => {
  it('is read or rejected with a code when it is an index', async () => {
    await fc.assert(
      fc.asyncProperty(document, (text) => settles(() => [...entries(parseIndex(utf8(text), 'index'))])),
      { numRuns: 300 },
    );
  });

  it('is read or rejected with a code when it is a manifest', async () => {
    await fc.assert(
      fc.asyncProperty(document, async (text) => {
        await settles(() => parseReferrer(utf8(text), stored));
        await settles(() => declaredMediaType(utf8(text)));
        await settles(() => describeManifest(MANIFEST, utf8(text)));
      }),
      { numRuns: 300 },
    );
  });

  it('is read or rejected with a code wherever a registry answers with it', async () => {
    const header = fc.oneof(
      fc.constantFrom(MANIFEST, INDEX, DIGEST, '0', '2', ''),
      fc.stringMatching(/^[ -~]{0,20}$/),
    );
    const answer = fc.record({
      status: fc.constantFrom(200, 200, 200, 201, 202, 204, 302, 400, 401, 403, 404, 500),
      text: document,
      headers: fc.record({
        'content-type': header,
        'docker-content-digest': header,
        'content-length': header,
        location: header,
        link: header.map((value) => `<${value}>; rel="next"`),
        'www-authenticate': header.map((value) => `Bearer realm="${value}"`),
      }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 4 }), async (answers) => {
        let turn = 0;
        const fetch = async (input: RequestInfo | URL) => {
          const { status, text, headers } = answers[turn++ % answers.length] ?? { status: 200, text: '' };
          const empty = new Request(input).method === 'HEAD' || status === 204;
          return new Response(empty ? null : text, { status, headers: headers ?? {} });
        };
        const open = () =>
          createRegistry({ fetch, retries: 0 }).repository(parseReference('registry.example.com/team/app'));
        await settles(() => open().resolve('v1'));
        await settles(() => open().fetchManifest(stored));
        await settles(() => open().fetchBlob(stored, { maxBytes: 2 }));
        await settles(() => open().pushBlob('text/plain', utf8('a')));
        await settles(() => open().pushManifest(MANIFEST, bytesOf(referrer(stored))));
        await settles(() => collect(open().referrers(stored, { artifactType: SIGNATURE })));
      }),
      { numRuns: 80 },
    );
  });
});

describe('an image index', () => {
  it('has its other entries read when one has more faults than a call has arguments', () => {
    const annotations = Object.fromEntries(Array.from({ length: 150_000 }, (_, i) => [`a${i}`, i]));
    const manifests = [{ ...stored, annotations }, stored];
    expect([...entries({ manifests })]).toEqual([stored]);
  });
});

describe('a manifest', () => {
  it('is a referrer of its own type, else of the type of its config', () => {
    const typed = parseReferrer(bytesOf(referrer(stored)), stored);
    expect(typed.referrer.artifactType).toBe(SIGNATURE);
    const untyped = parseReferrer(bytesOf(image()), stored);
    expect(untyped).toMatchObject({ referrer: { artifactType: 'text/plain' } });
    expect(untyped.subject).toBeUndefined();
  });

  it('must not declare a media type other than the one it is stored under', () => {
    expect(() => parseReferrer(bytesOf({ mediaType: INDEX }), stored)).toThrow(
      expect.objectContaining({ code: 'ERR_MANIFEST_INVALID' }),
    );
  });

  it('must not name two subjects', () => {
    expect(() => parseReferrer(utf8('{"subject":null,"subject":null}'), stored)).toThrow(
      expect.objectContaining({ code: 'ERR_MANIFEST_INVALID' }),
    );
  });
});
