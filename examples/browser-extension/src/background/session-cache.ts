import type { StorageArea } from '../extension-api.ts';

interface Entry {
  value: string;
  /** Milliseconds since 1970. */
  expires: number;
}

export interface SessionCacheOptions {
  /** `chrome.storage.session`: it is in memory, and pages cannot reach it. */
  area: StorageArea;
  /** Begins the key of each entry. */
  prefix: string;
  /** The most UTF-16 code units of all entries: the browser allows 10 MiB for the whole session. */
  maxLength: number;
  now?: (() => number) | undefined;
}

/** A cache in the storage of the session, in the form that the library takes. What is used longest ago goes first. */
export class SessionCache {
  readonly #area: StorageArea;
  readonly #prefix: string;
  readonly #maxLength: number;
  readonly #now: () => number;
  /** The lengths of the entries by their keys, the oldest first; read once, since only this worker writes. */
  #lengths: Promise<Map<string, number>> | undefined;

  constructor({ area, prefix, maxLength, now = Date.now }: SessionCacheOptions) {
    this.#area = area;
    this.#prefix = prefix;
    this.#maxLength = maxLength;
    this.#now = now;
  }

  async get(key: string): Promise<string | undefined> {
    const name = this.#prefix + key;
    const { [name]: entry } = (await this.#area.get(name)) as Record<string, Entry | undefined>;
    if (!entry) return undefined;
    if (entry.expires > this.#now()) return entry.value;
    await this.delete(key);
    return undefined;
  }

  async set(key: string, value: string, { ttl }: { ttl: number }): Promise<void> {
    const name = this.#prefix + key;
    const lengths = await this.#read();
    lengths.delete(name);
    if (value.length > this.#maxLength) return this.#area.remove(name);
    const old = oldestBeyond(lengths, this.#maxLength - value.length);
    lengths.set(name, value.length);
    for (const each of old) lengths.delete(each);
    if (old.length > 0) await this.#area.remove(old);
    await this.#area.set({ [name]: { value, expires: this.#now() + ttl * 1000 } satisfies Entry });
  }

  async delete(key: string): Promise<void> {
    const name = this.#prefix + key;
    (await this.#read()).delete(name);
    await this.#area.remove(name);
  }

  #read(): Promise<Map<string, number>> {
    this.#lengths ??= this.#area.get(null).then((items) => {
      const own = Object.entries(items).filter(([name]) => name.startsWith(this.#prefix));
      return new Map(own.map(([name, entry]) => [name, (entry as Entry).value.length]));
    });
    return this.#lengths;
  }
}

/** Returns the keys of the oldest entries, so that the others are not longer than a limit together. */
function oldestBeyond(lengths: ReadonlyMap<string, number>, limit: number): string[] {
  let total = [...lengths.values()].reduce((sum, length) => sum + length, 0);
  const old: string[] = [];
  for (const [name, length] of lengths) {
    if (total <= limit) break;
    total -= length;
    old.push(name);
  }
  return old;
}
