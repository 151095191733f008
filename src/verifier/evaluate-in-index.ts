import { isDigest } from '../encoding/digest.ts';
import { NotationError, reasonOf } from '../errors/index.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { sameContent } from '../oci/content.ts';
import { type Reference, referenceText } from '../oci/reference.ts';
import { checkTarget } from '../oci/target.ts';
import { findArtifact, tagWarnings } from '../storage/artifact.ts';
import { checkIndex, listEntries } from '../storage/platforms.ts';
import { readReference } from '../storage/read-reference.ts';
import { verdictOr } from './content-verdict.ts';
import type { Budgeted } from './context.ts';
import { type ArtifactSource, evaluateArtifact } from './evaluate-artifact.ts';
import type { VerifyOptions } from './options.ts';
import {
  type ArtifactFacts,
  coveredReport,
  rejectedReport,
  type VerificationReport,
  type VerifiedReport,
} from './report.ts';

/**
 * Evaluates a manifest by the signatures of an index in the same repository. The index is trusted first; what it lists is
 * read from bytes that have the digest that was signed.
 * @throws NotationError `ERR_ARGUMENT_INVALID` also if `index` does not name an index; others if no verdict could be
 * reached
 */
export async function evaluateInIndex(
  given: string | Reference,
  { index, platforms, ...options }: Budgeted<VerifyOptions>,
  source: ArtifactSource,
): Promise<VerificationReport> {
  const target = readIndexTarget(index, platforms);
  const reference = readReference(given);
  const { signal, budget } = options;
  const [{ repository, artifact }, ofIndex] = await Promise.all([
    findArtifact(reference, source.registry, { signal, budget }),
    evaluateArtifact(indexReference(reference, target), options, source),
  ]);
  checkIndex(ofIndex.artifact);
  const facts = { reference: referenceText(given), artifact };
  if (ofIndex.outcome === 'skipped') return { ...ofIndex, ...facts };
  if (ofIndex.outcome === 'rejected') {
    const message = `the index ${ofIndex.artifact.digest} is not trusted: ${ofIndex.reason.message}`;
    return rejectedReport({ ...ofIndex, ...facts }, { ...ofIndex.reason, message });
  }
  const listed = await verdictOr(() => listEntries(repository, ofIndex.artifact, { signal, budget }));
  if ('code' in listed) return rejectedReport({ ...ofIndex, ...facts }, listed);
  const entry = listed.find(({ descriptor }) => descriptor.digest === artifact.digest);
  if (!entry) return notCovered(ofIndex, facts);
  if (!sameContent(entry.descriptor, artifact)) {
    const message = `the index names another size or media type of ${artifact.digest} than the registry`;
    const reason = reasonOf(new NotationError('ERR_CONTENT_MISMATCH', message));
    return rejectedReport({ ...ofIndex, ...facts }, reason);
  }
  const warnings = [...ofIndex.warnings, ...(await tagWarnings(repository, reference, { signal, budget }))];
  return { ...coveredReport(ofIndex, facts), warnings };
}

/**
 * Reads the option `index`, which excludes `platforms`.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_REFERENCE_INVALID`
 */
export function readIndexTarget(index: unknown, platforms: unknown): string {
  if (platforms !== undefined) throw argumentInvalid('give platforms or index, not both');
  if (typeof index !== 'string') {
    throw argumentInvalid('index must be the digest or the tag of an image index in the same repository');
  }
  checkTarget(index);
  return index;
}

/** Returns the reference of an index in the repository of a manifest. */
function indexReference({ registry, repository }: Reference, index: string): Reference {
  return { registry, repository, ...(isDigest(index) ? { digest: index } : { tag: index }) };
}

function notCovered(
  report: VerifiedReport,
  facts: Pick<ArtifactFacts, 'reference' | 'artifact'>,
): VerificationReport {
  const message = `the image index ${report.artifact.digest} does not list ${facts.artifact.digest}`;
  return rejectedReport({ ...report, ...facts }, reasonOf(new NotationError('ERR_NOT_IN_INDEX', message)));
}
