import type { BoundedCache } from '../../encoding/bounded-cache.ts';
import { lazy } from '../../encoding/lazy.ts';
import { canonicalHost } from '../../encoding/registry-host.ts';
import * as s from '../../encoding/schema.ts';
import { NotationError } from '../../errors/index.ts';
import { isConfidential, isPrivateAddress, resolveUrl } from '../../net/addresses.ts';
import type { Budget } from '../../net/budget.ts';
import { readJson } from '../../net/json.ts';
import { HEADER_SECRET } from '../../net/secret.ts';
import type { ExpiringToken } from '../../net/token-cache.ts';
import { type HttpResponse, sendRequest, type TransportPolicy } from '../../net/transport.ts';
import { limits } from '../repository.ts';
import type { Challenge } from './challenge.ts';
import { basicHeader, type Credential } from './credentials.ts';
import { responseError } from './failure.ts';
import type { SendCredential } from './rejections.ts';

const tokenSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({
    token: s.nullish(s.string()),
    access_token: s.nullish(s.string()),
    // Some servers send the wrong type; then a token is used until it is refused.
    refresh_token: s.optional(s.unknown()),
    expires_in: s.optional(s.unknown()),
  }),
);
const CLIENT_ID = 'notarykit';
/** The fraction of its lifetime, from the request on, for which a token is used: clocks differ, and requests take time. */
const USABLE = 0.9;
/** Statuses with which token servers reject GET. */
const NO_GET: readonly number[] = [404, 405, 501];
/** The most scopes that a registry may add to the required one. */
const MAX_SCOPES = 8;

/** Options of {@link fetchToken}. */
export interface TokenServerOptions {
  /** The registry, as references name it. */
  registry: string;
  policy: TransportPolicy;
  /** The root of the registry. */
  origin: URL;
  /** Whether plain HTTP was requested, even for hosts other than this machine. */
  plainHttp: boolean;
  /** The hosts that a realm may have, in canonical form, in addition to that of the registry; any by default. */
  trustedRealms?: readonly string[] | undefined;
  /** The refresh tokens that token servers returned, by their registry and the refresh tokens that they replace. */
  renewals: BoundedCache<string>;
  /** Sends what carries a credential. */
  sendCredential: SendCredential;
  /** Is charged the requests. */
  budget: Budget | undefined;
}

/** A request for a token with any grant. */
interface TokenRequest extends Pick<TokenServerOptions, 'policy' | 'registry' | 'sendCredential' | 'budget'> {
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
  options: TokenServerOptions,
): Promise<ExpiringToken<string>> {
  const { registry, policy, origin, renewals, sendCredential, budget } = options;
  if (credential && 'registryToken' in credential) {
    return { token: bearerHeader(credential.registryToken, origin), usableUntil: Number.POSITIVE_INFINITY };
  }
  const url = parseRealm(parameters, options);
  const scopes = scopesOf(parameters, scope);
  const service = parameters.get('service');
  const request = { registry, policy, url, service, scopes, sendCredential, budget, requestedAt: Date.now() };
  return credential && 'identityToken' in credential
    ? exchangeRefreshToken(request, credential.identityToken, renewals)
    : requestToken(request, credential);
}

/** Exchanges a refresh token, or the one that a token server returned in its place. */
async function exchangeRefreshToken(
  request: TokenRequest,
  given: string,
  renewals: BoundedCache<string>,
): Promise<ExpiringToken<string>> {
  const name = `${request.registry} ${given}`;
  const current = renewals.get(name) ?? given;
  const grant = { grant_type: 'refresh_token', refresh_token: current };
  const response = await sendFor(request, current, () => post(request, grant, current));
  if (response.status !== 200) renewals.delete(name);
  const { refreshToken, ...header } = readToken(response, request);
  if (refreshToken !== undefined) renewals.set(name, refreshToken, { bytes: refreshToken.length });
  return header;
}

/** Requests a token anonymously or with a user name and a password. */
async function requestToken(
  request: TokenRequest,
  credential: { username: string; password: string } | undefined,
): Promise<ExpiringToken<string>> {
  const { policy, service, scopes, budget } = request;
  const url = new URL(request.url);
  if (service) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  const get = { ...recipient(url), method: 'GET', budget } as const;
  if (!credential) return readToken(await sendRequest(get, policy), request);
  const authorization = basicHeader(credential);
  const secrets = [credential.password];
  const response = await sendFor(request, authorization, async () => {
    const got = await sendRequest({ ...get, authorization, secrets }, policy);
    const grant = { grant_type: 'password', ...credential };
    return NO_GET.includes(got.status) ? post(request, grant, credential.password) : got;
  });
  return readToken(response, request);
}

/** Sends a request with a credential for a token, unless the server rejected the credential. */
function sendFor(
  { registry, url, scopes, sendCredential }: TokenRequest,
  credential: string,
  send: () => Promise<HttpResponse>,
): Promise<HttpResponse> {
  return sendCredential({ registry, server: url, credential, scope: scopes.join(' ') }, send);
}

function post(
  { policy, url, service, scopes, budget }: TokenRequest,
  grant: Record<string, string>,
  secret: string,
): Promise<HttpResponse> {
  const form = { ...grant, client_id: CLIENT_ID, scope: scopes.join(' '), ...(service && { service }) };
  const body = new URLSearchParams(form);
  return sendRequest({ ...recipient(url), method: 'POST', body, secrets: [secret], budget }, policy);
}

function recipient(url: URL) {
  return { url, peer: `the token server ${url.host}`, maxBytes: limits.manifest };
}

function parseRealm(
  parameters: Challenge['parameters'],
  { origin, plainHttp, trustedRealms }: TokenServerOptions,
): URL {
  const realm = parameters.get('realm');
  const url = realm && URL.canParse(realm) ? resolveUrl(realm, origin) : undefined;
  if (!url || !(plainHttp || isConfidential(url))) {
    throw new NotationError(
      'ERR_REGISTRY_RESPONSE',
      `${origin.host} names a token server whose URL is malformed or less safe than its own`,
    );
  }
  if (isTrustedRealm(url, origin, trustedRealms)) return url;
  throw new NotationError(
    'ERR_REGISTRY_RESPONSE',
    `${origin.host} names the token server ${url.host}, which ${trustedRealms ? 'is not among trustedRealms' : 'is in a private network'}`,
    {
      nextStep:
        'Name the token server in `trustedRealms` of createRegistry, if you trust it with credentials.',
    },
  );
}

/** A registry elsewhere must not have credentials sent into a private network (GHSA-xf85-363p-868w). */
function isTrustedRealm(url: URL, origin: URL, trusted: readonly string[] | undefined): boolean {
  if (url.hostname === origin.hostname) return true;
  if (trusted) return trusted.includes(canonicalHost(url.host, url.protocol) ?? '');
  return !isPrivateAddress(url) || isPrivateAddress(origin);
}

/**
 * Returns the required scope, and read access to the other repositories that the registry names: the one from which a
 * blob is mounted, or the same one under another name. The token never allows more than that.
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
  { registry, requestedAt }: TokenRequest,
): ExpiringToken<string> & { refreshToken?: string } {
  const { status, url } = response;
  if (status !== 200) {
    const refused = status === 400 || status === 401 || status === 403;
    const code = refused ? 'ERR_REGISTRY_UNAUTHORIZED' : 'ERR_REGISTRY_RESPONSE';
    // The host of the token server may differ from the registry to log in to.
    throw responseError(response, `a token for the registry ${registry}`, code);
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
