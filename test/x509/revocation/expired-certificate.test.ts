import { describe, expect, it } from 'vitest';
import { parseCertificate } from '../../../src/x509/certificate.ts';
import {
  createOfflineRevocationChecker,
  createRevocationChecker,
  fetchRevocationResponses,
  type RevocationCheckOptions,
} from '../../../src/x509/revocation/index.ts';
import { rejection } from '../../encoding/failure.ts';
import * as der from '../../support/der.ts';
import { FakeAuthorities, type FakeResponse, type NamedAddresses } from '../../support/fake-authorities.ts';
import { extensions, type Forged, forgeAuthority, forgeCertificate, forgeLeaf } from '../../support/forge.ts';
import { crlExtensions, type ForgedCrlContent, forgeCrl } from '../../support/forge-crl.ts';
import {
  archiveCutoff,
  type ForgedSingleResponse,
  forgeOcsp,
  invalidityDate,
} from '../../support/forge-ocsp.ts';

const OCSP = 'http://ocsp.example';
const SECOND_OCSP = 'http://ocsp2.example';
const CRL = 'http://crl.example/ca.crl';
const DELTA = 'http://crl.example/delta.crl';
const CODE = 'ERR_REVOCATION_EXPIRED_CERTIFICATE';

const now = new Date(Math.floor(Date.now() / 1000) * 1000);
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
const later = (minutes: number) => minutesAgo(-minutes);
/** When the leaf expired. */
const expiry = minutesAgo(30);
const validity = { notBefore: minutesAgo(600), notAfter: expiry };
const second = (date: Date, seconds: number) => new Date(date.getTime() + seconds * 1000);

const root = forgeAuthority({ subject: 'root', notBefore: minutesAgo(900) });

function expiredLeaf({ ocsp, crl }: NamedAddresses, issuer: Forged = root): Forged {
  const addresses = [...(ocsp ? [extensions.ocsp(ocsp)] : []), ...(crl ? [extensions.crl(crl)] : [])];
  return forgeLeaf({ subject: 'expired leaf', issuer, extensions: addresses, ...validity });
}

/** A CRL issued ten minutes ago, when the leaf had expired, by default. */
const crl = (content: Partial<ForgedCrlContent> = {}) =>
  forgeCrl({ issuer: root, thisUpdate: minutesAgo(10), nextUpdate: later(60), ...content });

/** An OCSP response about a leaf, made ten minutes ago by default. */
function ocsp(leaf: Forged, single: Partial<ForgedSingleResponse> = {}, producedAt = minutesAgo(10)) {
  const response = {
    certificate: leaf,
    issuer: root,
    thisUpdate: minutesAgo(10),
    nextUpdate: later(60),
    ...single,
  };
  return forgeOcsp({ signer: root, producedAt, responses: [response] });
}

async function check(
  leaf: Forged,
  responses: Readonly<Record<string, FakeResponse>>,
  options: RevocationCheckOptions = {},
) {
  const checker = createRevocationChecker({ fetch: new FakeAuthorities(responses).fetch });
  const [status] = await checker.check(
    [leaf, root].map((one) => parseCertificate(one.der)),
    { now, ...options },
  );
  return status;
}

const forgotten = { status: 'unknown', reason: { code: CODE } };

describe('a CRL that does not list an expired certificate', () => {
  const leaf = expiredLeaf({ crl: [CRL] });
  const statusBy = (content: Partial<ForgedCrlContent>, options?: RevocationCheckOptions) =>
    check(leaf, { [CRL]: crl(content) }, options);

  it('leaves its status unknown when it was issued after the expiry', async () => {
    const status = await statusBy({});
    expect(status).toMatchObject({
      ...forgotten,
      lookups: [{ method: 'CRL', answer: 'unknown', code: CODE }],
    });
    for (const part of ['expired leaf', CRL, expiry.toISOString(), minutesAgo(10).toISOString()]) {
      expect(status?.reason?.message).toContain(part);
    }
    expect(status?.reason?.nextStep).toContain('expiredCertsOnCRL');
  });

  it('makes it good when it was issued at the last moment of its validity', async () => {
    expect(await statusBy({ thisUpdate: expiry })).toMatchObject({ status: 'good' });
    expect(await statusBy({ thisUpdate: second(expiry, 1) })).toMatchObject(forgotten);
  });

  it('makes it good when it covers certificates that expired then', async () => {
    const since = (date: Date) => statusBy({ extensions: [crlExtensions.expiredCertsOnCrl(date)] });
    expect(await since(minutesAgo(9000))).toMatchObject({ status: 'good' });
    expect(await since(expiry)).toMatchObject({ status: 'good' });
  });

  it('leaves its status unknown when it covers only certificates that expired later', async () => {
    const since = second(expiry, 1);
    const status = await statusBy({ extensions: [crlExtensions.expiredCertsOnCrl(since)] });
    expect(status).toMatchObject(forgotten);
    expect(status?.reason?.message).toContain(since.toISOString());
  });

  it.each([
    ['no time', der.nullValue()],
    ['a time that does not exist', der.element(0x18, new TextEncoder().encode('20259901000000Z'))],
    ['a UTCTime', der.element(0x17, new TextEncoder().encode('250101000000Z'))],
    ['a time and more', der.concat([der.generalizedTime(minutesAgo(9000)), der.nullValue()])],
    ['nothing', new Uint8Array()],
  ])('covers no expired certificate when its extension contains %s', async (_, value) => {
    const malformed = { extensions: [crlExtensions.expiredCertsOnCrl(value)] };
    expect(await statusBy(malformed)).toMatchObject(forgotten);
    const { serialNumber } = leaf;
    expect(await statusBy({ ...malformed, entries: [{ serialNumber }] })).toMatchObject({
      status: 'revoked',
    });
  });

  it('is rejected when the extension is critical, which X.509 rules out', async () => {
    const status = await statusBy({ extensions: [crlExtensions.expiredCertsOnCrl(minutesAgo(9000), true)] });
    expect(status).toMatchObject({ status: 'unknown', lookups: [{ code: 'ERR_CRL_INVALID' }] });
  });

  it('leaves its status unknown whenever it was signed', async () => {
    const authenticSigningTime = minutesAgo(500);
    expect(await statusBy({}, { authenticSigningTime })).toMatchObject(forgotten);
  });

  it('leaves its status unknown when it only removes it: expiry is a reason to do so', async () => {
    const entries = [{ serialNumber: leaf.serialNumber, reason: 8 }];
    expect(await statusBy({ entries })).toMatchObject(forgotten);
    expect(await statusBy({ entries, thisUpdate: expiry })).toMatchObject({ status: 'good' });
  });

  it('proves nothing from a cache either', async () => {
    const authorities = new FakeAuthorities({ [CRL]: crl() });
    const valid = forgeLeaf({ issuer: root, extensions: [extensions.crl([CRL])] });
    const checker = createRevocationChecker({ fetch: authorities.fetch });
    const statusOf = async ({ der }: Forged) =>
      (await checker.check([parseCertificate(der), parseCertificate(root.der)], { now }))[0];
    expect(await statusOf(valid)).toMatchObject({ status: 'good' });
    expect(await statusOf(leaf)).toMatchObject(forgotten);
    expect(authorities.requested).toEqual([CRL]);
  });
});

describe('a CRL that lists an expired certificate', () => {
  const leaf = expiredLeaf({ crl: [CRL] });
  const entry = { serialNumber: leaf.serialNumber, reason: 1 };

  it('revokes it, whether or not it covers expired certificates', async () => {
    expect(await check(leaf, { [CRL]: crl({ entries: [entry] }) })).toMatchObject({
      status: 'revoked',
      revocation: { reason: 'keyCompromise' },
    });
  });

  it('protects signatures made before the certificate became invalid', async () => {
    const entries = [{ ...entry, invalidityDate: minutesAgo(100) }];
    const authenticSigningTime = minutesAgo(101);
    expect(await check(leaf, { [CRL]: crl({ entries }) }, { authenticSigningTime })).toMatchObject({
      status: 'good',
    });
  });
});

describe('a delta CRL after the expiry of a certificate', () => {
  const leaf = expiredLeaf({ crl: [CRL] });
  const covering = { extensions: [crlExtensions.expiredCertsOnCrl(minutesAgo(9000))] };
  const statusBy = (base: Partial<ForgedCrlContent>, delta: Partial<ForgedCrlContent>) =>
    check(leaf, {
      [CRL]: crl({ number: 5, freshest: [DELTA], ...base }),
      [DELTA]: crl({ number: 6, deltaSince: 5, ...delta }),
    });

  it('proves nothing by not listing it, though its base was issued before', async () => {
    expect(await statusBy({ thisUpdate: minutesAgo(60) }, {})).toMatchObject(forgotten);
  });

  it('does not take it off hold: expired certificates are removed as well', async () => {
    const base = {
      thisUpdate: minutesAgo(60),
      entries: [{ serialNumber: leaf.serialNumber, reason: 6, time: minutesAgo(90) }],
    };
    const delta = { entries: [{ serialNumber: leaf.serialNumber, reason: 8, time: minutesAgo(50) }] };
    expect(await statusBy(base, delta)).toMatchObject(forgotten);
    expect(await statusBy(base, { ...delta, thisUpdate: minutesAgo(40) })).toMatchObject({ status: 'good' });
  });

  it('makes it good only together with a base that covers it too', async () => {
    expect(await statusBy(covering, covering)).toMatchObject({ status: 'good' });
    expect(await statusBy({}, covering)).toMatchObject(forgotten);
    expect(await statusBy(covering, {})).toMatchObject(forgotten);
    expect(await statusBy({ thisUpdate: minutesAgo(60) }, covering)).toMatchObject({ status: 'good' });
  });

  it('revokes it by listing it', async () => {
    const delta = { entries: [{ serialNumber: leaf.serialNumber, reason: 1 }] };
    expect(await statusBy({}, delta)).toMatchObject({ status: 'revoked' });
  });
});

describe('an OCSP response "good" about an expired certificate', () => {
  const leaf = expiredLeaf({ ocsp: [OCSP] });
  const statusBy = (single: Partial<ForgedSingleResponse>, producedAt?: Date) =>
    check(leaf, { [OCSP]: ocsp(leaf, single, producedAt) });

  it('leaves its status unknown when it was made after the expiry', async () => {
    const status = await statusBy({});
    expect(status).toMatchObject({
      ...forgotten,
      lookups: [{ method: 'OCSP', answer: 'unknown', code: CODE }],
    });
    expect(status?.reason?.message).toContain(expiry.toISOString());
  });

  it('makes it good when it was made at the last moment of its validity', async () => {
    expect(await statusBy({ thisUpdate: expiry }, expiry)).toMatchObject({ status: 'good' });
  });

  it('leaves its status unknown when either of its times is after the expiry', async () => {
    expect(await statusBy({ thisUpdate: expiry }, second(expiry, 1))).toMatchObject(forgotten);
    expect(await statusBy({ thisUpdate: second(expiry, 1) }, expiry)).toMatchObject(forgotten);
  });

  it('makes it good when the archive cutoff is not after the expiry', async () => {
    expect(await statusBy({ extensions: [archiveCutoff(minutesAgo(9000))] })).toMatchObject({
      status: 'good',
    });
    expect(await statusBy({ extensions: [archiveCutoff(expiry)] })).toMatchObject({ status: 'good' });
    expect(await statusBy({ extensions: [archiveCutoff(second(expiry, 1))] })).toMatchObject(forgotten);
  });

  it('has no archive cutoff when that is malformed', async () => {
    expect(await statusBy({ extensions: [archiveCutoff(der.nullValue())] })).toMatchObject(forgotten);
  });

  it('does not count by the archive cutoff of an answer about another certificate', async () => {
    const other = { certificate: forgeLeaf({ issuer: root }), issuer: root };
    const times = { thisUpdate: minutesAgo(10), nextUpdate: later(60) };
    const responses = [
      { ...other, ...times, extensions: [archiveCutoff(minutesAgo(9000))] },
      { certificate: leaf, issuer: root, ...times },
    ];
    const response = forgeOcsp({ signer: root, producedAt: minutesAgo(10), responses });
    expect(await check(leaf, { [OCSP]: response })).toMatchObject(forgotten);
  });

  it('makes it good from a cache, when it was made before the expiry', async () => {
    const early = ocsp(leaf, { thisUpdate: minutesAgo(40) }, minutesAgo(40));
    const checker = createRevocationChecker({ fetch: new FakeAuthorities({ [OCSP]: early }).fetch });
    const chain = [leaf, root].map((one) => parseCertificate(one.der));
    const lookup = async (at: Date) => (await checker.check(chain, { now: at }))[0];
    expect(await lookup(minutesAgo(35))).toMatchObject({ status: 'good', lookups: [{ source: 'network' }] });
    expect(await lookup(now)).toMatchObject({ status: 'good', lookups: [{ source: 'cache' }] });
  });

  it('does not count from a delegated responder either', async () => {
    const purpose = extensions.extendedKeyUsage(['1.3.6.1.5.5.7.3.9']);
    const responder = forgeCertificate({ issuer: root, extensions: [purpose, extensions.ocspNoCheck()] });
    const usual = { certificate: leaf, issuer: root, thisUpdate: minutesAgo(10), nextUpdate: later(60) };
    const response = (single: Partial<ForgedSingleResponse>) =>
      forgeOcsp({
        signer: responder,
        certificates: [responder],
        producedAt: minutesAgo(10),
        responses: [{ ...usual, ...single }],
      });
    expect(await check(leaf, { [OCSP]: response({}) })).toMatchObject(forgotten);
    const covering = { extensions: [archiveCutoff(expiry)] };
    expect(await check(leaf, { [OCSP]: response(covering) })).toMatchObject({ status: 'good' });
  });
});

describe('an OCSP response "revoked" about an expired certificate', () => {
  const leaf = expiredLeaf({ ocsp: [OCSP] });

  it('revokes it', async () => {
    expect(await check(leaf, { [OCSP]: ocsp(leaf, { status: { reason: 1 } }) })).toMatchObject({
      status: 'revoked',
    });
  });

  it('protects signatures made before the certificate became invalid', async () => {
    const single = { status: { reason: 1 }, extensions: [invalidityDate(minutesAgo(100))] };
    const options = { authenticSigningTime: minutesAgo(101) };
    expect(await check(leaf, { [OCSP]: ocsp(leaf, single) }, options)).toMatchObject({ status: 'good' });
  });
});

describe('several authorities that are queried about an expired certificate', () => {
  const leaf = expiredLeaf({ ocsp: [OCSP, SECOND_OCSP], crl: [CRL] });
  const covering = crl({ extensions: [crlExtensions.expiredCertsOnCrl(minutesAgo(9000))] });

  it('make it good when the second responder has an archive cutoff', async () => {
    const second = ocsp(leaf, { extensions: [archiveCutoff(minutesAgo(9000))] });
    expect(await check(leaf, { [OCSP]: ocsp(leaf), [SECOND_OCSP]: second })).toMatchObject({
      status: 'good',
    });
  });

  it('make it good when the CRL covers it, and no responder does', async () => {
    const responses = { [OCSP]: ocsp(leaf), [SECOND_OCSP]: ocsp(leaf), [CRL]: covering };
    expect(await check(leaf, responses)).toMatchObject({ status: 'good' });
  });

  it('make it revoked when only the CRL has kept the entry', async () => {
    const responses = { [OCSP]: ocsp(leaf), [CRL]: crl({ entries: [{ serialNumber: leaf.serialNumber }] }) };
    expect(await check(leaf, responses)).toMatchObject({ status: 'revoked' });
  });

  it.each([
    ['refuses to answer', 500],
    ['does not know it', ocsp(leaf, { status: 'unknown' })],
  ])('say that it has expired when the responder %s and the CRL does not cover it', async (_, response) => {
    expect(await check(leaf, { [OCSP]: response, [SECOND_OCSP]: response, [CRL]: crl() })).toMatchObject(
      forgotten,
    );
  });

  it('leave it unknown for another reason when none of them could be reached', async () => {
    const status = await check(leaf, {});
    expect(status).toMatchObject({ status: 'unknown', reason: { code: 'ERR_REVOCATION_UNKNOWN' } });
    expect(status?.lookups.map(({ code }) => code)).toEqual(Array(3).fill('ERR_AUTHORITY_UNREACHABLE'));
  });
});

describe('a chain with an intermediate that has expired', () => {
  it('has an unknown status for the intermediate alone', async () => {
    const usages = [
      extensions.basicConstraints({ ca: true }),
      extensions.keyUsage(['keyCertSign', 'cRLSign']),
      extensions.crl([CRL]),
    ];
    const middle = forgeAuthority({ subject: 'middle', issuer: root, extensions: usages, ...validity });
    const leafCrl = 'http://crl.example/middle.crl';
    const leaf = forgeLeaf({ issuer: middle, extensions: [extensions.crl([leafCrl])] });
    const { fetch } = new FakeAuthorities({ [CRL]: crl(), [leafCrl]: crl({ issuer: middle }) });
    const chain = [leaf, middle, root].map((one) => parseCertificate(one.der));
    const statuses = await createRevocationChecker({ fetch }).check(chain, { now });
    expect(statuses).toMatchObject([{ status: 'good' }, forgotten, { status: 'notChecked' }]);
  });
});

describe('responses that were collected', () => {
  const leaf = expiredLeaf({ ocsp: [OCSP], crl: [CRL] });
  const chain = [leaf, root].map((one) => parseCertificate(one.der));
  const statusFrom = async (...responses: Uint8Array[]) =>
    (await createOfflineRevocationChecker(responses).check(chain, { now }))[0];

  it('make an expired certificate good while they are current, when they are from before the expiry', async () => {
    expect(await statusFrom(crl({ thisUpdate: minutesAgo(40) }))).toMatchObject({ status: 'good' });
    const early = ocsp(leaf, { thisUpdate: minutesAgo(40) }, minutesAgo(40));
    expect(await statusFrom(early)).toMatchObject({ status: 'good' });
  });

  it('prove nothing when they are from after the expiry', async () => {
    expect(await statusFrom(crl())).toMatchObject(forgotten);
    expect(await statusFrom(ocsp(leaf), crl())).toMatchObject(forgotten);
  });

  it('count one by one, in any order: those from after the expiry do not spoil an earlier one', async () => {
    const [early, late] = [crl({ thisUpdate: minutesAgo(40), number: 1 }), crl({ number: 2 })];
    expect(await statusFrom(early, late)).toMatchObject({ status: 'good' });
    expect(await statusFrom(late, early)).toMatchObject({ status: 'good' });
  });

  it('revoke when an earlier one still lists what a later one has dropped', async () => {
    const entries = [{ serialNumber: leaf.serialNumber, reason: 1 }];
    const early = crl({ thisUpdate: minutesAgo(40), number: 1, entries });
    expect(await statusFrom(crl({ number: 2 }), early)).toMatchObject({ status: 'revoked' });
    const covering = crl({ extensions: [crlExtensions.expiredCertsOnCrl(minutesAgo(9000))] });
    expect(await statusFrom(covering, early)).toMatchObject({ status: 'revoked' });
  });

  it('are not collected for an expired certificate that none of them covers', async () => {
    const { fetch } = new FakeAuthorities({ [OCSP]: ocsp(leaf), [CRL]: crl() });
    const collecting = fetchRevocationResponses(chain, { fetch, clock: () => now });
    expect(await rejection(collecting, CODE)).toContain('expired leaf');
  });

  it('are collected for an expired certificate that one of them covers', async () => {
    const covering = crl({ extensions: [crlExtensions.expiredCertsOnCrl(minutesAgo(9000))] });
    const { fetch } = new FakeAuthorities({ [OCSP]: ocsp(leaf), [CRL]: covering });
    expect(await fetchRevocationResponses(chain, { fetch, clock: () => now })).toEqual([covering]);
  });
});
