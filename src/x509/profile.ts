import { Oid } from '../asn1/oids.ts';
import { algorithmForKey } from '../crypto/algorithms.ts';
import { NotationError } from '../errors/index.ts';
import type { Certificate } from './certificate.ts';
import type { KeyUsage } from './extensions.ts';
import { shortSubject } from './name.ts';

/** Purposes that a code signing leaf must not have (signature specification, "Certificate Requirements"). */
const FORBIDDEN_PURPOSES: Readonly<Record<string, string>> = {
  [Oid.anyExtendedKeyUsage]: 'any purpose',
  [Oid.serverAuth]: 'server authentication',
  [Oid.clientAuth]: 'client authentication',
  [Oid.emailProtection]: 'email protection',
  [Oid.timeStamping]: 'time-stamping',
  [Oid.ocspSigning]: 'OCSP signing',
};

const FORBIDDEN_LEAF_USAGES: readonly KeyUsage[] = [
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
];

/**
 * The profile of a code signing leaf.
 * @throws NotationError `ERR_CERTIFICATE_CHAIN_INVALID`
 */
export function checkSigningLeaf(certificate: Certificate): void {
  checkLeaf(certificate, criticalKeyUsage(certificate), 'a signing certificate');
  const purpose = certificate.extendedKeyUsage?.purposes.find((oid) =>
    Object.hasOwn(FORBIDDEN_PURPOSES, oid),
  );
  if (purpose) {
    throw violation(
      certificate,
      `is for ${FORBIDDEN_PURPOSES[purpose]}, which a signing certificate must not be`,
    );
  }
}

/**
 * The profile of the leaf of a time-stamping authority: for time-stamping only, and the key usage need not be critical.
 * @throws NotationError `ERR_CERTIFICATE_CHAIN_INVALID`
 */
export function checkTimestampingLeaf(certificate: Certificate): void {
  checkLeaf(certificate, keyUsageOf(certificate), 'a time-stamping certificate');
  const { critical, purposes = [] }: Partial<NonNullable<Certificate['extendedKeyUsage']>> =
    certificate.extendedKeyUsage ?? {};
  if (purposes.length !== 1 || purposes[0] !== Oid.timeStamping) {
    throw violation(certificate, 'must be for time-stamping and for nothing else');
  }
  if (!critical) throw violation(certificate, 'has an extended key usage extension that is not critical');
}

function checkLeaf(certificate: Certificate, usages: ReadonlySet<KeyUsage>, kind: string): void {
  if (certificate.basicConstraints?.ca) throw violation(certificate, `is a CA, so it must not be ${kind}`);
  if (!usages.has('digitalSignature')) throw violation(certificate, 'lacks the key usage digitalSignature');
  const usage = FORBIDDEN_LEAF_USAGES.find((candidate) => usages.has(candidate));
  if (usage) throw violation(certificate, `has the key usage ${usage}, which ${kind} must not have`);
  try {
    algorithmForKey(certificate.publicKey.keySpec);
  } catch (cause) {
    throw violation(
      certificate,
      `has a key of the kind ${certificate.publicKey.keySpec}, which cannot sign`,
      cause,
    );
  }
}

/**
 * The profile of a CA certificate.
 * @param below - How many CA certificates stand between it and the leaf.
 * @throws NotationError `ERR_CERTIFICATE_CHAIN_INVALID`
 */
export function checkCertificateAuthority(certificate: Certificate, below: number): void {
  checkTimestampingCertificateAuthority(certificate, below);
  criticalKeyUsage(certificate);
}

/**
 * The profile of a CA certificate in the chain of a time-stamping authority: the key usage need not be critical.
 * @param below - How many CA certificates stand between it and the leaf.
 * @throws NotationError `ERR_CERTIFICATE_CHAIN_INVALID`
 */
export function checkTimestampingCertificateAuthority(certificate: Certificate, below: number): void {
  const constraints = certificate.basicConstraints;
  if (!constraints?.ca)
    throw violation(certificate, 'stands where a CA must, but its basic constraints say it is none');
  if (!constraints.critical) throw violation(certificate, 'is a CA whose basic constraints are not critical');
  if (constraints.pathLength !== undefined && constraints.pathLength < below) {
    throw violation(
      certificate,
      `allows ${constraints.pathLength} CA certificates below it, but there are ${below}`,
    );
  }
  if (!keyUsageOf(certificate).has('keyCertSign')) {
    throw violation(certificate, 'is a CA without the key usage keyCertSign');
  }
  const { type, size, keySpec } = certificate.publicKey;
  if (type === 'other' || (type === 'RSA' && (size < 2048 || size > 16384))) {
    throw violation(certificate, `is a CA with a key of the kind ${keySpec}, which is not allowed`);
  }
}

function keyUsageOf(certificate: Certificate): ReadonlySet<KeyUsage> {
  if (!certificate.keyUsage) throw violation(certificate, 'has no key usage extension');
  return certificate.keyUsage.usages;
}

function criticalKeyUsage(certificate: Certificate): ReadonlySet<KeyUsage> {
  const usages = keyUsageOf(certificate);
  if (certificate.keyUsage?.critical) return usages;
  throw violation(certificate, 'has a key usage extension that is not critical');
}

function violation(certificate: Certificate, reason: string, cause?: unknown): NotationError {
  const message = `the certificate "${shortSubject(certificate)}" ${reason}`;
  return new NotationError('ERR_CERTIFICATE_CHAIN_INVALID', message, cause === undefined ? {} : { cause });
}
