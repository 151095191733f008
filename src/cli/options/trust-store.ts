import type { TrustStoreType } from '../../x509/trust-store.ts';

/** The types of trust stores, in the order of notation. */
export const STORE_TYPES = ['ca', 'signingAuthority', 'tsa'] as const satisfies readonly TrustStoreType[];
