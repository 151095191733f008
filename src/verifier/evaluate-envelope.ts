import { readBytes } from '../encoding/bytes.ts';
import { referenceText, repositoryName } from '../oci/reference.ts';
import type { TrustPolicy } from '../policy/types.ts';
import { readReference } from '../storage/read-reference.ts';
import { applicableStatement } from './applicable-statement.ts';
import { beginReport } from './begin-report.ts';
import { type Budgeted, readRequest, type VerifierSetup } from './context.ts';
import { evaluateSignature } from './evaluate-signature.ts';
import { readEnvelopeOptions, type VerifyEnvelopeOptions } from './options.ts';
import { type VerificationReport, verdictOf } from './report.ts';

/**
 * Evaluates one envelope in memory for an artifact of known digest.
 * @throws NotationError `ERR_ARGUMENT_INVALID`, `ERR_REFERENCE_INVALID`, `ERR_USER_METADATA_INVALID`, `ERR_ABORTED`
 */
export async function evaluateEnvelope(
  given: Uint8Array,
  options: Budgeted<VerifyEnvelopeOptions>,
  { trustPolicy, setup }: { readonly trustPolicy: TrustPolicy; readonly setup: VerifierSetup },
): Promise<VerificationReport> {
  const bytes = readBytes(given, 'the envelope');
  const artifact = readEnvelopeOptions(options);
  const request = readRequest(options, setup);
  const name = repositoryName(readReference(options.reference));
  const text = referenceText(options.reference);
  const begun = beginReport(text, artifact, applicableStatement(trustPolicy, name, text));
  if ('outcome' in begun) return begun;
  const { statement, report } = begun;
  const context = { ...setup, ...request, statement, target: { descriptor: artifact } };
  const { report: signature } = await evaluateSignature(bytes, options.mediaType, context);
  return { ...report, ...verdictOf(signature), signatures: [signature] };
}
