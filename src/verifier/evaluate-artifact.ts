import type { Descriptor } from '../encoding/descriptor.ts';
import { NotationError, type Reason, reasonOf } from '../errors/index.ts';
import { throwIfAborted } from '../net/abort.ts';
import { type Reference, referenceText, repositoryName } from '../oci/reference.ts';
import type { Registry } from '../oci/repository.ts';
import type { TrustPolicy } from '../policy/types.ts';
import { findSigned, tagWarnings } from '../storage/artifact.ts';
import { readAhead } from '../storage/read-ahead.ts';
import { readReference } from '../storage/read-reference.ts';
import {
  FETCHED_AT_ONCE,
  failureOf,
  fetchSignature,
  type SignatureDescriptor,
  type StoredSignature,
} from '../storage/signatures.ts';
import { applicableStatement } from './applicable-statement.ts';
import { beginReport, type ReportHead } from './begin-report.ts';
import { type Budgeted, readRequest, type VerificationContext, type VerifierSetup } from './context.ts';
import { evaluateSignature } from './evaluate-signature.ts';
import type { VerifyOptions } from './options.ts';
import { type SignatureReport, type VerificationReport, verdictOf } from './report.ts';

/** The policy, registry and setup with which artifacts are evaluated. */
export interface ArtifactSource {
  readonly trustPolicy: TrustPolicy;
  readonly registry?: Registry | undefined;
  readonly setup: VerifierSetup;
}

/**
 * Evaluates the artifact that a reference names: its signatures one after another, until one is trusted.
 * @throws NotationError if no verdict could be reached
 * @see https://github.com/notaryproject/specifications/blob/main/specs/signing-and-verification-workflow.md
 * (rules VER-3, VER-17)
 */
export async function evaluateArtifact(
  given: string | Reference,
  options: Budgeted<VerifyOptions>,
  { trustPolicy, registry, setup }: ArtifactSource,
): Promise<VerificationReport> {
  const request = readRequest(options, setup);
  const reference = readReference(given);
  const name = repositoryName(reference);
  const selected = applicableStatement(trustPolicy, name, referenceText(given));
  const early = !(selected instanceof NotationError) && selected.level !== 'skip';
  const { signal, budget, limits } = options;
  const { repository, artifact, ...found } = await findSigned(reference, registry, { signal, budget, early });
  const begun = beginReport(referenceText(given), artifact, selected);
  if ('outcome' in begun) return begun;
  const { statement, report } = begun;
  const context = { statement, target: { descriptor: artifact }, ...setup, ...request };
  // Requested together with the signatures, which saves a round trip.
  const ofTag = tagWarnings(repository, reference, { signal, budget });
  const signatures: SignatureReport[] = [];
  const fetched = readAhead(
    found.signatures,
    (descriptor) => fetchSignature(repository, descriptor, artifact, { signal, budget }),
    { atOnce: FETCHED_AT_ONCE, most: limits.signatures },
  );
  for await (const { item, done } of fetched) {
    if (!done) return reject(report, signatures, tooMany(limits.signatures));
    const signature = await evaluateStored(item, done, context);
    signatures.push(signature);
    if (signature.outcome === 'rejected') continue;
    const warnings = [...signature.warnings, ...(await ofTag)];
    throwIfAborted(signal);
    return Object.assign(report, verdictOf({ ...signature, warnings }), { signatures });
  }
  return reject(report, signatures, noneGood(signatures, name, artifact));
}

/**
 * Evaluates one stored signature. An error affects this signature only: one bad referrer never decides for the others.
 */
async function evaluateStored(
  { digest }: SignatureDescriptor,
  fetched: Promise<StoredSignature>,
  context: VerificationContext,
): Promise<SignatureReport> {
  // The caller's own repository may ignore the signal.
  throwIfAborted(context.signal);
  try {
    const { bytes, mediaType } = await fetched;
    const { report } = await evaluateSignature(bytes, mediaType, context);
    return { digest, ...report };
  } catch (error) {
    return { digest, outcome: 'rejected', reason: failureOf(error, context), checks: [] };
  }
}

function reject(report: ReportHead, signatures: SignatureReport[], reason: Reason): VerificationReport {
  return { ...report, outcome: 'rejected', reason, signatures };
}

function noneGood(signatures: SignatureReport[], repository: string, artifact: Descriptor): Reason {
  const [first, ...others] = signatures;
  if (!first) {
    const message = `${repository} has no signature of ${artifact.digest}`;
    return reasonOf(new NotationError('ERR_NO_SIGNATURE', message));
  }
  if (others.length === 0 && first.reason) return first.reason;
  const message = `none of its ${signatures.length} signatures satisfies the trust policy`;
  return reasonOf(new NotationError('ERR_NO_TRUSTED_SIGNATURE', message));
}

function tooMany(limit: number): Reason {
  return {
    code: 'ERR_LIMIT_EXCEEDED',
    message: `none of the first ${limit} signatures satisfies the trust policy, and no more are tried (limits.signatures)`,
    nextStep: 'Remove useless signatures from the repository, or raise limits.signatures.',
  };
}
