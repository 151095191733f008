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

  it('signs the protected header and the payload as they are written (rule 25)', () => {
    const envelope = parse({
      headers: `{ "alg":"ES256",${JSON.stringify({ cty: 'a/b', crit: [NAME.scheme], [NAME.scheme]: 'notary.x509', [NAME.time]: SIGNING_TIME }).slice(1)}`,
    });
    const [header = '', payload = ''] = new TextDecoder().decode(envelope.signedBytes).split('.');
    expect(Buffer.from(header, 'base64url').toString()).toMatch(/^\{ "alg":"ES256",/);
    expect(Buffer.from(payload, 'base64url').toString()).toBe(PAYLOAD);
  });

  it.each(['payload', 'protected', 'header', 'signature'])('is refused without %s (rule 21)', (member) => {
    refused({ members: { [member]: undefined } });
  });

  it.each([
    ['signatures', []],
    ['Payload', 'e30'],
    ['kid', 'a'],
    ['', 1],
  ])('is refused with the member %j (rule 21, difference C)', (member, value) => {
    expect(refused({ members: { [member]: value } })).toContain('unknown member');
  });

  it.each([
    ['payload', 1],
    ['payload', null],
    ['protected', {}],
    ['header', 'e30'],
    ['header', []],
    ['header', null],
    ['signature', ['AA']],
  ])('is refused with %s as %j', (member, value) => {
    refused({ members: { [member]: value } });
  });

  it('is refused with a member twice (difference C)', () => {
    const write = (members: object) => `{"payload":"e30",${JSON.stringify(members).slice(1)}`;
    expect(refused({ write })).toContain('twice');
  });

  it('is refused with a header twice, in either header', () => {
    const twice = (members: object) => JSON.stringify(members).replace('"x5c"', '"x5c":["AA=="],"x5c"');
    expect(refused({ write: twice })).toContain('twice');
    expect(refused({ headers: '{"alg":"ES256","alg":"ES256"}' })).toContain('twice');
  });

  it('is refused with a prototype in its headers', () => {
    const headers = JSON.stringify({ alg: 'ES256' }).replace('{', '{"__proto__":{"crit":[]},');
    expect(refused({ headers })).toContain('__proto__');
  });

  it.each([
    ['compact serialization', 'e30.e30.AA'],
    ['general serialization', '{"payload":"e30","signatures":[]}'],
    ['nothing', ''],
    ['a text', '"e30"'],
    ['an array', '[]'],
    ['null', 'null'],
    ['two values', '{}{}'],
    ['a cut-off value', '{"payload":"e30"'],
    ['the text of a broken signature', 'invalid signature'],
  ])('is refused as %s', (_, text) => {
    failure(parseText(text), 'ERR_ENVELOPE_INVALID');
  });

  it('is refused when it is not UTF-8', () => {
    failure(() => parseEnvelope(Uint8Array.of(0x7b, 0xff), 'application/jose+json'), 'ERR_ENVELOPE_INVALID');
  });

  it('may have white space between its members', () => {
    const write = (members: object) => `\n ${JSON.stringify(members, null, 4)}\r\n\t`;
    expect(parse({ write }).algorithm.name).toBe('ES256');
  });

  it('is refused over 16 MiB, whatever fills it', () => {
    const padded = new Uint8Array(16 * 1024 * 1024 + 1).fill(0x20);
    padded.set(forgeJws());
    failure(() => parseEnvelope(padded, 'application/jose+json'), 'ERR_LIMIT_EXCEEDED');
  });

  it('is refused nested too deep, in each of its parts', () => {
    const deep = '['.repeat(40) + ']'.repeat(40);
    refused({ header: { a: JSON.parse(deep) } }, 'ERR_LIMIT_EXCEEDED');
    refused({ headers: `{"a":${deep}}` }, 'ERR_LIMIT_EXCEEDED');
  });
});

describe('the number of values in a JWS envelope', () => {
  const many = Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`member ${i}`, 0]));

  it('is bounded in the unprotected header', () => {
    refused({ header: many }, 'ERR_LIMIT_EXCEEDED');
  });

  it('is bounded in the protected header', () => {
    refused({ headers: many }, 'ERR_LIMIT_EXCEEDED');
  });

  it('is bounded in the chain', () => {
    refused({ header: { x5c: new Array(10_001).fill('') } }, 'ERR_LIMIT_EXCEEDED');
  });
});

describe('base64url in a JWS envelope (difference D)', () => {
  const members = (change: (text: string) => string, member: 'payload' | 'protected' | 'signature') => ({
    write: (all: Record<string, unknown>) =>
      JSON.stringify({ ...all, [member]: change(String(all[member])) }),
  });

  it.each(['payload', 'protected', 'signature'] as const)('must be canonical: %s', (member) => {
    refused(members((text) => `${text}=`, member));
    refused(members((text) => `${text}\n`, member));
    refused(members((text) => ` ${text}`, member));
    refused(members((text) => `${text.slice(0, 4)}+${text.slice(5)}`, member));
  });

  it.each(['payload', 'protected', 'signature'] as const)('must not have unused bits: %s', (member) => {
    refused(members(() => 'e31', member));
  });

  it.each(['payload', 'protected', 'signature'] as const)('must not be empty: %s', (member) => {
    refused(members(() => '', member));
  });
});

describe('the algorithm of a JWS envelope (rule 26)', () => {
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

  it.each([undefined, null, -7, ['ES256']])('must be a text: %j', (alg) => {
    refused({ headers: { alg } });
  });

  it('must not hide behind letter case', () => {
    refused({ headers: { alg: undefined, Alg: 'ES256' } });
    expect(refused({ headers: { ALG: 'none' } })).toContain('letter case');
  });
});

describe('the critical headers of a JWS envelope (rules 22, 17; difference H)', () => {
  const expiry = '2124-01-01T00:00:00Z';

  it('are the signing scheme, and the expiry where there is one', () => {
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
    ['there are none', { crit: undefined }],
    ['they are null', { crit: null }],
    ['they are no array', { crit: NAME.scheme }],
    ['they are not all texts', { crit: [NAME.scheme, 1] }],
    ['they are empty', { crit: [] }],
    ['the signing scheme is not among them', { crit: ['a'], a: 1 }],
    ['the expiry is not among them', { [NAME.expiry]: expiry }],
    ['one is not there', { crit: [NAME.scheme, 'a'] }],
    ['one is in the unprotected header only', { crit: [NAME.scheme, 'x5c'] }],
    ['one is named twice', { crit: [NAME.scheme, NAME.scheme] }],
    ['an extended one is named twice', { crit: [NAME.scheme, 'a', 'a'], a: 1 }],
    ['the expiry is named and not there', { crit: [NAME.scheme, NAME.expiry] }],
    ['the signing time is named', { crit: [NAME.scheme, NAME.time] }],
    ['the name of an object member that is inherited', { crit: [NAME.scheme, 'toString'] }],
  ])('are refused when %s', (_, headers) => {
    refused({ headers });
  });

  it.each(['alg', 'cty', 'crit', 'typ', 'kid', 'jku', 'jwk', 'x5u', 'x5c', 'x5t', 'x5t#S256'])(
    'must not name the registered header %s, be it there or not',
    (name) => {
      refused({ headers: { crit: [NAME.scheme, name] } });
      if (!['alg', 'cty', 'crit'].includes(name)) {
        expect(refused({ headers: { crit: [NAME.scheme, name], [name]: 'a' } })).toContain('must not');
      }
    },
  );
});

describe('the signing scheme of a JWS envelope (rules 12 to 14; difference G)', () => {
  it('may be signingAuthority, with an authentic signing time', () => {
    expect(parse({ headers: AUTHORITY_JWS }).signedAttributes).toEqual({
      signingScheme: 'notary.x509.signingAuthority',
      authenticSigningTime: new Date(SIGNING_TIME),
      extended: [],
    });
  });

  it.each([undefined, null, '', 'notary.X509', 'notary.x509 ', 'notary.default.x509', 1])(
    'must not be %j',
    (scheme) => {
      refused({ headers: { [NAME.scheme]: scheme } });
    },
  );

  it('demands the signing time', () => {
    expect(refused({ headers: { [NAME.time]: undefined } })).toContain('lacks the signing time');
  });

  it('demands the authentic signing time', () => {
    expect(
      refused({ headers: { ...AUTHORITY_JWS, crit: [NAME.scheme], [NAME.authenticTime]: undefined } }),
    ).toContain('lacks the signing time');
  });

  it('demands that the authentic signing time is critical', () => {
    expect(refused({ headers: { ...AUTHORITY_JWS, crit: [NAME.scheme] } })).toContain('critical');
  });

  it('refuses the time of the other scheme', () => {
    const headers = { crit: [NAME.scheme, NAME.authenticTime], [NAME.authenticTime]: SIGNING_TIME };
    expect(refused({ headers })).toContain('does not allow');
    expect(refused({ headers: { [NAME.authenticTime]: SIGNING_TIME } })).toContain('does not allow');
    expect(refused({ headers: { ...AUTHORITY_JWS, [NAME.time]: SIGNING_TIME } })).toContain('does not allow');
  });
});

describe('the times of a JWS envelope (rules 15, 23; difference K)', () => {
  const timed = (time: string) => parse({ headers: { [NAME.time]: time } }).signedAttributes.signingTime;
  const expiring = (expiry: unknown) => ({
    headers: { crit: [NAME.scheme, NAME.expiry], [NAME.expiry]: expiry },
  });

  it('may have offsets and fractions', () => {
    expect(timed('2022-05-06T07:08:09.25-08:00')).toEqual(new Date('2022-05-06T15:08:09.250Z'));
  });

  it.each(['2024-05-06', 'yesterday', '', '2024-02-30T00:00:00Z', '2024-05-06T07:08:09', 1714979289, null])(
    'must not be %j',
    (time) => {
      refused({ headers: { [NAME.time]: time } });
      refused(expiring(time));
    },
  );

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
    refused({ headers: { ...AUTHORITY_JWS, crit, [NAME.expiry]: SIGNING_TIME } });
  });
});

describe('the unprotected header of a JWS envelope (rule 24)', () => {
  it('may have members that nobody knows (difference C)', () => {
    expect(parse({ header: { other: [{}] } }).unsignedAttributes).toEqual({});
  });

  it.each([
    ['there is none', undefined],
    ['it is empty', []],
    ['it is null', null],
    ['it is one text', certificate],
    ['it holds something else than texts', [1]],
    ['it holds no certificate', ['AAAA']],
    ['it holds an empty text', ['']],
  ])('is refused when the chain is wrong: %s', (_, x5c) => {
    const code =
      Array.isArray(x5c) && typeof x5c[0] === 'string' ? 'ERR_CERTIFICATE_INVALID' : 'ERR_ENVELOPE_INVALID';
    refused({ header: { x5c } }, code);
  });

  it('has its chain in standard base64, with padding (difference D)', () => {
    for (const text of ['-_8=', 'MA', 'MAA=\n', 'MA\nA=', ' MAA=', 'MAB='])
      refused({ header: { x5c: [text] } });
    refused({ header: { x5c: [chain.leaf.pem] } });
  });

  it('must not have more than 16 certificates', () => {
    refused({ header: { x5c: new Array(17).fill(certificate) } }, 'ERR_LIMIT_EXCEEDED');
  });

  it.each(['X5C', 'x5C', 'io.cncf.notary.TimestampSignature'])(
    'must not have the look-alike %s (difference C)',
    (name) => {
      expect(refused({ header: { [name]: 'AA==' } })).toContain('letter case');
    },
  );

  it('may have a signing agent of another letter case, as old versions write it', () => {
    expect(parse({ header: { 'io.cncf.notary.SigningAgent': 'a' } }).unsignedAttributes).toEqual({});
  });

  it.each([1, null, ['AA=='], '@', 'AAA', 'AA=A'])('must not have the time-stamp %j', (token) => {
    refused({ header: { [NAME.timestamp]: token } });
  });

  it('must not have a time-stamp over 1 MiB', () => {
    const token = 'A'.repeat(4 * 350_000);
    refused({ header: { [NAME.timestamp]: token } }, 'ERR_LIMIT_EXCEEDED');
  });

  it('must not repeat a protected header', () => {
    expect(refused({ header: { alg: 'none' } })).toContain('both protected and unprotected');
    expect(refused({ headers: { x5c: [certificate] } })).toContain('both protected and unprotected');
  });
});

describe('the protected header of a JWS envelope', () => {
  it.each(['[]', '"a"', 'null', '{', '', '{}'])('must not be %s', (headers) => {
    refused({ headers });
  });

  it.each([undefined, null, 1])('must have a content type that is a text: %j', (cty) => {
    refused({ headers: { cty } });
  });

  it.each([
    'Crit',
    'CTY',
    'io.cncf.notary.SigningScheme',
    'io.cncf.notary.Expiry',
    'IO.CNCF.NOTARY.signingTime',
  ])('must not have the look-alike %s (difference C)', (name) => {
    expect(refused({ headers: { [name]: 'a' } })).toContain('letter case');
  });

  it('must not be over 1 MiB', () => {
    refused({ headers: { a: 'a'.repeat(1_100_000) } }, 'ERR_LIMIT_EXCEEDED');
  });
});

describe('the payload of a JWS envelope', () => {
  it('must not be empty', () => {
    refused({ payload: '' });
  });

  it('must not be over 4 MiB', () => {
    refused({ payload: new Uint8Array(4 * 1024 * 1024 + 1) }, 'ERR_LIMIT_EXCEEDED');
  });

  it('is not looked into before it is verified (rule 11)', () => {
    expect(parse({ payload: 'no JSON' }).payload).toHaveLength(7);
  });
});
