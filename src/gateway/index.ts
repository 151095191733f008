/**
 * A gateway in front of registries, through which only trusted images can be pulled: a handler of Web-standard requests.
 *
 * @packageDocumentation
 */

export type { Evaluator, EvaluatorSource } from '../verifier/evaluator.ts';
export type { IndexMemory } from '../verifier/remembered-indexes.ts';
export type { GatewayEvent, GatewayMode, GatewayVerdict } from './events.ts';
export type { GatewayContext } from './exchange.ts';
export type {
  CallerAccess,
  GatewayAuthentication,
  PullGatewayOptions,
} from './options.ts';
export { createPullGateway, type PullGateway } from './pull-gateway.ts';
export type { UpstreamOptions } from './upstreams.ts';
