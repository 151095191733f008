import { quote } from '../errors/quote.ts';
import { formatReference, type Reference } from '../oci/reference.ts';
import { readReference } from '../storage/read-reference.ts';
import { withinLimits } from './context.ts';
import { type ArtifactSource, evaluateArtifact } from './evaluate-artifact.ts';
import type { VerifyOptions } from './options.ts';
import type { VerificationReport } from './report.ts';

/**
 * Evaluates what a reference names, within limits: the artifact itself, with the manifests that it lists, or as a part of
 * an index.
 * @throws NotationError Those of `Verifier.evaluate`
 */
export async function evaluateReference(
  reference: string | Reference,
  options: VerifyOptions,
  source: ArtifactSource,
): Promise<VerificationReport> {
  if (options.index === undefined && options.platforms !== undefined) {
    const { evaluatePlatforms } = await import('./evaluate-platforms.ts');
    return evaluatePlatforms(reference, options, source);
  }
  const what = quote(formatReference(readReference(reference)));
  return withinLimits(what, options, source.setup, async (budgeted) => {
    if (options.index === undefined) return evaluateArtifact(reference, budgeted, source);
    const { evaluateInIndex } = await import('./evaluate-in-index.ts');
    return evaluateInIndex(reference, budgeted, source);
  });
}
