import { BoundedCache } from '../encoding/bounded-cache.ts';
import { lazy } from '../encoding/lazy.ts';
import { isNotationError } from '../errors/index.ts';
import { type HttpTransport, sendByFetch } from '../net/send.ts';
import type { TransportPolicy } from '../net/transport.ts';
import { credentialsFrom } from '../oci/registry/credentials.ts';
import { classify } from '../verifier/classify.ts';
import { createIndexMemory } from '../verifier/remembered-indexes.ts';
import { type Access, callerAccess, upstreamPolicy } from './access.ts';
import { type ApiPath, parseApiPath } from './api-path.ts';
import { TOKEN_ROOT } from './challenges.ts';
import { createReporter } from './events.ts';
import type { GatewayContext, GatewaySetup } from './exchange.ts';
import { forward } from './forward.ts';
import { type GatewayAuthentication, type PullGatewayOptions, readOptions } from './options.ts';
import { pullManifest } from './pull.ts';
import { COMMON_HEADERS, RETRY_AFTER, refuse } from './responses.ts';
import { type Destination, findUpstream, type Upstream } from './upstreams.ts';

/** A gateway in front of registries. */
export interface PullGateway {
  /**
   * Answers a request of a client: the `fetch` of a worker's module, or the handler of any server with Web-standard requests.
   * It never rejects.
   */
  fetch(request: Request, context?: GatewayContext): Promise<Response>;
}

const MAX_WAYS = 2 * 1024 * 1024;
const PULLS: readonly string[] = ['GET', 'HEAD'];
const PUSHES: readonly string[] = ['POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * Makes a gateway for the pull part of the OCI distribution API: clients pull through it, and only what is trusted passes.
 *
 * The upstream answers each caller first, by the caller's own credentials: until it has served a manifest, nothing else is
 * requested or said. A manifest passes by its own signatures, or as part of an index that is trusted and was pulled before.
 * Signature manifests and lists of referrers pass as they are, and so do blobs, tags and the referrers API. A blob with the
 * content of a manifest does not pass: it must be pulled as one. Everything else is refused. Without a verdict nothing passes.
 *
 * Every manifest response has the digest that was verified, whatever the client accepts. What is refused has the status 403
 * and says why in its body; the headers `Notarykit-Verdict` and `Notarykit-Code` say so for HEAD, too.
 *
 * @param options - `verifier` and `upstreams`; the rest is optional. Give the verifier a verdict cache, and the gateway the
 * same one: without it every pull of a manifest evaluates signatures.
 * @returns The gateway, whose `fetch` is the handler of a Workers module, and of servers in Deno, Bun and Node.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_REFERENCE_INVALID` for an upstream that is not a registry
 * @see OCI distribution specification 1.1, "Pull"
 *
 * @example
 * ```ts
 * import { createTrustStore, createVerdictCache, createVerifier } from 'notarykit';
 * import { createPullGateway } from 'notarykit/gateway';
 * import { generateTestCertificate } from 'notarykit/testing';
 *
 * const { root } = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
 * const verdictCache = createVerdictCache({
 *   storage: new Map<string, string>(), // or one that your workers share
 *   secret: crypto.getRandomValues(new Uint8Array(32)),
 * });
 * const verifier = createVerifier({
 *   verdictCache,
 *   trustStore: createTrustStore({ 'ca:acme': root }),
 *   trustPolicy: {
 *     version: '1.0',
 *     trustPolicies: [
 *       {
 *         name: 'production',
 *         registryScopes: ['*'],
 *         signatureVerification: { level: 'strict' },
 *         trustStores: ['ca:acme'],
 *         trustedIdentities: ['x509.subject: C=US, ST=WA, O=Notary, CN=acme.example'],
 *       },
 *     ],
 *   },
 * });
 * const gateway = createPullGateway({ verifier, verdictCache, upstreams: 'registry.example.com' });
 *
 * const response = await gateway.fetch(new Request('https://gateway.example.com/v2/_catalog'));
 * console.log(response.status); // 403
 * ```
 */
export function createPullGateway(options: PullGatewayOptions): PullGateway {
  const config = readOptions(options);
  const send = config.fetch ?? sendByFetch;
  const policy = upstreamPolicy(send as HttpTransport, config.timeout);
  const setup: GatewaySetup = {
    ...config,
    send,
    // The client repeats its requests itself.
    policy: { ...policy, repeat: undefined },
    indexes: config.verdictCache ?? createIndexMemory(),
    ways: new BoundedCache(MAX_WAYS),
    children: new BoundedCache(MAX_WAYS),
    report: createReporter(config.onEvent),
  };
  const { authentication, upstreams } = config;
  const own = authentication && ownAccesses(authentication, upstreams, policy);
  const accessOf = async ({ headers }: Request, upstream: Upstream): Promise<Access> => {
    const access = own && (await own()).get(upstream);
    if (access) return access;
    const authorization = upstream.passCredentials ? headers.get('authorization') : null;
    return callerAccess(authorization ?? undefined, upstream, policy);
  };

  async function answer(request: Request, context: GatewayContext): Promise<Response> {
    const { method } = request;
    const url = new URL(request.url);
    if (setup.rewriteChallenges && !authentication && url.pathname.startsWith(TOKEN_ROOT))
      return (await import('./tokens.ts')).passToken({ request, url, upstreams, policy: setup.policy });
    const path = parseApiPath(url.pathname);
    if (!path) return refusedPath(method);
    if (!isAllowed(setup, method, path)) return refusedMethod(method);
    const repository = path.endpoint === 'base' ? '' : path.repository;
    const destination = findUpstream(upstreams, url, repository);
    if (!destination) return withoutUpstream(method, url, path);
    const evaluator = await ofUser(setup.evaluator);
    const refused = authentication && (await authorized(authentication.authorize, request, destination));
    if (refused) return refused;
    const access = await accessOf(request, destination.upstream);
    const exchange = { setup, request, url, destination, access, evaluator, context };
    if (path.endpoint === 'manifest' && PULLS.includes(method)) return pullManifest(exchange, path);
    return forward(exchange, path.endpoint === 'base' ? undefined : path);
  }

  return {
    async fetch(request, context = {}) {
      try {
        return await answer(request, context);
      } catch (error) {
        return failure(request.method, error);
      }
    },
  };
}

/** Makes the access by the gateway's own credentials. Few gateways need it: it is loaded by the first request. */
function ownAccesses(
  { credentials }: GatewayAuthentication,
  upstreams: readonly Upstream[],
  policy: TransportPolicy,
): () => Promise<Map<Upstream, Access>> {
  const find = credentialsFrom(credentials);
  return lazy(async () => {
    const { ownAccess } = await import('./own-access.ts');
    return new Map(upstreams.map((upstream) => [upstream, ownAccess(find, upstream, policy)]));
  });
}

function isAllowed({ passPushes }: GatewaySetup, method: string, path: ApiPath): boolean {
  if (path.endpoint === 'upload') return passPushes && [...PULLS, ...PUSHES].includes(method);
  if (PULLS.includes(method)) return true;
  const isContent = path.endpoint === 'manifest' || path.endpoint === 'blob';
  return (
    passPushes && isContent && (method === 'DELETE' || (method === 'PUT' && path.endpoint === 'manifest'))
  );
}

/**
 * Calls a function of the gateway's user. What it throws, such as what is wrong with a trust policy, is not for callers, who
 * may be anyone.
 */
async function ofUser<T>(call: () => T): Promise<Awaited<T>> {
  try {
    return await call();
  } catch (cause) {
    throw new Error('a function that the gateway was given failed', { cause });
  }
}

/** Returns the answer to a caller who may not do what is requested. */
async function authorized(
  authorize: GatewayAuthentication['authorize'],
  request: Request,
  { upstream, repository }: Destination,
): Promise<Response | undefined> {
  const action = PULLS.includes(request.method) ? 'pull' : 'push';
  const access = { registry: upstream.registry, ...(repository && { repository }), action } as const;
  const allowed: unknown = await ofUser(() => authorize(request, access));
  if (allowed === true) return undefined;
  if (allowed instanceof Response) return allowed;
  return refuse(request.method, { status: 403, code: 'DENIED', message: 'access denied' });
}

function refusedPath(method: string): Response {
  const message = 'only the pull part of the OCI distribution API is served here';
  return refuse(method, { status: 403, code: 'DENIED', message });
}

function refusedMethod(method: string): Response {
  const message = 'only pulls are served here';
  return refuse(method, { status: 405, code: 'UNSUPPORTED', message, headers: { allow: PULLS.join(', ') } });
}

function withoutUpstream(method: string, { searchParams }: URL, { endpoint }: ApiPath): Response {
  // The root belongs to no upstream if each has a path of its own.
  if (endpoint === 'base' && !searchParams.has('ns')) {
    return new Response(method === 'HEAD' ? null : '{}', {
      headers: { ...COMMON_HEADERS, 'content-type': 'application/json', 'content-length': '2' },
    });
  }
  const message =
    'no registry behind this gateway is meant by the host, path and parameter ns of the request';
  return refuse(method, { status: 403, code: 'DENIED', message });
}

/** Answers a request to which nothing else can be answered: nothing passes. */
function failure(method: string, error: unknown): Response {
  if (!isNotationError(error)) {
    return refuse(method, { status: 500, code: 'UNKNOWN', message: 'the gateway failed' });
  }
  const { code: reason, message, nextStep } = error;
  const found = classify(error);
  const isTemporary = found.class === 'undecided' && found.retryable;
  const headers = isTemporary ? { 'retry-after': RETRY_AFTER } : undefined;
  const status = isTemporary ? 503 : 502;
  return refuse(method, { status, code: 'UNAVAILABLE', message, reason, nextStep, headers });
}
