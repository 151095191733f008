/** A token, and how long it is used. */
export interface ExpiringToken<T> {
  token: T;
  /** Milliseconds since 1970; `Infinity` for a token that is used until it is refused. */
  usableUntil: number;
}

/** Tokens by name. Callers at the same time share one token, and a failure to obtain one is not kept. */
export interface TokenCache<T> {
  /** Returns the token of a name, if there is one; one that is no longer usable is obtained again in the same way. */
  get(name: string): Promise<T> | undefined;
  /** Returns the token of a name as it is, if there is one. */
  peek(name: string): Promise<T> | undefined;
  /** Obtains the token of a name, in place of one that is there. */
  obtain(name: string, how: () => Promise<ExpiringToken<T>>): Promise<T>;
  /** Obtains the token of a name again in the same way, if there is one. */
  renew(name: string): Promise<T> | undefined;
  forget(name: string): void;
}

interface Entry<T> {
  token: Promise<T>;
  usableUntil: number;
  /** The length of the token as JSON, once it has been obtained. */
  length: number;
  how: () => Promise<ExpiringToken<T>>;
}

/** Milliseconds before its expiry at which a token is no longer used. */
export const EXPIRY_MARGIN = 60_000;
/** Names and tokens come from outside. */
const MAX_TOKENS = 10_000;
const MAX_LENGTH = 16 * 1024 * 1024;

/** Makes a cache of tokens in memory. It is bounded in their number and length: the oldest are forgotten. */
export function createTokenCache<T>(): TokenCache<T> {
  const entries = new Map<string, Entry<T>>();
  let total = 0;

  function forget(name: string): void {
    total -= entries.get(name)?.length ?? 0;
    entries.delete(name);
  }

  function trim(): void {
    for (const oldest of entries.keys()) {
      if (entries.size <= MAX_TOKENS && total <= MAX_LENGTH) return;
      forget(oldest);
    }
  }

  function keep(name: string, entry: Entry<T>, { token, usableUntil }: ExpiringToken<T>): T {
    if (entries.get(name) === entry) {
      entry.usableUntil = usableUntil;
      entry.length = JSON.stringify(token).length;
      total += entry.length;
      trim();
    }
    return token;
  }

  function obtain(name: string, how: () => Promise<ExpiringToken<T>>): Promise<T> {
    const token = how().then((obtained) => keep(name, entry, obtained));
    const entry: Entry<T> = { token, usableUntil: Number.POSITIVE_INFINITY, length: 0, how };
    forget(name);
    entries.set(name, entry);
    trim();
    token.catch(() => entries.get(name) === entry && forget(name));
    return token;
  }

  const renew = (name: string) => {
    const entry = entries.get(name);
    return entry && obtain(name, entry.how);
  };

  return {
    get: (name) => {
      const entry = entries.get(name);
      return entry && Date.now() >= entry.usableUntil ? renew(name) : entry?.token;
    },
    peek: (name) => entries.get(name)?.token,
    obtain,
    renew,
    forget,
  };
}
