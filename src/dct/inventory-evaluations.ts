import { NotationError, type Reason } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import type { Evaluation } from '../verifier/evaluation-result.ts';
import type { VerificationReport } from '../verifier/report.ts';
import { trustError } from './failure.ts';
import type { InventoryEntry, InventoryTag } from './inventory.ts';

/** Docker Content Trust signs digests, and does not say of what. */
const MEDIA_TYPE = 'application/octet-stream';

/**
 * Makes evaluations of an inventory, which `notarykit/report` formats: one of each tag, whether Docker Content Trust vouches
 * for what the registry serves. The verdict on Notation signatures is not in them: it is the `report` of each tag.
 *
 * @param entries - Entries of {@link inventory}.
 * @returns The evaluations: a GUN whose trust data is not trusted has one under its own name, and so has each of its
 * delegations that is not.
 *
 * @example
 * ```ts
 * import { inventoryEvaluations } from 'notarykit/dct';
 * import { formatTable } from 'notarykit/report';
 *
 * const reason = { code: 'ERR_DCT_FREEZE', message: 'the timestamp expired', nextStep: 'Try again.' } as const;
 * const entries = [{ gun: 'registry.example.com/app', reason }];
 * console.log(formatTable(inventoryEvaluations(entries)));
 * ```
 */
export function inventoryEvaluations(entries: Iterable<InventoryEntry>): Evaluation<VerificationReport>[] {
  return Array.from(entries).flatMap((entry) => {
    if (entry.reason) return [failed(entry.gun, entry.reason)];
    const untrusted = entry.untrusted.map(({ gun, tag, reason }) => failed(`${gun}:${tag}`, reason));
    const rejected = entry.rejected.map(({ reason }) => failed(entry.gun, reason));
    return [...entry.tags.map(evaluationOf), ...untrusted, ...rejected];
  });
}

function evaluationOf(tag: InventoryTag): Evaluation<VerificationReport> {
  const { gun, tag: name, digest, size, validUntil, served } = tag;
  const reference = `${gun}:${name}`;
  const what = `the tag ${quote(name)} of ${quote(gun)}`;
  switch (served?.status) {
    case 'unknown':
      return failed(reference, served.reason);
    case 'missing':
      return { reference, error: new NotationError('ERR_NOT_FOUND', `the registry does not have ${what}`) };
    case 'changed': {
      const message = `the registry serves ${served.digest} under ${what}, of which ${digest} is signed`;
      return { reference, error: trustError('ERR_DCT_DIVERGED', message) };
    }
    default: {
      const artifact = { mediaType: MEDIA_TYPE, digest, size };
      const warnings: Reason[] = [];
      return {
        reference,
        report: { reference, artifact, outcome: 'verified', warnings, validUntil, signatures: [] },
      };
    }
  }
}

function failed(reference: string, { code, message, nextStep }: Reason): Evaluation<VerificationReport> {
  return { reference, error: new NotationError(code, message, { nextStep }) };
}
