import { describe, expect, it } from 'vitest';
import { contextTag, DerReader, Tag } from '../../../src/asn1/der-reader.ts';
import { parseOcspResponse } from '../../../src/x509/revocation/ocsp-response.ts';
import { failure } from '../../encoding/failure.ts';
import * as der from '../../support/der.ts';
import { extensions, forgeAuthority, forgeLeaf } from '../../support/forge.ts';
import {
  type ForgedOcspContent,
  type ForgedSingleResponse,
  forgeOcsp,
  forgeOcspRefusal,
  forgeSingleResponse,
  invalidityDate,
  wrapOcsp,
} from '../../support/forge-ocsp.ts';

const issuer = forgeAuthority({ subject: 'issuer' });
const certificate = forgeLeaf({ issuer, serialNumber: Uint8Array.of(0x0a, 0x0b) });
const forge = (single: Partial<ForgedSingleResponse> = {}, whole: Partial<ForgedOcspContent> = {}) =>
  forgeOcsp({ responses: [{ certificate, issuer, ...single }], signer: issuer, ...whole });
const malformed = (bytes: Uint8Array) => failure(() => parseOcspResponse(bytes), 'ERR_OCSP_INVALID');
const rawTime = (text: string, tag = 0x18) => der.element(tag, new TextEncoder().encode(text));
const at = (text: string) => new Date(text);

function read(bytes: Uint8Array) {
  const response = parseOcspResponse(bytes);
  if ('refused' in response) throw new Error(response.refused);
  return response;
}
const readSingle = (single: Partial<ForgedSingleResponse>) => read(forge(single)).responses[0];

describe('an OCSP response', () => {
  it('is read with everything that it is evaluated by', () => {
    const thisUpdate = at('2025-01-02T03:04:05Z');
    const nextUpdate = at('2025-01-09T03:04:05Z');
    const response = read(forge({ thisUpdate, nextUpdate }, { certificates: [certificate] }));
    expect(response.responder).toEqual({ name: issuer.subject });
    expect(response.signatureAlgorithm).toEqual({ name: 'ECDSA', hash: 'SHA-256' });
    expect(response.certificates).toEqual([certificate.der]);
    expect(response.responses).toMatchObject([
      { status: 'good', thisUpdate, nextUpdate, certId: { hash: 'SHA-1', serialNumber: '0a0b' } },
    ]);
  });

  it('may write the default version, as some CAs do', () => {
    expect(read(forge({}, { version: 0 })).responses).toHaveLength(1);
  });

  it('may be about as many certificates as there is room for', () => {
    const one = forgeSingleResponse({ certificate, issuer });
    const responses = Array.from({ length: 200 }, () => one);
    expect(read(forge({}, { responses })).responses).toHaveLength(200);
  });

  it('may have fractions of a second in its times', () => {
    const response = read(
      forge(
        { thisUpdate: rawTime('20250101000000.5Z'), nextUpdate: rawTime('20250102000000.123456Z') },
        { producedAt: rawTime('20250101000001.001Z') },
      ),
    );
    expect(response.producedAt).toEqual(at('2025-01-01T00:00:01.001Z'));
    expect(response.responses).toMatchObject([
      { thisUpdate: at('2025-01-01T00:00:00.500Z'), nextUpdate: at('2025-01-02T00:00:00.123Z') },
    ]);
  });

  it('reports an unknown critical extension about one certificate', () => {
    const unknown = extensions.of('1.2.3.4', der.nullValue(), true);
    expect(readSingle({ extensions: [unknown] })?.notUnderstood).toBe('1.2.3.4');
  });

  it('may name its responder by the hash of a key', () => {
    expect(read(forge({}, { responder: 'key' })).responder).toEqual({ keyHash: issuer.keyIdentifier });
  });

  it('may leave out when it expires', () => {
    expect(readSingle({ nextUpdate: null })?.nextUpdate).toBeUndefined();
  });

  it('says when and why a certificate was revoked, and since when it is invalid', () => {
    const time = at('2025-01-02T03:04:05Z');
    const invalid = at('2025-01-01T00:00:00Z');
    const single = readSingle({ status: { time, reason: 1 }, extensions: [invalidityDate(invalid)] });
    expect(single).toMatchObject({
      status: 'revoked',
      revocation: { time, reason: 'keyCompromise', invalidityDate: invalid },
    });
  });

  it.each([
    [0, 'unspecified'],
    [6, 'certificateHold'],
    [7, undefined],
    [8, 'removeFromCRL'],
    [10, 'aACompromise'],
    [11, undefined],
    [255, undefined],
  ])('is revoked for the reason %d', (reason, name) => {
    const single = readSingle({ status: { reason } });
    expect([single?.status, single?.revocation?.reason]).toEqual(['revoked', name]);
  });

  it('is not read if its reason is not DER', () => {
    const reason = der.explicit(0, der.element(0x0a, Uint8Array.of(0, 1)));
    const status = der.explicit(1, der.generalizedTime(at('2025-01-02T03:04:05Z')), reason);
    expect(() => readSingle({ status })).toThrow(/malformed INTEGER/);
  });

  it.each([
    [1, 'malformedRequest'],
    [2, 'internalError'],
    [3, 'tryLater'],
    [5, 'sigRequired'],
    [6, 'unauthorized'],
    [4, 'unknown'],
    [7, 'unknown'],
    [255, 'unknown'],
  ])('of the status %d is not valid', (status, name) => {
    expect(parseOcspResponse(forgeOcspRefusal(status))).toEqual({ refused: expect.stringContaining(name) });
  });

  it.each([
    ['an empty one', der.element(0x0a)],
    ['one of two bytes', der.element(0x0a, Uint8Array.of(0, 0))],
  ])('with a status that is %s is not valid', (_, status) => {
    expect(parseOcspResponse(der.sequence(status))).toHaveProperty('refused');
  });

  it('has an unknown CertID if the hash function of that is unknown', () => {
    expect(readSingle({ hash: '1.2.840.113549.2.5' })?.certId).toBeUndefined();
  });

  it.each([
    ['a nonce', extensions.of('1.3.6.1.5.5.7.48.1.2', der.octetString(Uint8Array.of(1)))],
    ['an extension that is unknown', extensions.of('1.2.3.4', Uint8Array.of(1, 2, 3))],
  ])('may have %s that is not critical', (_, extension) => {
    expect(read(forge({ extensions: [] }, { extensions: [extension] })).responses).toHaveLength(1);
  });
});

describe('an extension of an OCSP response', () => {
  it.each([
    ['a nonce that was not requested', '1.3.6.1.5.5.7.48.1.2'],
    ['an unknown one', '1.2.3.4'],
  ])('is reported if it is critical, such as %s', (_, oid) => {
    const extension = extensions.of(oid, der.octetString(Uint8Array.of(1)), true);
    expect(read(forge({}, { extensions: [extension] })).notUnderstood).toBe(oid);
  });

  it('is ignored if it is a malformed invalidity date', () => {
    const single = readSingle({ status: {}, extensions: [invalidityDate(rawTime('2025'))] });
    expect(single).toMatchObject({ status: 'revoked' });
    expect(single?.revocation?.invalidityDate).toBeUndefined();
  });

  it('is ignored if it is an invalidity date with trailing bytes', () => {
    const date = der.concat([der.generalizedTime(at('2099-01-01')), der.nullValue()]);
    const single = readSingle({ status: {}, extensions: [invalidityDate(date)] });
    expect(single?.revocation?.invalidityDate).toBeUndefined();
  });
});

describe('an OCSP response that is malformed', () => {
  const one = forgeSingleResponse({ certificate, issuer });
  const many = Array.from({ length: 17 }, () => one);

  it.each<[string, Uint8Array, RegExp]>([
    ['is empty', new Uint8Array(), /cut off/],
    ['has bytes after it', Uint8Array.of(...forge(), 0), /trailing bytes/],
    ['is cut off', forge().subarray(0, -1), /cut off/],
    ['is successful without an answer', forgeOcspRefusal(0), /cut off/],
    ['is of another type', forge({}, { responseType: '1.2.3' }), /unknown type/],
    ['has an empty basic response', wrapOcsp(der.sequence()), /cut off/],
    ['is of version 2', forge({}, { version: 1 }), /unknown version/],
    [
      'names no responder',
      forge({}, { responder: der.explicit(3, der.nullValue()) }),
      /unknown kind of responder ID/,
    ],
    ['has a responder of two names', forge({}, twoNames()), /trailing bytes/],
    [
      'has an extension twice',
      forge({ extensions: [invalidityDate(at('2025-01-01')), invalidityDate(at('2026-01-01'))] }),
      /twice/,
    ],
    ['has 17 certificates', forge({}, { certificates: many }), /too many certificates/],
    [
      'has a status that does not exist',
      forge({ status: der.implicit(3, new Uint8Array()) }),
      /unknown certificate status/,
    ],
    ['has a good status with content', forge({ status: der.implicit(0, Uint8Array.of(0)) }), /trailing/],
    [
      'has a good status that is constructed',
      forge({ status: der.explicit(0) }),
      /unknown certificate status/,
    ],
    ['has an unknown status with content', forge({ status: der.implicit(2, Uint8Array.of(0)) }), /trailing/],
    ['is revoked at no time', forge({ status: der.explicit(1) }), /time/],
    ['has a UTCTime', forge({ thisUpdate: rawTime('250101000000Z', 0x17) }), /time/],
    ['has a fraction that ends with a zero', forge({ thisUpdate: rawTime('20250101000000.50Z') }), /time/],
    ['has a time without seconds', forge({ thisUpdate: rawTime('202501010000Z') }), /time/],
    ['has a time in a zone', forge({ thisUpdate: rawTime('20250101000000+0100') }), /time/],
    ['has a day that does not exist', forge({ thisUpdate: rawTime('20250230000000Z') }), /does not exist/],
    ['is made at no time', forge({}, { producedAt: rawTime('yesterday') }), /time/],
    ['has a second time in nextUpdate', forge({ nextUpdate: twice(at('2099-01-01')) }), /trailing/],
    ['has an indefinite length', Uint8Array.of(0x30, 0x80, 0x0a, 1, 0, 0, 0), /indefinite/],
  ])('%s', (_, bytes, reason) => {
    expect(malformed(bytes)).toMatch(reason);
  });

  it('has bytes after what the explicit tag of its answer holds', () => {
    const outer = new DerReader(forge(), 'response', 'ERR_OCSP_INVALID').enter(Tag.sequence);
    outer.read(Tag.enumerated);
    const { bytes } = outer.enter(contextTag(0)).read(Tag.sequence);
    const answer = (...rest: Uint8Array[]) =>
      der.sequence(der.enumerated(0), der.explicit(0, bytes, ...rest));
    expect(read(answer()).responses).toHaveLength(1);
    expect(malformed(answer(der.nullValue()))).toContain('trailing bytes');
  });

  it('has an invalidity date that is critical, which is not understood, as in the reference', () => {
    const critical = forge({ status: {}, extensions: [invalidityDate(at('2025-01-01'), true)] });
    expect(read(critical).responses[0]?.notUnderstood).toBe('2.5.29.24');
  });

  function twoNames() {
    return { responder: der.explicit(1, issuer.subject, issuer.subject) };
  }

  function twice(date: Date) {
    return der.concat([der.generalizedTime(date), der.generalizedTime(date)]);
  }
});
