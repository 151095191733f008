import { isNotationError, NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import type { NamedStore } from '../policy/types.ts';
import { type Certificate, type CertificateInput, readCertificates } from '../x509/certificate.ts';
import type { TrustStore } from '../x509/trust-store.ts';

/**
 * Reads the certificates of named stores. The caller's own trust store may throw anything, or return something other
 * than certificates: then nothing is trusted.
 * @throws NotationError `ERR_TRUST_STORE_NOT_FOUND`, `ERR_TRUST_STORE_INVALID`
 */
export async function readStores(
  trustStore: TrustStore<CertificateInput>,
  stores: readonly NamedStore[],
): Promise<Certificate[]> {
  const contents = await Promise.all(stores.map((store) => readStore(trustStore, store)));
  return contents.flat();
}

async function readStore(
  trustStore: TrustStore<CertificateInput>,
  { type, name }: NamedStore,
): Promise<readonly Certificate[]> {
  try {
    return readCertificates(await trustStore.certificates(type, name), 'what it returned');
  } catch (cause) {
    if (isNotationError(cause) && cause.code !== 'ERR_ARGUMENT_INVALID') throw cause;
    const why = isNotationError(cause) ? cause.message : quote(cause, 300);
    throw new NotationError(
      'ERR_TRUST_STORE_INVALID',
      `the trust store ${type}:${name} cannot be read: ${why}`,
      {
        cause,
      },
    );
  }
}
