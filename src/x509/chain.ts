import { NotationError } from '../errors/index.ts';
import { type Certificate, type CertificateInput, readCertificates, readChain } from './certificate.ts';
import { IssuanceVerifier } from './issuance.ts';
import { shortSubject } from './name.ts';
import { MAX_CHAIN } from './path-builder.ts';
import { checkCa, checkSigningLeaf } from './profile.ts';
import { requireDate } from './require.ts';

/**
 * Checks a code signing chain by itself: profile of each certificate, order, issuance, self-signed root. It
 * does not check whether the chain is trusted, or valid at a certain time.
 *
 * @param chain - In any form of {@link CertificateInput}, leaf first, root last; one self-signed leaf is a chain too.
 * @throws NotationError `ERR_CERTIFICATE_CHAIN_INVALID`, `ERR_CERTIFICATE_INVALID` for a key that cannot be used,
 * `ERR_ARGUMENT_INVALID` for a value of another type, and those of `parseCertificates`
 * @see https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md#certificate-requirements
 *
 * @example
 * ```ts
 * import { generateTestChain } from 'notarykit/testing';
 * import { checkSigningChain } from 'notarykit/x509';
 *
 * const { certificates } = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
 * await checkSigningChain(certificates); // throws if it breaks a rule of the profile
 * ```
 */
export async function checkSigningChain(chain: CertificateInput): Promise<void> {
  return checkSigningPath(readCertificates(chain, 'the certificate chain'), new IssuanceVerifier());
}

/**
 * Checks a code signing chain, some of whose signatures may have been verified already.
 * @throws NotationError Those of {@link checkSigningChain}, `ERR_LIMIT_EXCEEDED`
 * @see docs/specification.md, rules ENV-15, CERT-11
 */
export async function checkSigningPath(
  chain: readonly Certificate[],
  issuance: IssuanceVerifier,
): Promise<void> {
  const [leaf, ...issuers] = chain;
  if (!leaf) throw chainInvalid('there is no certificate');
  if (chain.length > MAX_CHAIN)
    throw chainInvalid(`it has ${chain.length} certificates, more than ${MAX_CHAIN}`);
  checkSigningLeaf(leaf);
  issuers.forEach(checkCa);
  const results = await Promise.allSettled(
    chain.map((certificate, i) => checkIssuance(certificate, chain[i + 1], issuance)),
  );
  // The first failure in the order of the chain, so that the same chain always fails for the same reason.
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

/**
 * Checks that a certificate was issued by the next one; the last one must be self-signed, and no other one may be. Names
 * do not suffice for that: there are chains in which the leaf has the name of its root.
 * @see docs/specification.md, rules CERT-10, CERT-12, CERT-13
 */
async function checkIssuance(
  certificate: Certificate,
  issuer: Certificate | undefined,
  issuance: IssuanceVerifier,
): Promise<void> {
  const selfSigned = await issuance.isIssuedBy(certificate, certificate);
  if (!issuer) {
    if (selfSigned) return;
    throw chainInvalid(`it ends with "${shortSubject(certificate)}", which is not a self-signed root`);
  }
  if (selfSigned) {
    throw chainInvalid(`"${shortSubject(certificate)}" is self-signed, but is not its last certificate`);
  }
  if (!(await issuance.isIssuedBy(certificate, issuer))) {
    throw chainInvalid(
      `"${shortSubject(certificate)}" was not issued by "${shortSubject(issuer)}", which follows it`,
    );
  }
}

/**
 * Returns the first certificate of a chain that is not valid at a time, if there is one. Both ends of a validity period
 * count as valid.
 * @see docs/specification.md, rule CERT-17
 */
export function findInvalidAt(chain: readonly Certificate[], time: Date): Certificate | undefined {
  return chain.find(({ notBefore, notAfter }) => !(time >= notBefore && time <= notAfter));
}

/**
 * Requires that every certificate of a chain is valid at a time.
 *
 * @param chain - In any form of {@link CertificateInput}; at least one certificate.
 * @param time - The time.
 * @throws NotationError `ERR_CERTIFICATE_NOT_VALID_AT_TIME`, `ERR_ARGUMENT_INVALID` for an invalid date and for a chain of
 * another type or without a certificate, and those of `parseCertificates`
 * @see docs/specification.md, rule CERT-18
 *
 * @example
 * ```ts
 * import { generateTestChain } from 'notarykit/testing';
 * import { checkValidAt } from 'notarykit/x509';
 *
 * const { certificates } = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
 * checkValidAt(certificates, new Date()); // throws if one of them is not valid
 * ```
 */
export function checkValidAt(chain: CertificateInput, time: Date): void {
  const certificates = readChain(chain);
  requireDate(time, 'the time');
  requireValidity(certificates, time, `the time is ${time.toISOString()}`);
}

/**
 * Requires that every certificate of a chain is valid during the whole time range of a timestamp.
 * @throws NotationError `ERR_CERTIFICATE_NOT_VALID_AT_TIME`
 * @see docs/specification.md, rule TIME-12
 */
export function checkValidThroughout(
  chain: readonly Certificate[],
  { earliest, latest }: { earliest: Date; latest: Date },
): void {
  requireDate(earliest, 'the earliest time of the timestamp');
  requireDate(latest, 'the latest time of the timestamp');
  const range = `the timestamp says ${earliest.toISOString()} to ${latest.toISOString()}`;
  for (const end of [earliest, latest]) requireValidity(chain, end, range);
}

function requireValidity(chain: readonly Certificate[], time: Date, statement: string): void {
  const certificate = findInvalidAt(chain, time);
  if (!certificate) return;
  const { notBefore, notAfter } = certificate;
  const reason =
    time < notBefore
      ? `is not valid before ${notBefore.toISOString()}`
      : `expired on ${notAfter.toISOString()}`;
  throw new NotationError(
    'ERR_CERTIFICATE_NOT_VALID_AT_TIME',
    `the certificate "${shortSubject(certificate)}" ${reason}, and ${statement}`,
  );
}

/** Makes the error of a certificate chain that breaks a rule. */
export function chainInvalid(reason: string): NotationError {
  return new NotationError('ERR_CERTIFICATE_CHAIN_INVALID', `the certificate chain is invalid: ${reason}`);
}
