import { PLUGIN_ATTRIBUTES } from '../envelope/attributes.ts';
import { parseEnvelope, verifyIntegrity } from '../envelope/envelope.ts';
import type { KnownChains } from '../envelope/known-chains.ts';
import type { SignatureEnvelope } from '../envelope/model.ts';
import { parsePayload, type TargetArtifact } from '../envelope/payload.ts';
import { matchIdentity } from '../policy/identities.ts';
import { type CertificateStatus, demandNoneRevoked } from '../x509/revocation/certificate-status.ts';
import { checkAuthenticTimestamp, type TimestampContext } from './authentic-timestamp.ts';
import {
  checkCriticalAttributes,
  checkExpiry,
  checkTrusted,
  checkUserMetadata,
  demandNoneCritical,
  namedPlugin,
} from './checks.ts';
import type { Consultation, PluginContext } from './consult-plugin.ts';
import { type Findings, signatureDetails } from './details.ts';
import type { Check, SignatureReport } from './report.ts';
import { lookUpRevocation } from './revocation.ts';
import { type Outcome, run, unrun } from './run-check.ts';

const TRUSTED_IDENTITY = 'SIGNATURE_VERIFIER.TRUSTED_IDENTITY';
const REVOCATION_CHECK = 'SIGNATURE_VERIFIER.REVOCATION_CHECK';

/** What one signature is judged by. */
export interface SignatureContext extends TimestampContext, PluginContext {
  /** Compares what was signed with what is there. @throws NotationError `ERR_ARTIFACT_MISMATCH` */
  checkArtifact(signed: TargetArtifact, envelope: SignatureEnvelope): void | Promise<void>;
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
  const { statement, trustStore, userMetadata, now, signal } = context;
  const { actions } = statement;
  // Whatever a policy that was made by hand says: nothing can override integrity.
  const integrity = await run('integrity', 'enforce', signal, () => readVerified(bytes, mediaType, context));
  if (!integrity.value) return conclude(mediaType, [integrity.check, ...notRun(context)]);

  const { envelope, payload } = integrity.value;
  const consultation = await openConsultation(envelope, context);
  const plugin = consultation?.value;
  const authenticity = await run('authenticity', actions.authenticity, signal, async () => {
    await checkTrusted(envelope, statement, trustStore);
    if (plugin?.decides(TRUSTED_IDENTITY)) return plugin.demand(TRUSTED_IDENTITY);
    return matchIdentity(statement, envelope.certificates[0]?.subject.attributes ?? []);
  });
  const findings: Findings = { trusted: authenticity.check.result === 'passed' };
  if (authenticity.value) findings.trustedIdentity = authenticity.value;
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
          if (plugin?.decides(REVOCATION_CHECK)) return plugin.demand(REVOCATION_CHECK);
          findings.statuses = await lookUpStatuses(envelope, context);
          demandNoneRevoked(envelope.certificates, findings.statuses);
        })
      : { check: unrun('revocation', actions.revocation) },
    run('artifact', 'enforce', signal, () => context.checkArtifact(payload, envelope)),
    run('userMetadata', 'enforce', signal, () => checkUserMetadata(payload.annotations ?? {}, userMetadata)),
  ]);
  const consulted = consultation && (await closeConsultation(consultation, envelope, asked, signal));
  const checks = [integrity.check, ...(consulted ? [consulted] : []), authenticity.check];
  const report = conclude(mediaType, [...checks, ...rest.map(({ check }) => check)]);
  return { ...report, details: signatureDetails(envelope, payload, report.outcome, findings) };
}

/** The plugin that the signature names, if it names one: without it there is no trust, whatever the policy says. */
async function openConsultation(
  envelope: SignatureEnvelope,
  context: SignatureContext,
): Promise<Outcome<Consultation> | undefined> {
  const { plugins, signal } = context;
  if (!plugins || namedPlugin(envelope.signedAttributes) === undefined) return undefined;
  return run('plugin', 'enforce', signal, async () => {
    const { consultPlugin } = await import('./consult-plugin.ts');
    return consultPlugin(envelope, plugins, context);
  });
}

/** A plugin is not run for a chain that is not trusted either. */
async function closeConsultation(
  { check, value: plugin }: Outcome<Consultation>,
  { signedAttributes }: SignatureEnvelope,
  asked: boolean,
  signal: AbortSignal | undefined,
): Promise<Check> {
  if (!plugin) return check;
  if (!asked && !plugin.begun) return unrun('plugin', 'enforce');
  const { check: completed } = await run('plugin', 'enforce', signal, async () =>
    demandNoneCritical(signedAttributes, [...PLUGIN_ATTRIBUTES, ...(await plugin.processed())]),
  );
  return completed;
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
  { knownChains, plugins }: SignatureContext,
): Promise<{ envelope: SignatureEnvelope; payload: TargetArtifact }> {
  const envelope = parseEnvelope(bytes, mediaType, knownChains);
  await verifyIntegrity(envelope, knownChains);
  checkCriticalAttributes(envelope.signedAttributes, plugins);
  return { envelope, payload: parsePayload(envelope.payload) };
}

function notRun({ statement: { actions } }: SignatureContext): Check[] {
  const policed = ['authenticity', 'expiry', 'authenticTimestamp', 'revocation'] as const;
  return [
    ...policed.map((name) => unrun(name, actions[name])),
    unrun('artifact', 'enforce'),
    unrun('userMetadata', 'enforce'),
  ];
}

function conclude(mediaType: string, checks: Check[]): SignatureReport {
  const failure = checks.find(({ action, result }) => action === 'enforce' && result === 'failed');
  if (!failure) return { mediaType, outcome: 'verified', checks };
  return { mediaType, outcome: 'rejected', ...(failure.reason && { reason: failure.reason }), checks };
}
