import * as z from 'zod/mini';
import { encodeBase64 } from '../../encoding/base64.ts';
import { encodeUtf8 } from '../../encoding/bytes.ts';
import { once } from '../../encoding/once.ts';
import { parseDocument } from '../../encoding/schema.ts';
import { isNotationError, NotationError } from '../../errors/index.ts';
import { checkCeiling } from '../content.ts';
import { limits } from '../repository.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import type { Credential } from './credentials.ts';
import { responseError } from './failure.ts';
import { type HttpResponse, resolveUrl, type Transport } from './http.ts';
import { isLoopback } from './origin.ts';

/** What may be done to a repository. */
export type Actions = 'pull' | 'pull,push';

const tokenSchema = /* @__PURE__ */ once(() =>
  z.looseObject({ token: z.optional(z.string()), access_token: z.optional(z.string()) }),
);
const HEADER_SAFE = /^[\x21-\x7e]{1,65536}$/;
const CLIENT_ID = 'notarykit';
/** Headers that are kept: names of repositories may come from outside. */
const MAX_HELD = 10_000;
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
  /** The header obtained before, if any. */
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

/**
 * Keeps the Authorization headers of one registry, in memory and no longer than the registry is used.
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const headers = new Map<string, Promise<string>>();
  return {
    held(repository, actions) {
      return headers.get(scopeOf(repository, actions)) ?? headers.get(scopeOf(repository, 'pull,push'));
    },
    answer(refusal, repository, actions, used) {
      const renewed = this.held(repository, actions);
      if (renewed && renewed !== used) return renewed;
      const scope = scopeOf(repository, actions);
      const header = obtain(refusal, scope, options);
      const [oldest] = headers.keys();
      if (headers.size >= MAX_HELD && oldest !== undefined) headers.delete(oldest);
      headers.set(scope, header);
      header.catch(() => headers.get(scope) === header && headers.delete(scope));
      return header;
    },
  };
}

function scopeOf(repository: string, actions: Actions): string {
  return `repository:${repository}:${actions}`;
}

async function obtain(refusal: HttpResponse, scope: string, options: AuthenticatorOptions): Promise<string> {
  const challenges = parseChallenges(refusal.headers.get('www-authenticate') ?? '');
  const credential = await credentialOf(options);
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
  if (bearer) return `Bearer ${await bearerToken(bearer, scope, credential, options)}`;
  const mayBeBasic = challenges.some(({ scheme }) => scheme === 'basic');
  if (mayBeBasic && credential && 'username' in credential) return basic(credential);
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
): Promise<string> {
  if (credential && 'registryToken' in credential) return headerSafe(credential.registryToken, origin);
  const url = realmOf(parameters, origin, plainHttp);
  const service = parameters.get('service');
  const scopes = scopesOf(parameters, scope);
  const maxBytes = limits.manifest;
  if (credential && 'identityToken' in credential) {
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: CLIENT_ID,
      refresh_token: credential.identityToken,
      scope: scopes.join(' '),
      ...(service && { service }),
    });
    return readToken(await transport({ method: 'POST', url, body, maxBytes }));
  }
  if (service) url.searchParams.set('service', service);
  for (const name of scopes) url.searchParams.append('scope', name);
  const authorization = credential && basic(credential);
  return readToken(await transport({ method: 'GET', url, authorization, maxBytes }));
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
 * The scope that is needed, and what the registry names beside it because it knows the repository under another name
 * too. It cannot have more asked for than the request is for, such as to push where it pulls.
 */
function scopesOf(parameters: Challenge['parameters'], scope: string): string[] {
  const repository = scope.slice(0, scope.lastIndexOf(':') + 1);
  const allowed = scope.slice(repository.length).split(',');
  const named = (parameters.get('scope') ?? '').split(' ').filter((name) => {
    const actions = name.slice(name.lastIndexOf(':') + 1).split(',');
    const other = name.startsWith('repository:') && !name.startsWith(repository);
    return other && actions.every((action) => allowed.includes(action));
  });
  return [scope, ...named.slice(0, MAX_SCOPES)];
}

function readToken(response: HttpResponse): string {
  const { status, url } = response;
  if (status !== 200) {
    const refused = status === 400 || status === 401 || status === 403;
    throw responseError(response, 'a token', refused ? 'ERR_REGISTRY_UNAUTHORIZED' : 'ERR_REGISTRY_RESPONSE');
  }
  const what = 'reply of the token server';
  const body = checkCeiling(response.body, limits.manifest, what);
  const { token, access_token } = parseDocument(tokenSchema(), body, what, 'ERR_REGISTRY_RESPONSE');
  return headerSafe(token || access_token || '', url);
}

function headerSafe(token: string, { host }: URL): string {
  if (HEADER_SAFE.test(token)) return token;
  throw new NotationError('ERR_REGISTRY_RESPONSE', `the token for ${host} is empty or malformed`);
}

function basic({ username, password }: { username: string; password: string }): string {
  return `Basic ${encodeBase64(encodeUtf8(`${username}:${password}`))}`;
}
