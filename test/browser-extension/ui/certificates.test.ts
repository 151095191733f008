import { describe, expect, it } from 'vitest';
import {
  addCertificates,
  isStoreName,
  readCertificateFile,
  removeCertificate,
  viewCertificate,
} from '../../../examples/browser-extension/src/options/certificates.ts';
import { NO_SETTINGS } from '../../../examples/browser-extension/src/settings.ts';
import { makeChain } from './roots.ts';

const { root, leaf } = await makeChain('acme.example');
const { root: other } = await makeChain('other.example');
const pemOf = async ({ der }: { der: Uint8Array }) =>
  (await readCertificateFile('ca:acme', 'x', der)).map(({ pem }) => pem).join('');

describe('a certificate file', () => {
  it('is read in DER and in PEM, with the same result', async () => {
    const fromDer = await readCertificateFile('ca:acme', 'root.crt', root.der);
    const text = new TextEncoder().encode(fromDer[0]?.pem);
    expect(await readCertificateFile('ca:acme', 'root.crt', text)).toEqual(fromDer);
    expect(fromDer[0]?.pem).toMatch(/^-----BEGIN CERTIFICATE-----\n[\s\S]+\n-----END CERTIFICATE-----\n$/);
  });

  it('may have several certificates', async () => {
    const both = new TextEncoder().encode((await pemOf(root)) + (await pemOf(other)));
    expect(await readCertificateFile('ca:acme', 'roots.pem', both)).toHaveLength(2);
  });

  it('is rejected if it has none', async () => {
    const reading = readCertificateFile('ca:acme', 'x', new TextEncoder().encode('hello'));
    await expect(reading).rejects.toMatchObject({ name: 'NotationError' });
  });

  it('is rejected if its certificate cannot be a trust anchor of such a store', async () => {
    const reading = readCertificateFile('ca:acme', 'leaf.crt', leaf.der);
    await expect(reading).rejects.toMatchObject({ code: 'ERR_TRUST_STORE_INVALID' });
  });
});

describe('a stored certificate', () => {
  it('is shown with subject, validity and fingerprint', async () => {
    const [stored] = await readCertificateFile('ca:acme', 'root.crt', root.der);
    if (!stored) throw new Error('nothing was read');
    const view = await viewCertificate(stored, root.notBefore);
    expect(view.subject).toContain('acme.example');
    expect(view.validity).toBe('valid');
    expect(view.fingerprint).toMatch(/^[0-9a-f]{2}(?::[0-9a-f]{2}){31}$/);
    expect((await viewCertificate(stored, new Date(root.notAfter.getTime() + 1000))).validity).toBe(
      'expired',
    );
    expect((await viewCertificate(stored, new Date(root.notBefore.getTime() - 1000))).validity).toBe(
      'not valid yet',
    );
  });

  it('is added once, and removed with its store if it is the last one', async () => {
    const [one] = await readCertificateFile('ca:acme', 'root.crt', root.der);
    const [two] = await readCertificateFile('ca:acme', 'other.crt', other.der);
    if (!one || !two) throw new Error('nothing was read');
    const added = addCertificates('ca:acme', [one, two, one])(addCertificates('ca:acme', [one])(NO_SETTINGS));
    expect(added.trustStores).toEqual({ 'ca:acme': [one, two] });
    const less = removeCertificate('ca:acme', one)(added);
    expect(less.trustStores).toEqual({ 'ca:acme': [two] });
    expect(removeCertificate('ca:acme', two)(less).trustStores).toEqual({});
  });
});

describe('the name of a trust store', () => {
  it('has the characters that a directory of notation can have', () => {
    expect(['acme', 'a_b-c.d'].filter(isStoreName)).toHaveLength(2);
    expect(['', '.', '..', 'a/b', 'a:b', 'ä', 'a b'].filter(isStoreName)).toEqual([]);
  });
});
