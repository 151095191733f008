import * as z from 'zod/mini';
import { encodeBase64 } from '../../encoding/base64.ts';
import { encodeUtf8 } from '../../encoding/bytes.ts';
import { once } from '../../encoding/once.ts';
import { parseDocument } from '../../encoding/schema.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { type HttpResponse, resolveUrl, type Transport } from '../../net/transport.ts';
import { checkCeiling } from '../content.ts';
import { limits } from '../repository.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import type { Credential } from './credentials.ts';
import { responseError } from './failure.ts';
import { isLoopback } from './origin.ts';

/** What may be done to a repository. */
export type Actions = 'pull' | 'pull,push' | 'delete';

const tokenSchema = /* @__PURE__ */ once(() =>
  z.looseObject({
    token: z.optional(z.string()),
    access_token: z.optional(z.string()),
    // Some servers say something else than they should; then a token is used until it is refused.
    refresh_token: z.optional(z.unknown()),
    expires_in: z.optional(z.unknown()),
  }),
);
const HEADER_SAFE = /^[\x21-\x7e]{1,65536}$/;
const CLIENT_ID = 'notarykit';
/** Headers that are kept: names of repositories may come from outside. */
const MAX_HELD = 10_000;
/** Of the time that a token is good for, counted from when it was asked for: clocks differ, and requests take time. */
const USABLE = 0.9;
/**
 * Milliseconds after which the source of a user name and password is asked again: it may know when they end, and not
 * every registry answers 401 then.
 */
const PAIR_KEPT = 30_000;
/** How a token server says that it takes no GET. */
const NO_GET: readonly number[] = [404, 405, 501];
/** Scopes that a registry may name beside the one that is needed. */
const MAX_SCOPES = 8;

/** What an {@link Authenticator} is made of. */
export interface AuthenticatorOptions {
  transport: Transport;
  /** The root of the registry. */
  origin: URL;
  /** Whether plain HTTP was asked for, other than to the machine itself. */
  plainHttp: boolean;
  credential: () => Promise<Credential | undefined>;
}

/** The Authorization headers of one registry. */
export interface Authenticator {
  /** The header obtained before, if any; a new one in place of one that is about to expire. */
  held(repository: string, actions: Actions): Promise<string> | undefined;
  /**
   * A header that answers a refusal; requests for the same repository and actions share it.
   * @param used - What {@link Authenticator.held} gave for the request that was refused.
   * @throws NotationError `ERR_REGISTRY_UNAUTHORIZED` when no challenge of the refusal can be answered.
   */
  answer(
    refusal: HttpResponse,
    repository: string,
    actions: Actions,
    used: Promise<string> | undefined,
  ): Promise<string>;
}

/** A header, and how it was obtained. */
interface Held {
  header: Promise<string>;
  /** When it is to be renewed, in milliseconds since 1970. */
  until: number;
  scope: string;
  /** Without its body, which may be long. */
  refusal: HttpResponse;
}

/** What a registry or its token server gave. */
interface Obtained {
  header: string;
  until: number;
}

/** Refresh tokens that a token server gave in place of those that it was sent. */
type Renewals = Map<string, string>;

/**
 * Keeps the Authorization headers of one registry, in memory and no longer than the registry is used.
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const kept = new Map<string, Held>();
  const renewals: Renewals = new Map();

  function obtainFor(scope: string, refusal: HttpResponse): Promise<string> {
    const obtained = obtain(refusal, scope, options, renewals);
    const entry: Held = {
      header: obtained.then(({ header }) => header),
      until: Infinity,
      scope,
      refusal: { ...refusal, body: new Uint8Array() },
    };
    const [oldest] = kept.keys();
    if (kept.size >= MAX_HELD && oldest !== undefined) kept.delete(oldest);
    kept.set(scope, entry);
    obtained.then(
      ({ until }) => {
        entry.until = until;
      },
      () => kept.get(scope) === entry && kept.delete(scope),
    );
    // Who asked for it may have given up.
    entry.header.catch(() => undefined);
    return entry.header;
  }

  function find(repository: string, actions: Actions): Held | undefined {
    return kept.get(scopeOf(repository, actions)) ?? kept.get(scopeOf(repository, 'pull,push'));
  }

  return {
    held(repository, actions) {
      const entry = find(repository, actions);
      if (!entry || Date.now() < entry.until) return entry?.header;
      return obtainFor(entry.scope, entry.refusal);
    },
    answer(refusal, repository, actions, used) {
      // Not renewed by the old refusal: the new one may ask for more.
      const entry = find(repository, actions);
      if (entry && entry.header !== used) return entry.header;
      // Not every registry says again how it authenticates when it refuses a token.
      const says = refusal.headers.has('www-authenticate') || !entry;
      return obtainFor(scopeOf(repository, actions), says ? refusal : entry.refusal);
    },
  };
}

function scopeOf(repository: string, actions: Actions): string {
  return `repository:${repository}:${actions}`;
}

async function obtain(
  refusal: HttpResponse,
  scope: string,
  options: AuthenticatorOptions,
  renewals: Renewals,
): Promise<Obtained> {
  const challenges = parseChallenges(refusal.headers.get('www-authenticate') ?? '');
  const credential = await credentialOf(options);
  const bearers = challenges.filter(({ scheme }) => scheme === 'bearer');
  const bearer = bearers.find(({ parameters }) => parameters.has('realm')) ?? bearers[0];
  if (bearer) return bearerToken(bearer, scope, credential, options, renewals);
  const mayBeBasic = challenges.some(({ scheme }) => scheme === 'basic');
  if (mayBeBasic && credential && 'username' in credential) {
    return { header: basic(credential), until: Date.now() + PAIR_KEPT };
  }
  throw responseError(refusal);
}

async function credentialOf({ credential, origin }: AuthenticatorOptions): Promise<Credential | undefined> {
  try {
    return await credential();
  } catch (cause) {
    if (isNotationError(cause)) throw cause;
    const message = `no credential for ${origin.host} could be found: the function that was given failed`;
    throw new NotationError('ERR_REGISTRY_UNAUTHORIZED', message, { cause });
  }
}

async function bearerToken(
  { parameters }: Challenge,
  scope: string,
  credential: Credential | undefined,
  { transport, origin, plainHttp }: AuthenticatorOptions,
  renewals: Renewals,
): Promise<Obtained> {
  if (credential && 'registryToken' in credential) {
    return { header: `Bearer ${headerSafe(credential.registryToken, origin)}`, until: Infinity };
  }
  const url = realmOf(parameters, origin, plainHttp);
  const service = parameters.get('service');
  const scopes = scopesOf(parameters, scope);
  const maxBytes = limits.manifest;
  const asked = Date.now();
  const post = (grant: Record<string, string>) => {
    const common = { client_id: CLIENT_ID, scope: scopes.join(' '), ...(service && { service }) };
    return transport({ method: 'POST', url, body: new URLSearchParams({ ...grant, ...common }), maxBytes });
  };
  if (credential && 'identityToken' in credential) {
    const { identityToken: given } = credential;
    const grant = { grant_type: 'refresh_token', refresh_token: renewals.get(given) ?? given };
    const response = await post(grant);
    if (response.status !== 200) renewals.delete(given);
    const reply = readToken(response, asked);
    if (reply.refreshToken !== undefined) {
      // Of the last token that the source gave only: what came before is not asked with again.
      renewals.clear();
      renewals.set(given, reply.refreshToken);
    }
    return reply;
  }
  const query = new URL(url);
  if (service) query.searchParams.set('service', service);
  for (const name of scopes) query.searchParams.append('scope', name);
  const authorization = credential && basic(credential);
  const response = await transport({ method: 'GET', url: query, authorization, maxBytes });
  if (!credential || !NO_GET.includes(response.status)) return readToken(response, asked);
  return readToken(await post({ grant_type: 'password', ...credential }), asked);
}

function realmOf(parameters: Challenge['parameters'], origin: URL, plainHttp: boolean): URL {
  const realm = parameters.get('realm');
  const url = realm && URL.canParse(realm) ? resolveUrl(realm, origin) : undefined;
  if (url && (url.protocol === 'https:' || plainHttp || isLoopback(url.host))) return url;
  throw new NotationError(
    'ERR_REGISTRY_RESPONSE',
    `${origin.host} names a token server that is malformed or not as safe as the registry`,
  );
}

/**
 * The scope that is needed, and the repositories that the registry names beside it: that from which a blob is mounted,
 * or the same one under another name. They are only read, whatever the request does, and nothing is asked for that the
 * request is not for.
 */
function scopesOf(parameters: Challenge['parameters'], scope: string): string[] {
  const repository = scope.slice(0, scope.lastIndexOf(':') + 1);
  const allowed = scope.slice(repository.length).split(',');
  const named = (parameters.get('scope') ?? '').split(' ').flatMap((name) => {
    const place = name.slice(0, name.lastIndexOf(':') + 1);
    const actions = name.slice(place.length).split(',');
    const other = place.startsWith('repository:') && place !== repository;
    const read = actions.includes('pull') && actions.every((action) => allowed.includes(action));
    return other && read ? [`${place}pull`] : [];
  });
  return [scope, ...new Set(named.slice(0, MAX_SCOPES))];
}

/** @param asked - When it was asked for, in milliseconds since 1970. */
function readToken(response: HttpResponse, asked: number): Obtained & { refreshToken: string | undefined } {
  const { status, url } = response;
  if (status !== 200) {
    const refused = status === 400 || status === 401 || status === 403;
    throw responseError(response, 'a token', refused ? 'ERR_REGISTRY_UNAUTHORIZED' : 'ERR_REGISTRY_RESPONSE');
  }
  const what = 'reply of the token server';
  const body = checkCeiling(response.body, limits.manifest, what);
  const reply = parseDocument(tokenSchema(), body, what, 'ERR_REGISTRY_RESPONSE');
  const { expires_in: seconds, refresh_token: refresh } = reply;
  return {
    header: `Bearer ${headerSafe(reply.token || reply.access_token || '', url)}`,
    until: typeof seconds === 'number' && seconds > 0 ? asked + seconds * 1000 * USABLE : Infinity,
    refreshToken: typeof refresh === 'string' && HEADER_SAFE.test(refresh) ? refresh : undefined,
  };
}

function headerSafe(token: string, { host }: URL): string {
  if (HEADER_SAFE.test(token)) return token;
  throw new NotationError('ERR_REGISTRY_RESPONSE', `the token for ${host} is empty or malformed`);
}

function basic({ username, password }: { username: string; password: string }): string {
  return `Basic ${encodeBase64(encodeUtf8(`${username}:${password}`))}`;
}
