import type { Descriptor } from '../encoding/descriptor.ts';
import { claimedSigningTime } from '../envelope/attributes.ts';
import { parseEnvelope, verifyIntegrity } from '../envelope/envelope.ts';
import type { KnownChains } from '../envelope/known-chains.ts';
import type { SignatureEnvelope } from '../envelope/model.ts';
import { parsePayload, type TargetArtifact } from '../envelope/payload.ts';
import { formatRfc3339 } from '../envelope/rfc3339.ts';
import { NotationError, reasonOf } from '../errors/index.ts';
import type { TrustPolicyStatement, ValidationAction } from '../policy/types.ts';
import { brief, briefRecord } from '../storage/brief.ts';
import { nameText, subjectText } from '../x509/name.ts';
import type { TrustStore } from '../x509/trust-store.ts';
import {
  checkArtifact,
  checkAuthenticity,
  checkAuthenticTimestamp,
  checkCriticalAttributes,
  checkExpiry,
  checkRevocation,
  checkUserMetadata,
} from './checks.ts';
import type { Check, CheckName, SignatureDetails, SignatureReport } from './report.ts';

/** What one signature is judged by. */
export interface SignatureContext {
  artifact: Descriptor;
  statement: TrustPolicyStatement;
  trustStore: TrustStore;
  userMetadata: Readonly<Record<string, string>>;
  now: Date;
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
  const { artifact, statement, trustStore, userMetadata, now } = context;
  const { actions } = statement;
  // Whatever a policy that was made by hand says: nothing can override integrity.
  const integrity = await run('integrity', 'enforce', () =>
    readVerified(bytes, mediaType, context.knownChains),
  );
  if (!integrity.value) return conclude(mediaType, [integrity.check, ...notRun(context)]);

  const { envelope, payload } = integrity.value;
  const authenticity = await run('authenticity', actions.authenticity, () =>
    checkAuthenticity(envelope, statement, trustStore),
  );
  const rest = [
    await run('expiry', actions.expiry, () => checkExpiry(envelope.signedAttributes, now)),
    await run('authenticTimestamp', actions.authenticTimestamp, () =>
      checkAuthenticTimestamp(envelope, statement, now),
    ),
    await run('revocation', actions.revocation, () => checkRevocation(envelope)),
    await run('artifact', 'enforce', () => checkArtifact(payload, artifact)),
    await run('userMetadata', 'enforce', () => checkUserMetadata(payload.annotations ?? {}, userMetadata)),
  ];
  const checks = [integrity, authenticity, ...rest].map(({ check }) => check);
  const report = conclude(mediaType, checks);
  return { ...report, details: describe(envelope, payload, report.outcome, authenticity.value) };
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
  check: () => T | Promise<T>,
): Promise<Outcome<T>> {
  if (action === 'skip') return { check: { name, action, result: 'skipped' } };
  try {
    return { check: { name, action, result: 'passed' }, value: await check() };
  } catch (error) {
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
  const resultOf = (action: ValidationAction) => (action === 'skip' ? 'skipped' : 'notRun');
  return [
    ...policed.map((name) => ({ name, action: actions[name], result: resultOf(actions[name]) }) as const),
    { name: 'artifact', action: 'enforce', result: 'notRun' },
    { name: 'userMetadata', action: 'enforce', result: 'notRun' },
  ];
}

function conclude(mediaType: string, checks: Check[]): SignatureReport {
  const failure = checks.find(({ action, result }) => action === 'enforce' && result === 'failed');
  if (!failure) return { mediaType, outcome: 'verified', checks };
  return { mediaType, outcome: 'rejected', ...(failure.reason && { reason: failure.reason }), checks };
}

function describe(
  { algorithm, certificates, signedAttributes, unsignedAttributes }: SignatureEnvelope,
  { annotations = {} }: TargetArtifact,
  outcome: SignatureReport['outcome'],
  trustedIdentity: string | undefined,
): SignatureDetails {
  const { signingScheme, expiry } = signedAttributes;
  const { signingAgent } = unsignedAttributes;
  const [leaf] = certificates;
  return {
    signatureAlgorithm: algorithm.plugin,
    signingScheme,
    signingTime: formatRfc3339(claimedSigningTime(signedAttributes)),
    ...(expiry && { expiry: formatRfc3339(expiry) }),
    signer: leaf ? brief(subjectText(leaf)) : '',
    ...(trustedIdentity !== undefined && { trustedIdentity }),
    certificates: certificates.map(({ subject, issuer, serialNumber, notBefore, notAfter }) => ({
      subject: brief(nameText(subject)),
      issuer: brief(nameText(issuer)),
      serialNumber: brief(serialNumber),
      notBefore: formatRfc3339(notBefore),
      notAfter: formatRfc3339(notAfter),
    })),
    userMetadata: outcome === 'verified' ? annotations : briefRecord(annotations),
    ...(signingAgent && { signingAgent: brief(signingAgent) }),
  };
}
