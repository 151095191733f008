import { checkToken } from './request.ts';

/** A token at hand, or what gets one. */
export type TokenSource = string | (() => string | Promise<string>);

/** A token of which it is known how long it is good. */
export interface ExpiringToken {
  token: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

/** Milliseconds before its end at which a token is no longer used. */
const MARGIN = 60_000;

/** Keeps the token that a source gave until its end, or a service refuses it; concurrent callers wait for the same one. */
export class TokenKeeper {
  readonly #source: TokenSource | (() => Promise<ExpiringToken>);
  readonly #what: string;
  #token: Promise<ExpiringToken> | undefined;

  /** @param what - The name of the option, for the error. */
  constructor(source: TokenSource | (() => Promise<ExpiringToken>), what: string) {
    this.#source = source;
    this.#what = what;
  }

  /** @throws NotationError `ERR_ARGUMENT_INVALID` for what is no token; what the source throws passes */
  async current(): Promise<string> {
    const token = this.#token;
    const kept = await token;
    // Another caller may have asked for a new one meanwhile.
    if (kept && Date.now() > kept.expiresAt - MARGIN && this.#token === token) this.#token = undefined;
    this.#token ??= this.#get();
    const asked = this.#token;
    try {
      return (await asked).token;
    } catch (error) {
      if (this.#token === asked) this.#token = undefined;
      throw error;
    }
  }

  /** Forgets the token. @returns Whether there may be another one. */
  renew(): boolean {
    this.#token = undefined;
    return typeof this.#source === 'function';
  }

  async #get(): Promise<ExpiringToken> {
    const source = this.#source;
    const given = typeof source === 'function' ? await source() : source;
    const { token, expiresAt } =
      given !== null && typeof given === 'object'
        ? given
        : { token: given, expiresAt: Number.POSITIVE_INFINITY };
    return { token: checkToken(token, this.#what), expiresAt };
  }
}

/** When a token ends that is good for so many seconds; OAuth servers give the number as a text, too. */
export function expiryOf(expiresIn: number | string): number {
  return Date.now() + Math.max(Number(expiresIn) || 0, 0) * 1000;
}
