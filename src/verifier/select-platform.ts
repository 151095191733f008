import { NotationError, type Reason, reasonOf } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import { isIndexType } from '../oci/media-types.ts';
import { formatPlatform, isUnknown, type Platform, suitability } from '../oci/platform.ts';
import { formatReference, type Reference } from '../oci/reference.ts';
import type { OperationOptions, Repository } from '../oci/repository.ts';
import { fetchImagePlatform } from '../storage/image-platform.ts';
import { type PlatformManifest, platformName } from '../storage/platforms.ts';
import { verdictOr } from './content-verdict.ts';
import { coveredReport, rejectedReport, type VerificationReport, type VerifiedReport } from './report.ts';

/** Adds the manifest of one platform to the report on a trusted index, whose signature covers it. */
export function selectPlatform(
  report: VerifiedReport,
  entries: readonly PlatformManifest[],
  wanted: Platform,
  { registry, repository }: Reference,
): VerificationReport {
  const manifests = entries.filter(({ descriptor }) => !isIndexType(descriptor.mediaType));
  const found = mostSuitable(manifests, wanted);
  if (!found?.platform) return rejectedReport(report, notListed(report, manifests, wanted));
  const { descriptor, platform } = found;
  const reference = formatReference({ registry, repository, digest: descriptor.digest });
  const covered = coveredReport(report, { reference, artifact: descriptor });
  return {
    ...report,
    platforms: [{ digest: descriptor.digest, platform: platformName(platform), report: covered }],
  };
}

/**
 * Requires that a trusted artifact that is not an index is for a platform, and lists it as the one manifest for that
 * platform. An artifact that states none, such as a chart, is for every platform.
 */
export async function requirePlatform(
  report: VerifiedReport,
  wanted: Platform,
  repository: Repository,
  options: OperationOptions,
): Promise<VerificationReport> {
  const stated = await verdictOr(() => fetchImagePlatform(repository, report.artifact, options));
  const { digest } = report.artifact;
  if (stated === undefined) return { ...report, platforms: [{ digest, report }] };
  if ('code' in stated) return rejectedReport(report, stated);
  if (suitability(wanted, stated) !== undefined)
    return { ...report, platforms: [{ digest, platform: platformName(stated), report }] };
  const message = `the image ${digest} is for ${quote(formatPlatform(stated))}, not for ${quote(formatPlatform(wanted))}`;
  return rejectedReport(report, reasonOf(new NotationError('ERR_PLATFORM_NOT_FOUND', message)));
}

/** Returns the first of the most suitable manifests, as containerd chooses among several. */
function mostSuitable(
  manifests: readonly PlatformManifest[],
  wanted: Platform,
): PlatformManifest | undefined {
  let best: { manifest: PlatformManifest; rank: number } | undefined;
  for (const manifest of manifests) {
    const rank = manifest.platform && suitability(wanted, manifest.platform);
    if (rank !== undefined && (!best || rank < best.rank)) best = { manifest, rank };
  }
  return best?.manifest;
}

function notListed(
  { artifact }: VerifiedReport,
  manifests: readonly PlatformManifest[],
  wanted: Platform,
): Reason {
  const names = manifests.flatMap(({ platform }) =>
    platform && !isUnknown(platform) ? [quote(formatPlatform(platform))] : [],
  );
  const listed = names.length > 0 ? [...new Set(names)].join(', ') : 'none that states its platform';
  const message = `the image index ${artifact.digest} lists no manifest for ${quote(formatPlatform(wanted))}; it lists ${listed}`;
  return reasonOf(new NotationError('ERR_PLATFORM_NOT_FOUND', message));
}
