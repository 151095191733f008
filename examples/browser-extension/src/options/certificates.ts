// Certificates of trust stores: from files, as they are stored, and as they are shown.
import { type Certificate, formatDistinguishedName, parseCertificates } from 'notarykit/x509';
import type { Settings, StoredCertificate } from '../settings.ts';
import { trustStoreOf } from './policy-view.ts';
import type { Edit } from './settings-store.ts';

/** The types of trust stores, and what their certificates are trusted for. */
export const STORE_TYPES = [
  ['ca', 'Certificate authorities of signers (ca)'],
  ['signingAuthority', 'Signing authorities, which vouch for the time (signingAuthority)'],
  ['tsa', 'Timestamping authorities (tsa)'],
] as const;

/** The limit of a file with certificates, in bytes. */
export const MAX_CERTIFICATE_FILE = 4 * 1024 * 1024;

const STORE_NAME = /^(?!\.{1,2}$)[A-Za-z0-9_.-]+$/;

/** What is shown of a certificate. */
export interface CertificateView {
  readonly stored: StoredCertificate;
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly validity: 'valid' | 'expired' | 'not valid yet';
  /** SHA-256 of the certificate, as pairs of hexadecimal digits. */
  readonly fingerprint: string;
}

/** Reports whether a named store can have a name. */
export function isStoreName(name: string): boolean {
  return STORE_NAME.test(name);
}

/**
 * Reads the certificates of a file, PEM or DER, and checks that each can be in such a store.
 * @param store - Its type and name, such as `ca:acme`.
 * @throws NotationError if the file has no certificates, or one that cannot be a trust anchor
 */
export async function readCertificateFile(
  store: string,
  file: string,
  bytes: Uint8Array,
): Promise<StoredCertificate[]> {
  const stored = parseCertificates(bytes).map(({ der }) => ({ file, pem: toPem(der) }));
  const [type, name = ''] = store.split(':');
  const [known] = STORE_TYPES.find(([one]) => one === type) ?? STORE_TYPES[0];
  await trustStoreOf({ [store]: stored }).certificates(known, name);
  return stored;
}

/** Adds certificates to a store; those that it has already are not added again. */
export function addCertificates(store: string, added: readonly StoredCertificate[]): Edit {
  return (settings) => {
    const present = settings.trustStores[store] ?? [];
    const certificates = [...present, ...newCertificates(present, added)];
    return { ...settings, trustStores: { ...settings.trustStores, [store]: certificates } };
  };
}

/** Returns the certificates that are not among those that are there. */
export function newCertificates(
  present: readonly StoredCertificate[],
  added: readonly StoredCertificate[],
): StoredCertificate[] {
  const known = new Set(present.map(({ pem }) => pem));
  return added.filter(({ pem }, index) => {
    const first = added.findIndex((other) => other.pem === pem) === index;
    return first && !known.has(pem);
  });
}

/** Removes a certificate from a store, and the store with its last one. */
export function removeCertificate(store: string, { pem }: StoredCertificate): Edit {
  return (settings) => {
    const { [store]: certificates = [], ...others } = settings.trustStores;
    const left = certificates.filter((one) => one.pem !== pem);
    const trustStores: Settings['trustStores'] =
      left.length > 0 ? { ...settings.trustStores, [store]: left } : others;
    return { ...settings, trustStores };
  };
}

/**
 * Describes a stored certificate.
 * @throws NotationError if it cannot be read
 */
export async function viewCertificate(stored: StoredCertificate, now: Date): Promise<CertificateView> {
  const [certificate] = parseCertificates(stored.pem);
  if (!certificate) throw new Error(`${stored.file} has no certificate`);
  const { subject, issuer, notBefore, notAfter, der } = certificate;
  const hash = await crypto.subtle.digest('SHA-256', new Uint8Array(der));
  return {
    stored,
    subject: formatDistinguishedName(subject.attributes),
    issuer: formatDistinguishedName(issuer.attributes),
    notBefore,
    notAfter,
    validity: validityAt(certificate, now),
    fingerprint: [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join(':'),
  };
}

function validityAt({ notBefore, notAfter }: Certificate, now: Date): CertificateView['validity'] {
  if (now > notAfter) return 'expired';
  return now < notBefore ? 'not valid yet' : 'valid';
}

function toPem(der: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...der));
  const lines = base64.match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
