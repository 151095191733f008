import { Oid } from '../asn1/oids.ts';
import { signatureAlgorithms } from '../crypto/algorithms.ts';
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
 * @throws NotationError `ERR_CERTIFICATE_CHAIN_INVALID`, with every rule that it breaks
 * @see docs/specification.md, rules CERT-7, JWS-12
 */
export function checkSigningLeaf(certificate: Certificate): void {
  const purposes = certificate.extendedKeyUsage?.purposes ?? [];
  const forbidden = purposes.flatMap((oid) =>
    Object.hasOwn(FORBIDDEN_PURPOSES, oid) ? [FORBIDDEN_PURPOSES[oid]] : [],
  );
  requireProfile(certificate, [
    ...keyUsageProblems(certificate, { critical: true }),
    ...leafProblems(certificate, 'a signing certificate'),
    ...forbidden.map((purpose) => `is for ${purpose}, which a signing certificate must not be`),
  ]);
}

/**
 * Checks the profile of the leaf of a TSA: for timestamping only, and the key usage need not be critical.
 * @throws NotationError `ERR_CERTIFICATE_CHAIN_INVALID`, with every rule that it breaks
 * @see docs/specification.md, rule CERT-8
 */
export function checkTsaLeaf(certificate: Certificate): void {
  const { critical, purposes = [] }: Partial<NonNullable<Certificate['extendedKeyUsage']>> =
    certificate.extendedKeyUsage ?? {};
  const isForTimestamping = purposes.length === 1 && purposes[0] === Oid.timeStamping;
  requireProfile(certificate, [
    ...keyUsageProblems(certificate, { critical: false }),
    ...leafProblems(certificate, 'a timestamping certificate'),
    !isForTimestamping && 'must be for timestamping and for nothing else',
    isForTimestamping && !critical && 'has an extended key usage extension that is not critical',
  ]);
}

function leafProblems({ basicConstraints, keyUsage, publicKey }: Certificate, kind: string): Problem[] {
  const forbidden = FORBIDDEN_LEAF_USAGES.filter((usage) => keyUsage?.usages.has(usage));
  return [
    basicConstraints?.ca && `is a CA, so it must not be ${kind}`,
    keyUsage && !keyUsage.usages.has('digitalSignature') && 'lacks the key usage digitalSignature',
    ...forbidden.map((usage) => `has the key usage ${usage}, which ${kind} must not have`),
    !canSign(publicKey.keySpec) && `has a key of type ${publicKey.keySpec}, which cannot sign`,
  ];
}

function canSign(keySpec: string): boolean {
  return signatureAlgorithms.some((algorithm) => algorithm.keySpec === keySpec);
}

/**
 * Checks the profile of a CA certificate.
 * @param below - The number of CA certificates between it and the leaf.
 * @throws NotationError `ERR_CERTIFICATE_CHAIN_INVALID`, with every rule that it breaks
 * @see docs/specification.md, rule CERT-3
 */
export function checkCa(certificate: Certificate, below: number): void {
  requireProfile(certificate, [
    ...caProblems(certificate, below),
    ...keyUsageProblems(certificate, { critical: true }),
  ]);
}

/**
 * Checks the profile of a CA certificate in the chain of a TSA: the key usage need not be critical.
 * @param below - The number of CA certificates between it and the leaf.
 * @throws NotationError `ERR_CERTIFICATE_CHAIN_INVALID`, with every rule that it breaks
 * @see docs/specification.md, rules CERT-1, CERT-2, CERT-9
 */
export function checkTsaCa(certificate: Certificate, below: number): void {
  requireProfile(certificate, [
    ...caProblems(certificate, below),
    ...keyUsageProblems(certificate, { critical: false }),
  ]);
}

function caProblems({ basicConstraints, keyUsage, publicKey }: Certificate, below: number): Problem[] {
  const {
    ca,
    critical,
    pathLength = below,
  }: Partial<NonNullable<Certificate['basicConstraints']>> = basicConstraints ?? {};
  const { type, size, keySpec } = publicKey;
  const isWeak = type === 'other' || (type === 'RSA' && (size < 2048 || size > 16384));
  return [
    !ca && 'is used as an issuer, but is not a CA (basicConstraints)',
    ca && !critical && 'is a CA whose basic constraints are not critical',
    pathLength < below && `allows ${pathLength} CA certificates below it, but there are ${below}`,
    ca && keyUsage && !keyUsage.usages.has('keyCertSign') && 'is a CA without the key usage keyCertSign',
    ca && isWeak && `is a CA with a key of type ${keySpec}, which is not allowed`,
  ];
}

function keyUsageProblems({ keyUsage }: Certificate, { critical }: { critical: boolean }): Problem[] {
  if (!keyUsage) return ['has no key usage extension'];
  return [critical && !keyUsage.critical && 'has a key usage extension that is not critical'];
}

/** What is wrong with a certificate, as the predicate of a sentence; anything else if nothing is. */
type Problem = string | false | undefined;

function requireProfile(certificate: Certificate, problems: readonly Problem[]): void {
  const found = problems.filter((problem) => typeof problem === 'string');
  if (found.length > 0) throw profileViolated(certificate, found.join('; it '));
}

/** Makes the error of a certificate that breaks a rule of its profile. */
export function profileViolated(certificate: Certificate, reason: string): NotationError {
  const message = `the certificate "${shortSubject(certificate)}" ${reason}`;
  return new NotationError('ERR_CERTIFICATE_CHAIN_INVALID', message, {
    nextStep:
      'Have the certificate issued again so that it follows the certificate profile of the Notary Project.',
  });
}
