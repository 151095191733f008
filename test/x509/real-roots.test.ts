import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { type Certificate, parseCertificates } from '../../src/x509/certificate.ts';
import { isIssuedBy } from '../../src/x509/issuance.ts';
import { checkTrustAnchors } from '../../src/x509/trust-store.ts';

const read = (pem: string): Certificate => {
  const [certificate] = parseCertificates(pem);
  if (!certificate) throw new Error('there is no certificate');
  return certificate;
};
const roots = rootCertificates.map((pem) => ({ ours: read(pem), theirs: new X509Certificate(pem) }));

/** The web roots that Node ships: certificates that real CAs have issued over thirty years. */
describe('the root certificates of Node', () => {
  it('are all read', () => {
    expect(roots.length).toBeGreaterThan(100);
  });

  it('have the fields that OpenSSL reads', () => {
    for (const { ours, theirs } of roots) {
      expect(BigInt(`0x${ours.serialNumber}`)).toBe(BigInt(`0x${theirs.serialNumber}`));
      expect(ours.notBefore).toEqual(new Date(theirs.validFrom));
      expect(ours.notAfter).toEqual(new Date(theirs.validTo));
      expect(ours.basicConstraints?.ca).toBe(theirs.ca);
      expect(ours.der).toEqual(new Uint8Array(theirs.raw));
      const { asymmetricKeyType, asymmetricKeyDetails } = theirs.publicKey;
      expect(ours.publicKey.type).toBe(String(asymmetricKeyType).toUpperCase());
      if (ours.publicKey.type === 'RSA')
        expect(ours.publicKey.size).toBe(asymmetricKeyDetails?.modulusLength);
    }
  });

  it('have the subjects that OpenSSL reads, text for text', () => {
    for (const { ours, theirs } of roots) {
      const values = theirs.subject.split('\n').map((line) => line.slice(line.indexOf('=') + 1));
      expect(ours.subject.attributes.map(({ value }) => value)).toEqual(
        values.map((value) => value.replace(/\\(.)/g, '$1')),
      );
    }
  });

  it('are self-signed, unless they are signed with SHA-1', async () => {
    const modern = roots.filter(({ ours }) => ours.signatureAlgorithm.name !== 'unsupported');
    expect(modern.length).toBeGreaterThan(90);
    for (const { ours } of modern) expect(await isIssuedBy(ours, ours)).toBe(true);
  });

  it('may all stand in a trust store', async () => {
    const certificates = roots.map(({ ours }) => ours);
    await checkTrustAnchors('ca', 'ca:web', certificates);
  });
});
