import { checkSecret } from '../net/secret.ts';
import { createTokenCache, EXPIRY_MARGIN, type ExpiringToken } from '../net/token-cache.ts';

/** A token, or a function that gets one. */
export type TokenSource = string | (() => string | Promise<string>);

/** The current token of a service. */
export interface TokenSupply {
  /** @throws NotationError `ERR_ARGUMENT_INVALID` for a malformed token, and whatever the source throws */
  current(): Promise<string>;
  /** Forgets the token. @returns Whether there may be another one. */
  renew(): boolean;
}

const NAME = 'token';

/**
 * Keeps the token of a source until it expires or the service refuses it.
 * @param option - The name of the option that contains the source, for the error.
 */
export function createTokenSupply(
  source: TokenSource | (() => Promise<ExpiringToken<string>>),
  option: string,
): TokenSupply {
  const tokens = createTokenCache<string>();

  async function obtain(): Promise<ExpiringToken<string>> {
    const given = typeof source === 'function' ? await source() : source;
    const { token, usableUntil } =
      given !== null && typeof given === 'object'
        ? given
        : { token: given, usableUntil: Number.POSITIVE_INFINITY };
    return { token: checkSecret(token, option), usableUntil };
  }

  return {
    current: () => tokens.get(NAME) ?? tokens.obtain(NAME, obtain),
    renew() {
      tokens.forget(NAME);
      return typeof source === 'function';
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
