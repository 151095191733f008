import type { Descriptor } from '../encoding/descriptor.ts';
import { parseEnvelope, verifyIntegrity } from '../envelope/envelope.ts';
import type { KnownChains } from '../envelope/known-chains.ts';
import type { SignatureEnvelope } from '../envelope/model.ts';
import { parsePayload, type TargetArtifact } from '../envelope/payload.ts';
import { NotationError, reasonOf } from '../errors/index.ts';
import { throwIfAborted } from '../net/abort.ts';
import type { ValidationAction } from '../policy/types.ts';
import { type CertificateStatus, demandNoneRevoked } from '../x509/revocation-status.ts';
import { checkAuthenticTimestamp, type TimestampContext } from './authentic-timestamp.ts';
import {
  checkArtifact,
  checkAuthenticity,
  checkCriticalAttributes,
  checkExpiry,
  checkUserMetadata,
} from './checks.ts';
import { type Findings, signatureDetails } from './details.ts';
import type { Check, CheckName, SignatureReport } from './report.ts';
import { lookUpRevocation } from './revocation.ts';

/** What one signature is judged by. */
export interface SignatureContext extends TimestampContext {
  artifact: Descriptor;
  userMetadata: Readonly<Record<string, string>>;
  knownChains: KnownChains;
}

/**
 * Judges one signature envelope. Once its integrity is verified every check runs, so that the report names all that
 * is wrong; the verdict is the first failure that is enforced.
 *
 * @see Trust store and trust policy specification, "Signature Verification", "Steps"
 */
export async function evaluateSignature(
  bytes: Uint8Array,
  mediaType: string,
  context: SignatureContext,
): Promise<SignatureReport> {
  const { artifact, statement, trustStore, userMetadata, now, signal } = context;
  const { actions } = statement;
  // Whatever a policy that was made by hand says: nothing can override integrity.
  const integrity = await run('integrity', 'enforce', signal, () =>
    readVerified(bytes, mediaType, context.knownChains),
  );
  if (!integrity.value) return conclude(mediaType, [integrity.check, ...notRun(context)]);

  const { envelope, payload } = integrity.value;
  const authenticity = await run('authenticity', actions.authenticity, signal, () =>
    checkAuthenticity(envelope, statement, trustStore),
  );
  const findings: Findings = {};
  // Anyone can write addresses into a chain of their own: those of a chain that is not trusted are not asked.
  const asked = authenticity.check.result !== 'failed' || actions.authenticity !== 'enforce';
  const rest = await Promise.all([
    run('expiry', actions.expiry, signal, () => checkExpiry(envelope.signedAttributes, now)),
    run('authenticTimestamp', actions.authenticTimestamp, signal, () =>
      checkAuthenticTimestamp(envelope, context, (timestamp) => {
        findings.timestamp = timestamp;
      }),
    ),
    asked
      ? run('revocation', actions.revocation, signal, async () => {
          findings.statuses = await lookUpStatuses(envelope, context);
          demandNoneRevoked(envelope.certificates, findings.statuses);
        })
      : { check: unrun('revocation', actions.revocation) },
    run('artifact', 'enforce', signal, () => checkArtifact(payload, artifact)),
    run('userMetadata', 'enforce', signal, () => checkUserMetadata(payload.annotations ?? {}, userMetadata)),
  ]);
  const checks = [integrity, authenticity, ...rest].map(({ check }) => check);
  const report = conclude(mediaType, checks);
  if (authenticity.check.result === 'passed') findings.trustedIdentity = authenticity.value;
  return { ...report, details: signatureDetails(envelope, payload, report.outcome, findings) };
}

/**
 * An authentic signing time makes a certificate good that became invalid only later; a time-stamp does not, which the
 * specification would allow and the reference does not.
 */
function lookUpStatuses(
  { certificates, signedAttributes: { authenticSigningTime } }: SignatureEnvelope,
  { revocation, now, signal }: SignatureContext,
): Promise<CertificateStatus[]> {
  return lookUpRevocation(certificates, { revocation, now, signal, authenticSigningTime });
}

/** Parses first within bounds, verifies next, and reads the payload last. */
async function readVerified(
  bytes: Uint8Array,
  mediaType: string,
  knownChains: KnownChains,
): Promise<{ envelope: SignatureEnvelope; payload: TargetArtifact }> {
  const envelope = parseEnvelope(bytes, mediaType, knownChains);
  await verifyIntegrity(envelope, knownChains);
  checkCriticalAttributes(envelope.signedAttributes);
  return { envelope, payload: parsePayload(envelope.payload) };
}

interface Outcome<T> {
  check: Check;
  value?: T;
}

async function run<T>(
  name: CheckName,
  action: ValidationAction,
  signal: AbortSignal | undefined,
  check: () => T | Promise<T>,
): Promise<Outcome<T>> {
  if (action === 'skip') return { check: { name, action, result: 'skipped' } };
  try {
    return { check: { name, action, result: 'passed' }, value: await check() };
  } catch (error) {
    // A check that was broken off has no result, and neither has the whole.
    throwIfAborted(signal);
    return { check: { name, action, result: 'failed', reason: reasonOf(toNotationError(error)) } };
  }
}

/** Whatever an envelope makes a runtime throw, it fails this envelope only. */
function toNotationError(error: unknown): NotationError {
  if (error instanceof NotationError) return error;
  const message = `the signature envelope cannot be judged: ${String(error).slice(0, 300)}`;
  return new NotationError('ERR_ENVELOPE_INVALID', message);
}

function notRun({ statement: { actions } }: SignatureContext): Check[] {
  const policed = ['authenticity', 'expiry', 'authenticTimestamp', 'revocation'] as const;
  return [
    ...policed.map((name) => unrun(name, actions[name])),
    unrun('artifact', 'enforce'),
    unrun('userMetadata', 'enforce'),
  ];
}

function unrun(name: CheckName, action: ValidationAction): Check {
  return { name, action, result: action === 'skip' ? 'skipped' : 'notRun' };
}

function conclude(mediaType: string, checks: Check[]): SignatureReport {
  const failure = checks.find(({ action, result }) => action === 'enforce' && result === 'failed');
  if (!failure) return { mediaType, outcome: 'verified', checks };
  return { mediaType, outcome: 'rejected', ...(failure.reason && { reason: failure.reason }), checks };
}
