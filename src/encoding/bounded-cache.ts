/** What a map, its key and its entry take in addition to a value, in bytes. */
const ENTRY = 256;

/** The size and the end of a value. */
export interface CachedValue {
  /** About how many bytes of memory the value takes; those of its name are added. */
  bytes: number;
  /** Milliseconds since 1970 until which the value is kept; without it, until there is no room. */
  expires?: number | undefined;
}

interface Entry<T> {
  value: T;
  bytes: number;
  expires: number;
}

/**
 * Values by name, within a limit of bytes. The names may come from outside: values that expired are removed, and if there
 * is no room, those that were not used for longest.
 */
export class BoundedCache<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #maxBytes: number;
  #bytes = 0;
  /** How many values are stored before the next search for expired ones, which looks at all of them. */
  #untilSearch = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Returns a value that has not expired. */
  get(name: string, now = Date.now()): T | undefined {
    const entry = this.#entries.get(name);
    if (!entry) return undefined;
    if (now > entry.expires) {
      this.delete(name);
      return undefined;
    }
    // The order of the map is that of use.
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    return entry.value;
  }

  /** Returns the value of a name; makes and stores it if it is missing. */
  getOrMake(name: string, make: () => T, kept: CachedValue): T {
    const known = this.get(name);
    if (known !== undefined) return known;
    const value = make();
    this.set(name, value, kept);
    return value;
  }

  /** Stores a value; one that is larger than the whole cache is not kept. */
  set(
    name: string,
    value: T,
    { bytes, expires = Number.POSITIVE_INFINITY }: CachedValue,
    now = Date.now(),
  ): void {
    this.delete(name);
    const entry = { value, bytes: ENTRY + 2 * name.length + bytes, expires };
    this.#entries.set(name, entry);
    this.#bytes += entry.bytes;
    if (this.#untilSearch-- <= 0) this.#removeExpired(now);
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.delete(oldest);
    }
  }

  delete(name: string): void {
    this.#bytes -= this.#entries.get(name)?.bytes ?? 0;
    this.#entries.delete(name);
  }

  #removeExpired(now: number): void {
    for (const [name, { expires }] of this.#entries) if (now > expires) this.delete(name);
    this.#untilSearch = this.#entries.size;
  }
}
