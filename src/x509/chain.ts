import { equalBytes } from '../encoding/bytes.ts';
import { NotationError } from '../errors/index.ts';
import type { Certificate } from './certificate.ts';
import { subjectText } from './name.ts';
import { checkCertificateAuthority, checkSigningLeaf } from './profile.ts';
import { isSignedBy } from './signature.ts';

/** Certificates that a chain may have at most. */
const MAX_CHAIN = 16;

/**
 * Checks a code signing chain by itself: profile of each certificate, order, issuance, self-signed root. Whether
 * the chain is trusted, and valid at a certain time, are other questions.
 *
 * @param chain - Leaf first, root last; one self-signed leaf is a chain too.
 * @throws {@link NotationError} `ERR_CERTIFICATE_CHAIN_INVALID`
 * @see Signature specification, "Certificate Requirements" and "Certificate Chain Validation"
 */
export async function checkSigningChain(chain: readonly Certificate[]): Promise<void> {
  const [leaf, ...authorities] = chain;
  if (!leaf) throw invalid('there is no certificate');
  if (chain.length > MAX_CHAIN) throw invalid(`it has ${chain.length} certificates, more than ${MAX_CHAIN}`);
  checkSigningLeaf(leaf);
  authorities.forEach(checkCertificateAuthority);
  await Promise.all(chain.map((certificate, i) => checkIssuance(certificate, chain[i + 1])));
}

/** Without an issuer the certificate is the last one: it must have signed itself, and no other one may have. */
async function checkIssuance(certificate: Certificate, issuer: Certificate | undefined): Promise<void> {
  if (!issuer) {
    if (!(await isIssuedBy(certificate, certificate))) {
      throw invalid(`it ends with "${subjectText(certificate)}", which is not a self-signed root`);
    }
    return;
  }
  const authority = certificate.basicConstraints?.ca === true;
  if (authority && (await isIssuedBy(certificate, certificate))) {
    throw invalid(`the self-signed root "${subjectText(certificate)}" is not its last certificate`);
  }
  if (!(await isIssuedBy(certificate, issuer))) {
    throw invalid(
      `"${subjectText(certificate)}" was not issued by "${subjectText(issuer)}", which follows it`,
    );
  }
}

/** Whether names and signature say that one certificate was issued by the other. */
export async function isIssuedBy(certificate: Certificate, issuer: Certificate): Promise<boolean> {
  return (
    equalBytes(certificate.issuer.der, issuer.subject.der) &&
    (await isSignedBy(certificate, issuer.publicKey))
  );
}

/**
 * The certificate of a chain that is not valid at a time, if there is one. Both ends of a validity count as valid.
 */
export function findInvalidAt(chain: readonly Certificate[], time: Date): Certificate | undefined {
  return chain.find(({ notBefore, notAfter }) => time < notBefore || time > notAfter);
}

/**
 * Demands that every certificate of a chain is valid at a time.
 * @throws {@link NotationError} `ERR_CERTIFICATE_NOT_VALID_AT_TIME`
 */
export function checkValidAt(chain: readonly Certificate[], time: Date): void {
  const certificate = findInvalidAt(chain, time);
  if (!certificate) return;
  const at = time.toISOString();
  const { notBefore, notAfter } = certificate;
  const reason =
    time < notBefore
      ? `is not valid before ${notBefore.toISOString()}, and the time is ${at}`
      : `expired on ${notAfter.toISOString()}, and the time is ${at}`;
  throw new NotationError(
    'ERR_CERTIFICATE_NOT_VALID_AT_TIME',
    `the certificate "${subjectText(certificate)}" ${reason}`,
  );
}

function invalid(reason: string): NotationError {
  return new NotationError('ERR_CERTIFICATE_CHAIN_INVALID', `the certificate chain is invalid: ${reason}`);
}
