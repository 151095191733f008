import { describe, expect, it } from 'vitest';
import { parseEnvelope } from '../../src/envelope/envelope.ts';
import type { ErrorCode } from '../../src/errors/index.ts';
import { failure } from '../encoding/failure.ts';
import { type Cbor, cbor, float32, head, Pairs, Raw, Tagged } from './cbor.ts';
import {
  AUTHORITY_COSE,
  type CoseChanges,
  chain,
  epoch,
  forgeCose,
  type Labels,
  NAME,
  PAYLOAD,
  raw,
  SIGNING_TIME,
} from './forged.ts';

const parse = (changes: CoseChanges = {}) => parseEnvelope(forgeCose(changes), 'application/cose');
const refused = (changes: CoseChanges, code: ErrorCode = 'ERR_ENVELOPE_INVALID') =>
  failure(() => parse(changes), code);
const seconds = Date.parse(SIGNING_TIME) / 1000;
const certificates = chain.chain.map(({ der }) => der);
type Parts = Parameters<NonNullable<CoseChanges['write']>>[0];
const written = (write: (parts: Parts) => Cbor) => refused({ write });

describe('a COSE envelope', () => {
  it('is read into the common model', () => {
    const envelope = parse({
      unprotected: [
        [NAME.agent, 'agent/1'],
        [NAME.timestamp, Uint8Array.of(1)],
      ],
    });
    expect(envelope.mediaType).toBe('application/cose');
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
      timestampSignature: Uint8Array.of(1),
    });
    expect(envelope.certificates.map(({ der }) => Buffer.from(der))).toEqual(
      certificates.map((der) => Buffer.from(der)),
    );
    expect(envelope.signature).toHaveLength(64);
  });

  it.each<[string, (parts: Parts) => Cbor, string]>([
    [
      'without its tag',
      (parts) => parts,
      'it does not start with the tag of COSE_Sign1 and an array of four',
    ],
    [
      'under the tag of COSE_Sign',
      (parts) => new Tagged(98, parts),
      'it does not start with the tag of COSE_Sign1 and an array of four',
    ],
    [
      'under its tag in two bytes',
      (parts) => raw(head(6, 18, 1), cbor(parts)),
      'it does not start with the tag of COSE_Sign1 and an array of four',
    ],
    [
      'under two tags',
      (parts) => new Tagged(55_799, new Tagged(18, parts)),
      'it does not start with the tag of COSE_Sign1 and an array of four',
    ],
    [
      'under its tag twice',
      (parts) => new Tagged(18, new Tagged(18, parts)),
      'it does not start with the tag of COSE_Sign1 and an array of four',
    ],
    [
      'with the length of the array in two bytes',
      (parts) => raw(head(6, 18), head(4, 4, 1), ...parts.map(cbor)),
      'it does not start with the tag of COSE_Sign1 and an array of four',
    ],
    [
      'as an indefinite array',
      (parts) => raw(head(6, 18), Uint8Array.of(0x9f), ...parts.map(cbor), Uint8Array.of(0xff)),
      'it does not start with the tag of COSE_Sign1 and an array of four',
    ],
    [
      'with three parts',
      ([a, b, c]) => new Tagged(18, [a, b, c]),
      'it does not start with the tag of COSE_Sign1 and an array of four',
    ],
    [
      'with five parts',
      (parts) => new Tagged(18, [...parts, new Uint8Array()]),
      'it does not start with the tag of COSE_Sign1 and an array of four',
    ],
    [
      'as a map',
      () => new Tagged(18, new Pairs([])),
      'it does not start with the tag of COSE_Sign1 and an array of four',
    ],
    [
      'with something behind it',
      (parts) => raw(cbor(new Tagged(18, parts)), Uint8Array.of(0)),
      'the COSE envelope has trailing bytes',
    ],
    [
      'cut off',
      (parts) => raw(cbor(new Tagged(18, parts)).slice(0, -1)),
      'the COSE envelope is truncated or has a wrong length',
    ],
    ['empty', () => new Raw(), 'it does not start with the tag of COSE_Sign1 and an array of four'],
    [
      'as its first byte only',
      () => new Raw(0xd2),
      'it does not start with the tag of COSE_Sign1 and an array of four',
    ],
    [
      'with a protected header that is not a byte string',
      ([, b, c, d]) => new Tagged(18, [new Pairs([]), b, c, d]),
      'its protected header is not a byte string',
    ],
    [
      'with an empty protected header',
      ([, b, c, d]) => new Tagged(18, [new Uint8Array(), b, c, d]),
      'the COSE protected header is truncated or has a wrong length',
    ],
    [
      'with an unprotected header that is not a map',
      ([a, , c, d]) => new Tagged(18, [a, [], c, d]),
      'its unprotected header is not a map',
    ],
    [
      'with an unprotected header that is a byte string',
      ([a, b, c, d]) => new Tagged(18, [a, cbor(b), c, d]),
      'its unprotected header is not a map',
    ],
    [
      'with a detached payload',
      ([a, b, , d]) => new Tagged(18, [a, b, null, d]),
      'its payload is detached or empty',
    ],
    [
      'with an empty payload',
      ([a, b, , d]) => new Tagged(18, [a, b, new Uint8Array(), d]),
      'its payload is detached or empty',
    ],
    [
      'with a payload that is a text',
      ([a, b, , d]) => new Tagged(18, [a, b, PAYLOAD, d]),
      'its payload is detached or empty',
    ],
    [
      'without a signature',
      ([a, b, c]) => new Tagged(18, [a, b, c, new Uint8Array()]),
      'it has no signature',
    ],
    ['with a signature that is null', ([a, b, c]) => new Tagged(18, [a, b, c, null]), 'it has no signature'],
  ])('is rejected %s', (_, write, reason) => {
    expect(written(write)).toContain(reason);
  });

  it('may have byte strings in more bytes than they need, and signs them in the shortest form', () => {
    const write = ([a, b, c, d]: Parts) => new Tagged(18, [raw(head(2, a.length, 4), a), b, c, d]);
    const [protectedHeader] = [Buffer.from(parse({ write }).signedBytes).subarray(12)];
    expect(protectedHeader.subarray(0, 2)).toEqual(Buffer.from(head(2, protectedHeader[1] ?? 0, 1)));
  });

  it('is not parsed as a JWS', () => {
    expect(
      failure(() => parseEnvelope(forgeCose(), 'application/jose+json'), 'ERR_ENVELOPE_INVALID'),
    ).toContain('the JWS envelope is not UTF-8');
  });
});

describe('the headers of a COSE envelope', () => {
  const headers = (...pairs: (readonly [Cbor, Cbor])[]) => ({
    rawHeaders: cbor(
      new Pairs([
        [1, -7],
        [2, [NAME.scheme]],
        [3, 'application/vnd.cncf.notary.payload.v1+json'],
        [NAME.scheme, 'notary.x509'],
        [NAME.time, epoch(seconds)],
        ...pairs,
      ]),
    ),
  });

  it('may be in any order', () => {
    expect(parse(headers()).algorithm.name).toBe('ES256');
  });

  it('must not have a label twice', () => {
    expect(refused(headers([1, -7]))).toContain('twice');
    expect(refused(headers([NAME.scheme, 'notary.x509']))).toContain('twice');
  });

  it('must not have a label twice in two lengths', () => {
    expect(refused(headers([raw(head(0, 1, 8)), -7]))).toContain('twice');
  });

  it('must not have a label both protected and unprotected', () => {
    expect(refused({ unprotected: [[1, -7]] })).toContain('both');
    expect(refused({ headers: [[33, certificates]] })).toContain('both');
  });

  it('must not be an array', () => {
    expect(refused({ rawHeaders: cbor([]) })).toContain('its protected header is not a map');
  });

  it('must not have anything after the map', () => {
    expect(refused({ rawHeaders: cbor(raw(cbor(new Pairs([])), Uint8Array.of(0))) })).toContain(
      'the COSE protected header has trailing bytes',
    );
  });

  it('must not be over 1 MiB', () => {
    expect(refused({ headers: [['a', new Uint8Array(1_100_000)]] }, 'ERR_LIMIT_EXCEEDED')).toContain(
      'the protected header measures 1100164, more than 1048576',
    );
  });

  it.each([4, 5, 6])('must have a byte string under the standard label %i', (label) => {
    expect(parse({ unprotected: [[label, new Uint8Array(1)]] }).algorithm.name).toBe('ES256');
    for (const value of ['a', 1, null, []]) {
      const reason = `its header ${label} is not a byte string`;
      expect(refused({ unprotected: [[label, value]] })).toContain(reason);
      expect(refused({ headers: [[label, value]] })).toContain(reason);
    }
  });

  it('must not have both an IV and a partial IV', () => {
    const iv = new Uint8Array(1);
    expect(
      refused({
        unprotected: [
          [5, iv],
          [6, iv],
        ],
      }),
    ).toContain('it has both an IV and a partial IV');
    expect(refused({ headers: [[5, iv]], unprotected: [[6, iv]] })).toContain(
      'it has both an IV and a partial IV',
    );
  });

  it.each([7, 9, 11, 12])('must not have a countersignature: %i', (label) => {
    expect(refused({ headers: [[label, new Uint8Array(1)]] })).toContain('countersignature');
    expect(refused({ unprotected: [[label, new Uint8Array(1)]] })).toContain('countersignature');
  });

  it.each<[Cbor]>([['a/b'], [0], [50]])('may have the type %j (RFC 9596)', (type) => {
    expect(parse({ headers: [[16, type]] }).algorithm.name).toBe('ES256');
  });

  it.each<[Cbor]>([
    ['a'],
    ['a/b/c'],
    [' a/b'],
    ['a/b '],
    [''],
    [-1],
    [1.5],
    [null],
    [new Uint8Array()],
    [new Raw(0xf7)],
  ])('must not have the type %j', (type) => {
    expect(refused({ headers: [[16, type]] })).toContain('media type');
    expect(refused({ unprotected: [[16, type]] })).toContain('media type');
  });

  it.each([
    [1, 'its header 1 is undefined'],
    [2, 'its header 2 is undefined'],
    [3, 'its header 3 is undefined'],
    [NAME.scheme, 'its header "io.cncf.notary.signingScheme" is undefined'],
    [NAME.time, 'its header "io.cncf.notary.signingTime" is undefined'],
    [NAME.expiry, 'its header "io.cncf.notary.expiry" is undefined'],
    [NAME.authenticTime, 'its header "io.cncf.notary.authenticSigningTime" is undefined'],
  ])('must not have the header %j as undefined, which would pass for a missing one', (label, reason) => {
    expect(refused({ headers: [[label, new Raw(0xf7)]] })).toContain(reason);
  });

  it.each([
    [new Raw(0x1b, 0x00, 0x20, 0, 0, 0, 0, 0, 0), 9007199254740992n],
    [new Raw(0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), 18446744073709551615n],
    [new Raw(0x3b, 0x00, 0x20, 0, 0, 0, 0, 0, 0), -9007199254740993n],
  ])('may have an integer that a number cannot hold, such as %j', (value, integer) => {
    const { signedAttributes } = parse({ headers: [['a', value]], unprotected: [['b', value]] });
    expect(signedAttributes.extended).toEqual([{ key: 'a', value: integer, critical: false }]);
  });

  it.each<[string, Cbor, string]>([
    ['another tag than that of times', new Tagged(0, '2026-01-01T00:00:00Z'), 'the tag 0'],
    ['a map with a key of bytes', new Pairs([[new Uint8Array(1), 0]]), 'map key'],
    ['a map with a boolean key', new Pairs([[true, 0]]), 'map key'],
    ['a simple value without a meaning', new Raw(0xe0), 'unexpected type'],
    ['a byte order mark', new Raw(0x64, 0xef, 0xbb, 0xbf, 0x61), 'byte order mark'],
  ])('must not have a value with %s, critical or not', (_, value, reason) => {
    expect(refused({ headers: [['a', value]] })).toContain(reason);
  });

  it('must not have tags outside of the protected ones', () => {
    expect(refused({ unprotected: [['a', epoch(1)]] })).toContain('tag');
  });

  it('must not have a tag other than that of times in the protected one', () => {
    expect(refused({ headers: [['a', new Tagged(0, SIGNING_TIME)]] })).toContain('tag');
  });
});

describe('the algorithm of a COSE envelope', () => {
  it.each([
    [-37, 'PS256'],
    [-38, 'PS384'],
    [-39, 'PS512'],
    [-7, 'ES256'],
    [-35, 'ES384'],
    [-36, 'ES512'],
  ])('may be %i', (identifier, name) => {
    expect(parse({ headers: [[1, identifier]] }).algorithm.name).toBe(name);
  });

  it('may be written in more bytes than it needs', () => {
    expect(parse({ headers: [[1, raw(head(1, 6, 8))]] }).algorithm.name).toBe('ES256');
  });

  it.each<[Cbor | undefined]>([
    [-8],
    [-257],
    [-259],
    [-65_535],
    [0],
    [7],
    ['ES256'],
    ['-7'],
    [-7.5],
    [null],
    [undefined],
    [[-7]],
    [new Uint8Array()],
  ])('must not be %j', (identifier) => {
    expect(refused({ headers: [[1, identifier]] })).toContain('not allowed');
  });
});

describe('the critical headers of a COSE envelope', () => {
  it('may be in any order, and name extended attributes by string and by integer', () => {
    const headers: Labels = [
      [2, ['a', NAME.scheme, 99, -70_001]],
      ['a', 'b'],
      [99, Uint8Array.of(1)],
      [-70_001, [1]],
      [100, null],
    ];
    expect(parse({ headers }).signedAttributes.extended).toEqual([
      { key: 'a', value: 'b', critical: true },
      { key: 99, value: Uint8Array.of(1), critical: true },
      { key: -70_001, value: [1], critical: true },
      { key: 100, value: null, critical: false },
    ]);
  });

  it('may be integers in more bytes than they need', () => {
    const headers: Labels = [
      [2, [NAME.scheme, raw(head(0, 99, 8))]],
      [99, 1],
    ];
    expect(parse({ headers }).signedAttributes.extended).toEqual([{ key: 99, value: 1, critical: true }]);
  });

  it.each<[string, Labels, string]>([
    ['there are none', [[2, undefined]], 'it does not say what is critical'],
    ['they are empty', [[2, []]], 'it does not mark io.cncf.notary.signingScheme as critical'],
    ['they are not an array', [[2, NAME.scheme]], 'it does not say what is critical'],
    [
      'the signing scheme is not among them',
      [
        [2, ['a']],
        ['a', 1],
      ],
      'it does not mark io.cncf.notary.signingScheme as critical',
    ],
    ['one is not there', [[2, [NAME.scheme, 'a']]], 'it marks "a" as critical, which it must not'],
    ['one is named twice', [[2, [NAME.scheme, NAME.scheme]]], 'it marks an attribute as critical twice'],
    ['one is a float', [[2, [NAME.scheme, 1.5]]], 'it does not say what is critical'],
    ['one is bytes', [[2, [NAME.scheme, new Uint8Array()]]], 'it does not say what is critical'],
    [
      'one is an integer for a text',
      [
        [2, [NAME.scheme, 1]],
        ['1', 1],
      ],
      'it marks 1 as critical, which it must not',
    ],
    [
      'one is a text for an integer',
      [
        [2, [NAME.scheme, '99']],
        [99, 1],
      ],
      'it marks "99" as critical, which it must not',
    ],
    [
      'the expiry is not among them',
      [[NAME.expiry, epoch(seconds + 1)]],
      'it does not mark io.cncf.notary.expiry as critical',
    ],
    [
      'the expiry is named and not there',
      [[2, [NAME.scheme, NAME.expiry]]],
      'it marks "io.cncf.notary.expiry" as critical, which it must not',
    ],
    [
      'the signing time is named',
      [[2, [NAME.scheme, NAME.time]]],
      'it marks "io.cncf.notary.signingTime" as critical, which it must not',
    ],
    [
      'the chain is named, which is not protected',
      [[2, [NAME.scheme, 33]]],
      'it marks 33 as critical, which it must not',
    ],
  ])('are rejected when %s', (_, headers, reason) => {
    expect(refused({ headers })).toContain(reason);
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])('must not name the standard label %i', (label) => {
    const value = [1, 2, 3].includes(label) ? [] : [[label, new Uint8Array()] as const];
    expect(refused({ headers: [[2, [NAME.scheme, label]], ...value] })).toMatch(/must not|countersignature/);
  });
});

describe('the signing scheme of a COSE envelope', () => {
  it('may be signingAuthority, with an authentic signing time', () => {
    expect(parse({ headers: AUTHORITY_COSE }).signedAttributes).toEqual({
      signingScheme: 'notary.x509.signingAuthority',
      authenticSigningTime: new Date(SIGNING_TIME),
      extended: [],
    });
  });

  it.each<[Cbor | undefined, string]>([
    [undefined, 'its signing scheme "undefined" is unknown'],
    [null, 'its signing scheme "null" is unknown'],
    ['', 'its signing scheme "" is unknown'],
    ['notary.X509', 'its signing scheme "notary.X509" is unknown'],
    [1, 'its signing scheme "1" is unknown'],
    [['notary.x509'], 'its signing scheme "notary.x509" is unknown'],
    [
      epoch(0),
      'its signing scheme "Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)" is unknown',
    ],
  ])('must not be %j', (scheme, reason) => {
    expect(refused({ headers: [[NAME.scheme, scheme]] })).toContain(reason);
  });

  it('requires the time of the scheme', () => {
    expect(refused({ headers: [[NAME.time, undefined]] })).toContain('lacks');
    expect(
      refused({ headers: [...AUTHORITY_COSE, [2, [NAME.scheme]], [NAME.authenticTime, undefined]] }),
    ).toContain('lacks');
  });

  it('requires that the authentic signing time is critical', () => {
    expect(refused({ headers: [...AUTHORITY_COSE, [2, [NAME.scheme]]] })).toContain('critical');
  });

  it('rejects the time of the other scheme, critical or not', () => {
    const time = [NAME.authenticTime, epoch(seconds)] as const;
    expect(refused({ headers: [time] })).toContain('does not allow');
    expect(refused({ headers: [[2, [NAME.scheme, NAME.authenticTime]], time] })).toContain('does not allow');
    expect(refused({ headers: [...AUTHORITY_COSE, [NAME.time, epoch(seconds)]] })).toContain(
      'does not allow',
    );
  });
});

describe('the times of a COSE envelope', () => {
  const timed = (time: Cbor) => parse({ headers: [[NAME.time, time]] }).signedAttributes.signingTime;
  const expiring = (time: Cbor): CoseChanges => ({
    headers: [
      [2, [NAME.scheme, NAME.expiry]],
      [NAME.expiry, time],
    ],
  });

  it('may be integers of any length', () => {
    expect(timed(epoch(0))).toEqual(new Date(0));
    expect(timed(epoch(-1))).toEqual(new Date(-1000));
    expect(timed(new Tagged(1, raw(head(0, seconds, 8))))).toEqual(new Date(SIGNING_TIME));
  });

  it('may be after 2106, which takes integers of eight bytes', () => {
    const expiry = new Date('2120-07-08T09:10:11Z');
    expect(parse(expiring(epoch(expiry.getTime() / 1000))).signedAttributes.expiry).toEqual(expiry);
  });

  it('may be floats, with a fraction', () => {
    expect(timed(epoch(seconds + 0.5))).toEqual(new Date('2024-05-06T07:08:09.500Z'));
    expect(timed(new Tagged(1, raw(float32(1.5))))).toEqual(new Date(1500));
    expect(timed(new Tagged(1, new Raw(0xf9, 0x3e, 0x00)))).toEqual(new Date(1500));
  });

  it.each<[string, Cbor, string]>([
    [
      'a text under tag 0',
      new Tagged(0, SIGNING_TIME),
      'the COSE protected header has the tag 0, but no tag is allowed',
    ],
    ['a text', SIGNING_TIME, 'it has a time that is not under the tag of an epoch time'],
    ['an integer without a tag', seconds, 'it has a time that is not under the tag of an epoch time'],
    ['a float without a tag', seconds + 0.5, 'it has a time that is not under the tag of an epoch time'],
    [
      'under another tag',
      new Tagged(100, seconds),
      'the COSE protected header has the tag 100, but no tag is allowed',
    ],
    [
      'in milliseconds, beyond what dates can hold',
      epoch(seconds * 1e6),
      'the COSE protected header has a time out of range',
    ],
    ['null', null, 'it has a time that is not under the tag of an epoch time'],
    [
      'a text under tag 1',
      new Tagged(1, SIGNING_TIME),
      'the COSE protected header has an item of an unexpected type',
    ],
  ])('must not be %s', (_, time, reason) => {
    expect(refused({ headers: [[NAME.time, time]] })).toContain(reason);
    expect(refused(expiring(time))).toContain(reason);
  });

  it('must not let it expire no later than it was signed', () => {
    expect(refused(expiring(epoch(seconds)))).toContain('expires before');
    expect(refused(expiring(epoch(seconds - 1)))).toContain('expires before');
    expect(parse(expiring(epoch(seconds + 1))).signedAttributes.expiry).toBeTruthy();
  });
});

describe('the content type of a COSE envelope', () => {
  it.each<[Cbor | undefined]>([[undefined], [0], [null], [new Uint8Array()]])(
    'must be a string: %j',
    (type) => {
      expect(refused({ headers: [[3, type]] })).toContain('content type');
    },
  );
});

describe('the unprotected header of a COSE envelope', () => {
  it('may have unknown labels', () => {
    expect(
      parse({
        unprotected: [
          [4, new Uint8Array()],
          ['other', [1]],
        ],
      }).unsignedAttributes,
    ).toEqual({});
  });

  it.each<[string, Cbor | undefined, string]>([
    ['missing', undefined, 'it has no certificate chain'],
    ['empty', [], 'it has no certificate chain'],
    ['a single byte string', chain.leaf.der, 'it has no certificate chain'],
    ['a map', new Pairs([]), 'it has no certificate chain'],
    ['an array of texts', ['a'], 'a certificate of its chain is not a byte string'],
    ['an array of arrays', [certificates], 'a certificate of its chain is not a byte string'],
  ])('must not have a chain that is %s', (_, x5chain, reason) => {
    expect(refused({ unprotected: [[33, x5chain]] })).toContain(reason);
  });

  it('must have the chain: a protected one does not count', () => {
    expect(refused({ headers: [[33, certificates]], unprotected: [[33, undefined]] })).toContain('chain');
  });

  it('must not have a certificate that is malformed', () => {
    expect(refused({ unprotected: [[33, [Uint8Array.of(0x30, 0)]]] }, 'ERR_CERTIFICATE_INVALID')).toContain(
      'the certificate is malformed',
    );
    expect(refused({ unprotected: [[33, [new Uint8Array()]]] }, 'ERR_CERTIFICATE_INVALID')).toContain(
      'the certificate is malformed',
    );
  });

  it('must not have more than 16 certificates', () => {
    expect(
      refused({ unprotected: [[33, new Array<Uint8Array>(17).fill(chain.leaf.der)]] }, 'ERR_LIMIT_EXCEEDED'),
    ).toContain('the certificate chain measures 17, more than 16');
  });

  it.each<[Cbor]>([[1], [null], [new Uint8Array()], [['a']]])(
    'may have a signing agent that is not a string, which is ignored: %j',
    (agent) => {
      expect(parse({ unprotected: [[NAME.agent, agent]] }).unsignedAttributes).toEqual({});
    },
  );

  it.each<[Cbor]>([['AQ=='], [1], [null], [[]]])(
    'must not have a timestamp that is not a byte string: %j',
    (token) => {
      expect(refused({ unprotected: [[NAME.timestamp, token]] })).toContain('timestamp');
    },
  );

  it('must not have a timestamp over 1 MiB', () => {
    expect(
      refused({ unprotected: [[NAME.timestamp, new Uint8Array(1024 * 1024 + 1)]] }, 'ERR_LIMIT_EXCEEDED'),
    ).toContain('the timestamp token measures 1048577, more than 1048576');
  });

  it('has no timestamp when it is empty', () => {
    expect(parse({ unprotected: [[NAME.timestamp, new Uint8Array()]] }).unsignedAttributes).toEqual({});
  });
});

describe('the payload of a COSE envelope', () => {
  it('must not be over 4 MiB', () => {
    expect(refused({ payload: new Uint8Array(4 * 1024 * 1024 + 1) }, 'ERR_LIMIT_EXCEEDED')).toContain(
      'a payload of 4194305 bytes is too large',
    );
  });

  it('is not parsed before it is verified', () => {
    expect(parse({ payload: 'no JSON' }).payload).toHaveLength(7);
  });
});
