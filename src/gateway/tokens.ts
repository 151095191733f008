import { decodeBase64Url } from '../encoding/base64.ts';
import { decodeUtf8 } from '../encoding/bytes.ts';
import { lazy } from '../encoding/lazy.ts';
import { canonicalHost } from '../encoding/registry-host.ts';
import * as s from '../encoding/schema.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { isConfidential, resolveUrl } from '../net/addresses.ts';
import { readAtMost } from '../net/body.ts';
import { readJson } from '../net/json.ts';
import { REDIRECTED } from '../net/redirects.ts';
import {
  type HttpRequest,
  type HttpResponse,
  sendRequest,
  type TransportPolicy,
  wholeBody,
} from '../net/transport.ts';
import { limits } from '../oci/repository.ts';
import { parseApiPath } from './api-path.ts';
import { TOKEN_ROOT } from './challenges.ts';
import { COMMON_HEADERS, refuse } from './responses.ts';
import type { Upstream } from './upstreams.ts';

/** The most bytes of a form with which a client gets a token. */
const MAX_FORM = 64 * 1024;

const JSON_TYPE = 'application/json';

/** What token servers say in a success: other members are left out. */
const tokenSchema = /* @__PURE__ */ lazy(() =>
  s.object({
    token: s.nullish(s.string()),
    access_token: s.nullish(s.string()),
    refresh_token: s.nullish(s.string()),
    // Some servers send the wrong type.
    expires_in: s.optional(s.unknown()),
    issued_at: s.nullish(s.string()),
  }),
);

/** A request of a client for a token. */
export interface TokenExchange {
  request: Request;
  url: URL;
  upstreams: readonly Upstream[];
  policy: TransportPolicy;
}

/**
 * Gets a token for a client from the token server of an upstream, with the client's credentials. The client names the token
 * server, as the gateway's challenge did: only that of the upstream's own host and `trustedRealms` are contacted.
 */
export async function passToken({ request, url, upstreams, policy }: TokenExchange): Promise<Response> {
  const { method, headers, signal } = request;
  const [registry, name] = url.pathname.slice(TOKEN_ROOT.length).split('/', 2);
  const upstream = upstreams.find((one) => one.registry === registry && isHere(one, url));
  const realm = upstream && realmOf(name ?? '', upstream);
  if (!upstream || !realm || (method !== 'GET' && method !== 'POST')) return refusedRealm(method);
  const authorization = headers.get('authorization') ?? undefined;
  if (!upstream.passCredentials && (authorization !== undefined || method === 'POST'))
    return refusedRealm(method);
  for (const [key, value] of url.searchParams) {
    if (key !== 'ns') realm.searchParams.append(key, key === 'scope' ? scopeAt(upstream, value) : value);
  }
  const sent: HttpRequest = {
    method,
    url: realm,
    peer: `the token server of ${registry}`,
    authorization,
    ...(method === 'POST' && { body: await readForm(request, upstream) }),
    maxBytes: limits.manifest,
    follow: false,
    signal: signal ?? undefined,
  };
  const response = await sendRequest(sent, policy);
  if (REDIRECTED.includes(response.status)) {
    throw new NotationError('ERR_REGISTRY_RESPONSE', `the token server of ${registry} redirects`);
  }
  return new Response(bodyOf(response) as BodyInit, {
    status: response.status,
    headers: {
      ...COMMON_HEADERS,
      'content-type': response.status < 400 ? JSON_TYPE : (response.headers.get('content-type') ?? JSON_TYPE),
    },
  });
}

/** Returns what a client gets: a token, or an explanation why there is none, and nothing else that may be at that URL. */
function bodyOf(response: HttpResponse): string | Uint8Array {
  if (response.status >= 400) return wholeBody(response);
  const found = readJson(tokenSchema(), response, 'ERR_REGISTRY_RESPONSE');
  if (!found.token && !found.access_token) {
    throw new NotationError('ERR_REGISTRY_RESPONSE', `${response.peer} sent no token`);
  }
  const { expires_in: lifetime, ...others } = found;
  return JSON.stringify({ ...others, ...(Number(lifetime) > 0 && { expires_in: Number(lifetime) }) });
}

function isHere({ hosts }: Upstream, { host, protocol }: URL): boolean {
  return !hosts || hosts.includes(canonicalHost(host, protocol) ?? '');
}

/** Reads the URL of a token server; `undefined` for one to which no credentials may be sent. */
function realmOf(name: string, { origin, trustedRealms = [] }: Upstream): URL | undefined {
  const text = decoded(name);
  const realm = text !== undefined && URL.canParse(text) ? resolveUrl(text, origin) : undefined;
  // Manifests, blobs and uploads are not for this way, however they are spelled.
  if (realm && (/%|\/\//.test(realm.pathname) || parseApiPath(realm.pathname))) return undefined;
  if (!realm || !(origin.protocol === 'http:' || isConfidential(realm))) return undefined;
  const isKnown =
    realm.hostname === origin.hostname ||
    trustedRealms.includes(canonicalHost(realm.host, realm.protocol) ?? '');
  return isKnown ? realm : undefined;
}

function decoded(name: string): string | undefined {
  try {
    return decodeUtf8(decodeBase64Url(name));
  } catch (error) {
    if (isNotationError(error)) return undefined;
    throw error;
  }
}

/** Returns a scope as the upstream knows it: without the path of the gateway. */
function scopeAt({ path }: Upstream, scope: string): string {
  if (path === '') return scope;
  return scope
    .split(' ')
    .map((one) =>
      one.startsWith(`repository:${path}`) ? `repository:${one.slice(`repository:${path}`.length)}` : one,
    )
    .join(' ');
}

async function readForm({ body, signal }: Request, upstream: Upstream): Promise<URLSearchParams> {
  const bytes = await readAtMost(body, { maxBytes: MAX_FORM, signal, expected: 0 });
  if (bytes.length > MAX_FORM) {
    throw new NotationError('ERR_LIMIT_EXCEEDED', `the request for a token has more than ${MAX_FORM} bytes`);
  }
  const form = new URLSearchParams(decodeUtf8(bytes));
  const scope = form.get('scope');
  if (scope !== null) form.set('scope', scopeAt(upstream, scope));
  return form;
}

function refusedRealm(method: string): Response {
  return refuse(method, {
    status: 403,
    code: 'DENIED',
    message: 'this is not the token server of an upstream, or it may not get credentials',
    nextStep: 'Name the host of the token server in trustedRealms of the upstream.',
  });
}
