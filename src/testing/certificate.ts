import type { Extension, PublicKeyType } from '@peculiar/x509';
import { argumentInvalid } from '../errors/notation-error.ts';
import type { SigningKey } from './key.ts';
import { webCrypto, type X509 } from './peculiar.ts';
import type { NameJson } from './subject.ts';
import type { Validity } from './validity.ts';

/** One URL, or several in the order of preference, at which the status of a certificate can be requested. */
export type RevocationUrls = string | readonly string[];

/** The signer of a certificate. */
export interface Issuer {
  subject: NameJson;
  key: SigningKey;
}

/** The content of a certificate that its caller decides. */
export interface CertificateContent {
  subject: NameJson;
  publicKey: PublicKeyType;
  validity: Validity;
  extensions: readonly Extension[];
}

/** Issues a certificate with a random serial number of 128 bits, as DER. */
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

/** Returns the key usage and extended key usage of a certificate that signs artifacts. */
export function signerExtensions(x509: X509): Extension[] {
  return [
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.codeSigning]),
  ];
}

/**
 * Returns the key usage and basic constraints of a CA.
 * @param pathLength - How many CAs may follow below it.
 */
export function caExtensions(x509: X509, pathLength: number): Extension[] {
  return [
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    new x509.BasicConstraintsExtension(true, pathLength, true),
  ];
}

/** Returns the subject key identifier and the authority key identifier, by which chains are built. */
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
 * Returns the extensions that name OCSP responders and CRLs.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function revocationExtensions(
  x509: X509,
  { ocsp = [], crl = [] }: { ocsp?: RevocationUrls | undefined; crl?: RevocationUrls | undefined },
): Extension[] {
  const responders = checkUrls('ocsp', ocsp);
  const lists = checkUrls('crl', crl);
  return [
    ...(responders.length > 0 ? [new x509.AuthorityInfoAccessExtension({ ocsp: responders })] : []),
    ...(lists.length > 0 ? [new x509.CRLDistributionPointsExtension(lists)] : []),
  ];
}

function checkUrls(name: string, urls: RevocationUrls): string[] {
  const list: unknown[] = Array.isArray(urls) ? urls : [urls];
  return list.map((url) => {
    // Certificates encode URLs as ASCII.
    if (typeof url !== 'string' || !/^https?:\/\/[!-~]+$/.test(url) || !URL.canParse(url)) {
      throw argumentInvalid(`${name} must be http or https URLs in ASCII`);
    }
    return url;
  });
}
