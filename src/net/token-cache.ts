import { BoundedCache } from '../encoding/bounded-cache.ts';
import type { Budget } from './budget.ts';

/** A token, and how long it is used. */
export interface ExpiringToken<T> {
  token: T;
  /** Milliseconds since 1970; `Infinity` for a token that is used until it is refused. */
  usableUntil: number;
}

/** Obtains a token. The budget of the operation that needs it first is charged. */
export type ObtainToken<T> = (budget: Budget | undefined) => Promise<ExpiringToken<T>>;

/** Tokens by name. Callers at the same time share one token, and a failure to obtain one is not kept. */
export interface TokenCache<T> {
  /** Returns the token of a name, if there is one; one that is no longer usable is obtained again in the same way. */
  get(name: string, budget?: Budget): Promise<T> | undefined;
  /** Returns the token of a name as it is, if there is one. */
  peek(name: string): Promise<T> | undefined;
  /** Obtains the token of a name, in place of one that is there. */
  obtain(name: string, how: ObtainToken<T>, budget?: Budget): Promise<T>;
  /** Obtains the token of a name again in the same way, if there is one. */
  renew(name: string, budget?: Budget): Promise<T> | undefined;
  forget(name: string): void;
}

interface Entry<T> {
  token: Promise<T>;
  usableUntil: number;
  how: ObtainToken<T>;
}

/** Milliseconds before its expiry at which a token is no longer used. */
export const EXPIRY_MARGIN = 60_000;
/** Names and tokens come from outside. */
const MAX_BYTES = 16 * 1024 * 1024;
/** What is kept of how a token is obtained, about as many bytes. */
const HOW = 1024;
/** Milliseconds for which it is remembered how a token was obtained that is no longer usable. */
const REMEMBERED = 10 * 60_000;

/** Makes a cache of tokens in memory, bounded in bytes: the tokens that were not used for longest are forgotten. */
export function createTokenCache<T>(): TokenCache<T> {
  const entries = new BoundedCache<Entry<T>>(MAX_BYTES);

  function keep(name: string, entry: Entry<T>, { token, usableUntil }: ExpiringToken<T>): T {
    if (entries.get(name) === entry) {
      entry.usableUntil = usableUntil;
      const bytes = HOW + JSON.stringify(token).length;
      entries.set(name, entry, { bytes, expires: usableUntil + REMEMBERED });
    }
    return token;
  }

  function obtain(name: string, how: ObtainToken<T>, budget?: Budget): Promise<T> {
    const token = how(budget).then((obtained) => keep(name, entry, obtained));
    const entry: Entry<T> = { token, usableUntil: Number.POSITIVE_INFINITY, how };
    entries.set(name, entry, { bytes: HOW });
    token.catch(() => entries.get(name) === entry && entries.delete(name));
    return token;
  }

  const renew = (name: string, budget?: Budget) => {
    const entry = entries.get(name);
    return entry && obtain(name, entry.how, budget);
  };

  return {
    get: (name, budget) => {
      const entry = entries.get(name);
      return entry && Date.now() >= entry.usableUntil ? renew(name, budget) : entry?.token;
    },
    peek: (name) => entries.get(name)?.token,
    obtain,
    renew,
    forget: (name) => entries.delete(name),
  };
}
