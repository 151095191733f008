import { argumentInvalid } from '../errors/notation-error.ts';
import type { Certificate } from './certificate.ts';

// Callers may write JavaScript: a value of another type, such as an empty list, must not pass a check unnoticed.

/**
 * Requires a list of certificates as `parseCertificates` returns them.
 * @param name - Names the argument in the error.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for PEM, DER and anything else
 */
export function requireCertificates(value: unknown, name: string): asserts value is readonly Certificate[] {
  // A copy has no holes, which `every` would pass over.
  if (Array.isArray(value) && [...value].every(isCertificate)) return;
  throw argumentInvalid(`${name} must be a list of certificates as parseCertificates returns them`);
}

/**
 * Requires a list of at least one certificate.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function requireChain(value: unknown): asserts value is readonly Certificate[] {
  requireCertificates(value, 'the certificate chain');
  if (value.length === 0)
    throw argumentInvalid('the certificate chain must contain at least one certificate');
}

/**
 * Requires a valid date.
 * @param name - Names the argument in the error.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function requireDate(value: unknown, name: string): asserts value is Date {
  if (!isDate(value)) throw argumentInvalid(`${name} must be a valid Date`);
}

function isCertificate(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { der, tbs, subject, issuer, notBefore, notAfter, publicKey, revocation }: Partial<Certificate> =
    value;
  const bytes = [der, tbs, subject?.der, issuer?.der, publicKey?.spki];
  return (
    bytes.every((part) => part instanceof Uint8Array) &&
    [notBefore, notAfter].every(isDate) &&
    [revocation?.ocsp, revocation?.crl].every(Array.isArray)
  );
}

/** Accepts a Date of another realm too. */
function isDate(value: unknown): boolean {
  const isOfDate = Object.prototype.toString.call(value) === '[object Date]';
  return isOfDate && !Number.isNaN((value as Date).getTime());
}
