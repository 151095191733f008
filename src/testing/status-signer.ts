import { Oid } from '../asn1/oids.ts';
import type { KeySpec } from '../crypto/algorithms.ts';
import { type Certificate, readCertificate } from '../x509/certificate.ts';
import { caExtensions, type Issuer, issue, keyIdentifiers } from './certificate.ts';
import { generateKey, type SigningKey } from './key.ts';
import { loadX509 } from './peculiar.ts';
import { caSubject } from './subject.ts';
import type { Validity } from './validity.ts';

/** A certificate and its key, by which CRLs and OCSP responses are signed. */
export interface StatusSigner extends Issuer {
  certificate: Certificate;
  key: SigningKey;
}

/** NULL, DER. */
const NULL = Uint8Array.of(0x05, 0);

/** Generates a root CA, self-signed. */
export async function createRoot(name: string, keySpec: KeySpec, validity: Validity): Promise<StatusSigner> {
  const x509 = await loadX509();
  const key = await generateKey(keySpec);
  const { publicKey } = key.keys;
  const issuer: Issuer = { subject: caSubject(name, 'Root CA'), key };
  const extensions = [...caExtensions(x509, 0), ...(await keyIdentifiers(x509, publicKey, key))];
  const der = await issue(x509, { subject: issuer.subject, publicKey, validity, extensions }, issuer);
  return { ...issuer, certificate: readCertificate(der) };
}

/**
 * Generates a responder to which the CA delegates OCSP. Its own status need not be checked: id-pkix-ocsp-nocheck (RFC 6960,
 * section 4.2.2.2.1).
 */
export async function createResponder(
  name: string,
  keySpec: KeySpec,
  validity: Validity,
  ca: StatusSigner,
): Promise<StatusSigner> {
  const x509 = await loadX509();
  const key = await generateKey(keySpec);
  const { publicKey } = key.keys;
  const subject = caSubject(name, 'OCSP Responder');
  const extensions = [
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.ocspSigning]),
    new x509.Extension(Oid.ocspNoCheck, false, NULL),
    ...(await keyIdentifiers(x509, publicKey, ca.key)),
  ];
  const der = await issue(x509, { subject, publicKey, validity, extensions }, ca);
  return { subject, key, certificate: readCertificate(der) };
}
