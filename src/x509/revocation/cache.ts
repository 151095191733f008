import { NotationError } from '../../errors/index.ts';
import { withDeadline } from '../../net/abort.ts';

/** Where replies are kept beyond this process: anything that keeps texts under keys for a time. */
export interface Cache {
  /** The text under a key; nothing where there is none. */
  get(key: string): unknown;
  /** Keeps a text. @param options.ttl - For how many seconds. */
  set(key: string, value: string, options: { ttl: number }): unknown;
  delete(key: string): unknown;
}

/** The same as drivers and storages of `unstorage` have it. */
export interface KeyValueDriver {
  getItem(key: string): unknown;
  setItem?(key: string, value: string, options: { ttl: number }): unknown;
  removeItem?(key: string, options: object): unknown;
}

/** Milliseconds that a cache may take: asking the authority itself takes no longer. */
const TIMEOUT = 1000;

/**
 * One shape for both.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for what has neither
 */
export function readCache(cache: Cache | KeyValueDriver | undefined): Cache | undefined {
  if (cache === undefined) return undefined;
  const { get, set, delete: remove, getItem }: Partial<Cache & KeyValueDriver> = cache ?? {};
  // Storages of unstorage have both shapes in part: theirs is known by getItem.
  if (typeof getItem === 'function') return fromDriver(cache as KeyValueDriver);
  if ([get, set, remove].every((method) => typeof method === 'function')) return cache as Cache;
  throw new NotationError(
    'ERR_ARGUMENT_INVALID',
    'cache must have get, set and delete, or be a driver or storage of unstorage',
  );
}

function fromDriver(driver: KeyValueDriver): Cache {
  return {
    get: (key) => driver.getItem(key),
    set: (key, value, options) => driver.setItem?.(key, value, options),
    delete: (key) => driver.removeItem?.(key, {}),
  };
}

/** Asks a cache, whose failures are of no importance but for being told. */
export async function askCache(work: () => unknown, failed: (reason: string) => void): Promise<unknown> {
  try {
    return await withDeadline(TIMEOUT, undefined, 'asking the cache', async () => work());
  } catch (error) {
    const reason =
      error instanceof Error ? error.message : typeof error === 'string' ? error : 'for no reason';
    failed(`the cache failed: ${reason.slice(0, 200)}`);
    return undefined;
  }
}
