import { NotationError } from '../errors/index.ts';
import type { Certificate } from '../x509/certificate.ts';
import { shortSubject } from '../x509/name.ts';
import {
  type CertificateStatus,
  firstAddressToAsk,
  nothingChecked,
  type RevocationChecker,
  type RevocationCheckOptions,
} from '../x509/revocation/certificate-status.ts';

/** What revocation is checked with. */
export interface RevocationContext extends RevocationCheckOptions {
  /** Without one, only chains that name no address to ask have a status. */
  revocation: RevocationChecker | undefined;
}

/**
 * The status of each certificate of a chain. None is that of the root, which its store decides about, and of one that
 * names no address to ask (trust store and trust policy specification, "Certificate Revocation Evaluation").
 * @throws NotationError `ERR_REVOCATION_UNSUPPORTED` for a chain that must be checked where nothing can, `ERR_ABORTED`
 */
export async function lookUpRevocation(
  chain: readonly Certificate[],
  { revocation, ...options }: RevocationContext,
): Promise<CertificateStatus[]> {
  if (revocation) return revocation.check(chain, options);
  const unasked = firstAddressToAsk(chain);
  if (!unasked) return nothingChecked(chain);
  throw new NotationError(
    'ERR_REVOCATION_UNSUPPORTED',
    `the certificate "${shortSubject(unasked.certificate)}" names ${JSON.stringify(unasked.address.slice(0, 160))} to ` +
      'learn its revocation status from, and this verifier was made without a revocation checker: the status is unknown',
  );
}
