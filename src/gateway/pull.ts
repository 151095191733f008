import { isDigest } from '../encoding/digest.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { oneLine } from '../errors/quote.ts';
import { isIndexType } from '../oci/media-types.ts';
import { DIGEST_HEADER } from '../oci/registry/manifests.ts';
import { parsePlatforms } from '../storage/platforms.ts';
import type { RepositoryPath } from './api-path.ts';
import { challengesFor, takesCredentials } from './challenges.ts';
import { type Decision, decide, manifestName } from './decide.ts';
import type { GatewayEvent } from './events.ts';
import type { Exchange } from './exchange.ts';
import { type Manifest, type ManifestResponse, requestManifest, type ServedManifest } from './manifest.ts';
import { relay } from './relay.ts';
import { CODE_HEADER, COMMON_HEADERS, RETRY_AFTER, refuse, VERDICT_HEADER } from './responses.ts';
import type { Destination } from './upstreams.ts';

const MAX_WARNING = 500;

type Durations = GatewayEvent['durations'];

/**
 * Answers the pull of a manifest. The upstream answers the caller first: until it has served the manifest nothing else is
 * requested or said.
 * @throws NotationError if the upstream does not serve what it should
 */
export async function pullManifest(exchange: Exchange, { target }: RepositoryPath): Promise<Response> {
  const begun = performance.now();
  const served = await requestManifest(exchange, target);
  if (!('target' in served)) return relayFailure(exchange, served);
  const durations = { upstream: performance.now() - begun, verdict: 0 };
  try {
    return await answerWith(exchange, served, durations);
  } catch (error) {
    // A token may expire between a HEAD and the GET that it needs.
    if (served.refused) return relayFailure(exchange, served.refused);
    throw error;
  }
}

async function answerWith(
  exchange: Exchange,
  served: ServedManifest,
  durations: Durations,
): Promise<Response> {
  if (exchange.setup.mode === 'audit') {
    inBackground(exchange, audit(exchange, served, durations));
    return manifestResponse(exchange, served, durations);
  }
  const deciding = decideAndReport(exchange, served, durations);
  // Others may wait for the same verdict: it must not end with the client that was first.
  inBackground(exchange, deciding);
  const decision = await deciding;
  if (!decision.passes && exchange.setup.mode === 'enforce') return refusal(exchange, served, decision);
  const remembered = rememberChildren(exchange, served, decision);
  if (remembered && !exchange.context.waitUntil) await remembered;
  return manifestResponse(exchange, served, durations, decision);
}

/** Evaluates what is served anyway. */
async function audit(exchange: Exchange, served: ServedManifest, durations: Durations): Promise<void> {
  await rememberChildren(exchange, served, await decideAndReport(exchange, served, durations));
}

async function decideAndReport(
  exchange: Exchange,
  served: ServedManifest,
  durations: Durations,
): Promise<Decision> {
  const begun = performance.now();
  const decision = await decide(exchange, served);
  durations.verdict = performance.now() - begun;
  const { setup, request, destination } = exchange;
  const { verdict, passes, reason, report } = decision;
  const cache = report?.cache?.result;
  setup.report({
    reference: referenceOf(destination, served.target),
    method: request.method === 'HEAD' ? 'HEAD' : 'GET',
    digest: served.digest,
    verdict,
    served: passes || setup.mode !== 'enforce',
    mode: setup.mode,
    ...(reason && { code: reason.code, message: reason.message }),
    ...(cache && { cache }),
    ...(report && { report }),
    durations,
  });
  return decision;
}

function referenceOf({ upstream, repository }: Destination, target: string): string {
  return `${upstream.registry}/${repository}${isDigest(target) ? '@' : ':'}${target}`;
}

/** Does work that the response does not wait for. What goes wrong there is reported as an event, if at all. */
function inBackground({ context }: Exchange, work: Promise<unknown>): void {
  const settled = work.catch(() => undefined);
  context.waitUntil?.(settled);
}

/** Passes on the response of an upstream that does not serve the manifest. */
function relayFailure(exchange: Exchange, { status, headers, url, body }: ManifestResponse): Response {
  const { request, destination } = exchange;
  const { registry, origin } = destination.upstream;
  if (status < 400) {
    throw new NotationError(
      'ERR_REGISTRY_RESPONSE',
      `${registry} responded with ${status} to the request for a manifest`,
    );
  }
  const at = new URL(url);
  // What another host says, to which a redirect led, is not for the caller: least of all where to send credentials.
  if (at.origin !== origin.origin) return refusedElsewhere(exchange, status, headers);
  const length = request.method === 'HEAD' ? headers.get('content-length') : String(body.length);
  const head = {
    status,
    headers: { get: (name: string) => (name === 'content-length' ? length : headers.get(name)) },
  };
  return relay(exchange, head, at, body as BodyInit);
}

/** Answers in place of a host to which the upstream redirected the request for a manifest. */
function refusedElsewhere({ request, destination }: Exchange, status: number, headers: Headers): Response {
  const message = `the host to which ${destination.upstream.registry} redirects responded with ${status}`;
  const later = headers.get('retry-after');
  return refuse(request.method, {
    status: status === 401 ? 502 : status,
    code: 'UNAVAILABLE',
    message,
    headers: later === null ? undefined : { 'retry-after': later },
  });
}

/** Responds with what was verified: never with what the upstream says about it. */
async function manifestResponse(
  { request, setup }: Exchange,
  served: ServedManifest,
  durations: Durations,
  decision?: Decision,
): Promise<Response> {
  const { mediaType, digest, size } = decision?.descriptor ?? (await served.fetch()).descriptor;
  const headers: Record<string, string> = {
    ...COMMON_HEADERS,
    'content-type': mediaType,
    'content-length': String(size),
    [DIGEST_HEADER]: digest,
    etag: `"${digest}"`,
    'server-timing': serverTiming(durations, decision),
    ...(decision && verdictHeaders(decision)),
  };
  const { reason } = decision ?? {};
  if (reason && setup.mode === 'warn') headers.warning = warningText(`${reason.message} (${reason.code})`);
  const body = request.method === 'HEAD' ? null : (await served.fetch()).bytes;
  return new Response(body as BodyInit | null, { headers });
}

function verdictHeaders({ verdict, reason }: Decision): Record<string, string> {
  return { [VERDICT_HEADER]: verdict, ...(reason && { [CODE_HEADER]: reason.code }) };
}

/** @see https://www.w3.org/TR/server-timing/ */
function serverTiming({ upstream, verdict }: Durations, decision: Decision | undefined): string {
  const first = `upstream;dur=${upstream.toFixed(1)}`;
  if (!decision) return first;
  return `${first}, verdict;dur=${verdict.toFixed(1)};desc="${decision.report?.cache?.result ?? decision.verdict}"`;
}

/** @see OCI distribution specification 1.1, "Warnings" */
function warningText(text: string): string {
  const plain = oneLine(text, MAX_WARNING).replace(/[^ -~]/g, '?');
  return `299 - "${plain.replace(/["\\]/g, '\\$&')}"`;
}

function refusal(exchange: Exchange, served: ServedManifest, decision: Decision): Response {
  const { request, destination, access } = exchange;
  const { verdict, retryable, reason } = decision;
  const name = referenceOf(destination, served.target);
  const common = { reason: reason?.code, nextStep: nextStepOf(served, decision) };
  const headers = { [VERDICT_HEADER]: verdict };
  if (verdict === 'undecided' || verdict === 'misconfigured') {
    const message = `there is no verdict on ${name}: ${reason?.message}`;
    // The token does not suffice, or has expired: with another one the client may go on.
    const isUnauthorized = reason?.code === 'ERR_REGISTRY_UNAUTHORIZED' && takesCredentials(exchange);
    if (isUnauthorized && access.challenge !== undefined) {
      const challenge = { 'www-authenticate': challengesFor(exchange, access.challenge) };
      return refuse(request.method, {
        ...common,
        status: 401,
        code: 'UNAUTHORIZED',
        message,
        headers: { ...headers, ...challenge },
      });
    }
    const later = retryable ? { 'retry-after': RETRY_AFTER } : undefined;
    const status = retryable ? 503 : 502;
    return refuse(request.method, {
      ...common,
      status,
      code: 'UNAVAILABLE',
      message,
      headers: { ...headers, ...later },
    });
  }
  const message = `${name} is not trusted: ${reason?.message ?? `the policy says ${verdict}`}`;
  return refuse(request.method, { ...common, status: 403, code: 'DENIED', message, headers });
}

/** A manifest of an index is known by the index. */
function nextStepOf({ target, digest }: ServedManifest, { verdict, reason }: Decision): string | undefined {
  const mayBeListed = verdict === 'unsigned' && target === digest;
  return mayBeListed
    ? 'If it is listed by an image index, pull the index first; otherwise have it signed.'
    : reason?.nextStep;
}

/**
 * Remembers which manifests a trusted index lists, so that they pass by its signatures. It is in memory as soon as this
 * returns.
 */
function rememberChildren(
  exchange: Exchange,
  { fetched }: ServedManifest,
  { passes, verdict, report }: Decision,
): Promise<void> | undefined {
  const { setup } = exchange;
  const isTrusted = passes && report !== undefined && verdict !== 'skipped';
  if (!fetched || !isTrusted || !isIndexType(fetched.descriptor.mediaType)) return undefined;
  // The signatures of the outermost index cover all that is below it.
  const index = report.coveredBy?.digest ?? fetched.descriptor.digest;
  const work = setup.indexes.rememberIndex(index, childrenOf(exchange, fetched));
  inBackground(exchange, work);
  return work;
}

/** Returns the names of the manifests that an index lists, which are read once. */
function childrenOf(exchange: Exchange, index: Manifest): readonly string[] {
  const { children } = exchange.setup;
  const name = manifestName(exchange, index.descriptor.digest);
  const known = children.get(name);
  if (known) return known;
  const listed = readChildren(exchange, index);
  children.set(name, listed, { bytes: 2 * listed.join().length });
  return listed;
}

/** Returns the names of the manifests that an index lists. One that is malformed covers none. */
function readChildren(exchange: Exchange, { bytes, descriptor }: Manifest): string[] {
  try {
    const listed = parsePlatforms(bytes, descriptor.digest);
    return [...new Set(listed.map(({ descriptor }) => manifestName(exchange, descriptor.digest)))];
  } catch (error) {
    if (isNotationError(error)) return [];
    throw error;
  }
}
