import { equalBytes } from '../encoding/bytes.ts';
import { NotationError } from '../errors/index.ts';
import type { Certificate } from './certificate.ts';
import { isSameName, shortSubject } from './name.ts';
import type { PublicKeyInfo } from './public-key.ts';
import { isSignatureOf } from './signature.ts';

/**
 * Reports whether names and signature say that one certificate was issued by the other.
 * @throws NotationError `ERR_CERTIFICATE_CHAIN_INVALID` for a signature algorithm that is not allowed,
 * `ERR_CERTIFICATE_INVALID` for a key that cannot be used
 */
export async function isIssuedBy(certificate: Certificate, issuer: Certificate): Promise<boolean> {
  return isNamedIssuer(certificate, issuer) && (await isSignedBy(certificate, issuer.publicKey));
}

function isNamedIssuer(certificate: Certificate, issuer: Certificate): boolean {
  return isSameName(certificate.issuer, issuer.subject);
}

/**
 * The key that is known to have signed a certificate, as SubjectPublicKeyInfo, for as long as the certificate is in memory:
 * that depends neither on time nor on trust.
 */
const signers = new WeakMap<Certificate, Uint8Array>();

function isKnownSigner(certificate: Certificate, { spki }: PublicKeyInfo): boolean {
  const signer = signers.get(certificate);
  return signer !== undefined && equalBytes(signer, spki);
}

async function isSignedBy(certificate: Certificate, issuer: PublicKeyInfo): Promise<boolean> {
  if (isKnownSigner(certificate, issuer)) return true;
  const { signatureAlgorithm: algorithm, signature, tbs } = certificate;
  if (algorithm.name === 'unsupported') {
    throw new NotationError(
      'ERR_CERTIFICATE_CHAIN_INVALID',
      `the certificate "${shortSubject(certificate)}" is signed with ${algorithm.reason}, which is not allowed`,
    );
  }
  const signed = await isSignatureOf(issuer, algorithm, signature, tbs);
  // A copy: a view would keep the whole certificate of the issuer in memory.
  if (signed) signers.set(certificate, issuer.spki.slice());
  return signed;
}

/** Limit of the signatures verified for one chain: an honest one needs two per certificate at most. */
const MAX_SIGNATURES = 64;
/** Limit of the certificates tried as the next one of a path. */
const MAX_STEPS = 1000;

/**
 * Limits the cost of finding and checking one chain: an attacker can make certificates that all have one name and issue
 * each other crosswise.
 */
export class PathBudget {
  #signatures = MAX_SIGNATURES;
  #steps = MAX_STEPS;

  /** @throws NotationError `ERR_LIMIT_EXCEEDED` */
  spendSignature(): void {
    this.#signatures -= 1;
    if (this.#signatures < 0) throw exceeded();
  }

  /** @throws NotationError `ERR_LIMIT_EXCEEDED` */
  spendStep(): void {
    this.#steps -= 1;
    if (this.#steps < 0) throw exceeded();
  }
}

function exceeded(): NotationError {
  return new NotationError('ERR_LIMIT_EXCEEDED', 'too many of the certificates have the same name');
}

/**
 * Determines which certificate issued which, within a budget. Each signature is verified with each key once.
 * @see docs/specification.md, rule RFC-10
 */
export class IssuanceVerifier {
  readonly budget = new PathBudget();
  readonly #known = new Map<Certificate, { spki: Uint8Array; signed: Promise<boolean> }[]>();

  /** @throws NotationError Those of {@link isIssuedBy}, `ERR_LIMIT_EXCEEDED` */
  async isIssuedBy(certificate: Certificate, issuer: Certificate): Promise<boolean> {
    return isNamedIssuer(certificate, issuer) && (await this.#isSignedBy(certificate, issuer.publicKey));
  }

  #isSignedBy(certificate: Certificate, issuer: PublicKeyInfo): Promise<boolean> {
    const known = this.#known.get(certificate) ?? [];
    const same = known.find(({ spki }) => equalBytes(spki, issuer.spki));
    if (same) return same.signed;
    if (isKnownSigner(certificate, issuer)) return Promise.resolve(true);
    this.budget.spendSignature();
    const signed = isSignedBy(certificate, issuer);
    this.#known.set(certificate, [...known, { spki: issuer.spki, signed }]);
    return signed;
  }
}
