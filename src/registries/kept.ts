import type { Credential } from '../oci/index.ts';

/** A credential, and when it ends in milliseconds since 1970. */
export interface ExpiringCredential {
  credential: Credential;
  expiresAt: number;
}

/** Milliseconds before its end at which a credential is no longer given. */
const MARGIN = 60_000;

/** Gives a credential until it is about to end, then gets another; concurrent callers wait for the same one. */
export function keep(get: () => Promise<ExpiringCredential>): () => Promise<Credential> {
  let kept: ExpiringCredential | undefined;
  let coming: Promise<ExpiringCredential> | undefined;
  return async () => {
    if (kept && Date.now() < kept.expiresAt - MARGIN) return kept.credential;
    kept = undefined;
    coming ??= get().finally(() => {
      coming = undefined;
    });
    kept = await coming;
    return kept.credential;
  };
}
