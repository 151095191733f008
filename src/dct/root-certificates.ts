import { decodeLatin1 } from '../encoding/bytes.ts';
import { encodePem } from '../encoding/pem.ts';
import { trimEnd } from '../encoding/trim-end.ts';
import type { Certificate } from '../x509/certificate.ts';
import { certificatesOf, isShortRsaKey, type RoleKeys, type TrustKey } from './keys.ts';

/** A root key that may speak for a GUN: a certificate for it, with the intermediate ones that come with it. */
export interface RootCertificate {
  readonly key: TrustKey;
  readonly leaf: Certificate;
  readonly intermediates: readonly Certificate[];
}

const DAY = 86_400_000;

/**
 * Returns the root keys that may speak for a GUN. As with notary's programs a root key is a certificate, with the GUN, or
 * a prefix of it and an asterisk, as its common name; other root keys sign nothing.
 *
 * @param now - The time at which the certificates must be valid; at any time if it is left out, for a root that was
 * accepted before.
 */
export function rootCertificates(role: RoleKeys, gun: string, now?: Date): RootCertificate[] {
  return [...role.keys.values()].flatMap((key) => {
    const certificate = readBundle(key);
    if (!certificate || !isFor(certificate.leaf, gun)) return [];
    const all = [certificate.leaf, ...certificate.intermediates];
    return all.every((one) => isSound(one) && (!now || isValidAt(one, now))) ? [certificate] : [];
  });
}

/** Reads a certificate that is not a CA, followed by CAs. */
function readBundle(key: TrustKey): RootCertificate | undefined {
  const [leaf, ...intermediates] = certificatesOf(key) ?? [];
  if (!leaf || isCa(leaf) || !intermediates.every(isCa)) return undefined;
  const type = { RSA: 'rsa-x509', EC: 'ecdsa-x509', other: undefined }[leaf.publicKey.type];
  return key.type === type && isAsWritten(key, [leaf, ...intermediates])
    ? { key, leaf, intermediates }
    : undefined;
}

/** Notary's programs make the identifier of a root key from the certificates, written as PEM once more. */
function isAsWritten({ bytes }: TrustKey, certificates: readonly Certificate[]): boolean {
  return decodeLatin1(bytes) === certificates.map(({ der }) => encodePem('CERTIFICATE', der)).join('');
}

function isCa({ basicConstraints }: Certificate): boolean {
  return basicConstraints?.ca === true;
}

function isFor({ subject }: Certificate, gun: string): boolean {
  const [name, ...others] = subject.attributes.filter(({ type }) => type === 'CN');
  if (name === undefined || others.length > 0) return false;
  return name.value.endsWith('*') ? gun.startsWith(trimEnd(name.value, '*')) : name.value === gun;
}

function isSound({ notBefore, notAfter, signatureAlgorithm, publicKey }: Certificate): boolean {
  return notBefore <= notAfter && signatureAlgorithm.name !== 'unsupported' && !isShortRsaKey(publicKey);
}

/** A certificate may begin to be valid a day from now: so much the clocks of those who make them differ. */
function isValidAt({ notBefore, notAfter }: Certificate, now: Date): boolean {
  return notBefore.getTime() <= now.getTime() + DAY && now <= notAfter;
}
