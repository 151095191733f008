import {
  createRevocationChecker,
  createTrustStore,
  createVerdictCache,
  createVerifier,
  type Registry,
  type Verifier,
} from 'notarykit';
import type { StorageArea } from '../extension-api.ts';
import { DIALECT, type Settings } from '../settings.ts';
import { SessionCache } from './session-cache.ts';

/** The limits of one image: a page must not wait for long, and nobody else's registry serve much. */
export const LIMITS = { time: 20_000, requests: 100, bytes: 16 * 1024 * 1024, signatures: 10 };
/** UTF-16 code units; the browser allows 10 MiB for the session. */
const VERDICTS_LENGTH = 2_000_000;
const RESPONSES_LENGTH = 1_000_000;

export interface VerifiersOptions {
  trustPolicy: string;
  settings: Settings;
  registry: Registry;
  /** Sends the requests to responders and for CRLs. */
  revocationFetch: typeof globalThis.fetch;
  /** `chrome.storage.session`. */
  session: StorageArea;
  now: () => Date;
}

/** A verifier that uses the verdicts of this session, and one that only adds to them. */
export interface Verifiers {
  known: Verifier;
  fresh: Verifier;
}

/**
 * Makes the verifiers that the settings describe.
 * @throws NotationError for a trust policy or a trust store that is invalid
 */
export function createVerifiers(options: VerifiersOptions): Verifiers {
  const { trustPolicy, settings, registry, revocationFetch, session, now } = options;
  const cacheOf = (prefix: string, maxLength: number) =>
    new SessionCache({ area: session, prefix, maxLength, now: () => now().getTime() });
  const verdicts = cacheOf('verdict:', VERDICTS_LENGTH);
  const responses = cacheOf('revocation:', RESPONSES_LENGTH);
  const common = {
    trustPolicy,
    dialect: DIALECT,
    trustStore: createTrustStore(
      Object.fromEntries(
        Object.entries(settings.trustStores).map(([name, all]) => [name, all.map(({ pem }) => pem)]),
      ),
    ),
    registry,
    revocation: createRevocationChecker({ fetch: revocationFetch, cache: responses }),
    limits: LIMITS,
    clock: now,
  } as const;
  const withoutReading = {
    get: () => undefined,
    set: (key: string, value: string, { ttl }: { ttl: number }) => verdicts.set(key, value, { ttl }),
    delete: (key: string) => verdicts.delete(key),
  };
  // Pages cannot reach the storage of the session, and no other extension can.
  const trusting = (storage: SessionCache | typeof withoutReading) =>
    createVerdictCache({ storage, trustedStorage: true });
  return {
    known: createVerifier({ ...common, verdictCache: trusting(verdicts) }),
    fresh: createVerifier({ ...common, verdictCache: trusting(withoutReading) }),
  };
}
