import { conform } from '../encoding/document.ts';
import { lazy } from '../encoding/lazy.ts';
import * as s from '../encoding/schema.ts';
import { quote } from '../errors/quote.ts';
import { trustError } from './failure.ts';

/**
 * What was verified before, as plain data: the root from which later ones are trusted, and the versions below which no role
 * may fall. Keep it where others cannot change it.
 */
export interface TrustState {
  gun: string;
  /** The root, as it was read. */
  root: string;
  /** The version of each role. */
  versions: Record<string, number>;
}

/** Where trust on first use, and what was verified before, is kept between verifications. */
export interface TrustStateStore {
  /** Returns the state of a GUN, or `undefined` or `null` if nothing was kept. */
  load(gun: string): Promise<TrustState | null | undefined>;
  /** Keeps the state of a GUN. */
  save(gun: string, state: TrustState): Promise<void>;
}

const stateSchema = /* @__PURE__ */ lazy(() =>
  s.object({ gun: s.string(), root: s.string(), versions: s.record(s.size()) }),
);

/**
 * Checks a state that was kept.
 * @throws NotationError `ERR_DCT_METADATA_INVALID` for other data, or the state of another GUN
 */
export function checkState(value: unknown, gun: string): TrustState {
  const what = `trust state of ${quote(gun)}`;
  const state = conform(stateSchema(), value, what, 'ERR_DCT_METADATA_INVALID');
  if (state.gun === gun) return state;
  throw trustError('ERR_DCT_METADATA_INVALID', `the ${what} is that of ${quote(state.gun)}`);
}

/**
 * Makes a store in memory.
 *
 * @returns The store; it forgets when it is no longer referred to.
 *
 * @example
 * ```ts
 * import { createMemoryTrustStateStore } from 'notarykit/dct';
 *
 * const store = createMemoryTrustStateStore();
 * console.log(await store.load('docker.io/library/alpine')); // undefined
 * ```
 */
export function createMemoryTrustStateStore(): TrustStateStore {
  const states = new Map<string, TrustState>();
  return {
    load: async (gun) => states.get(gun),
    save: async (gun, state) => void states.set(gun, state),
  };
}
