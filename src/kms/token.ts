import type { Budget } from '../net/budget.ts';
import { checkSecret } from '../net/secret.ts';
import { createTokenCache, EXPIRY_MARGIN, type ObtainToken } from '../net/token-cache.ts';

/** A token, or a function that gets one. */
export type TokenSource = string | (() => string | Promise<string>);

/** The current token of a service. */
export interface TokenSupply {
  /**
   * @param budget - Is charged the request for a token, if one is needed.
   * @throws NotationError `ERR_ARGUMENT_INVALID` for a malformed token, and whatever the source throws
   */
  current(budget?: Budget): Promise<string>;
  /** Forgets the token. @returns Whether there may be another one. */
  renew(): boolean;
}

const NAME = 'token';

/**
 * Keeps the token of a caller until the service refuses it.
 * @param option - The name of the option that contains the source, for the error.
 */
export function createTokenSupply(source: TokenSource, option: string): TokenSupply {
  const isFunction = typeof source === 'function';
  const obtain = async () => {
    const token = isFunction ? await source() : source;
    return { token: checkSecret(token, option), usableUntil: Number.POSITIVE_INFINITY };
  };
  return supplyFrom(obtain, isFunction);
}

/** Keeps the token that a server issues until it expires or the service refuses it. */
export function createIssuedTokenSupply(obtain: ObtainToken<string>): TokenSupply {
  return supplyFrom(obtain, true);
}

function supplyFrom(obtain: ObtainToken<string>, renewable: boolean): TokenSupply {
  const tokens = createTokenCache<string>();
  return {
    current: (budget) => tokens.get(NAME, budget) ?? tokens.obtain(NAME, obtain, budget),
    renew() {
      tokens.forget(NAME);
      return renewable;
    },
  };
}

/**
 * Returns until when a token is used.
 * @param expiresIn - The seconds for which it is valid, as an OAuth server sent them. A token that is valid for an
 * unknown time is used once.
 */
export function usableUntil(expiresIn: unknown): number {
  return Date.now() + Math.max(Number(expiresIn) || 0, 0) * 1000 - EXPIRY_MARGIN;
}
