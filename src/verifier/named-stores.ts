import { isNotationError, NotationError } from '../errors/index.ts';
import type { NamedStore } from '../policy/types.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { TrustStore } from '../x509/trust-store.ts';

/**
 * The certificates of named stores. A trust store of the caller's own may fail with anything: nothing is trusted then.
 * @throws NotationError `ERR_TRUST_STORE_NOT_FOUND`, `ERR_TRUST_STORE_INVALID`
 */
export async function readStores(
  trustStore: TrustStore,
  stores: readonly NamedStore[],
): Promise<Certificate[]> {
  try {
    const contents = await Promise.all(stores.map(({ type, name }) => trustStore.certificates(type, name)));
    return contents.flat();
  } catch (cause) {
    if (isNotationError(cause)) throw cause;
    const message = `the trust store cannot be read: ${String(cause).slice(0, 300)}`;
    throw new NotationError('ERR_TRUST_STORE_INVALID', message, { cause });
  }
}
