import { NotationError, reasonOf } from '../errors/index.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';
import { sameContent } from '../oci/content.ts';
import { isIndexType } from '../oci/media-types.ts';
import { type Platform, parsePlatform } from '../oci/platform.ts';
import { formatReference, type Reference, referenceText } from '../oci/reference.ts';
import { repositoryOf } from '../storage/artifact.ts';
import {
  listEntries,
  listPlatforms,
  type PlatformManifest,
  platformName,
  platformText,
} from '../storage/platforms.ts';
import { readReference } from '../storage/read-reference.ts';
import { verdictOr } from './content-verdict.ts';
import { type Budgeted, withinLimits } from './context.ts';
import { type ArtifactSource, evaluateArtifact } from './evaluate-artifact.ts';
import type { VerifyOptions } from './options.ts';
import {
  type PlatformReport,
  rejectedReport,
  type VerificationReport,
  type VerifiedOutcome,
  type VerifiedReport,
} from './report.ts';
import { requirePlatform, selectPlatform } from './select-platform.ts';
import { earliest } from './valid-until.ts';

/** How many manifests are evaluated at the same time. */
const CONCURRENCY = 4;

/**
 * Evaluates an artifact and, if it is an index and trusted, what it lists: each manifest by its own signatures, or the one
 * manifest of a platform by those of the index. The manifests of an untrusted index are not fetched. An artifact that is
 * not an index is evaluated as itself.
 * @throws NotationError `ERR_ARGUMENT_INVALID`; others if no verdict could be reached
 */
export async function evaluatePlatforms(
  given: string | Reference,
  options: VerifyOptions,
  source: ArtifactSource,
): Promise<VerificationReport> {
  const { platforms, ...rest } = options;
  const wanted = readPlatforms(platforms);
  const reference = readReference(given);
  const found = await withinLimits(quote(referenceText(given)), rest, source.setup, (budgeted) =>
    evaluateListing(given, wanted, budgeted, source),
  );
  if (!('listed' in found)) return found;
  const { report, listed } = found;
  const evaluated = await mapConcurrently(listed, async (manifest): Promise<PlatformReport> => {
    const { descriptor, platform } = manifest;
    return {
      digest: descriptor.digest,
      ...(platform && { platform: platformName(platform) }),
      report: await evaluateManifest(reference, manifest, rest, source),
    };
  });
  return conclude(report, listed, evaluated);
}

/** Evaluates the artifact itself; for `'all'`, also lists the manifests of a trusted index, which are evaluated next. */
async function evaluateListing(
  given: string | Reference,
  wanted: 'all' | Platform,
  options: Budgeted<VerifyOptions>,
  source: ArtifactSource,
): Promise<VerificationReport | { report: VerifiedReport; listed: PlatformManifest[] }> {
  const reference = readReference(given);
  const report = await evaluateArtifact(given, options, source);
  if (report.outcome !== 'verified') return report;
  const repository = repositoryOf(reference, source.registry);
  const { signal, budget } = options;
  if (!isIndexType(report.artifact.mediaType)) {
    return wanted === 'all' ? report : requirePlatform(report, wanted, repository, { signal, budget });
  }
  // One manifest may be listed for several platforms.
  const list = wanted === 'all' ? listPlatforms : listEntries;
  const listed = await verdictOr(() => list(repository, report.artifact, { signal, budget }));
  if ('code' in listed) return rejectedReport(report, listed);
  return wanted === 'all' ? { report, listed } : selectPlatform(report, listed, wanted, reference);
}

/**
 * Reads the option `platforms`.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function readPlatforms(given: unknown): 'all' | Platform {
  if (given === 'all') return given;
  const platform = typeof given === 'string' ? parsePlatform(given) : undefined;
  if (platform) return platform;
  throw argumentInvalid('platforms must be "all", or one platform such as "linux/arm64" or "linux/arm/v7"');
}

async function evaluateManifest(
  { registry, repository }: Reference,
  { descriptor }: PlatformManifest,
  options: VerifyOptions,
  source: ArtifactSource,
): Promise<VerificationReport> {
  const reference: Reference = { registry, repository, digest: descriptor.digest };
  const text = formatReference(reference);
  const report = await verdictOr(() =>
    withinLimits(quote(text), options, source.setup, (budgeted) =>
      evaluateArtifact(reference, budgeted, source),
    ),
  );
  if ('code' in report) {
    return { reference: text, artifact: descriptor, outcome: 'rejected', reason: report, signatures: [] };
  }
  if (sameContent(report.artifact, descriptor)) return report;
  const message = `the index names another size or media type of ${descriptor.digest} than the registry`;
  const reason = reasonOf(new NotationError('ERR_CONTENT_MISMATCH', message));
  return rejectedReport(report, reason);
}

function conclude(
  report: VerifiedReport,
  listed: readonly PlatformManifest[],
  platforms: PlatformReport[],
): VerificationReport {
  const reports = [report, ...platforms.map(({ report }) => report)].flatMap((one) =>
    one.outcome === 'verified' ? [one] : [],
  );
  const bad = platforms.findIndex(({ report }) => report.outcome === 'rejected');
  const [manifest, reason] = [listed[bad], platforms[bad]?.report.reason];
  if (!manifest || !reason) return { ...report, ...verifiedTogether(reports), platforms };
  const others = platforms.length + 1 - reports.length - 1;
  const more = others > 0 ? `, and ${others} more of its ${platforms.length} manifests are not` : '';
  const message = `the manifest ${platformText(manifest)} is not trusted: ${reason.message}${more}`;
  return { ...rejectedReport(report, { ...reason, message }), platforms };
}

/** Combines trusted reports: all their warnings, and the earliest end of their verdicts. */
function verifiedTogether(reports: readonly VerifiedOutcome[]): VerifiedOutcome {
  const until = earliest(reports.flatMap(({ validUntil }) => (validUntil ? [new Date(validUntil)] : [])));
  const warnings = reports.flatMap(({ warnings }) => warnings);
  return { outcome: 'verified', warnings, ...(until && { validUntil: until }) };
}

/** Maps a few items at a time, and starts no more after a failure; returns the results in the order of the items. */
async function mapConcurrently<T, U>(items: readonly T[], work: (item: T) => Promise<U>): Promise<U[]> {
  const results: U[] = [];
  const left = [...items.entries()].reverse();
  const worker = async () => {
    for (let next = left.pop(); next; next = left.pop()) {
      const [index, item] = next;
      results[index] = await work(item);
    }
  };
  try {
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  } finally {
    left.length = 0;
  }
  return results;
}
