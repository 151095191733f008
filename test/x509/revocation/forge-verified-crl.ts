import { parseCertificate } from '../../../src/x509/certificate.ts';
import { type Crl, parseCrl, type VerifiedCrl, verifyCrl } from '../../../src/x509/revocation/crl.ts';
import { type CrlExtensions, readCrlExtensions } from '../../../src/x509/revocation/crl-extensions.ts';
import { forgeAuthority } from '../../support/forge.ts';
import { type ForgedCrlContent, forgeCrl } from '../../support/forge-crl.ts';

export const authority = forgeAuthority({ subject: 'crl issuer' });
export const issuer = parseCertificate(authority.der);
export const serial = Uint8Array.of(0x40, 1, 2, 3, 4, 5);
export const now = Math.floor(Date.now() / 1000) * 1000;

/** A CRL of the authority. */
export function listOf(content: Partial<ForgedCrlContent> = {}): Uint8Array {
  return forgeCrl({ issuer: authority, ...content });
}

/** A verified CRL of the authority. */
export function verified(content: Partial<ForgedCrlContent> = {}): Promise<VerifiedCrl> {
  return verifyCrl(parseCrl(listOf(content)), issuer);
}

/** Reads a CRL with its extensions, which otherwise are read once it is verified. */
export function readCrl(der: Uint8Array): Crl & CrlExtensions {
  const crl = parseCrl(der);
  return { ...crl, ...readCrlExtensions(crl.extensions) };
}
