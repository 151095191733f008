import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCertificate } from '../../../src/x509/certificate.ts';
import { isGreaterNumber, parseCrl, verifyCrl } from '../../../src/x509/revocation/crl.ts';
import * as der from '../../support/der.ts';
import {
  extensions,
  forgeAuthority,
  forgeCertificate,
  forgeKey,
  writtenOtherwise,
} from '../../support/forge.ts';
import { crlExtensions, type ForgedCrlContent, forgeCrl } from '../../support/forge-crl.ts';
import { authority, issuer, listOf, now, readCrl, serial, verified } from './forge-verified-crl.ts';

const invalid = (reason: string | RegExp) =>
  expect.objectContaining({
    code: 'ERR_CRL_INVALID',
    message: expect.stringMatching(reason),
  });

function expectRefused(content: Partial<ForgedCrlContent>, reason: RegExp): void {
  expect(() => readCrl(listOf(content))).toThrow(invalid(reason));
}

describe('the header of a CRL', () => {
  it('is read', () => {
    const thisUpdate = new Date(now - 1000);
    const nextUpdate = new Date(now + 1000);
    const freshest = ['http://crl.example/delta'];
    const crl = readCrl(listOf({ thisUpdate, nextUpdate, freshest, number: 0x1234 }));
    expect(crl).toMatchObject({ thisUpdate, nextUpdate, freshest, number: '1234' });
    expect(crl.issuer).toEqual(authority.subject);
    expect(crl.deltaSince).toBeUndefined();
  });

  it('is read with a year from 2050 on', () => {
    const nextUpdate = new Date('2051-01-01T00:00:00Z');
    expect(readCrl(listOf({ nextUpdate })).nextUpdate).toEqual(nextUpdate);
  });

  it('may lack nextUpdate and extensions', () => {
    const crl = readCrl(listOf({ nextUpdate: null, number: null }));
    expect(crl.nextUpdate).toBeUndefined();
    expect(crl.number).toBeUndefined();
  });

  it('returns the number of the base of a delta CRL', () => {
    expect(readCrl(listOf({ deltaSince: 7 })).deltaSince).toBe('07');
  });

  it('is rejected if it is of version 1', () => expectRefused({ version: 1 }, /is not of version 2/));
  it('is rejected if it is of version 3', () => expectRefused({ version: 3 }, /version 2/));
  it('is rejected with two signature algorithms', () => {
    const innerAlgorithmIdentifier = der.sequence(der.oid('1.2.840.113549.1.1.11'), der.nullValue());
    expectRefused({ innerAlgorithmIdentifier }, /two signature algorithms/);
  });
  it('is rejected with a malformed time', () => {
    expectRefused(
      { thisUpdate: der.element(0x17, new TextEncoder().encode('2511250000Z')) },
      /malformed time/,
    );
  });
  it('is rejected with trailing bytes', () => {
    expect(() => readCrl(der.concat([listOf(), Uint8Array.of(0)]))).toThrow(invalid(/trailing/));
  });
  it('is rejected with an unknown critical extension', () => {
    const unknown = crlExtensions.of('1.2.3.4', der.nullValue(), true);
    expectRefused({ extensions: [unknown] }, /1\.2\.3\.4/);
  });
  it('is accepted with an unknown extension that is not critical', () => {
    const unknown = crlExtensions.of('1.2.3.4', der.nullValue());
    expect(readCrl(listOf({ extensions: [unknown] })).number).toBe('01');
  });
  it('is rejected with an extension twice', () => {
    expectRefused({ extensions: [crlExtensions.number(2)] }, /twice/);
  });
  it('is rejected with a negative CRL number', () => {
    expectRefused({ number: Uint8Array.of(0x80) }, /CRL number/);
  });
  it('is rejected with an overlong CRL number', () => {
    expectRefused({ number: new Uint8Array(33).fill(1) }, /CRL number/);
  });
  it('is rejected with something after its extensions', () => {
    const list = der.sequence(crlExtensions.number(1));
    const wrapped = der.explicit(0, list, der.nullValue());
    const tbs = der.sequence(
      der.integer(1),
      parseOuterAlgorithm(),
      authority.subject,
      der.time(new Date(now)),
      wrapped,
    );
    const crl = der.sequence(tbs, parseOuterAlgorithm(), der.bitString(new Uint8Array(8)));
    expect(() => readCrl(crl)).toThrow(invalid(/trailing/));
  });

  it.each([
    ['CRL number', crlExtensions.number(1, true)],
    ['authority key identifier', extensions.authorityKeyIdentifier(authority.key, true)],
    ['issuer alternative name', crlExtensions.of('2.5.29.18', der.sequence(), true)],
    ['freshest CRL', extensions.freshestCrl(['http://crl.example'], true)],
  ])('is rejected with a critical %s, as by the CLI', (_, extension) => {
    expectRefused({ number: null, extensions: [extension] }, /critical/);
  });
});

function parseOuterAlgorithm(): Uint8Array {
  return der.sequence(der.oid('1.2.840.10045.4.3.2'));
}

describe('CRL numbers', () => {
  it('are compared as numbers of any length', () => {
    const numbers = fc.bigInt({ min: 0n, max: 2n ** 160n });
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        expect(isGreaterNumber(numberOf(a), numberOf(b))).toBe(a > b);
      }),
      { numRuns: 200 },
    );
  });
});

function numberOf(value: bigint): string {
  const hex = value.toString(16);
  const content = Uint8Array.from(Buffer.from(`00${hex.length % 2 === 0 ? '' : '0'}${hex}`, 'hex'));
  const minimal = content.length > 2 && (content[1] ?? 0) < 0x80 ? content.subarray(1) : content;
  const shortest = minimal.length === 2 && (minimal[1] ?? 0) < 0x80 ? minimal.subarray(1) : minimal;
  const crl = readCrl(header(shortest));
  return crl.number ?? '';
}

function header(number: Uint8Array): Uint8Array {
  const algorithm = parseOuterAlgorithm();
  const list = der.explicit(0, der.sequence(crlExtensions.number(number)));
  const tbs = der.sequence(der.integer(1), algorithm, authority.subject, der.time(new Date(now)), list);
  return der.sequence(tbs, algorithm, der.bitString(new Uint8Array(8)));
}

describe('the signature of a CRL', () => {
  it('may be by an issuer that writes its name in other string types, letters and spaces', async () => {
    expect((await verified({ issuerName: writtenOtherwise('CRL Issuer') })).index.count).toBe(0);
    await expect(verified({ issuerName: writtenOtherwise('CRL Issuers') })).rejects.toThrow(
      invalid('issuer is not that of the certificate'),
    );
  });

  it.each(['EC-256', 'EC-384', 'EC-521', 'RSA-2048'] as const)('of %s is good', async (key) => {
    const ca = forgeAuthority({ subject: `crl ${key}`, key });
    const crl = parseCrl(forgeCrl({ issuer: ca, entries: [{ serialNumber: serial }] }));
    expect((await verifyCrl(crl, parseCertificate(ca.der))).index.count).toBe(1);
  });

  it('is rejected when it is corrupt', async () => {
    await expect(verified({ corruptSignature: true })).rejects.toEqual(invalid(/signature/));
  });
  it('is rejected if another key made it', async () => {
    await expect(verified({ signingKey: forgeKey('EC-256') })).rejects.toEqual(invalid(/signature/));
  });
  it('is rejected if another type of key made it', async () => {
    const signingKey = forgeKey('RSA-2048', 'other type');
    await expect(verified({ signingKey })).rejects.toEqual(invalid(/signature/));
  });
  it('is rejected when it does not have the form of ECDSA', async () => {
    const crl = { ...parseCrl(listOf()), signature: Uint8Array.of(1, 2, 3) };
    await expect(verifyCrl(crl, issuer)).rejects.toEqual(invalid(/signature/));
  });
  it.each([
    ['SHA-1 with ECDSA', '1.2.840.10045.4.1'],
    ['SHA-1 with RSA', '1.2.840.113549.1.1.5'],
    ['MD5 with RSA', '1.2.840.113549.1.1.4'],
    ['Ed25519', '1.3.101.112'],
  ])('is rejected if made with %s', async (name, oid) => {
    const algorithmIdentifier = der.sequence(der.oid(oid));
    await expect(verified({ algorithmIdentifier })).rejects.toEqual(invalid(name));
  });
  it('is rejected if another issuer made it', async () => {
    await expect(verified({ issuerName: 'another' })).rejects.toEqual(invalid(/its issuer is not that/));
  });
  it('is rejected if its issuer lacks the key usage cRLSign', async () => {
    const list = [extensions.basicConstraints({ ca: true }), extensions.keyUsage(['keyCertSign'])];
    const ca = forgeCertificate({ extensions: list });
    const crl = parseCrl(forgeCrl({ issuer: ca }));
    await expect(verifyCrl(crl, parseCertificate(ca.der))).rejects.toEqual(invalid(/cRLSign/));
  });
  it('is rejected if its issuer is not a CA', async () => {
    const list = [extensions.basicConstraints({ ca: false }), extensions.keyUsage(['cRLSign'])];
    const signer = forgeCertificate({ extensions: list });
    const crl = parseCrl(forgeCrl({ issuer: signer }));
    await expect(verifyCrl(crl, parseCertificate(signer.der))).rejects.toEqual(invalid(/CA/));
  });
  it('is verified before the entries are read', async () => {
    const malformed = { entries: [der.nullValue()] };
    await expect(verified({ ...malformed, corruptSignature: true })).rejects.toEqual(invalid(/signature/));
    await expect(verified(malformed)).rejects.toEqual(invalid(/malformed entry/));
  });
});

describe('the extensions of a CRL', () => {
  it('are not read before its signature is verified', async () => {
    const scope = der.sequence(der.explicit(0, der.nullValue()));
    const crl = parseCrl(listOf({ scope, corruptSignature: true }));
    await expect(verifyCrl(crl, issuer)).rejects.toMatchObject(
      invalid(/signature was not made by its issuer/),
    );
  });

  it('are rejected if they are larger than 64 KiB, before the signature is verified', () => {
    const list = listOf({ scope: { addresses: ['a'.repeat(64 * 1024)] }, corruptSignature: true });
    expect(() => parseCrl(list)).toThrow(expect.objectContaining({ code: 'ERR_LIMIT_EXCEEDED' }));
  });
});
