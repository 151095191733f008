import { describe, expect, it } from 'vitest';
import { type Descriptor, inspect } from '../../src/index.ts';
import { checkIndex, parsePlatforms, platformText } from '../../src/storage/platforms.ts';
import { parseSignatureManifest } from '../../src/storage/signature-manifest.ts';
import { failureOf } from '../../src/storage/signatures.ts';
import { failure, rejection } from '../encoding/failure.ts';
import { pushImage } from '../support/artifact.ts';
import { absent, altered, INDEX, json } from './indexes.ts';

/** Starts a new line, clears a terminal, reverses the text direction and starts another line. */
const HOSTILE = 'a\n\u001b[2J\u202e\u2028b';
const QUOTED = '"a\\n\\u001b[2J\\u{202e}\\u{2028}b"';

const index: Descriptor = { ...absent(), mediaType: INDEX };

describe('an outside string in an error of storage', () => {
  it('is quoted: the media type of a signature manifest', () => {
    expect(failure(() => parseSignatureManifest(json({}), HOSTILE), 'ERR_MANIFEST_INVALID')).toBe(
      `the signature manifest is invalid: it is of the type ${QUOTED}`,
    );
  });

  it('is quoted: the media type of an artifact that is not an index', () => {
    const artifact = { ...index, mediaType: HOSTILE };
    expect(failure(() => checkIndex(artifact), 'ERR_ARGUMENT_INVALID')).toContain(`is of the type ${QUOTED}`);
  });

  it('is quoted: the media type of an entry of an index', () => {
    const bytes = json({ manifests: [{ ...absent(1), mediaType: HOSTILE }] });
    expect(failure(() => parsePlatforms(bytes, index.digest), 'ERR_MANIFEST_INVALID')).toBe(
      `the image index ${index.digest} is invalid: it lists ${absent(1).digest} of the type ${QUOTED}, not a manifest`,
    );
  });

  it('is quoted: the name of a platform', () => {
    const platform = { os: HOSTILE, architecture: '' };
    const [manifest] = parsePlatforms(json({ manifests: [{ ...absent(1), platform }] }), index.digest);
    expect(manifest && platformText(manifest)).toBe(`${QUOTED} (${absent(1).digest})`);
  });

  it('is quoted: the digest that a repository of the caller resolves to', async () => {
    const { registry, reference } = await pushImage();
    const lying = altered(registry, () => ({ resolve: async () => ({ ...absent(), digest: HOSTILE }) }));
    expect(await rejection(inspect(reference, { registry: lying }), 'ERR_CONTENT_MISMATCH')).toContain(
      `the registry returned ${QUOTED} for sha256:`,
    );
  });

  it('is on one line: the error of a repository of the caller', () => {
    expect(failureOf(new TypeError(HOSTILE), {})).toMatchObject({
      code: 'ERR_REGISTRY_RESPONSE',
      message: 'the signature cannot be fetched or read: TypeError: a [2J b',
    });
  });

  it('is omitted: a thrown value that is not an Error', () => {
    expect(failureOf(Object.create(null), {})).toMatchObject({
      code: 'ERR_REGISTRY_RESPONSE',
      message: 'the signature cannot be fetched or read',
    });
  });
});
