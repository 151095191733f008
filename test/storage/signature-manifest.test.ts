import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NotationError } from '../../src/errors/index.ts';
import { createSignatureManifest, parseSignatureManifest } from '../../src/storage/signature-manifest.ts';

const IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const ARTIFACT = 'application/vnd.oci.artifact.manifest.v1+json';
const SIGNATURE = 'application/vnd.cncf.notary.signature';

const subject = { mediaType: IMAGE, digest: `sha256:${'1'.repeat(64)}`, size: 10 };
const envelope = { mediaType: 'application/cose', digest: `sha256:${'2'.repeat(64)}`, size: 20 };
const config = {
  mediaType: 'application/vnd.oci.empty.v1+json',
  digest: `sha256:${'3'.repeat(64)}`,
  size: 2,
};
const current = {
  schemaVersion: 2,
  mediaType: IMAGE,
  artifactType: SIGNATURE,
  config,
  layers: [envelope],
  subject,
  annotations: {},
};

function parse(manifest: unknown, mediaType = IMAGE) {
  return parseSignatureManifest(new TextEncoder().encode(JSON.stringify(manifest)), mediaType);
}

describe('a signature manifest', () => {
  it('is read with its artifactType', () => {
    expect(parse(current)).toEqual({ subject, envelope });
  });

  it('is read in the older form, named by its config', () => {
    const { artifactType, ...older } = current;
    expect(parse({ ...older, config: { ...config, mediaType: SIGNATURE } })).toEqual({ subject, envelope });
    expect(artifactType).toBe(SIGNATURE);
  });

  it('is read in the retired form, an artifact manifest', () => {
    const retired = { mediaType: ARTIFACT, artifactType: SIGNATURE, blobs: [envelope], subject };
    expect(parse(retired, ARTIFACT)).toEqual({ subject, envelope });
  });

  it.each([
    ['no layer', { layers: [] }, 'at "layers": exactly one layer expected'],
    ['two layers', { layers: [envelope, envelope] }, 'at "layers": exactly one layer expected'],
    ['no subject', { subject: undefined }, 'at "subject": object expected'],
    ['another artifactType', { artifactType: 'application/vnd.other' }, 'at "artifactType": '],
    [
      'a config that is not the empty one',
      { config: { ...config, mediaType: IMAGE } },
      'the media type of its config',
    ],
    ['no artifactType and an empty config', { artifactType: undefined }, 'the media type of its config'],
    ['another schemaVersion', { schemaVersion: 1 }, 'at "schemaVersion": '],
    ['another media type inside', { mediaType: ARTIFACT }, 'at "mediaType": '],
    ['a malformed digest', { layers: [{ ...envelope, digest: 'sha256:12' }] }, 'at "layers.0.digest": '],
    ['a negative size', { layers: [{ ...envelope, size: -1 }] }, 'at "layers.0.size": '],
    ['a size with a fraction', { layers: [{ ...envelope, size: 1.5 }] }, 'at "layers.0.size": '],
  ])('with %s is rejected', (_, change, reason) => {
    expect(() => parse({ ...current, ...change })).toThrow(
      expect.objectContaining({ code: 'ERR_MANIFEST_INVALID', message: expect.stringContaining(reason) }),
    );
  });

  it('of another media type is rejected', () => {
    expect(() => parse(current, 'application/json')).toThrow(
      expect.objectContaining({
        code: 'ERR_MANIFEST_INVALID',
        message: expect.stringContaining(
          'the signature manifest is invalid: it is of the type "application/json"',
        ),
      }),
    );
  });

  it('with a duplicate member is rejected', () => {
    const twice = new TextEncoder().encode(JSON.stringify(current).replace('{', '{"subject":null,'));
    expect(() => parseSignatureManifest(twice, IMAGE)).toThrow(
      expect.objectContaining({
        code: 'ERR_MANIFEST_INVALID',
        message: expect.stringContaining('the signature manifest has the member "subject" twice'),
      }),
    );
  });

  it('is read back as it was created, in both forms', async () => {
    for (const form of ['artifactType', 'config'] as const) {
      const content = {
        subject,
        envelope,
        certificates: [new Uint8Array(3)],
        signingTime: new Date(0),
        form,
      };
      const { bytes, mediaType } = await createSignatureManifest(content);
      expect(parseSignatureManifest(bytes, mediaType)).toEqual({ subject, envelope });
    }
  });

  it('is either read or rejected with a NotationError', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(IMAGE, ARTIFACT), (text, mediaType) => {
        try {
          parseSignatureManifest(new TextEncoder().encode(text), mediaType);
        } catch (error) {
          expect(error).toBeInstanceOf(NotationError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
