import { Oid } from '../asn1/oids.ts';
import { algorithmForKey } from '../crypto/algorithms.ts';
import { NotationError } from '../errors/notation-error.ts';
import type { Certificate } from './certificate.ts';
import type { KeyUsage } from './extensions.ts';
import { shortSubject } from './name.ts';

/** Purposes that a code signing leaf must not have (signature specification, "Certificate Requirements"). */
const FORBIDDEN_PURPOSES: Readonly<Record<string, string>> = {
  [Oid.anyExtendedKeyUsage]: 'any purpose',
  [Oid.serverAuth]: 'server authentication',
  [Oid.clientAuth]: 'client authentication',
  [Oid.emailProtection]: 'email protection',
  [Oid.timeStamping]: 'timestamping',
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
 * Checks the profile of a code signing leaf.
 * @throws NotationError `ERR_CERTIFICATE_CHAIN_INVALID`
 * @see docs/specification.md, rules CERT-7, JWS-12
 */
export function checkSigningLeaf(certificate: Certificate): void {
  checkLeaf(certificate, criticalKeyUsage(certificate), 'a signing certificate');
  const purpose = certificate.extendedKeyUsage?.purposes.find((oid) =>
    Object.hasOwn(FORBIDDEN_PURPOSES, oid),
  );
  if (purpose) {
    throw profileViolated(
      certificate,
      `is for ${FORBIDDEN_PURPOSES[purpose]}, which a signing certificate must not be`,
    );
  }
}

/**
 * Checks the profile of the leaf of a TSA: for timestamping only, and the key usage need not be critical.
 * @throws NotationError `ERR_CERTIFICATE_CHAIN_INVALID`
 * @see docs/specification.md, rule CERT-8
 */
export function checkTsaLeaf(certificate: Certificate): void {
  checkLeaf(certificate, keyUsageOf(certificate), 'a timestamping certificate');
  const { critical, purposes = [] }: Partial<NonNullable<Certificate['extendedKeyUsage']>> =
    certificate.extendedKeyUsage ?? {};
  if (purposes.length !== 1 || purposes[0] !== Oid.timeStamping) {
    throw profileViolated(certificate, 'must be for timestamping and for nothing else');
  }
  if (!critical)
    throw profileViolated(certificate, 'has an extended key usage extension that is not critical');
}

function checkLeaf(certificate: Certificate, usages: ReadonlySet<KeyUsage>, kind: string): void {
  if (certificate.basicConstraints?.ca)
    throw profileViolated(certificate, `is a CA, so it must not be ${kind}`);
  if (!usages.has('digitalSignature'))
    throw profileViolated(certificate, 'lacks the key usage digitalSignature');
  const usage = FORBIDDEN_LEAF_USAGES.find((candidate) => usages.has(candidate));
  if (usage) throw profileViolated(certificate, `has the key usage ${usage}, which ${kind} must not have`);
  try {
    algorithmForKey(certificate.publicKey.keySpec);
  } catch (cause) {
    throw profileViolated(
      certificate,
      `has a key of type ${certificate.publicKey.keySpec}, which cannot sign`,
      cause,
    );
  }
}

/**
 * Checks the profile of a CA certificate.
 * @param below - The number of CA certificates between it and the leaf.
 * @throws NotationError `ERR_CERTIFICATE_CHAIN_INVALID`
 * @see docs/specification.md, rule CERT-3
 */
export function checkCa(certificate: Certificate, below: number): void {
  checkTsaCa(certificate, below);
  criticalKeyUsage(certificate);
}

/**
 * Checks the profile of a CA certificate in the chain of a TSA: the key usage need not be critical.
 * @param below - The number of CA certificates between it and the leaf.
 * @throws NotationError `ERR_CERTIFICATE_CHAIN_INVALID`
 * @see docs/specification.md, rules CERT-1, CERT-2, CERT-9
 */
export function checkTsaCa(certificate: Certificate, below: number): void {
  const constraints = certificate.basicConstraints;
  if (!constraints?.ca)
    throw profileViolated(certificate, 'is used as an issuer, but is not a CA (basicConstraints)');
  if (!constraints.critical)
    throw profileViolated(certificate, 'is a CA whose basic constraints are not critical');
  if (constraints.pathLength !== undefined && constraints.pathLength < below) {
    throw profileViolated(
      certificate,
      `allows ${constraints.pathLength} CA certificates below it, but there are ${below}`,
    );
  }
  if (!keyUsageOf(certificate).has('keyCertSign')) {
    throw profileViolated(certificate, 'is a CA without the key usage keyCertSign');
  }
  const { type, size, keySpec } = certificate.publicKey;
  if (type === 'other' || (type === 'RSA' && (size < 2048 || size > 16384))) {
    throw profileViolated(certificate, `is a CA with a key of type ${keySpec}, which is not allowed`);
  }
}

function keyUsageOf(certificate: Certificate): ReadonlySet<KeyUsage> {
  if (!certificate.keyUsage) throw profileViolated(certificate, 'has no key usage extension');
  return certificate.keyUsage.usages;
}

function criticalKeyUsage(certificate: Certificate): ReadonlySet<KeyUsage> {
  const usages = keyUsageOf(certificate);
  if (certificate.keyUsage?.critical) return usages;
  throw profileViolated(certificate, 'has a key usage extension that is not critical');
}

/** Makes the error of a certificate that breaks a rule of its profile. */
export function profileViolated(certificate: Certificate, reason: string, cause?: unknown): NotationError {
  const message = `the certificate "${shortSubject(certificate)}" ${reason}`;
  return new NotationError('ERR_CERTIFICATE_CHAIN_INVALID', message, { cause });
}
