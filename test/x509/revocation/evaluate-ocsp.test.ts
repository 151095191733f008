import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseCertificate } from '../../../src/x509/certificate.ts';
import { evaluateOcsp } from '../../../src/x509/revocation/evaluate-ocsp.ts';
import type { EvaluationTime } from '../../../src/x509/revocation/evaluation.ts';
import { parseOcspResponse } from '../../../src/x509/revocation/ocsp-response.ts';
import { rejection } from '../../encoding/failure.ts';
import { countCalls } from '../../support/count-calls.ts';
import * as der from '../../support/der.ts';
import {
  extensions,
  type Forged,
  type ForgedContent,
  forgeCertificate,
  forgeKey,
  forgeLeaf,
  purposes,
  writtenOtherwise,
} from '../../support/forge.ts';
import { type ForgedSingleResponse, forgeOcspRefusal, invalidityDate } from '../../support/forge-ocsp.ts';
import {
  about,
  ago,
  certificate,
  evaluate,
  forge,
  issuer,
  later,
  now,
  refused,
} from './forge-evaluated-ocsp.ts';

const untold = (bytes: Uint8Array, at?: Partial<EvaluationTime>) =>
  rejection(evaluate(bytes, at), 'ERR_REVOCATION_UNKNOWN');

const responderExtensions = [
  extensions.keyUsage(['digitalSignature']),
  extensions.extendedKeyUsage([purposes.ocspSigning]),
];
const appoint = (content: ForgedContent = {}) =>
  forgeCertificate({ subject: 'responder', issuer, extensions: responderExtensions, ...content });
const by = (signer: Forged, single: Partial<ForgedSingleResponse> = {}, certificates = [signer]) =>
  forge(single, { signer, certificates });

afterEach(() => vi.unstubAllGlobals());

describe('the evaluation of an OCSP response', () => {
  it('is good if the issuer itself reports so', async () => {
    const evaluation = await evaluate(forge({ thisUpdate: ago(60), nextUpdate: later(60) }));
    expect(evaluation).toEqual({
      answer: 'good',
      message: expect.any(String),
      thisUpdate: ago(60),
      nextUpdate: later(60),
    });
  });

  it('verifies nothing but the next response of a responder that is known, and checks its certificate again', async () => {
    const responder = appoint({ notAfter: later(30) });
    const calls = countCalls();
    const parsed = parseCertificate(issuer.der);
    const next = (at: Partial<EvaluationTime> = {}) =>
      evaluateOcsp(parseOcspResponse(by(responder)), parseCertificate(certificate.der), parsed, {
        now,
        ...at,
      });
    await next();
    expect(calls.reset()).toEqual({ imported: 2, verified: 2 });
    await next();
    expect(calls.reset()).toEqual({ imported: 0, verified: 1 });
    expect(await rejection(next({ now: later(40) }), 'ERR_OCSP_INVALID')).toContain('not valid now');
  });

  it('is revoked, with time and reason', async () => {
    const evaluation = await evaluate(forge({ status: { time: ago(30), reason: 1 } }));
    expect(evaluation).toMatchObject({
      answer: 'revoked',
      message: `revoked at ${ago(30).toISOString()} (keyCompromise)`,
      revocation: { time: ago(30).toISOString(), reason: 'keyCompromise' },
    });
  });

  it('is good if 19 others are in the response, with extensions that are not understood', async () => {
    const unknown = extensions.of('1.2.3.4', Uint8Array.of(5, 0), true);
    const others = Array.from({ length: 19 }, () => ({
      ...about,
      certificate: forgeLeaf({ issuer }),
      extensions: [unknown],
    }));
    const response = forge({}, { responses: [...others, about] });
    expect(await evaluate(response)).toMatchObject({ answer: 'good' });
    const critical = forge({}, { responses: [...others, { ...about, extensions: [unknown] }] });
    expect(await refused(critical)).toContain('the unknown critical extension 1.2.3.4');
  });

  it('is good if issuer and responder write their names in other string types', async () => {
    const responder = forge({}, { responder: der.explicit(1, writtenOtherwise('Issuer')) });
    expect(await evaluate(responder)).toMatchObject({ answer: 'good' });
    const other = forge({}, { responder: der.explicit(1, writtenOtherwise('Issuers')) });
    expect(await refused(other)).toContain('signed neither by the issuer');
    const renamed = forgeLeaf({ issuer, issuerName: writtenOtherwise('ISSUER') });
    for (const issuerName of [writtenOtherwise('ISSUER'), issuer.subject]) {
      const named = forge({ certificate: renamed, issuerName });
      expect(await evaluate(named, {}, renamed)).toMatchObject({ answer: 'good' });
    }
  });

  it('is good if a certificate in the response cannot be read, and is not that of the responder', async () => {
    const responder = appoint({
      extensions: [...responderExtensions, extensions.of('1.3.6.1.5.5.7.48.1.5', Uint8Array.of(5, 0))],
    });
    const certificates = [der.sequence(der.nullValue()), responder];
    const response = forge({}, { signer: responder, certificates });
    expect(await evaluate(response)).toMatchObject({ answer: 'good' });
    const alone = forge({}, { signer: responder, certificates: certificates.slice(0, 1) });
    expect(await refused(alone)).toContain('a certificate in it cannot be read');
  });

  it('is unknown for a certificate that the responder does not know', async () => {
    expect(await evaluate(forge({ status: 'unknown' }))).toMatchObject({ answer: 'unknown' });
  });

  it.each([6, 7, 8, 99])('is revoked whatever the reason, such as %d', async (reason) => {
    expect(await evaluate(forge({ status: { reason } }))).toMatchObject({ answer: 'revoked' });
  });

  it('is revoked for a revocation in the future too', async () => {
    expect(await evaluate(forge({ status: { time: later(600) } }))).toMatchObject({ answer: 'revoked' });
  });

  it.each([
    [1, 'malformedRequest'],
    [2, 'internalError'],
    [3, 'tryLater'],
    [5, 'sigRequired'],
    [6, 'unauthorized'],
    [4, 'the unknown status 4'],
  ])('is absent from a response of the status %d', async (status, name) => {
    expect(await untold(forgeOcspRefusal(status))).toContain(`the responder refused the request: ${name}`);
  });
});

describe('the invalidity date in an OCSP response', () => {
  const response = forge({ status: {}, extensions: [invalidityDate(ago(100))] });

  it('protects a signature that was made before it', async () => {
    expect(await evaluate(response, { authenticSigningTime: ago(101) })).toMatchObject({ answer: 'good' });
  });

  it('does not protect one that was made at that time', async () => {
    expect(await evaluate(response, { authenticSigningTime: ago(100) })).toMatchObject({ answer: 'revoked' });
  });

  it('does not protect one that was made after it', async () => {
    expect(await evaluate(response, { authenticSigningTime: ago(99) })).toMatchObject({ answer: 'revoked' });
  });

  it('does not protect one without an authentic signing time', async () => {
    expect(await evaluate(response)).toMatchObject({
      answer: 'revoked',
      revocation: { invalidityDate: ago(100).toISOString() },
    });
  });

  it('does not protect one whose signing time is invalid', async () => {
    const authenticSigningTime = new Date(Number.NaN);
    expect(await evaluate(response, { authenticSigningTime })).toMatchObject({ answer: 'revoked' });
  });

  it('is required: the time of the revocation does not protect a signature', async () => {
    const revoked = forge({ status: { time: ago(10) } });
    expect(await evaluate(revoked, { authenticSigningTime: ago(100) })).toMatchObject({ answer: 'revoked' });
  });

  const saving = { status: { time: ago(30) }, extensions: [invalidityDate(ago(100))] };

  it.each<[string, Forged]>([
    ['is not for OCSP signing', appoint({ extensions: [] })],
    ['is that of the revoked key itself', certificate],
    ['has expired', appoint({ notBefore: ago(600), notAfter: ago(1) })],
  ])('protects nothing if the certificate of the responder %s', async (_, signer) => {
    expect(await evaluateOrRefuse(by(signer, saving), { authenticSigningTime: ago(101) })).not.toBe('good');
  });

  it('protects only once a delegated responder has been looked up', async () => {
    const evaluation = await evaluate(by(appoint(), saving), { authenticSigningTime: ago(101) });
    expect(evaluation).toMatchObject({ answer: 'good', responderToCheck: expect.anything() });
  });
});

describe('an OCSP response that cannot be relied on', () => {
  const critical = [extensions.of('1.2.3.4', Uint8Array.of(5, 0), true)];
  const early = new Date(later(5).getTime() + 1000);

  it('is rejected for a critical extension', async () => {
    expect(await refused(forge({}, { extensions: critical }))).toContain('critical extension 1.2.3.4');
  });

  it('protects nothing by an invalidity date', async () => {
    const saving = forge({ status: {}, extensions: [invalidityDate(ago(100))] }, { extensions: critical });
    const evaluating = evaluate(saving, { authenticSigningTime: ago(101) });
    expect(await rejection(evaluating, 'ERR_OCSP_INVALID')).toContain('critical extension 1.2.3.4');
  });

  it.each<[string, Uint8Array]>([
    ['has a critical extension', forge({ status: {} }, { extensions: critical })],
    ['is of the future', forge({ status: {}, thisUpdate: early })],
    [
      'answers twice',
      forge(
        {},
        {
          responses: [
            { certificate, issuer },
            { certificate, issuer, status: {} },
          ],
        },
      ),
    ],
  ])('still reports a revocation, but is not kept, if it %s', async (_, response) => {
    expect(await evaluate(response)).toMatchObject({ answer: 'revoked', doubtful: true });
  });
});

describe('the time of an OCSP response', () => {
  it.each<[string, Partial<ForgedSingleResponse>]>([
    ['just now', { thisUpdate: now }],
    ['five minutes ahead', { thisUpdate: later(5) }],
  ])('may be %s', async (_, single) => {
    expect(await evaluate(forge(single))).toMatchObject({ answer: 'good' });
  });

  it('may not be further ahead than five minutes', async () => {
    expect(await untold(forge({ thisUpdate: new Date(later(5).getTime() + 1000) }))).toContain('future');
  });

  it('may end now', async () => {
    expect(await evaluate(forge({ nextUpdate: now }))).toMatchObject({ answer: 'good' });
  });

  it('may not end a second ago', async () => {
    expect(await untold(forge({ nextUpdate: new Date(now.getTime() - 1000) }))).toContain('expired');
  });

  it('must have an end', async () => {
    expect(await untold(forge({ nextUpdate: null }))).toContain('it has no nextUpdate');
  });

  it('may not end before it begins', async () => {
    const reversed = forge({ thisUpdate: later(4), nextUpdate: later(3) });
    expect(await untold(reversed)).toContain('nextUpdate is before thisUpdate');
  });

  it('counts for a revocation and for an unknown certificate as well', async () => {
    expect(await untold(forge({ status: 'unknown', nextUpdate: ago(1) }))).toContain('it expired on');
    expect(await untold(forge({ status: {}, nextUpdate: ago(1) }))).toContain('it expired on');
  });

  it('is never valid for an invalid time of verification', async () => {
    expect(await untold(forge(), { now: new Date(Number.NaN) })).toContain('it expired on');
  });
});

describe('the certificate that an OCSP response is about', () => {
  it.each(['SHA-256', 'SHA-384', 'SHA-512'])('may be named with %s', async (hash) => {
    expect(await evaluate(forge({ hash }))).toMatchObject({ answer: 'good' });
  });

  it.each<[string, Partial<ForgedSingleResponse>]>([
    ['another serial number', { serialNumber: Uint8Array.of(1) }],
    ['the serial number with a leading byte less', { serialNumber: certificate.serialNumber.subarray(1) }],
    ['another issuer key with the same serial number', { issuerKey: forgeKey('EC-256') }],
    ['another issuer name with the same serial number', { issuerName: forgeLeaf().subject }],
    ['a hash function that is unknown', { hash: '1.2.840.113549.2.5' }],
    ['SHA-1 hashes under the name of SHA-256', { hash: '2.16.840.1.101.3.4.2.1' }],
  ])('is not that of %s', async (_, single) => {
    expect(await refused(forge(single))).toContain('about another certificate');
  });

  it('is found among others', async () => {
    const other = { certificate: forgeLeaf({ issuer }), issuer, status: {} };
    for (const responses of [
      [other, about],
      [about, other],
    ]) {
      expect(await evaluate(forge({}, { responses }))).toMatchObject({ answer: 'good' });
    }
  });

  it('may be answered only once', async () => {
    const responses = [about, about];
    expect(await refused(forge({}, { responses }))).toContain('more than one status of the certificate');
  });

  it('may be answered only once, by whatever hash', async () => {
    const responses: ForgedSingleResponse[] = [about, { ...about, hash: 'SHA-256', status: 'unknown' }];
    expect(await refused(forge({}, { responses }))).toContain('more than one status of the certificate');
  });

  it('is missing if there is no answer', async () => {
    expect(await refused(forge({}, { responses: [] }))).toContain('about another certificate');
  });
});

async function evaluateOrRefuse(
  bytes: Uint8Array,
  at?: Partial<EvaluationTime>,
): Promise<string | undefined> {
  try {
    return (await evaluate(bytes, at)).answer;
  } catch (error) {
    expect(error).toMatchObject({ name: 'NotationError' });
    return undefined;
  }
}
