import { describe, expect, it } from 'vitest';
import { isNotationError } from '../../../src/errors/index.ts';
import { parseCertificate } from '../../../src/x509/certificate.ts';
import { parseCrl, type VerifiedCrl, verifyCrl } from '../../../src/x509/revocation/crl.ts';
import { evaluateCrl } from '../../../src/x509/revocation/evaluate-crl.ts';
import type { Evaluation } from '../../../src/x509/revocation/evaluation.ts';
import * as der from '../../support/der.ts';
import { extensions, type Forged, forgeAuthority, forgeLeaf } from '../../support/forge.ts';
import {
  crlExtensions,
  type ForgedCrlContent,
  type ForgedCrlEntry,
  type ForgedScope,
  forgeCrl,
  forgeCrlEntry,
} from '../../support/forge-crl.ts';
import { readCrl } from './forge-verified-crl.ts';

const address = 'http://crl.example/base';
const freshest = ['http://crl.example/delta'];
const now = new Date(Math.floor(Date.now() / 1000) * 1000);
const authority = forgeAuthority({ subject: 'crl issuer' });
const leaf = forgeLeaf({ issuer: authority, extensions: [extensions.crl([address])] });
const { serialNumber } = leaf;

/** The content of a CRL; all its entries are about the leaf. */
type Content = Partial<Omit<ForgedCrlContent, 'entries'>> & { entries?: Partial<ForgedCrlEntry>[] };

interface Question {
  certificate?: Forged;
  addresses?: string[];
  signed?: Date;
  at?: Date;
}

const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);
const hold = (time: Date) => ({ reason: 6, time });
const removal = (time: Date) => ({ reason: 8, time });

function listOf({ entries, ...content }: Content): Promise<VerifiedCrl> {
  const list = entries?.map((entry) => ({ serialNumber, ...entry }));
  const crl = forgeCrl({ issuer: authority, ...content, ...(list && { entries: list }) });
  return verifyCrl(parseCrl(crl), parseCertificate(authority.der));
}

async function evaluate(base: Content, delta?: Content, question: Question = {}): Promise<Evaluation> {
  const { certificate = leaf, addresses = [address], signed, at = now } = question;
  return evaluateCrl(
    parseCertificate(certificate.der),
    await listOf(base),
    delta && (await listOf(delta)),
    { now: at, authenticSigningTime: signed },
    addresses,
  );
}

/** A base of number 5 and a delta of number 6, with the given deviations from a fitting pair. */
function evaluateDelta(base: Content, delta: Content, question: Question = {}): Promise<Evaluation> {
  return evaluate({ freshest, number: 5, ...base }, { number: 6, deltaSince: 5, ...delta }, question);
}

const unknown = (reason: RegExp) =>
  expect.objectContaining({ code: 'ERR_REVOCATION_UNKNOWN', message: expect.stringMatching(reason) });

describe('a CRL', () => {
  it('reports a certificate that it does not list as good', async () => {
    const thisUpdate = ago(60);
    const nextUpdate = ago(-60);
    expect(await evaluate({ thisUpdate, nextUpdate })).toEqual({
      answer: 'good',
      message: 'it does not list the certificate',
      thisUpdate,
      nextUpdate,
    });
  });

  it('reports a certificate as good if it lists others', async () => {
    const other = { serialNumber: Uint8Array.of(0x41, ...serialNumber.subarray(1)), reason: 1 };
    expect((await evaluate({ entries: [other] })).answer).toBe('good');
  });

  it('reports the time and the reason of a revocation', async () => {
    const evaluation = await evaluate({ entries: [{ reason: 1, time: ago(60), invalidityDate: ago(90) }] });
    const [time, invalidityDate] = [ago(60).toISOString(), ago(90).toISOString()];
    expect(evaluation.answer).toBe('revoked');
    expect(evaluation.revocation).toEqual({ time, reason: 'keyCompromise', invalidityDate });
    expect(evaluation.message).toContain(time);
    expect(evaluation.message).toContain('keyCompromise');
  });

  it.each([
    [0, 'unspecified'],
    [1, 'keyCompromise'],
    [2, 'cACompromise'],
    [3, 'affiliationChanged'],
    [4, 'superseded'],
    [5, 'cessationOfOperation'],
    [6, 'certificateHold'],
    [7, undefined],
    [9, 'privilegeWithdrawn'],
    [10, 'aACompromise'],
    [11, undefined],
    [127, undefined],
    [undefined, undefined],
  ])('revokes for the reason %s, which is %s', async (reason, name) => {
    const evaluation = await evaluate({ entries: [reason === undefined ? {} : { reason }] });
    expect(evaluation.answer).toBe('revoked');
    expect(evaluation.revocation?.reason).toBe(name);
  });

  it('does not revoke a certificate that it only removes', async () => {
    expect((await evaluate({ entries: [removal(ago(60))] })).answer).toBe('good');
  });

  it('is not a base if it is a delta CRL', async () => {
    await expect(evaluate({ deltaSince: 1 })).rejects.toEqual(
      unknown(/expected a complete CRL, got a delta CRL/),
    );
  });
});

describe('the time of a CRL', () => {
  it('includes the moment of its end', async () => {
    expect((await evaluate({ nextUpdate: now })).answer).toBe('good');
    const at = new Date(now.getTime() + 1);
    await expect(evaluate({ nextUpdate: now }, undefined, { at })).rejects.toEqual(unknown(/expired/));
  });
  it('may be ahead by five minutes, and no more', async () => {
    expect((await evaluate({ thisUpdate: ago(-300) })).answer).toBe('good');
    await expect(evaluate({ thisUpdate: ago(-301) })).rejects.toEqual(unknown(/future/));
  });
  it('must have an end', async () => {
    await expect(evaluate({ nextUpdate: null })).rejects.toEqual(unknown(/it has no nextUpdate/));
  });
  it('must not end before it begins', async () => {
    const content = { thisUpdate: ago(-200), nextUpdate: ago(-100) };
    await expect(evaluate(content)).rejects.toEqual(unknown(/nextUpdate is before thisUpdate/));
  });
  it('is checked even if it lists the certificate', async () => {
    await expect(evaluate({ nextUpdate: ago(1), entries: [{}] })).rejects.toEqual(unknown(/expired/));
  });
});

describe('the scope of a CRL', () => {
  const authorityLeaf = forgeAuthority({ issuer: authority, subject: 'intermediate' });
  const inScope = (scope: ForgedScope, question: Question = {}) => evaluate({ scope }, undefined, question);

  it.each<[string, ForgedScope]>([
    ['everything', {}],
    ['user certificates', { users: true }],
    ['its distribution point', { addresses: ['ldap://other', address] }],
  ])('of %s covers a leaf', async (_, scope) => {
    expect((await inScope(scope)).answer).toBe('good');
  });
  it('of CA certificates covers a CA', async () => {
    expect((await inScope({ authorities: true }, { certificate: authorityLeaf })).answer).toBe('good');
  });
  it.each<[string, ForgedScope, Forged, RegExp]>([
    ['CA certificates', { authorities: true }, leaf, /covers CA certificates only/],
    ['user certificates', { users: true }, authorityLeaf, /covers user certificates only/],
    ['attribute certificates', { attributes: true }, leaf, /covers attribute certificates only/],
    ['other issuers', { indirect: true }, leaf, /indirect/],
    ['another distribution point', { addresses: ['http://crl.example/other'] }, leaf, /distribution point/],
    ['a distribution point without a URI', { addresses: [] }, leaf, /distribution point/],
  ])('of %s does not cover a certificate beyond', async (_, scope, certificate, reason) => {
    await expect(inScope(scope, { certificate })).rejects.toEqual(unknown(reason));
  });
  it('of some reasons revokes a certificate that it lists', async () => {
    const evaluation = await evaluate({ scope: { reasons: [1] }, entries: [{ reason: 1 }] });
    expect(evaluation.answer).toBe('revoked');
  });
  it('of some reasons leaves the status of other certificates unknown', async () => {
    await expect(inScope({ reasons: [1] })).rejects.toEqual(unknown(/some reasons/));
  });
  it.each([
    [
      'two kinds',
      der.sequence(der.implicit(1, Uint8Array.of(0xff)), der.implicit(2, Uint8Array.of(0xff))),
      /covers no certificates/,
    ],
    ['a relative name', der.sequence(der.explicit(0, der.explicit(1))), /without a full name/],
    ['an overlong flag', der.sequence(der.implicit(1, Uint8Array.of(0xff, 0xff))), /malformed BOOLEAN/],
    ['an empty flag', der.sequence(der.implicit(1, new Uint8Array())), /malformed BOOLEAN/],
    ['a flag that is not of DER', der.sequence(der.implicit(1, Uint8Array.of(1))), /malformed BOOLEAN/],
    ['an unknown field', der.sequence(der.implicit(6, Uint8Array.of(0xff))), /trailing bytes/],
    [
      'fields out of order',
      der.sequence(der.implicit(4, Uint8Array.of(0)), der.implicit(1, Uint8Array.of(0))),
      /trailing bytes/,
    ],
    [
      'something behind the full name',
      der.sequence(
        der.explicit(0, der.explicit(0, der.implicit(6, new TextEncoder().encode(address))), der.nullValue()),
      ),
      /trailing bytes/,
    ],
  ])('is rejected with %s', (_, scope, reason) => {
    const crl = forgeCrl({ issuer: authority, scope });
    const refused = { code: 'ERR_CRL_INVALID', message: expect.stringMatching(reason) };
    expect(() => readCrl(crl)).toThrow(expect.objectContaining(refused));
  });
});

describe('a delta CRL', () => {
  it('adds to its base, and shortens how long it counts', async () => {
    const [nextUpdate, later, thisUpdate] = [ago(-60), ago(-90), ago(5)];
    const evaluation = await evaluateDelta({ nextUpdate: later }, { entries: [{}], nextUpdate, thisUpdate });
    expect(evaluation).toMatchObject({ answer: 'revoked', nextUpdate, thisUpdate });
  });
  it('that lists nothing leaves the base as it is', async () => {
    expect((await evaluateDelta({}, {})).answer).toBe('good');
    expect((await evaluateDelta({ entries: [{}] }, {})).answer).toBe('revoked');
  });

  const same = ago(60);
  const earlier = ago(120);
  const permanent = { reason: 1, time: earlier };
  it.each<[string, Partial<ForgedCrlEntry>[], Partial<ForgedCrlEntry>[], Evaluation['answer']]>([
    ['removes a hold', [hold(earlier)], [removal(same)], 'good'],
    ['does not remove a hold of the same time', [hold(same)], [removal(same)], 'revoked'],
    ['does not remove a later hold', [hold(same)], [removal(earlier)], 'revoked'],
    ['puts on hold again what was removed', [removal(earlier)], [hold(same)], 'revoked'],
    ['holds what was removed at the same time', [removal(same)], [hold(same)], 'revoked'],
    ['removes no permanent revocation', [permanent], [removal(same)], 'revoked'],
    ['makes a hold permanent', [hold(earlier)], [permanent], 'revoked'],
    ['makes a hold permanent that it removes too', [hold(earlier)], [permanent, removal(same)], 'revoked'],
    ['removes and holds again', [hold(ago(180))], [removal(earlier), hold(same)], 'revoked'],
    ['only removes', [], [removal(same)], 'good'],
  ])('%s', async (_, base, delta, answer) => {
    expect((await evaluateDelta({ entries: base }, { entries: delta })).answer).toBe(answer);
  });

  const big = (last: number) => Uint8Array.of(1, ...new Uint8Array(18), last);
  it('may have a number that is large', async () => {
    const evaluation = await evaluateDelta({ number: big(1) }, { number: big(2), deltaSince: 0xff });
    expect(evaluation.answer).toBe('good');
  });
  it('may be a delta since an older base', async () => {
    expect((await evaluateDelta({}, { deltaSince: 4 })).answer).toBe('good');
  });
  it('may be of the same scope as its base', async () => {
    const scope = { addresses: [address], users: true };
    expect((await evaluateDelta({ scope }, { scope })).answer).toBe('good');
  });

  it.each<[string, Content, Content, RegExp]>([
    ['of the same number as the base', {}, { number: 5 }, /not newer/],
    ['of a smaller number than the base', {}, { number: 4, deltaSince: 3 }, /not newer/],
    ['of a newer base', {}, { deltaSince: 6, number: 7 }, /for a newer base/],
    ['without a number', {}, { number: null }, /has no CRL number/],
    ['of a base without a number', { number: null }, {}, /has no CRL number/],
    ['that has expired', {}, { nextUpdate: ago(1) }, /delta CRL is not usable: .*expired/],
    ['of the future', {}, { thisUpdate: ago(-301) }, /delta CRL is not usable: .*future/],
    ['without an end', {}, { nextUpdate: null }, /delta CRL is not usable: .*no nextUpdate/],
    ['of a scope if the base has none', {}, { scope: { users: true } }, /has another scope/],
    ['without the scope of the base', { scope: { users: true } }, {}, /has another scope/],
    [
      'that is not in scope',
      {},
      { scope: { authorities: true } },
      /delta CRL is not usable: .*CA certificates/,
    ],
  ])('cannot be used %s', async (_, base, delta, reason) => {
    await expect(evaluateDelta(base, delta)).rejects.toEqual(unknown(reason));
    const entries = [removal(ago(60))];
    await expect(evaluateDelta(base, { ...delta, entries })).rejects.toEqual(unknown(reason));
  });
  it('must say that it is one', async () => {
    const delta = evaluate({ freshest, number: 5 }, { number: 6 });
    await expect(delta).rejects.toEqual(unknown(/expected a delta CRL, got a complete CRL/));
  });
  it('must not be missing if the base points to it', async () => {
    await expect(evaluate({ freshest })).rejects.toEqual(unknown(/missing/));
  });
  it('must not be known to the certificate alone', async () => {
    const list = [extensions.crl([address]), extensions.freshestCrl(freshest)];
    const certificate = forgeLeaf({ issuer: authority, extensions: list });
    await expect(evaluate({}, undefined, { certificate })).rejects.toEqual(unknown(/only the certificate/));
    expect((await evaluateDelta({}, {}, { certificate })).answer).toBe('good');
  });
});

describe('an invalidity date', () => {
  const invalidityDate = ago(60);
  const base = { entries: [{ reason: 1, invalidityDate }] };

  it('protects signatures made before', async () => {
    const evaluation = await evaluate(base, undefined, { signed: ago(61) });
    expect(evaluation.answer).toBe('good');
    expect(evaluation.message).toContain(invalidityDate.toISOString());
  });
  it('does not protect signatures made at that time or later', async () => {
    for (const signed of [ago(60), ago(59)])
      expect((await evaluate(base, undefined, { signed })).answer).toBe('revoked');
  });
  it('does not protect signatures without an authentic signing time', async () => {
    expect((await evaluate(base)).answer).toBe('revoked');
  });
  it('of one entry does not apply to another entry, unlike in the CLI', async () => {
    for (const other of [{ reason: 1 }, { reason: 6 }, { reason: 4, invalidityDate: ago(90) }]) {
      const entries = [...base.entries, other];
      expect((await evaluate({ entries }, undefined, { signed: ago(61) })).answer).toBe('revoked');
    }
  });
  it('does not apply in a CRL for some reasons only', async () => {
    const partial = { ...base, scope: { reasons: [1] } };
    await expect(evaluate(partial, undefined, { signed: ago(61) })).rejects.toEqual(unknown(/some reasons/));
  });
  it('on a removal makes the hold neither permanent nor void', async () => {
    const entries = [hold(ago(120)), { ...removal(ago(30)), invalidityDate }];
    expect((await evaluate({ entries })).answer).toBe('good');
  });
});

describe('an entry about the certificate that cannot be read', () => {
  it('makes the CRL invalid, whatever else it says', async () => {
    const unreadable = { extensions: [crlExtensions.of('1.2.3', der.nullValue(), true)] };
    await expect(evaluate({ entries: [unreadable] })).rejects.toMatchObject({
      code: 'ERR_CRL_INVALID',
      message: expect.stringContaining('critical extension 1.2.3'),
    });
  });
});

describe('an entry about another certificate', () => {
  const other = (...list: Uint8Array[]) => ({ serialNumber: Uint8Array.of(0x42), extensions: list });
  const unknownCritical = crlExtensions.of('1.2.3', der.nullValue(), true);
  const useless = unknown(/one of its entries has an unknown critical extension/);

  it.each<[string, Uint8Array[]]>([
    ['an unknown critical extension', [unknownCritical]],
    ['one behind others', [crlExtensions.reason(1), crlExtensions.invalidityDate(now), unknownCritical]],
    ['a critical issuer, which later entries share', [crlExtensions.of('2.5.29.29', der.sequence(), true)]],
    [
      'a critical extension whose name begins like a known one',
      [crlExtensions.of('2.5.29.24.1', der.nullValue(), true)],
    ],
    ['an extension that cannot be read', [der.sequence(der.oid('2.5.29.21'))]],
    ['an extension that is not a sequence', [der.nullValue()]],
    [
      'a flag that only some readers take for false',
      [der.sequence(der.oid('1.2.3'), der.element(1, Uint8Array.of(0, 1)), der.octetString(der.nullValue()))],
    ],
  ])('makes a CRL useless with %s', async (_, list) => {
    await expect(evaluate({ entries: [other(...list)] })).rejects.toEqual(useless);
    await expect(evaluate({ entries: [other(), other(...list), other()] })).rejects.toEqual(useless);
    await expect(evaluateDelta({}, { entries: [other(...list)] })).rejects.toEqual(useless);
  });

  it('with an unknown critical extension hides no revocation', async () => {
    expect((await evaluate({ entries: [other(unknownCritical), { reason: 1 }] })).answer).toBe('revoked');
  });

  it('with an unknown critical extension lets no invalidity date protect a signature', async () => {
    const entries = [{ reason: 1, invalidityDate: ago(60) }, other(unknownCritical)];
    await expect(evaluate({ entries }, undefined, { signed: ago(61) })).rejects.toEqual(useless);
  });

  it.each<[string, Uint8Array[]]>([
    ['no extension', []],
    ['an unknown extension that is not critical', [crlExtensions.of('1.2.3', der.nullValue())]],
    [
      'an unknown extension that says so',
      [der.sequence(der.oid('1.2.3'), der.boolean(false), der.octetString(der.nullValue()))],
    ],
    ['a critical invalidity date', [crlExtensions.invalidityDate(now, true)]],
    ['a critical reason', [crlExtensions.reason(1, true)]],
  ])('does no harm with %s', async (_, list) => {
    expect((await evaluate({ entries: [other(...list)] })).answer).toBe('good');
  });
});

describe('a CRL with very many entries about one certificate', () => {
  it('revokes it or is rejected', async () => {
    const entry = forgeCrlEntry({ serialNumber, ...hold(ago(60)) });
    const crl = forgeCrl({ issuer: authority, entries: new Array<Uint8Array>(200_000).fill(entry) });
    const list = await verifyCrl(parseCrl(crl), parseCertificate(authority.der));
    const answer = () => evaluateCrl(parseCertificate(leaf.der), list, undefined, { now }, [address]).answer;
    expect(['revoked', 'ERR_CRL_INVALID']).toContain(codeOr(answer));
  }, 30_000);
});

function codeOr(answer: () => string): string {
  try {
    return answer();
  } catch (error) {
    if (!isNotationError(error)) throw error;
    return error.code;
  }
}
