import { describe, expect, it } from 'vitest';
import { parseCertificate } from '../../src/x509/certificate.ts';
import { nameText, shortSubject, subjectText } from '../../src/x509/name.ts';
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
