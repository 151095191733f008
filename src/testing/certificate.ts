import type { Extension, PublicKeyType } from '@peculiar/x509';
import { argumentInvalid } from '../errors/notation-error.ts';
import type { SigningKey } from './key.ts';
import { webCrypto, type X509 } from './peculiar.ts';
import type { NameJson } from './subject.ts';
import type { Validity } from './validity.ts';

/** One URL, or several in the order of preference, to query the status of a certificate. */
export type Addresses = string | readonly string[];

/** Who signs a certificate. */
export interface Issuer {
  subject: NameJson;
  key: SigningKey;
}

/** What a certificate says. */
export interface CertificateContent {
  subject: NameJson;
  publicKey: PublicKeyType;
  validity: Validity;
  extensions: readonly Extension[];
}

/** Writes and signs a certificate, with a random serial number of 128 bits; DER. */
export async function issue(x509: X509, content: CertificateContent, issuer: Issuer): Promise<Uint8Array> {
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject: new x509.Name(content.subject),
      issuer: new x509.Name(issuer.subject),
      ...content.validity,
      publicKey: content.publicKey,
      signingKey: issuer.key.keys.privateKey,
      signingAlgorithm: issuer.key.algorithm,
      extensions: [...content.extensions],
    },
    webCrypto(),
  );
  return new Uint8Array(certificate.rawData);
}

/** Key usage and purpose of a certificate that signs artifacts. */
export function signerExtensions(x509: X509): Extension[] {
  return [
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.codeSigning]),
  ];
}

/** Key usage and constraints of a certificate authority with at most so many below it. */
export function authorityExtensions(x509: X509, pathLength: number): Extension[] {
  return [
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    new x509.BasicConstraintsExtension(true, pathLength, true),
  ];
}

/** The identifiers by which chains are built: that of the key and that of the key which signs. */
export async function keyIdentifiers(
  x509: X509,
  own: PublicKeyType,
  issuer: SigningKey,
): Promise<Extension[]> {
  const crypto = webCrypto();
  return [
    await x509.SubjectKeyIdentifierExtension.create(own, false, crypto),
    await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey, false, crypto),
  ];
}

/**
 * Makes the extensions that say where to query the status of a certificate.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function revocationExtensions(
  x509: X509,
  { ocsp = [], crl = [] }: { ocsp?: Addresses | undefined; crl?: Addresses | undefined },
): Extension[] {
  const responders = checkAddresses('ocsp', ocsp);
  const lists = checkAddresses('crl', crl);
  return [
    ...(responders.length > 0 ? [new x509.AuthorityInfoAccessExtension({ ocsp: responders })] : []),
    ...(lists.length > 0 ? [new x509.CRLDistributionPointsExtension(lists)] : []),
  ];
}

function checkAddresses(name: string, addresses: Addresses): string[] {
  const list: unknown[] = Array.isArray(addresses) ? addresses : [addresses];
  return list.map((address) => {
    // The encoding of an address in a certificate is ASCII.
    if (typeof address !== 'string' || !/^https?:\/\/[!-~]+$/.test(address) || !URL.canParse(address)) {
      throw argumentInvalid(`${name} must be http or https URLs in ASCII`);
    }
    return address;
  });
}
