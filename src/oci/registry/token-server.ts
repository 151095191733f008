import * as z from 'zod/mini';
import { once } from '../../encoding/once.ts';
import { NotationError } from '../../errors/index.ts';
import { isConfidential, resolveUrl } from '../../net/addresses.ts';
import { readJson } from '../../net/json.ts';
import { HEADER_SECRET } from '../../net/secret.ts';
import type { ExpiringToken } from '../../net/token-cache.ts';
import { type HttpResponse, sendRequest, type TransportPolicy } from '../../net/transport.ts';
import { limits } from '../repository.ts';
import type { Challenge } from './challenge.ts';
import { basicHeader, type Credential } from './credentials.ts';
import { responseError } from './failure.ts';

const tokenSchema = /* @__PURE__ */ once(() =>
  z.looseObject({
    token: z.optional(z.string()),
    access_token: z.optional(z.string()),
    // Some servers send another type than they should; then a token is used until it is refused.
    refresh_token: z.optional(z.unknown()),
    expires_in: z.optional(z.unknown()),
  }),
);
const CLIENT_ID = 'notarykit';
/** The part of its lifetime for which a token is used, from when it was requested: clocks differ, and requests take time. */
const USABLE = 0.9;
/** How a token server says that it accepts no GET. */
const NO_GET: readonly number[] = [404, 405, 501];
/** The most scopes that a registry may name in addition to the one that is needed. */
const MAX_SCOPES = 8;

/** Options of {@link fetchToken}. */
export interface TokenServerOptions {
  policy: TransportPolicy;
  /** The root of the registry. */
  origin: URL;
  /** Whether plain HTTP was demanded, also to other hosts than the machine itself. */
  plainHttp: boolean;
  /** The refresh token that a token server gave in place of one that it was sent. */
  renewals: Map<string, string>;
}

/** A request for a token, whatever grants it. */
interface TokenRequest extends Pick<TokenServerOptions, 'policy'> {
  url: URL;
  service: string | undefined;
  scopes: readonly string[];
  /** Milliseconds since 1970. */
  requestedAt: number;
}

/**
 * Obtains an Authorization header from the token server that a registry names.
 * @param scope - The scope that the token is for.
 * @throws NotationError `ERR_REGISTRY_UNAUTHORIZED`, `ERR_REGISTRY_RESPONSE` and those of the request
 */
export async function fetchToken(
  { parameters }: Challenge,
  scope: string,
  credential: Credential | undefined,
  { policy, origin, plainHttp, renewals }: TokenServerOptions,
): Promise<ExpiringToken<string>> {
  if (credential && 'registryToken' in credential) {
    return { token: bearerHeader(credential.registryToken, origin), usableUntil: Number.POSITIVE_INFINITY };
  }
  const url = parseRealm(parameters, origin, plainHttp);
  const scopes = scopesOf(parameters, scope);
  const request = { policy, url, service: parameters.get('service'), scopes, requestedAt: Date.now() };
  return credential && 'identityToken' in credential
    ? exchangeRefreshToken(request, credential.identityToken, renewals)
    : requestToken(request, credential);
}

/** Exchanges a refresh token, or the one that a token server gave in its place. */
async function exchangeRefreshToken(
  request: TokenRequest,
  given: string,
  renewals: Map<string, string>,
): Promise<ExpiringToken<string>> {
  const current = renewals.get(given) ?? given;
  const response = await post(request, { grant_type: 'refresh_token', refresh_token: current }, current);
  if (response.status !== 200) renewals.delete(given);
  const { refreshToken, ...header } = readToken(response, request);
  if (refreshToken !== undefined) {
    // Only of the last token that the source gave: those before it are not used again.
    renewals.clear();
    renewals.set(given, refreshToken);
  }
  return header;
}

/** Requests a token anonymously or with a user name and a password. */
async function requestToken(
  request: TokenRequest,
  credential: { username: string; password: string } | undefined,
): Promise<ExpiringToken<string>> {
  const { policy, service, scopes } = request;
  const url = new URL(request.url);
  if (service) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  const login = credential && { authorization: basicHeader(credential), secrets: [credential.password] };
  const response = await sendRequest({ ...addressee(url), method: 'GET', ...login }, policy);
  if (!credential || !NO_GET.includes(response.status)) return readToken(response, request);
  const grant = { grant_type: 'password', ...credential };
  return readToken(await post(request, grant, credential.password), request);
}

function post(
  { policy, url, service, scopes }: TokenRequest,
  grant: Record<string, string>,
  secret: string,
): Promise<HttpResponse> {
  const form = { ...grant, client_id: CLIENT_ID, scope: scopes.join(' '), ...(service && { service }) };
  const body = new URLSearchParams(form);
  return sendRequest({ ...addressee(url), method: 'POST', body, secrets: [secret] }, policy);
}

function addressee(url: URL) {
  return { url, peer: `the token server ${url.host}`, maxBytes: limits.manifest };
}

function parseRealm(parameters: Challenge['parameters'], origin: URL, plainHttp: boolean): URL {
  const realm = parameters.get('realm');
  const url = realm && URL.canParse(realm) ? resolveUrl(realm, origin) : undefined;
  if (url && (plainHttp || isConfidential(url))) return url;
  throw new NotationError(
    'ERR_REGISTRY_RESPONSE',
    `${origin.host} names a token server whose URL is malformed or less safe than its own`,
  );
}

/**
 * Returns the scope that is needed, and read access to the repositories that the registry names in addition: the one
 * from which a blob is mounted, or the same one under another name. More than the request needs is never requested.
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

function readToken(
  response: HttpResponse,
  { requestedAt }: TokenRequest,
): ExpiringToken<string> & { refreshToken?: string } {
  const { status, url } = response;
  if (status !== 200) {
    const refused = status === 400 || status === 401 || status === 403;
    throw responseError(response, 'a token', refused ? 'ERR_REGISTRY_UNAUTHORIZED' : 'ERR_REGISTRY_RESPONSE');
  }
  const body = readJson(tokenSchema(), response, 'ERR_REGISTRY_RESPONSE');
  const { expires_in: seconds, refresh_token: refresh } = body;
  const expires = typeof seconds === 'number' && seconds > 0;
  return {
    token: bearerHeader(body.token || body.access_token || '', url),
    usableUntil: expires ? requestedAt + seconds * 1000 * USABLE : Number.POSITIVE_INFINITY,
    ...(typeof refresh === 'string' && HEADER_SECRET.test(refresh) && { refreshToken: refresh }),
  };
}

function bearerHeader(token: string, { host }: URL): string {
  if (HEADER_SECRET.test(token)) return `Bearer ${token}`;
  throw new NotationError('ERR_REGISTRY_RESPONSE', `the token for ${host} is empty or malformed`);
}
