import type { Descriptor } from '../encoding/descriptor.ts';
import { NotationError, reasonOf } from '../errors/index.ts';
import type { TrustPolicyStatement } from '../policy/types.ts';
import { type ArtifactFacts, policySummary, type VerificationReport } from './report.ts';

/** The part of a report that is known before any signature. */
export type ReportHead = Pick<ArtifactFacts, 'reference' | 'artifact' | 'policy'>;

/** Returns the verdict if the policy alone decides; otherwise the report that the signatures complete. */
export function beginReport(
  reference: string,
  artifact: Descriptor,
  selected: TrustPolicyStatement | NotationError,
): VerificationReport | { statement: TrustPolicyStatement; report: ReportHead } {
  if (selected instanceof NotationError) {
    return { reference, artifact, outcome: 'rejected', reason: reasonOf(selected), signatures: [] };
  }
  const report = { reference, artifact, policy: policySummary(selected) };
  if (selected.level === 'skip') return { ...report, outcome: 'skipped', signatures: [] };
  return { statement: selected, report };
}
