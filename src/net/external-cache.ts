import { argumentInvalid } from '../errors/notation-error.ts';
import { oneLine } from '../errors/quote.ts';
import { withDeadline } from './abort.ts';

/** A cache outside this process: anything that stores strings under keys for a time. */
export interface Cache {
  /** Returns the string that is stored under a key; null or undefined if nothing is. */
  get(key: string): unknown;
  /** Stores a string. @param options.ttl - For how many seconds. */
  set(key: string, value: string, options: { ttl: number }): unknown;
  delete(key: string): unknown;
}

/** The interface of drivers and storages of `unstorage`. */
export interface KeyValueDriver {
  getItem(key: string): unknown;
  setItem?(key: string, value: string, options: { ttl: number }): unknown;
  removeItem?(key: string, options: object): unknown;
}

/** Time limit of a cache operation in milliseconds: what is cached takes no longer to fetch. */
export const CACHE_TIMEOUT = 1000;

/**
 * Reads the option of a cache, which has one of two interfaces.
 * @param option - The name of the option, for the error.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for anything else
 */
export function readCache(cache: Cache | KeyValueDriver | undefined, option = 'cache'): Cache | undefined {
  if (cache === undefined) return undefined;
  const { get, set, delete: remove, getItem }: Partial<Cache & KeyValueDriver> = cache ?? {};
  // Storages of unstorage have parts of both interfaces: only they have getItem.
  if (typeof getItem === 'function') return fromDriver(cache as KeyValueDriver);
  if ([get, set, remove].every((method) => typeof method === 'function')) return cache as Cache;
  throw argumentInvalid(`${option} must have get, set and delete, or be a driver or storage of unstorage`);
}

function fromDriver(driver: KeyValueDriver): Cache {
  return {
    get: (key) => driver.getItem(key),
    set: (key, value, options) => driver.setItem?.(key, value, options),
    delete: (key) => driver.removeItem?.(key, {}),
  };
}

/** Calls the cache; a failure is reported to `failed` and otherwise ignored. */
export async function callCache(
  work: () => unknown,
  failed: (reason: string) => void,
  timeout = CACHE_TIMEOUT,
): Promise<unknown> {
  try {
    return await withDeadline(timeout, undefined, 'the cache', async () => work());
  } catch (error) {
    const reason =
      error instanceof Error ? error.message : typeof error === 'string' ? error : 'no reason given';
    failed(`the cache failed: ${oneLine(reason, 200)}`);
    return undefined;
  }
}
