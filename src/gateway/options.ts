import { argumentInvalid } from '../errors/notation-error.ts';
import { checkTimeout } from '../net/abort.ts';
import { readLimits } from '../net/budget.ts';
import type { RegistryOptions } from '../oci/registry/registry.ts';
import { VERIFICATION_LIMITS, type VerificationLimits } from '../storage/limits.ts';
import { type Evaluator, type EvaluatorSource, readEvaluator } from '../verifier/evaluator.ts';
import type { IndexMemory } from '../verifier/remembered-indexes.ts';
import type { GatewayEvent, GatewayMode } from './events.ts';
import { readUpstreams, type Upstream, type UpstreamOptions } from './upstreams.ts';

/** A caller's access to a repository, for the check of the gateway's user. */
export interface CallerAccess {
  /** The registry, as references name it. */
  readonly registry: string;
  /** The repository; absent for the root of the API. */
  readonly repository?: string;
  readonly action: 'pull' | 'push';
}

/** Pulls by the gateway's own credentials. */
export interface GatewayAuthentication {
  /** The credentials for the upstreams, as `createRegistry` takes them. */
  credentials: NonNullable<RegistryOptions['credentials']>;
  /**
   * Decides whether a caller may read, before anything is requested: without it, anyone could read what the gateway may. A
   * `Response` is the answer to a caller who may not, such as a 401 with a challenge; `false` is a 403.
   */
  authorize: (request: Request, access: CallerAccess) => boolean | Response | Promise<boolean | Response>;
}

/** Options of {@link createPullGateway}. */
export interface PullGatewayOptions {
  /**
   * Decides about each manifest: what `createVerifier` returns, or a function that returns the one to use. The function is
   * called once for each request, so that a policy that is replaced meanwhile changes nothing for that request.
   */
  verifier: EvaluatorSource;
  /** The registries behind the gateway: the name of one, such as `registry.example.com`, or a list. */
  upstreams: string | readonly UpstreamOptions[];
  /**
   * `enforce`, the default: only what is trusted passes. `warn`: everything passes, what is not trusted with a `Warning`.
   * `audit`: everything passes at once, and is evaluated afterwards, for `onEvent`.
   */
  mode?: GatewayMode | undefined;
  /** The classes of `classify` that pass in addition to `verified`; none by default. */
  accept?: readonly ('warned' | 'skipped')[] | undefined;
  /** Pulls by credentials of the gateway. By default by those of each caller, which the upstream checks first. */
  authentication?: GatewayAuthentication | undefined;
  /**
   * `keep`, the default: clients get tokens where the upstream says. `rewrite`: clients get tokens through the gateway, for
   * clients that cannot reach the token server.
   */
  challenges?: 'keep' | 'rewrite' | undefined;
  /** Whether pushes and deletions are refused, the default, or passed to the upstream. */
  pushes?: 'refuse' | 'pass' | undefined;
  /**
   * For how many milliseconds beyond its age a verdict of the cache counts if no new one can be had, because a registry or an
   * authority is down; never beyond `validUntil`, and only after the upstream served the caller. 0 by default.
   */
  staleIfError?: number | undefined;
  /**
   * Remembers which indexes list a manifest, for other processes; that of the verifier. By default they are only remembered in
   * memory. It decides nothing: the index is evaluated again.
   */
  verdictCache?: IndexMemory | undefined;
  /** The limits of each evaluation; those of the verifier by default. */
  limits?: VerificationLimits | undefined;
  /** Milliseconds until the upstream has begun its response, or sent a manifest; 30,000 by default. */
  timeout?: number | undefined;
  /** Called with each decision. What it throws is ignored. */
  onEvent?: ((event: GatewayEvent) => void) | undefined;
  /** Used instead of `globalThis.fetch`, and called with a URL and its options. It must obey `redirect: 'manual'`. */
  fetch?: ((url: string, options: RequestInit) => Promise<Response>) | undefined;
}

/** The options of a gateway, checked and complete. */
export interface GatewayConfig
  extends Pick<
    PullGatewayOptions,
    'authentication' | 'staleIfError' | 'verdictCache' | 'limits' | 'onEvent' | 'fetch'
  > {
  readonly evaluator: () => Evaluator;
  readonly upstreams: readonly Upstream[];
  readonly mode: GatewayMode;
  readonly accept: readonly string[];
  readonly rewriteChallenges: boolean;
  readonly passPushes: boolean;
  readonly timeout: number;
}

/**
 * Checks the options of a gateway.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_REFERENCE_INVALID`
 */
export function readOptions(options: PullGatewayOptions): GatewayConfig {
  const given: Partial<PullGatewayOptions> = options ?? {};
  const { verifier, upstreams, mode = 'enforce', accept = [], ...others } = given;
  const { challenges = 'keep', pushes = 'refuse', timeout = 30_000 } = given;
  const { authentication, staleIfError, verdictCache } = given;
  oneOf('mode', mode, ['enforce', 'warn', 'audit']);
  oneOf('challenges', challenges, ['keep', 'rewrite']);
  oneOf('pushes', pushes, ['refuse', 'pass']);
  if (!Array.isArray(accept)) throw argumentInvalid('accept must be a list of classes');
  for (const one of accept) oneOf('each of accept', one, ['warned', 'skipped']);
  checkTimeout(timeout);
  if (staleIfError !== undefined && staleIfError !== 0) checkTimeout(staleIfError, 'staleIfError');
  readLimits<VerificationLimits>(VERIFICATION_LIMITS, given.limits);
  for (const name of ['onEvent', 'fetch'] as const) {
    if (given[name] !== undefined && typeof given[name] !== 'function') {
      throw argumentInvalid(`${name} must be a function`);
    }
  }
  if (verdictCache !== undefined && typeof verdictCache?.indexesOf !== 'function') {
    throw argumentInvalid('verdictCache must be the result of createVerdictCache');
  }
  if (authentication !== undefined && typeof authentication?.authorize !== 'function') {
    throw argumentInvalid('authentication must have authorize, which decides who may read');
  }
  return {
    ...others,
    evaluator: readEvaluator(verifier, 'verifier'),
    upstreams: readUpstreams(upstreams),
    mode,
    accept,
    rewriteChallenges: challenges === 'rewrite',
    passPushes: pushes === 'pass',
    timeout,
  };
}

function oneOf(name: string, value: unknown, choices: readonly string[]): void {
  if (typeof value === 'string' && choices.includes(value)) return;
  throw argumentInvalid(`${name} must be ${choices.map((choice) => `"${choice}"`).join(' or ')}`);
}
