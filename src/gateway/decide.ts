import type { Descriptor } from '../encoding/descriptor.ts';
import { isNotationError, NotationError, type Reason, reasonOf } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import { sameContent } from '../oci/content.ts';
import { isManifestType } from '../oci/media-types.ts';
import { type Classification, classify } from '../verifier/classify.ts';
import type { VerificationReport } from '../verifier/report.ts';
import type { GatewayVerdict } from './events.ts';
import type { Exchange } from './exchange.ts';
import { isExempt, isFallbackTag } from './exempt.ts';
import type { ServedManifest } from './manifest.ts';
import { registryWith } from './registry-with.ts';

/** What the gateway found about a manifest. */
export interface Decision {
  verdict: GatewayVerdict;
  /** Whether it passes under `enforce`. */
  passes: boolean;
  /** Of an undecided one, whether to try again. */
  retryable?: boolean;
  /** What was verified; only of a manifest that passes. */
  descriptor?: Descriptor;
  report?: VerificationReport;
  /** Why it does not pass, or passes with warnings. */
  reason?: Reason;
}

/** The most indexes by which a manifest is evaluated. */
const MAX_INDEXES = 3;

/**
 * Decides about a manifest: by its own signatures, or by those of an index that was trusted before and lists it. The index is
 * evaluated again: that it is remembered decides nothing.
 * @throws NotationError `ERR_CONTENT_MISMATCH`, and those of a request for the manifest
 */
export async function decide(exchange: Exchange, served: ServedManifest): Promise<Decision> {
  if (!served.fetched && !isFallbackTag(served.target)) {
    // The verdict on a manifest whose digest a HEAD names is mostly known.
    const decision = await decideByAll(exchange, served);
    // Without access the manifest cannot be fetched either.
    if (decision.passes || decision.reason?.code === 'ERR_REGISTRY_UNAUTHORIZED') return decision;
    return (await withoutVerdict(served)) ?? decision;
  }
  return (await withoutVerdict(served)) ?? decideByAll(exchange, served);
}

/** Decides about a manifest without evaluating it, if what it is decides. */
async function withoutVerdict(served: ServedManifest): Promise<Decision | undefined> {
  const { bytes, descriptor } = await served.fetch();
  if (isExempt(bytes, descriptor, served.target)) return { verdict: 'exempt', passes: true, descriptor };
  if (isManifestType(descriptor.mediaType)) return undefined;
  const message = `${served.digest} is of the type ${quote(descriptor.mediaType)}, which cannot be signed`;
  const reason = reasonOf(new NotationError('ERR_MANIFEST_INVALID', message));
  return { verdict: 'rejected', passes: false, reason };
}

async function decideByAll(exchange: Exchange, served: ServedManifest): Promise<Decision> {
  const { ways } = exchange.setup;
  const name = manifestName(exchange, served.digest);
  const known = ways.get(name);
  let decision = known === undefined ? undefined : await evaluate(exchange, served, known);
  if (decision?.passes) return decision;
  for await (const index of waysOf(exchange, served, name, known)) {
    const next = await evaluate(exchange, served, index);
    if (next.passes) {
      ways.set(name, index, { bytes: index.length });
      return next;
    }
    decision = moreTelling(decision, next, index);
  }
  return decision ?? evaluate(exchange, served, OWN);
}

/** The name of the way by a manifest's own signatures; others are digests of indexes. */
const OWN = '';

/** Yields each other way to decide about a manifest than the one that led to trust before, the more likely ones first. */
async function* waysOf(
  { setup }: Exchange,
  { target, digest }: ServedManifest,
  name: string,
  known: string | undefined,
): AsyncGenerator<string> {
  const tried = new Set([known]);
  function* untried(...ways: string[]) {
    for (const way of ways) {
      if (tried.has(way)) continue;
      tried.add(way);
      yield way;
    }
  }
  // Manifests of an index are pulled by digest.
  if (target !== digest) yield* untried(OWN);
  yield* untried(...(await setup.indexes.indexesOf(name)).slice(0, MAX_INDEXES), OWN);
}

async function evaluate(exchange: Exchange, served: ServedManifest, index: string): Promise<Decision> {
  const { setup, destination, evaluator, request } = exchange;
  const { limits, staleIfError } = setup;
  const reference = {
    registry: destination.upstream.registry,
    repository: destination.repository,
    digest: served.digest,
  };
  try {
    const report = await evaluator.evaluate(reference, {
      registry: registryWith(served, exchange),
      signal: request.signal ?? undefined,
      ...(index !== OWN && { index }),
      ...(limits && { limits }),
      ...(staleIfError !== undefined && { staleIfError }),
    });
    return decisionOf(exchange, served, report);
  } catch (error) {
    if (!isNotationError(error)) throw error;
    return { ...verdictOf(classify(error)), passes: false, reason: reasonOf(error) };
  }
}

function verdictOf(found: Classification): Pick<Decision, 'verdict' | 'retryable'> {
  return {
    verdict: found.class,
    ...(found.class === 'undecided' && { retryable: found.retryable }),
  };
}

function decisionOf({ setup }: Exchange, served: ServedManifest, report: VerificationReport): Decision {
  const found = verdictOf(classify(report));
  const reason = report.reason ?? report.warnings?.[0];
  const passes = found.verdict === 'verified' || setup.accept.includes(found.verdict);
  if (!passes) return { ...found, passes, report, ...(reason && { reason }) };
  const { artifact: descriptor } = report;
  const isSame = served.fetched
    ? sameContent(descriptor, served.fetched.descriptor)
    : descriptor.digest === served.digest;
  if (!isSame) {
    const message = `${served.digest} was verified with another size or media type than the registry now says`;
    throw new NotationError('ERR_CONTENT_MISMATCH', message);
  }
  return { ...found, passes, descriptor, report, ...(reason && { reason }) };
}

/** Chooses what to tell: that there is no verdict yet, else what the manifest's own signatures say. */
function moreTelling(before: Decision | undefined, next: Decision, index: string): Decision {
  if (!before) return next;
  if (isOpen(before)) return before;
  return index === OWN || isOpen(next) ? next : before;
}

function isOpen({ verdict, reason }: Decision): boolean {
  return verdict === 'undecided' && reason?.code !== 'ERR_NOT_FOUND';
}

/** Returns the name under which indexes that list a manifest are remembered. */
export function manifestName({ destination }: Exchange, digest: string): string {
  return `${destination.upstream.registry}/${destination.repository}@${digest}`;
}
