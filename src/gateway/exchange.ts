import type { BoundedCache } from '../encoding/bounded-cache.ts';
import type { TransportPolicy } from '../net/transport.ts';
import type { Evaluator } from '../verifier/evaluator.ts';
import type { IndexMemory } from '../verifier/remembered-indexes.ts';
import type { Access } from './access.ts';
import type { GatewayEvent } from './events.ts';
import type { GatewayConfig } from './options.ts';
import type { Destination } from './upstreams.ts';

/** What the runtime gives a handler besides the request. */
export interface GatewayContext {
  /** Keeps the worker running until work has ended that the response does not wait for. */
  waitUntil?(work: Promise<unknown>): void;
}

/** A gateway: its options, and what it remembers. */
export interface GatewaySetup extends GatewayConfig {
  /** Sends requests to upstreams whose responses are streamed. */
  readonly send: (url: string, options: RequestInit) => Promise<Response>;
  /** The policy of requests to upstreams whose responses are read here. */
  readonly policy: TransportPolicy;
  readonly indexes: IndexMemory;
  /** By what manifests passed: the digest of an index, or an empty string. */
  readonly ways: BoundedCache<string>;
  /** The names of the manifests that trusted indexes list, by the names of the indexes. */
  readonly children: BoundedCache<readonly string[]>;
  readonly report: (event: GatewayEvent) => void;
}

/** One request of a client, and what its answer needs. */
export interface Exchange {
  readonly setup: GatewaySetup;
  readonly request: Request;
  readonly url: URL;
  readonly destination: Destination;
  readonly access: Access;
  /** The verifier of this request. */
  readonly evaluator: Evaluator;
  readonly context: GatewayContext;
}

/** Returns the URL of a path below the repository of an exchange, or of the root of the API. The parts have been checked. */
export function upstreamUrl({ destination: { upstream, repository } }: Exchange, rest: string): string {
  return `${upstream.origin.href}v2/${repository === '' ? '' : `${repository}/${rest}`}`;
}

/** Returns the URL of the gateway for one of its upstream, if that is a part of the API; otherwise the upstream's. */
export function gatewayUrl({ url, destination }: Exchange, target: URL): URL {
  const { upstream, query } = destination;
  if (target.origin !== upstream.origin.origin || !target.pathname.startsWith('/v2/')) return target;
  const own = new URL(`/v2/${upstream.path}${target.pathname.slice('/v2/'.length)}${target.search}`, url);
  if (query) own.search += own.search === '' ? query : `&${query}`;
  return own;
}
