import { describe, expect, it } from 'vitest';
import { createEnvelope, parseEnvelope, verifyIntegrity } from '../../src/envelope/envelope.ts';
import type { EnvelopeMediaType } from '../../src/envelope/model.ts';
import { createPayload, parsePayload } from '../../src/envelope/payload.ts';
import type { ErrorCode } from '../../src/errors/index.ts';
import { failure, rejection } from '../encoding/failure.ts';
import { Raw } from './cbor.ts';
import { ARTIFACT, chain, forgeCose, forgeJws, NAME } from './forged.ts';

/** Starts a new line, clears a terminal, reverses the text direction and starts another line. */
const HOSTILE = 'a\n\u001b[2J\u202e\u2028b';
const QUOTED = '"a\\n\\u001b[2J\\u{202e}\\u{2028}b"';

const utf8 = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const ofCose = (changes: Parameters<typeof forgeCose>[0]) => () =>
  parseEnvelope(forgeCose(changes), 'application/cose');
const ofJws = (changes: Parameters<typeof forgeJws>[0]) => () =>
  parseEnvelope(forgeJws(changes), 'application/jose+json');

describe('outside text in the error of an envelope', () => {
  it.each<[string, () => unknown, string]>([
    [
      'a COSE label that is protected and unprotected',
      ofCose({ headers: [[HOSTILE, 1]], unprotected: [[HOSTILE, 1]] }),
      `its header ${QUOTED} is both protected and unprotected`,
    ],
    [
      'a COSE label that is critical and not there',
      ofCose({ headers: [[2, [NAME.scheme, HOSTILE]]] }),
      `it marks ${QUOTED} as critical, which it must not`,
    ],
    ['a COSE algorithm', ofCose({ headers: [[1, HOSTILE]] }), `its algorithm ${QUOTED} is not allowed`],
    [
      'a COSE signing scheme',
      ofCose({ headers: [[NAME.scheme, HOSTILE]] }),
      `its signing scheme ${QUOTED} is unknown`,
    ],
    [
      'a JWS name that is critical and not there',
      ofJws({ headers: { crit: [NAME.scheme, HOSTILE] } }),
      `it marks ${QUOTED} as critical, which it must not`,
    ],
    [
      'a JWS header that is protected and unprotected',
      ofJws({ headers: { [HOSTILE]: 1 }, header: { [HOSTILE]: 1 } }),
      `its header ${QUOTED} is both protected and unprotected`,
    ],
    ['a JWS algorithm', ofJws({ headers: { alg: HOSTILE } }), `its algorithm ${QUOTED} is not allowed`],
    [
      'a JWS signing scheme',
      ofJws({ headers: { [NAME.scheme]: HOSTILE } }),
      `its signing scheme ${QUOTED} is unknown`,
    ],
    [
      'a JWS time',
      ofJws({ headers: { [NAME.time]: HOSTILE } }),
      `its time ${QUOTED} is not in the form of RFC 3339`,
    ],
    [
      'an unknown member of a JWS',
      ofJws({ members: { [HOSTILE]: 1 } }),
      `it has the unknown member ${QUOTED}`,
    ],
    [
      'a duplicate member of a JWS header',
      ofJws({ headers: `{${JSON.stringify(HOSTILE)}:1,${JSON.stringify(HOSTILE)}:1}` }),
      `has the member ${QUOTED} twice`,
    ],
  ])('is quoted: %s', (_, parse, reason) => {
    expect(failure(parse, 'ERR_ENVELOPE_INVALID')).toContain(reason);
  });

  it('is quoted: a media type', () => {
    expect(failure(() => parseEnvelope(forgeJws(), HOSTILE), 'ERR_ENVELOPE_UNSUPPORTED')).toBe(
      `${QUOTED} is not the media type of a signature envelope`,
    );
  });

  it.each<[EnvelopeMediaType, Uint8Array]>([
    ['application/jose+json', forgeJws({ headers: { cty: HOSTILE } })],
    ['application/cose', forgeCose({ headers: [[3, HOSTILE]] })],
  ])('is quoted: the content type of %s', async (mediaType, bytes) => {
    expect(await rejection(verifyIntegrity(parseEnvelope(bytes, mediaType)), 'ERR_ENVELOPE_INVALID')).toBe(
      `the signature envelope is invalid: its payload has the media type ${QUOTED}`,
    );
  });

  it('is cut if it is long', () => {
    const parse = ofCose({ headers: [[2, [NAME.scheme, 'x'.repeat(100_000)]]] });
    expect(failure(parse, 'ERR_ENVELOPE_INVALID').length).toBeLessThan(300);
  });

  it('is not taken for a number: a COSE label that is a string of digits', () => {
    const undefinedValue = new Raw(0xf7);
    const both = (label: string | number) =>
      failure(
        ofCose({ headers: [[label, undefinedValue]], unprotected: [[label, 1]] }),
        'ERR_ENVELOPE_INVALID',
      );
    expect(both('99')).toContain('its header "99" is');
    expect(both(99)).toContain('its header 99 is');
  });
});

describe('outside text in the error of a payload', () => {
  it.each<[string, object, string]>([
    ['an unknown member', { [HOSTILE]: 1 }, `at "targetArtifact": it has the unknown member ${QUOTED}`],
    [
      'an annotation that is not a string',
      { annotations: { [HOSTILE]: 1 } },
      `at "targetArtifact.annotations.${QUOTED.slice(1)}: string expected`,
    ],
  ])('is quoted: %s', (_, members, reason) => {
    const payload = utf8({ targetArtifact: { ...ARTIFACT, ...members } });
    expect(failure(() => parsePayload(payload), 'ERR_PAYLOAD_INVALID')).toBe(
      `the payload is malformed ${reason}`,
    );
  });

  it('is quoted: a key of user metadata', () => {
    const artifact = { ...ARTIFACT, annotations: { [HOSTILE]: 'x' } };
    expect(failure(() => createPayload(artifact, { [HOSTILE]: 'y' }), 'ERR_USER_METADATA_INVALID')).toBe(
      `the user metadata key ${QUOTED} is an annotation of the artifact already`,
    );
  });
});

describe('outside text in the error of signing', () => {
  const request = (mediaType: EnvelopeMediaType, key: string, value: unknown) => ({
    mediaType,
    payload: createPayload(ARTIFACT),
    signingScheme: 'notary.x509' as const,
    signingTime: new Date(Math.floor(Date.now() / 1000) * 1000),
    extended: [{ key, value, critical: false }],
  });
  const certificates = chain.chain.map(({ der }) => der);
  const signer = { certificates, sign: async () => new Uint8Array(64) };

  it.each<[EnvelopeMediaType, unknown, string]>([
    ['application/jose+json', undefined, `the value of the attribute ${QUOTED} is not JSON`],
    ['application/cose', 1.5, `the value of the attribute ${QUOTED} is not a string, an integer or bytes`],
  ])('is quoted: the name of an attribute of %s', async (mediaType, value, reason) => {
    const signing = createEnvelope(request(mediaType, HOSTILE, value), signer);
    expect(await rejection(signing, 'ERR_ARGUMENT_INVALID')).toBe(reason);
  });

  it.each<[string, unknown, ErrorCode, string]>([
    ['an error', new Error(`no${HOSTILE}`), 'ERR_SIGNER_FAILED', 'the signer failed: noa [2J b'],
    ['something else', HOSTILE, 'ERR_SIGNER_FAILED', 'the signer failed'],
  ])('is on one line when a signer throws %s', async (_, thrown, code, reason) => {
    const failing = { certificates, sign: () => Promise.reject(thrown) };
    const { extended: _extended, ...plain } = request('application/cose', 'a', 'b');
    expect(await rejection(createEnvelope(plain, failing), code)).toBe(reason);
  });
});
