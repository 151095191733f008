import { describe, expect, it } from 'vitest';
import { parseEnvelope } from '../../src/envelope/envelope.ts';
import type { ErrorCode } from '../../src/errors/index.ts';
import { failure } from '../encoding/failure.ts';
import { AUTHORITY_JWS, chain, forgeJws, type JwsChanges, NAME, PAYLOAD, SIGNING_TIME } from './forged.ts';

const parse = (changes: JwsChanges = {}) => parseEnvelope(forgeJws(changes), 'application/jose+json');
const refused = (changes: JwsChanges, code: ErrorCode = 'ERR_ENVELOPE_INVALID') =>
  failure(() => parse(changes), code);
const bytes = (text: string) => new TextEncoder().encode(text);
const parseText = (text: string) => () => parseEnvelope(bytes(text), 'application/jose+json');
const certificate = Buffer.from(chain.leaf.der).toString('base64');

describe('a JWS envelope', () => {
  it('is read into the common model', () => {
    const envelope = parse({ header: { [NAME.agent]: 'agent/1', [NAME.timestamp]: 'AQID' } });
    expect(envelope.mediaType).toBe('application/jose+json');
    expect(envelope.algorithm.name).toBe('ES256');
    expect(envelope.contentType).toBe('application/vnd.cncf.notary.payload.v1+json');
    expect(new TextDecoder().decode(envelope.payload)).toBe(PAYLOAD);
    expect(envelope.signedAttributes).toEqual({
      signingScheme: 'notary.x509',
      signingTime: new Date(SIGNING_TIME),
      extended: [],
    });
    expect(envelope.unsignedAttributes).toEqual({
      signingAgent: 'agent/1',
      timestampSignature: Uint8Array.of(1, 2, 3),
    });
    expect(envelope.certificates.map(({ der }) => der)).toEqual(chain.chain.map(({ der }) => der));
    expect(envelope.signature).toHaveLength(64);
  });

  it('signs the protected header and the payload as they are written', () => {
    const envelope = parse({
      headers: `{ "alg":"ES256",${JSON.stringify({ cty: 'a/b', crit: [NAME.scheme], [NAME.scheme]: 'notary.x509', [NAME.time]: SIGNING_TIME }).slice(1)}`,
    });
    const [header = '', payload = ''] = new TextDecoder().decode(envelope.signedBytes).split('.');
    expect(Buffer.from(header, 'base64url').toString()).toMatch(/^\{ "alg":"ES256",/);
    expect(Buffer.from(payload, 'base64url').toString()).toBe(PAYLOAD);
  });

  it.each([
    ['payload', 'the JWS envelope is malformed at "payload": string expected'],
    ['protected', 'the JWS envelope is malformed at "protected": string expected'],
    ['header', 'the JWS envelope is malformed at "header": object expected'],
    ['signature', 'the JWS envelope is malformed at "signature": string expected'],
  ])('is rejected without %s', (member, reason) => {
    expect(refused({ members: { [member]: undefined } })).toContain(reason);
  });

  it.each([
    ['signatures', []],
    ['Payload', 'e30'],
    ['kid', 'a'],
    ['', 1],
  ])('is rejected with the member %j', (member, value) => {
    expect(refused({ members: { [member]: value } })).toContain('unknown member');
  });

  it.each([
    ['payload', 1, 'the JWS envelope is malformed at "payload": string expected'],
    ['payload', null, 'the JWS envelope is malformed at "payload": string expected'],
    ['protected', {}, 'the JWS envelope is malformed at "protected": string expected'],
    ['header', 'e30', 'the JWS envelope is malformed at "header": object expected'],
    ['header', [], 'the JWS envelope is malformed at "header": object expected'],
    ['header', null, 'the JWS envelope is malformed at "header": object expected'],
    ['signature', ['AA'], 'the JWS envelope is malformed at "signature": string expected'],
  ])('is rejected with %s as %j', (member, value, reason) => {
    expect(refused({ members: { [member]: value } })).toContain(reason);
  });

  it('is rejected with a member twice', () => {
    const write = (members: object) => `{"payload":"e30",${JSON.stringify(members).slice(1)}`;
    expect(refused({ write })).toContain('twice');
  });

  it('is rejected with a header twice, in either header', () => {
    const twice = (members: object) => JSON.stringify(members).replace('"x5c"', '"x5c":["AA=="],"x5c"');
    expect(refused({ write: twice })).toContain('twice');
    expect(refused({ headers: '{"alg":"ES256","alg":"ES256"}' })).toContain('twice');
  });

  it('is rejected with a prototype in its headers', () => {
    const headers = JSON.stringify({ alg: 'ES256' }).replace('{', '{"__proto__":{"crit":[]},');
    expect(refused({ headers })).toContain('__proto__');
  });

  it.each([
    ['compact serialization', 'e30.e30.AA', 'the JWS envelope is not JSON'],
    [
      'general serialization',
      '{"payload":"e30","signatures":[]}',
      'the JWS envelope is malformed at "protected": string expected',
    ],
    ['nothing', '', 'the JWS envelope is not JSON'],
    ['a text', '"e30"', 'the JWS envelope is malformed: object expected'],
    ['an array', '[]', 'the JWS envelope is malformed: object expected'],
    ['null', 'null', 'the JWS envelope is malformed: object expected'],
    ['two values', '{}{}', 'the JWS envelope is not JSON'],
    ['a cut-off value', '{"payload":"e30"', 'the JWS envelope is not JSON'],
    ['the text of a broken signature', 'invalid signature', 'the JWS envelope is not JSON'],
  ])('is rejected as %s', (_, text, reason) => {
    expect(failure(parseText(text), 'ERR_ENVELOPE_INVALID')).toContain(reason);
  });

  it('is rejected when it is not UTF-8', () => {
    expect(
      failure(
        () => parseEnvelope(Uint8Array.of(0x7b, 0xff), 'application/jose+json'),
        'ERR_ENVELOPE_INVALID',
      ),
    ).toContain('the JWS envelope is not UTF-8');
  });

  it('may have white space between its members', () => {
    const write = (members: object) => `\n ${JSON.stringify(members, null, 4)}\r\n\t`;
    expect(parse({ write }).algorithm.name).toBe('ES256');
  });

  it('is rejected over 16 MiB, whatever fills it', () => {
    const padded = new Uint8Array(16 * 1024 * 1024 + 1).fill(0x20);
    padded.set(forgeJws());
    expect(failure(() => parseEnvelope(padded, 'application/jose+json'), 'ERR_LIMIT_EXCEEDED')).toContain(
      'the JWS signature envelope measures 16777217, more than 16777216',
    );
  });

  it('is rejected nested too deep, in each of its parts', () => {
    const deep = '['.repeat(40) + ']'.repeat(40);
    expect(refused({ header: { a: JSON.parse(deep) } }, 'ERR_LIMIT_EXCEEDED')).toContain(
      'the JWS envelope is nested too deep or has too many values',
    );
    expect(refused({ headers: `{"a":${deep}}` }, 'ERR_LIMIT_EXCEEDED')).toContain(
      'the JWS protected header is nested too deep or has too many values',
    );
  });
});

describe('the number of values in a JWS envelope', () => {
  const many = Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`member ${i}`, 0]));

  it('is bounded in the unprotected header', () => {
    expect(refused({ header: many }, 'ERR_LIMIT_EXCEEDED')).toContain(
      'the JWS envelope is nested too deep or has too many values',
    );
  });

  it('is bounded in the protected header', () => {
    expect(refused({ headers: many }, 'ERR_LIMIT_EXCEEDED')).toContain(
      'the JWS protected header is nested too deep or has too many values',
    );
  });

  it('is bounded in the chain', () => {
    expect(refused({ header: { x5c: new Array(10_001).fill('') } }, 'ERR_LIMIT_EXCEEDED')).toContain(
      'the JWS envelope is nested too deep or has too many values',
    );
  });
});

describe('base64url in a JWS envelope', () => {
  const WHAT = { payload: 'the payload', protected: 'the JWS protected header', signature: 'the signature' };
  const members = (change: (text: string) => string, member: 'payload' | 'protected' | 'signature') => ({
    write: (all: Record<string, unknown>) =>
      JSON.stringify({ ...all, [member]: change(String(all[member])) }),
  });

  it.each(['payload', 'protected', 'signature'] as const)('must be canonical: %s', (member) => {
    const reason = `${WHAT[member]} is not canonical base64url`;
    expect(refused(members((text) => `${text}=`, member))).toContain(reason);
    expect(refused(members((text) => `${text}\n`, member))).toContain(reason);
    expect(refused(members((text) => ` ${text}`, member))).toContain(reason);
    expect(refused(members((text) => `${text.slice(0, 4)}+${text.slice(5)}`, member))).toContain(reason);
  });

  it.each(['payload', 'protected', 'signature'] as const)('must not have unused bits: %s', (member) => {
    expect(refused(members(() => 'e31', member))).toContain(`${WHAT[member]} is not canonical base64url`);
  });

  it.each([
    ['payload', 'its payload is empty'],
    ['protected', 'the JWS protected header is not JSON'],
    ['signature', 'it has no signature'],
  ] as const)('must not be empty: %s', (member, reason) => {
    expect(refused(members(() => '', member))).toContain(reason);
  });
});

describe('the algorithm of a JWS envelope', () => {
  it.each(['PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'])('may be %s', (alg) => {
    expect(parse({ headers: { alg } }).algorithm.name).toBe(alg);
  });

  it.each([
    'none',
    'None',
    'HS256',
    'RS256',
    'RS512',
    'EdDSA',
    'ES256K',
    'es256',
    '',
    'toString',
    '__proto__',
  ])('must not be %j', (alg) => {
    expect(refused({ headers: { alg } })).toContain('not allowed');
  });

  it.each([undefined, null, -7, ['ES256']])('must be a string: %j', (alg) => {
    expect(refused({ headers: { alg } })).toContain(
      'the JWS protected header is malformed at "alg": string expected',
    );
  });

  it('must not hide behind letter case', () => {
    expect(refused({ headers: { alg: undefined, Alg: 'ES256' } })).toContain(
      'the JWS protected header is malformed at "alg": string expected',
    );
    expect(refused({ headers: { ALG: 'none' } })).toContain('letter case');
  });
});

describe('the critical headers of a JWS envelope', () => {
  const expiry = '2124-01-01T00:00:00Z';

  it('are the signing scheme, and the expiry if there is one', () => {
    const headers = { crit: [NAME.expiry, NAME.scheme], [NAME.expiry]: expiry };
    expect(parse({ headers }).signedAttributes.expiry).toEqual(new Date(expiry));
  });

  it('may name an extended attribute, which is critical then', () => {
    const headers = { crit: [NAME.scheme, 'a'], a: 1, b: { c: [] } };
    expect(parse({ headers }).signedAttributes.extended).toEqual([
      { key: 'a', value: 1, critical: true },
      { key: 'b', value: { c: [] }, critical: false },
    ]);
  });

  it.each([
    [
      'there are none',
      { crit: undefined },
      'the JWS protected header is malformed at "crit": array expected',
    ],
    ['they are null', { crit: null }, 'the JWS protected header is malformed at "crit": array expected'],
    [
      'they are not an array',
      { crit: NAME.scheme },
      'the JWS protected header is malformed at "crit": array expected',
    ],
    [
      'they are not all texts',
      { crit: [NAME.scheme, 1] },
      'the JWS protected header is malformed at "crit.1": string expected',
    ],
    ['they are empty', { crit: [] }, 'it does not mark io.cncf.notary.signingScheme as critical'],
    [
      'the signing scheme is not among them',
      { crit: ['a'], a: 1 },
      'it does not mark io.cncf.notary.signingScheme as critical',
    ],
    [
      'the expiry is not among them',
      { [NAME.expiry]: expiry },
      'it does not mark io.cncf.notary.expiry as critical',
    ],
    ['one is not there', { crit: [NAME.scheme, 'a'] }, 'it marks "a" as critical, which it must not'],
    [
      'one is in the unprotected header only',
      { crit: [NAME.scheme, 'x5c'] },
      'it marks "x5c" as critical, which it must not',
    ],
    ['one is named twice', { crit: [NAME.scheme, NAME.scheme] }, 'it marks an attribute as critical twice'],
    [
      'an extended one is named twice',
      { crit: [NAME.scheme, 'a', 'a'], a: 1 },
      'it marks an attribute as critical twice',
    ],
    [
      'the expiry is named and not there',
      { crit: [NAME.scheme, NAME.expiry] },
      'it marks "io.cncf.notary.expiry" as critical, which it must not',
    ],
    [
      'the signing time is named',
      { crit: [NAME.scheme, NAME.time] },
      'it marks "io.cncf.notary.signingTime" as critical, which it must not',
    ],
    [
      'the name of an object member that is inherited',
      { crit: [NAME.scheme, 'toString'] },
      'it marks "toString" as critical, which it must not',
    ],
  ])('are rejected when %s', (_, headers, reason) => {
    expect(refused({ headers })).toContain(reason);
  });

  it.each(['alg', 'cty', 'crit', 'typ', 'kid', 'jku', 'jwk', 'x5u', 'x5c', 'x5t', 'x5t#S256'])(
    'must not name the registered header %s, present or not',
    (name) => {
      const reason = `it marks "${name}" as critical, which it must not`;
      expect(refused({ headers: { crit: [NAME.scheme, name] } })).toContain(reason);
      if (!['alg', 'cty', 'crit'].includes(name)) {
        expect(refused({ headers: { crit: [NAME.scheme, name], [name]: 'a' } })).toContain(reason);
      }
    },
  );
});

describe('the signing scheme of a JWS envelope', () => {
  it('may be signingAuthority, with an authentic signing time', () => {
    expect(parse({ headers: AUTHORITY_JWS }).signedAttributes).toEqual({
      signingScheme: 'notary.x509.signingAuthority',
      authenticSigningTime: new Date(SIGNING_TIME),
      extended: [],
    });
  });

  it.each([
    [undefined, 'the JWS protected header is malformed at "io.cncf.notary.signingScheme": string expected'],
    [null, 'the JWS protected header is malformed at "io.cncf.notary.signingScheme": string expected'],
    ['', 'its signing scheme "" is unknown'],
    ['notary.X509', 'its signing scheme "notary.X509" is unknown'],
    ['notary.x509 ', 'its signing scheme "notary.x509 " is unknown'],
    ['notary.default.x509', 'its signing scheme "notary.default.x509" is unknown'],
    [1, 'the JWS protected header is malformed at "io.cncf.notary.signingScheme": string expected'],
  ])('must not be %j', (scheme, reason) => {
    expect(refused({ headers: { [NAME.scheme]: scheme } })).toContain(reason);
  });

  it('requires the signing time', () => {
    expect(refused({ headers: { [NAME.time]: undefined } })).toContain('lacks the signing time');
  });

  it('requires the authentic signing time', () => {
    expect(
      refused({ headers: { ...AUTHORITY_JWS, crit: [NAME.scheme], [NAME.authenticTime]: undefined } }),
    ).toContain('lacks the signing time');
  });

  it('requires that the authentic signing time is critical', () => {
    expect(refused({ headers: { ...AUTHORITY_JWS, crit: [NAME.scheme] } })).toContain('critical');
  });

  it('rejects the time of the other scheme', () => {
    const headers = { crit: [NAME.scheme, NAME.authenticTime], [NAME.authenticTime]: SIGNING_TIME };
    expect(refused({ headers })).toContain('does not allow');
    expect(refused({ headers: { [NAME.authenticTime]: SIGNING_TIME } })).toContain('does not allow');
    expect(refused({ headers: { ...AUTHORITY_JWS, [NAME.time]: SIGNING_TIME } })).toContain('does not allow');
  });
});

describe('the times of a JWS envelope', () => {
  const timed = (time: string) => parse({ headers: { [NAME.time]: time } }).signedAttributes.signingTime;
  const expiring = (expiry: unknown) => ({
    headers: { crit: [NAME.scheme, NAME.expiry], [NAME.expiry]: expiry },
  });

  it('may have offsets and fractions', () => {
    expect(timed('2022-05-06T07:08:09.25-08:00')).toEqual(new Date('2022-05-06T15:08:09.250Z'));
  });

  it.each([
    ['2024-05-06', 'its time "2024-05-06" is not in the form of RFC 3339'],
    ['yesterday', 'its time "yesterday" is not in the form of RFC 3339'],
    ['', 'its time "" is not in the form of RFC 3339'],
    ['2024-02-30T00:00:00Z', 'its time "2024-02-30T00:00:00Z" is not in the form of RFC 3339'],
    ['2024-05-06T07:08:09', 'its time "2024-05-06T07:08:09" is not in the form of RFC 3339'],
    [1714979289, 'the JWS protected header is malformed at "io.cncf.notary.signingTime": string expected'],
    [null, 'the JWS protected header is malformed at "io.cncf.notary.signingTime": string expected'],
  ])('must not be %j', (time, reason) => {
    expect(refused({ headers: { [NAME.time]: time } })).toContain(reason);
    expect(refused(expiring(time))).toContain(reason.replace(NAME.time, NAME.expiry));
  });

  it.each([SIGNING_TIME, '2024-05-06T07:08:08Z', '2024-05-06T09:08:09+02:00', '0001-01-01T00:00:00Z'])(
    'must not let it expire at %s, no later than it was signed',
    (expiry) => {
      expect(refused(expiring(expiry))).toContain('expires before');
    },
  );

  it('may let it expire right after it was signed', () => {
    expect(parse(expiring('2024-05-06T07:08:10Z')).signedAttributes.expiry).toEqual(
      new Date('2024-05-06T07:08:10Z'),
    );
  });

  it('hold for the authentic signing time too', () => {
    const crit = [NAME.scheme, NAME.authenticTime, NAME.expiry];
    expect(refused({ headers: { ...AUTHORITY_JWS, crit, [NAME.expiry]: SIGNING_TIME } })).toContain(
      'it expires before it was signed',
    );
  });
});

describe('the unprotected header of a JWS envelope', () => {
  it('may have unknown members', () => {
    expect(parse({ header: { other: [{}] } }).unsignedAttributes).toEqual({});
  });

  it.each([
    ['there is none', undefined, 'the JWS envelope is malformed at "header.x5c": array expected'],
    ['it is empty', [], 'the JWS envelope is malformed at "header.x5c": it is empty'],
    ['it is null', null, 'the JWS envelope is malformed at "header.x5c": array expected'],
    ['it is one text', certificate, 'the JWS envelope is malformed at "header.x5c": array expected'],
    [
      'it contains something other than texts',
      [1],
      'the JWS envelope is malformed at "header.x5c.0": string expected',
    ],
    ['it contains no certificate', ['AAAA'], 'the certificate is malformed'],
    ['it contains an empty text', [''], 'the certificate is malformed'],
  ])('is rejected when the chain is wrong: %s', (_, x5c, reason) => {
    const code =
      Array.isArray(x5c) && typeof x5c[0] === 'string' ? 'ERR_CERTIFICATE_INVALID' : 'ERR_ENVELOPE_INVALID';
    expect(refused({ header: { x5c } }, code)).toContain(reason);
  });

  it('has its chain in standard base64, with padding', () => {
    for (const text of ['-_8=', 'MA', 'MAA=\n', 'MA\nA=', ' MAA=', 'MAB='])
      expect(refused({ header: { x5c: [text] } })).toContain('the certificate is not canonical base64');
    expect(refused({ header: { x5c: [chain.leaf.pem] } })).toContain(
      'the certificate is not canonical base64',
    );
  });

  it('must not have more than 16 certificates', () => {
    expect(refused({ header: { x5c: new Array(17).fill(certificate) } }, 'ERR_LIMIT_EXCEEDED')).toContain(
      'the certificate chain measures 17, more than 16',
    );
  });

  it.each(['', ' ', 'notation', 'a/b/c\u0000', 'x'.repeat(10_000)])(
    'may have any string for a signing agent: %j',
    (agent) => {
      expect(parse({ header: { [NAME.agent]: agent } }).unsignedAttributes.signingAgent ?? '').toBe(agent);
    },
  );

  it.each(['X5C', 'x5C', 'io.cncf.notary.TimestampSignature'])('must not have the look-alike %s', (name) => {
    expect(refused({ header: { [name]: 'AA==' } })).toContain('letter case');
  });

  it('may have a signing agent of another letter case, as old versions write it', () => {
    expect(parse({ header: { 'io.cncf.notary.SigningAgent': 'a' } }).unsignedAttributes).toEqual({});
  });

  it.each([
    [1, 'the JWS envelope is malformed at "header.io.cncf.notary.timestampSignature": string expected'],
    [null, 'the JWS envelope is malformed at "header.io.cncf.notary.timestampSignature": string expected'],
    [
      ['AA=='],
      'the JWS envelope is malformed at "header.io.cncf.notary.timestampSignature": string expected',
    ],
    ['@', 'the timestamp is not canonical base64'],
    ['AAA', 'the timestamp is not canonical base64'],
    ['AA=A', 'the timestamp is not canonical base64'],
  ])('must not have the timestamp %j', (token, reason) => {
    expect(refused({ header: { [NAME.timestamp]: token } })).toContain(reason);
  });

  it('must not have a timestamp over 1 MiB', () => {
    const token = 'A'.repeat(4 * 350_000);
    expect(refused({ header: { [NAME.timestamp]: token } }, 'ERR_LIMIT_EXCEEDED')).toContain(
      'the timestamp token measures 1050000, more than 1048576',
    );
  });

  it('must not repeat a protected header', () => {
    expect(refused({ header: { alg: 'none' } })).toContain('both protected and unprotected');
    expect(refused({ headers: { x5c: [certificate] } })).toContain('both protected and unprotected');
  });
});

describe('the protected header of a JWS envelope', () => {
  it.each([
    ['[]', 'the JWS protected header is malformed: object expected'],
    ['"a"', 'the JWS protected header is malformed: object expected'],
    ['null', 'the JWS protected header is malformed: object expected'],
    ['{', 'the JWS protected header is not JSON'],
    ['', 'the JWS protected header is not JSON'],
    ['{}', 'the JWS protected header is malformed at "alg": string expected'],
  ])('must not be %s', (headers, reason) => {
    expect(refused({ headers })).toContain(reason);
  });

  it.each([undefined, null, 1])('must have a content type that is a string: %j', (cty) => {
    expect(refused({ headers: { cty } })).toContain(
      'the JWS protected header is malformed at "cty": string expected',
    );
  });

  it.each([
    'Crit',
    'CTY',
    'io.cncf.notary.SigningScheme',
    'io.cncf.notary.Expiry',
    'IO.CNCF.NOTARY.signingTime',
  ])('must not have the look-alike %s', (name) => {
    expect(refused({ headers: { [name]: 'a' } })).toContain('letter case');
  });

  it('must not be over 1 MiB', () => {
    expect(refused({ headers: { a: 'a'.repeat(1_100_000) } }, 'ERR_LIMIT_EXCEEDED')).toContain(
      'the protected header measures 1100211, more than 1048576',
    );
  });
});

describe('the payload of a JWS envelope', () => {
  it('must not be empty', () => {
    expect(refused({ payload: '' })).toContain('its payload is empty');
  });

  it('must not be over 4 MiB', () => {
    expect(refused({ payload: new Uint8Array(4 * 1024 * 1024 + 1) }, 'ERR_LIMIT_EXCEEDED')).toContain(
      'a payload of 4194305 bytes is too large',
    );
  });

  it('is not parsed before it is verified', () => {
    expect(parse({ payload: 'no JSON' }).payload).toHaveLength(7);
  });
});
