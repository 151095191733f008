import { describe, expect, it } from 'vitest';
import { parseCertificate } from '../../src/x509/certificate.ts';
import { isNameOf, isSameName, nameText, shortSubject, subjectText } from '../../src/x509/name.ts';
import { failure } from '../encoding/failure.ts';
import * as der from '../support/der.ts';
import { type ForgedName, forgeCertificate } from '../support/forge.ts';

const certificate = (subject: ForgedName) => parseCertificate(forgeCertificate({ subject }).der);

describe('the subject of a certificate as text', () => {
  it('has the order of types of the notation CLI, whatever the order in the certificate', () => {
    const subject = [
      ['CN', 'builder'],
      ['C', 'US'],
      ['OU', 'Dev'],
      ['O', 'Acme'],
      ['L', 'Seattle'],
      ['ST', 'WA'],
    ] as const;
    expect(subjectText(certificate(subject))).toBe('CN=builder,OU=Dev,O=Acme,L=Seattle,ST=WA,C=US');
  });

  it('names types without a short name by their object identifier, after the others', () => {
    const subject = [
      ['2.5.4.97', 'NTRUS-1'],
      ['CN', 'a'],
    ] as const;
    expect(subjectText(certificate(subject))).toBe('CN=a,2.5.4.97=NTRUS-1');
  });

  it('escapes characters that would read as another attribute', () => {
    expect(subjectText(certificate([['CN', 'a,O=Acme']]))).toBe('CN=a\\,O=Acme');
  });

  it('escapes characters that change the direction of writing, or end the line', () => {
    expect(subjectText(certificate([['CN', 'a\u202eb\nc']]))).toBe('CN=a\\e2\\80\\aeb\\0ac');
  });

  it('is empty for an empty subject', () => {
    expect(subjectText(certificate([]))).toBe('');
  });

  it('reads every string type', () => {
    const attribute = (tag: number, ...bytes: number[]) =>
      der.set(der.sequence(der.oid('2.5.4.11'), der.element(tag, Uint8Array.from(bytes))));
    const subject = der.sequence(attribute(0x1e, 0x20, 0xac), attribute(0x14, 0xe9), attribute(0x13, 0x41));
    expect(certificate(subject).subject.attributes.map(({ value }) => value)).toEqual(['€', 'é', 'A']);
  });

  it('is cut for messages', () => {
    const long = certificate([['CN', 'x'.repeat(5000)]]);
    expect(subjectText(long)).toHaveLength(5003);
    expect(shortSubject(long)).toHaveLength(301);
  });

  it('is written like any other name', () => {
    const forged = certificate([['CN', 'a']]);
    expect(nameText(forged.issuer)).toBe(subjectText(forged));
  });
});

describe('subjectText', () => {
  it.each([['PEM'], [new Uint8Array(3)], [undefined], [null], [{}]])('rejects %s', (given) => {
    expect(failure(() => subjectText(given as never), 'ERR_ARGUMENT_INVALID')).toContain('parseCertificate');
  });
});

describe('two names', () => {
  const attribute = (value: Uint8Array, type = '2.5.4.3') => der.sequence(der.oid(type), value);
  const one = (value: Uint8Array, type?: string) => der.sequence(der.set(attribute(value, type)));
  const utf16 = (text: string) =>
    Uint8Array.from([...text].flatMap((c) => [c.charCodeAt(0) >> 8, c.charCodeAt(0)]));
  const same = (a: Uint8Array, b: Uint8Array) => {
    const [first, second] = [certificate(a).subject, certificate(b).subject];
    expect(isNameOf(a, second)).toBe(isSameName(first, second));
    return isSameName(first, second);
  };
  const acme = one(der.utf8String('Acme CA'));

  it.each([
    ['the same bytes', acme],
    ['another string type', one(der.printableString('Acme CA'))],
    ['the string type BMPString', one(der.element(0x1e, utf16('Acme CA')))],
    ['other letter case', one(der.utf8String('ACME ca'))],
    ['more spaces', one(der.utf8String(' Acme   CA '))],
    ['a wide form of a letter', one(der.element(0x0c, new TextEncoder().encode('\uff21cme CA')))],
  ])('are the same with %s', (_, other) => {
    expect(same(acme, other)).toBe(true);
    expect(same(other, acme)).toBe(true);
  });

  it.each([
    ['another value', one(der.utf8String('Acme CB'))],
    ['no space', one(der.utf8String('AcmeCA'))],
    ['another type', one(der.utf8String('Acme CA'), '2.5.4.11')],
    ['an accent', one(der.element(0x0c, new TextEncoder().encode('Acm\u00e9 CA')))],
    [
      'one more attribute',
      der.sequence(der.set(attribute(der.utf8String('Acme CA'))), der.set(attribute(der.utf8String('x')))),
    ],
    ['no attribute', der.sequence()],
  ])('are not the same with %s', (_, other) => {
    expect(same(acme, other)).toBe(false);
    expect(same(other, acme)).toBe(false);
  });

  it('are not the same if their attributes are joined otherwise', () => {
    const [a, b] = [attribute(der.utf8String('a')), attribute(der.utf8String('b'), '2.5.4.11')];
    expect(same(der.sequence(der.set(a, b)), der.sequence(der.set(a), der.set(b)))).toBe(false);
  });

  it.each([
    ['malformed', Uint8Array.of(0x30, 5, 0)],
    ['larger than any name', one(der.utf8String('x'.repeat(20_000)))],
  ])('are not the same if one is %s', (_, other) => {
    expect(isNameOf(other, certificate(acme).subject)).toBe(false);
  });
});
