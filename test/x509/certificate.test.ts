import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodePem } from '../../src/encoding/pem.ts';
import { parseCertificates, readCertificate } from '../../src/x509/certificate.ts';
import { failure, outcome } from '../encoding/failure.ts';
import * as der from '../support/der.ts';
import {
  extensions,
  type ForgedContent,
  type ForgedKeyType,
  forgeAuthority,
  forgeCertificate,
  forgeKey,
  forgeLeaf,
  spkiOf,
} from '../support/forge.ts';

const read = (content: ForgedContent) => readCertificate(forgeCertificate(content).der);
const invalid = (content: ForgedContent) => failure(() => read(content), 'ERR_CERTIFICATE_INVALID');
const extension = (id: string, value: Uint8Array, critical?: boolean) =>
  read({ extensions: [extensions.of(id, value, critical)] });

/** A certificate with the content of its signed part changed; its signature is not looked at when parsing. */
function rebuilt(change: (fields: Uint8Array[]) => Uint8Array[], after: Uint8Array[] = []): Uint8Array {
  const key = forgeKey('EC-256', 'rebuilt');
  const algorithm = der.sequence(der.oid('1.2.840.10045.4.3.2'));
  const name = der.sequence();
  const fields = [
    der.explicit(0, der.integer(2)),
    der.integer(1),
    algorithm,
    name,
    der.sequence(der.time(new Date(0)), der.time(new Date(1000))),
    name,
    spkiOf(key),
  ];
  return der.sequence(der.sequence(...change(fields)), algorithm, der.bitString(Uint8Array.of(0)), ...after);
}

const replaced = (index: number, field: Uint8Array) =>
  rebuilt((fields) => fields.map((old, i) => (i === index ? field : old)));

describe('a certificate', () => {
  it('is read with all fields that decisions depend on', () => {
    const issuer = forgeAuthority({ subject: 'issuer' });
    const forged = forgeLeaf({
      issuer,
      subject: [
        ['C', 'US'],
        ['CN', 'leaf'],
      ],
      serialNumber: Uint8Array.of(0x01, 0x0a),
      notBefore: new Date('2024-01-02T03:04:05Z'),
      notAfter: new Date('2051-01-02T03:04:05Z'),
    });
    const certificate = readCertificate(forged.der);
    expect(certificate.der).toEqual(forged.der);
    expect(certificate.serialNumber).toBe('010a');
    expect(certificate.subject.attributes).toEqual([
      { type: 'C', value: 'US' },
      { type: 'CN', value: 'leaf' },
    ]);
    expect(certificate.issuer.der).toEqual(readCertificate(issuer.der).subject.der);
    expect(certificate.notBefore.toISOString()).toBe('2024-01-02T03:04:05.000Z');
    expect(certificate.notAfter.toISOString()).toBe('2051-01-02T03:04:05.000Z');
    expect(certificate.publicKey).toMatchObject({ type: 'EC', size: 256, keySpec: 'EC-256' });
    expect(certificate.signatureAlgorithm).toEqual({ name: 'ECDSA', hash: 'SHA-256' });
    expect(certificate.keyUsage).toEqual({ critical: true, usages: new Set(['digitalSignature']) });
    expect(certificate.extendedKeyUsage?.purposes).toEqual(['1.3.6.1.5.5.7.3.3']);
    expect(certificate.revocation).toMatchObject({
      ocsp: [],
      crl: [],
      freshestCrl: false,
      noCheck: false,
    });
  });

  it.each(['RSA-2048', 'EC-256', 'EC-384', 'EC-521', 'RSA-1024', 'RSA-2056'] as const)(
    'is read with a key of the kind %s',
    (type) => {
      expect(read({ key: type }).publicKey.keySpec).toBe(type);
    },
  );

  it.each<[ForgedKeyType, string]>([
    ['Ed25519', '1.3.101.112'],
    ['RSA-PSS-2048', '1.2.840.113549.1.1.10'],
  ])('is read with a key of another type, which signs nothing: %s', (type, keySpec) => {
    expect(read({ key: type }).publicKey).toMatchObject({ type: 'other', keySpec });
  });

  it('of version 1 is read, and has no extensions', () => {
    const certificate = read({ version: 1 });
    expect(certificate.basicConstraints).toBeUndefined();
    expect(certificate.keyUsage).toBeUndefined();
  });

  it('may write the default version', () => {
    expect(outcome(() => readCertificate(replaced(0, der.explicit(0, der.integer(0)))))).toBeTruthy();
  });

  it('may have unique identifiers', () => {
    const bytes = rebuilt((fields) => [
      ...fields,
      der.implicit(1, Uint8Array.of(0, 1)),
      der.implicit(2, Uint8Array.of(0, 1)),
    ]);
    expect(readCertificate(bytes).serialNumber).toBe('01');
  });

  it('may have an empty subject', () => {
    expect(read({ subject: [] }).subject.attributes).toEqual([]);
  });

  it.each([
    ['zero', [0]],
    ['of 20 bytes', new Array<number>(20).fill(0x7f)],
    ['of more than 20 bytes', new Array<number>(40).fill(0x7f)],
  ])('may have a serial number %s', (_, serial) => {
    expect(read({ serialNumber: Uint8Array.from(serial) }).serialNumber).toHaveLength(serial.length * 2);
  });

  it('may have several attributes in one relative name', () => {
    const attribute = (id: string, text: string) => der.sequence(der.oid(id), der.utf8String(text));
    const subject = der.sequence(der.set(attribute('2.5.4.3', 'a'), attribute('2.5.4.11', 'b')));
    expect(read({ subject }).subject.attributes).toEqual([
      { type: 'CN', value: 'a' },
      { type: 'OU', value: 'b', joined: true },
    ]);
  });

  it.each([
    ['a negative serial number', () => forgeCertificate({ serialNumber: Uint8Array.of(0x80) }).der],
    ['an unknown version', () => forgeCertificate({ version: 4 }).der],
    ['a version that is negative', () => replaced(0, der.explicit(0, der.integer(Uint8Array.of(0xff))))],
    ['something behind the version', () => replaced(0, der.explicit(0, der.integer(2), der.nullValue()))],
    ['a time that is invalid', () => replaced(4, der.sequence(der.nullValue(), der.nullValue()))],
    ['a third time', () => replaced(4, der.sequence(...[0, 1, 2].map(() => der.time(new Date(0)))))],
    ['a subject that is not a sequence', () => replaced(5, der.nullValue())],
    [
      'an attribute without a value',
      () => replaced(5, der.sequence(der.set(der.sequence(der.oid('2.5.4.3'))))),
    ],
    ['a field more', () => rebuilt((fields) => [...fields, der.nullValue()])],
    ['a field less', () => rebuilt((fields) => fields.slice(0, -1))],
    ['something behind the signature', () => rebuilt((fields) => fields, [der.nullValue()])],
    ['bytes behind its end', () => Uint8Array.of(...forgeCertificate().der, 0)],
    ['its last byte missing', () => forgeCertificate().der.slice(0, -1)],
    [
      'two signature algorithms',
      () => forgeCertificate({ innerAlgorithmIdentifier: der.sequence(der.oid('1.2.840.10045.4.3.3')) }).der,
    ],
    ['no bytes', () => new Uint8Array()],
  ])('is rejected with %s', (_, make) => {
    failure(() => readCertificate(make()), 'ERR_CERTIFICATE_INVALID');
  });

  it('is rejected when it is larger than 64 KiB', () => {
    failure(() => readCertificate(new Uint8Array(64 * 1024 + 1)), 'ERR_LIMIT_EXCEEDED');
  });
});

describe('the public key of a certificate', () => {
  const rsa = (...integers: Uint8Array[]) =>
    der.sequence(
      der.sequence(der.oid('1.2.840.113549.1.1.1'), der.nullValue()),
      der.bitString(der.sequence(...integers)),
    );
  const modulus = der.integer(Uint8Array.of(0, ...new Array<number>(256).fill(0xff)));
  const exponent = (...bytes: number[]) => der.integer(Uint8Array.from(bytes));
  const curve = (...parameters: Uint8Array[]) => der.sequence(der.oid('1.2.840.10045.2.1'), ...parameters);
  const p256 = der.oid('1.2.840.10045.3.1.7');
  const point = der.bitString(Uint8Array.of(4, ...new Array<number>(64).fill(1)));
  const readKey = (spki: Uint8Array) => readCertificate(replaced(6, spki)).publicKey.keySpec;

  it.each([[[3]], [[1, 0, 1]], [[0x7f, 0xff, 0xff, 0xff]]])('may have the RSA exponent %j', (bytes) => {
    expect(readKey(rsa(modulus, exponent(...bytes)))).toBe('RSA-2048');
  });

  it.each([
    ['an RSA exponent of 1', rsa(modulus, exponent(1))],
    ['an even RSA exponent', rsa(modulus, exponent(2))],
    ['a negative RSA exponent', rsa(modulus, exponent(0xff))],
    ['the RSA exponent 0', rsa(modulus, exponent(0))],
    ['an RSA exponent of 32 bits', rsa(modulus, exponent(0, 0x80, 0, 0, 1))],
    ['an RSA exponent as long as the modulus', rsa(modulus, modulus)],
    ['the RSA modulus 0', rsa(exponent(0), exponent(3))],
    ['a negative RSA modulus', rsa(exponent(0xff), exponent(3))],
    [
      'something behind the RSA integers',
      der.sequence(
        der.sequence(der.oid('1.2.840.113549.1.1.1'), der.nullValue()),
        der.bitString(der.concat([der.sequence(modulus, exponent(3)), der.nullValue()])),
      ),
    ],
    ['three RSA integers', rsa(modulus, exponent(3), exponent(3))],
    [
      'RSA without parameters',
      der.sequence(
        der.sequence(der.oid('1.2.840.113549.1.1.1')),
        der.bitString(der.sequence(modulus, exponent(3))),
      ),
    ],
    ['explicit parameters of a curve', der.sequence(curve(der.sequence(der.integer(1))), point)],
    ['no parameters of a curve', der.sequence(curve(), point)],
    ['two curves', der.sequence(curve(p256, p256), point)],
    ['the curve P-224', spkiOf(forgeKey('EC-224'))],
    ['the curve secp256k1', spkiOf(forgeKey('EC-256K'))],
    [
      'a compressed point',
      der.sequence(curve(p256), der.bitString(Uint8Array.of(2, ...new Array<number>(32).fill(1)))),
    ],
    ['a point of another length', der.sequence(curve(p256), der.bitString(Uint8Array.of(4, 1, 1)))],
    ['the point at infinity', der.sequence(curve(p256), der.bitString(Uint8Array.of(0)))],
    ['something behind the key', der.sequence(curve(p256), point, der.nullValue())],
  ])('is rejected with %s', (_, spki) => {
    failure(() => readKey(spki), 'ERR_CERTIFICATE_INVALID');
  });

  it('is refused with the reason if it is RSA without parameters', () => {
    const algorithm = der.sequence(der.oid('1.2.840.113549.1.1.1'));
    const spki = der.sequence(algorithm, der.bitString(der.sequence(modulus, exponent(3))));
    expect(failure(() => readKey(spki), 'ERR_CERTIFICATE_INVALID')).toContain('without the parameters NULL');
  });
});

describe('extensions of a certificate', () => {
  it('are ignored when unknown, even critical', () => {
    const certificate = extension('1.2.3.4', Uint8Array.of(0xde, 0xad), true);
    expect(certificate.keyUsage).toBeUndefined();
  });

  it.each(['2.5.29.30', '2.5.29.32', '2.5.29.36', '2.5.29.54'])(
    'are ignored when they are constraints or policies, even critical: %s',
    (id) => {
      expect(extension(id, der.sequence(), true).subject).toBeTruthy();
    },
  );

  it('may write the default FALSE', () => {
    const value = der.octetString(der.namedBits([0]));
    const certificate = read({ extensions: [der.sequence(der.oid('2.5.29.15'), der.boolean(false), value)] });
    expect(certificate.keyUsage).toEqual({ critical: false, usages: new Set(['digitalSignature']) });
  });

  it('may be an empty list', () => {
    const bytes = rebuilt((fields) => [...fields, der.explicit(3, der.sequence())]);
    expect(readCertificate(bytes).keyUsage).toBeUndefined();
  });

  it('read the bits of key usage', () => {
    expect(extension('2.5.29.15', der.namedBits([1, 8])).keyUsage?.usages).toEqual(
      new Set(['nonRepudiation', 'decipherOnly']),
    );
  });

  it.each([
    [der.sequence(), { ca: false }],
    [der.sequence(der.boolean(false)), { ca: false }],
    [der.sequence(der.boolean(true)), { ca: true }],
    [der.sequence(der.boolean(true), der.integer(0)), { ca: true, pathLength: 0 }],
    [der.sequence(der.integer(3)), { ca: false, pathLength: 3 }],
  ])('read basic constraints %#', (value, expected) => {
    expect(extension('2.5.29.19', value, true).basicConstraints).toEqual({ critical: true, ...expected });
  });

  it('read the URLs of responders and lists, in order, and no others', () => {
    const caIssuers = der.sequence(
      der.oid('1.3.6.1.5.5.7.48.2'),
      der.implicit(6, new TextEncoder().encode('http://ca')),
    );
    const directory = der.sequence(der.oid('1.3.6.1.5.5.7.48.1'), der.explicit(4, der.sequence()));
    const ocsp = der.sequence(
      der.oid('1.3.6.1.5.5.7.48.1'),
      der.implicit(6, new TextEncoder().encode('http://ocsp')),
    );
    const aia = extensions.of('1.3.6.1.5.5.7.1.1', der.sequence(caIssuers, directory, ocsp));
    const { revocation } = read({ extensions: [aia, extensions.crl(['http://a', 'http://b'])] });
    expect(revocation).toMatchObject({ ocsp: ['http://ocsp'], crl: ['http://a', 'http://b'] });
  });

  it('ignore distribution points with reasons only', () => {
    const reasons = der.sequence(der.implicit(1, Uint8Array.of(0, 0)));
    const issuer = der.sequence(der.explicit(2, der.explicit(4, der.sequence())));
    expect(extension('2.5.29.31', der.sequence(reasons, issuer)).revocation.crl).toEqual([]);
  });

  it.each([
    ['twice', [extensions.keyUsage([]), extensions.keyUsage([])]],
    ['twice, even when unknown', [0, 1].map(() => extensions.of('1.2.3', der.nullValue()))],
    ['with a malformed key usage', [extensions.of('2.5.29.15', der.nullValue())]],
    [
      'with something behind the key usage',
      [extensions.of('2.5.29.15', der.concat([der.namedBits([0]), der.nullValue()]))],
    ],
    [
      'with a negative path length',
      [extensions.of('2.5.29.19', der.sequence(der.boolean(true), der.integer(Uint8Array.of(0xff))))],
    ],
    [
      'with something behind the path length',
      [extensions.of('2.5.29.19', der.sequence(der.boolean(true), der.integer(0), der.nullValue()))],
    ],
    ['with TRUE as 1', [extensions.of('2.5.29.19', der.sequence(Uint8Array.of(1, 1, 1)))]],
    ['with a purpose that is not an identifier', [extensions.of('2.5.29.37', der.sequence(der.nullValue()))]],
    ['with alternative names that are not an element', [extensions.of('2.5.29.17', Uint8Array.of(0x30))]],
    [
      'with a critical subject key identifier',
      [extensions.of('2.5.29.14', der.octetString(new Uint8Array()), true)],
    ],
    ['with a critical authority key identifier', [extensions.of('2.5.29.35', der.sequence(), true)]],
    ['with critical authority information access', [extensions.ocsp(['http://a'], true)]],
    [
      'with a distribution point by relative name, whose CRL nobody would find',
      [extensions.of('2.5.29.31', der.sequence(der.sequence(der.explicit(0, der.explicit(1, der.set())))))],
    ],
    ['that are not a sequence', [der.nullValue()]],
    ['without a value', [der.sequence(der.oid('1.2.3'))]],
    [
      'with something behind the value',
      [der.sequence(der.oid('1.2.3'), der.octetString(new Uint8Array()), der.nullValue())],
    ],
    [
      'of a larger number than any honest certificate has',
      Array.from({ length: 65 }, (_, i) => extensions.of(`1.2.${i}`, der.nullValue())),
    ],
  ])('are rejected %s', (_, list) => {
    invalid({ extensions: list });
  });
});

describe('the signature algorithm of a certificate', () => {
  const [sha256, sha384, sha1] = ['2.16.840.1.101.3.4.2.1', '2.16.840.1.101.3.4.2.2', '1.3.14.3.2.26'].map(
    (id) => der.sequence(der.oid(id)),
  ) as [Uint8Array, Uint8Array, Uint8Array];
  const mask = (hash: Uint8Array) => der.sequence(der.oid('1.2.840.113549.1.1.8'), hash);
  const pss = (...parameters: Uint8Array[]) =>
    read({
      algorithmIdentifier: der.sequence(der.oid('1.2.840.113549.1.1.10'), der.sequence(...parameters)),
    }).signatureAlgorithm.name;

  it('is RSA-PSS, with the hash parameters written or left out and the default trailer', () => {
    const usual = [der.explicit(0, sha256), der.explicit(1, mask(sha256)), der.explicit(2, der.integer(32))];
    expect(pss(...usual)).toBe('RSA-PSS');
    expect(pss(...usual, der.explicit(3, der.integer(1)))).toBe('RSA-PSS');
  });

  it.each([
    ['the defaults, which are SHA-1', []],
    [
      'a salt of another length',
      [der.explicit(0, sha256), der.explicit(1, mask(sha256)), der.explicit(2, der.integer(20))],
    ],
    ['the default salt', [der.explicit(0, sha256), der.explicit(1, mask(sha256))]],
    [
      'two hashes',
      [der.explicit(0, sha256), der.explicit(1, mask(sha384)), der.explicit(2, der.integer(32))],
    ],
    ['SHA-1', [der.explicit(0, sha1), der.explicit(1, mask(sha1)), der.explicit(2, der.integer(20))]],
    ['the default mask', [der.explicit(0, sha256), der.explicit(2, der.integer(32))]],
    [
      'another trailer',
      [
        der.explicit(0, sha256),
        der.explicit(1, mask(sha256)),
        der.explicit(2, der.integer(32)),
        der.explicit(3, der.integer(2)),
      ],
    ],
  ])('is not allowed when it is RSA-PSS with %s', (_, parameters) => {
    expect(pss(...parameters)).toBe('unsupported');
  });

  it.each([
    ['are cut off', Uint8Array.of(0x05)],
    ['are two elements', der.concat([der.nullValue(), der.nullValue()])],
  ])('makes the certificate malformed if its parameters %s', (_, parameters) => {
    invalid({ algorithmIdentifier: der.sequence(der.oid('1.2.840.10045.4.3.2'), parameters) });
  });

  it('is not allowed when unknown, but the certificate is read', () => {
    expect(read({ algorithmIdentifier: der.sequence(der.oid('1.2.3.4')) }).signatureAlgorithm).toEqual({
      name: 'unsupported',
      reason: '1.2.3.4',
    });
  });
});

describe('certificates as callers hold them', () => {
  const [first, second] = [forgeCertificate(), forgeCertificate()];
  const ders = (input: string | Uint8Array) => parseCertificates(input).map((certificate) => certificate.der);
  const utf8 = (text: string) => new TextEncoder().encode(text);

  it('are read from PEM, one or several', () => {
    expect(ders(first.pem)).toEqual([first.der]);
    expect(ders(first.pem + second.pem)).toEqual([first.der, second.der]);
  });

  it('are read from DER, one or several', () => {
    expect(ders(first.der)).toEqual([first.der]);
    expect(ders(der.concat([first.der, second.der]))).toEqual([first.der, second.der]);
  });

  it('are read from the bytes of PEM, even when they begin with the digit that begins DER', () => {
    expect(ders(utf8(first.pem))).toEqual([first.der]);
    expect(ders(utf8(`0 s:CN = leaf\n${first.pem}`))).toEqual([first.der]);
  });

  it('are read under the old label', () => {
    expect(ders(encodePem('X509 CERTIFICATE', first.der))).toEqual([first.der]);
  });

  it.each([
    ['no certificate', ''],
    ['a private key', first.privateKey],
    ['a private key next to the certificate', first.pem + first.privateKey],
    ['a trusted certificate of openssl', encodePem('TRUSTED CERTIFICATE', first.der)],
    ['something that is not a string', Uint8Array.of(0xff, 0xfe)],
    ['nothing', new Uint8Array()],
    ['base64 without boundaries', Buffer.from(first.der).toString('base64')],
  ])('are rejected when there is %s', (_, input) => {
    failure(() => parseCertificates(input), 'ERR_ENCODING_INVALID');
  });

  it('are rejected as a whole when one of them is malformed', () => {
    failure(
      () => parseCertificates(first.pem + encodePem('CERTIFICATE', Uint8Array.of(0x30, 0))),
      'ERR_CERTIFICATE_INVALID',
    );
    failure(() => parseCertificates(der.concat([first.der, Uint8Array.of(0)])), 'ERR_CERTIFICATE_INVALID');
  });
});

describe('the parser of certificates', () => {
  const seeds = [
    forgeLeaf({
      issuer: forgeAuthority(),
      extensions: [extensions.ocsp(['http://a']), extensions.crl(['http://b'])],
    }),
    forgeAuthority({ key: 'RSA-2048', signature: { name: 'RSA-PSS', hash: 'SHA-256' }, pathLength: 2 }),
  ].map((forged) => forged.der);

  it('returns a certificate or throws a NotationError for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        outcome(() => readCertificate(bytes));
        outcome(() => parseCertificates(bytes));
      }),
      { numRuns: 500 },
    );
  });

  it('returns a certificate or throws a NotationError for mutations of real ones', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.constantFrom(...seeds), edits, fc.option(fc.nat()), (seed, changes, end) => {
        const bytes = seed.slice(0, end === null ? seed.length : end % seed.length);
        for (const [at, byte] of changes) bytes[at % seed.length] = byte;
        outcome(() => readCertificate(bytes));
      }),
      { numRuns: 2000 },
    );
  });
});
