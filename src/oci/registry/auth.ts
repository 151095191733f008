import { isNotationError, NotationError } from '../../errors/index.ts';
import type { Budget } from '../../net/budget.ts';
import type { ExpiringToken, TokenCache } from '../../net/token-cache.ts';
import type { HttpResponse } from '../../net/transport.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import { basicHeader, type Credential } from './credentials.ts';
import { responseError } from './failure.ts';
import { fetchToken, type TokenServerOptions } from './token-server.ts';

/** The actions on a repository that a token allows, or the list of all repositories. */
export type Actions = 'pull' | 'pull,push' | 'delete' | 'catalog';

/**
 * Milliseconds after which the source of a user name and password is called again: it may know when they expire, and
 * not every registry then responds with 401.
 */
const PAIR_LIFETIME = 30_000;

/** Options of {@link createAuthenticator}. */
export interface AuthenticatorOptions extends Omit<TokenServerOptions, 'budget'> {
  credential: () => Promise<Credential | undefined>;
  /** The Authorization headers of all registries. */
  headers: TokenCache<string>;
}

/** The Authorization headers of one registry. */
export interface Authenticator {
  /** Returns the header obtained before, if any; a new one in place of one that is about to expire. */
  held(repository: string, actions: Actions, budget: Budget | undefined): Promise<string> | undefined;
  /**
   * Returns a header for a request that was refused; requests for the same repository and actions share it.
   * @param used - The header that {@link Authenticator.held} returned for the request that was refused.
   * @throws NotationError `ERR_REGISTRY_UNAUTHORIZED` if no challenge of the refusal can be met
   */
  answer(
    refusal: HttpResponse,
    repository: string,
    actions: Actions,
    used: Promise<string> | undefined,
    budget: Budget | undefined,
  ): Promise<string>;
}

/**
 * Obtains the Authorization headers of one registry, and keeps them in memory.
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { registry, headers } = options;
  function nameOf(scope: string): string {
    return `${registry} ${scope}`;
  }

  /** Returns the name of the header to use: a token to push also allows the rest. */
  function usedName(repository: string, actions: Actions): string {
    const own = nameOf(scopeOf(repository, actions));
    return headers.peek(own) ? own : nameOf(scopeOf(repository, 'pull,push'));
  }

  return {
    held: (repository, actions, budget) => headers.get(usedName(repository, actions), budget),
    answer(refusal, repository, actions, used, budget) {
      const name = usedName(repository, actions);
      const current = headers.peek(name);
      if (current && current !== used) return current;
      // Some registries omit the challenges when they refuse a token.
      const renewed = refusal.headers.has('www-authenticate') ? undefined : headers.renew(name, budget);
      if (renewed) return renewed;
      const scope = scopeOf(repository, actions);
      const challenges = parseChallenges(refusal.headers.get('www-authenticate') ?? '');
      const unanswerable = responseError(refusal);
      return headers.obtain(
        nameOf(scope),
        (charged) => answerChallenge(challenges, unanswerable, scope, { ...options, budget: charged }),
        budget,
      );
    },
  };
}

function scopeOf(repository: string, actions: Actions): string {
  return actions === 'catalog' ? 'registry:catalog:*' : `repository:${repository}:${actions}`;
}

async function answerChallenge(
  challenges: readonly Challenge[],
  unanswerable: NotationError,
  scope: string,
  options: AuthenticatorOptions & TokenServerOptions,
): Promise<ExpiringToken<string>> {
  const credential = await credentialOf(options);
  const bearers = challenges.filter(({ scheme }) => scheme === 'bearer');
  const bearer = bearers.find(({ parameters }) => parameters.has('realm')) ?? bearers[0];
  if (bearer) return fetchToken(bearer, scope, credential, options);
  const mayBeBasic = challenges.some(({ scheme }) => scheme === 'basic');
  if (mayBeBasic && credential && 'username' in credential) {
    return { token: basicHeader(credential), usableUntil: Date.now() + PAIR_LIFETIME };
  }
  throw unanswerable;
}

async function credentialOf({ credential, origin }: AuthenticatorOptions): Promise<Credential | undefined> {
  try {
    return await credential();
  } catch (cause) {
    if (isNotationError(cause)) throw cause;
    const message = `no credential for ${origin.host} could be found: the function in the option credentials failed`;
    throw new NotationError('ERR_REGISTRY_UNAUTHORIZED', message, { cause });
  }
}
