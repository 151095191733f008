import { NotationError, reasonOf } from '../errors/index.ts';
import type { ValidationAction, ValidationType } from '../policy/types.ts';
import { CheckList, capture, checkOf } from './check-list.ts';
import type { VerificationContext } from './context.ts';
import type { Check, CheckName, SignatureReport } from './report.ts';
import { signatureDetails } from './signature-details.ts';
import type { Signature, Step } from './step.ts';
import { verifyArtifact } from './steps/artifact.ts';
import { needsTimestamp, verifyAuthenticTimestamp } from './steps/authentic-timestamp.ts';
import { verifyAuthenticity } from './steps/authenticity.ts';
import { verifyExpiry } from './steps/expiry.ts';
import { isDecidedByPlugin, verifyIdentity } from './steps/identity.ts';
import { verifyIntegrity } from './steps/integrity.ts';
import { findPlugin, namesPlugin, verifyProcessedAttributes } from './steps/plugin.ts';
import { verifyRevocation } from './steps/revocation.ts';
import { verifyUserMetadata } from './steps/user-metadata.ts';
import { validUntil } from './valid-until.ts';

/**
 * The steps that follow integrity: what the caller required, then the validations in the order of the specification.
 * `external` marks the steps that send requests or run a plugin; {@link runStep} decides whether they may.
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#signature-verification
 * (rule VER-4)
 */
const STEPS: readonly Step[] = [
  { name: 'artifact', verify: verifyArtifact },
  { name: 'userMetadata', verify: verifyUserMetadata },
  { name: 'authenticity', action: policed('authenticity'), verify: verifyAuthenticity },
  // Finds the plugin, whose capabilities say whether it decides the identity and revocation. The second entry checks what
  // it processed.
  { name: 'plugin', verify: findPlugin, applies: namesPlugin, external: always },
  {
    name: 'identity',
    action: policed('authenticity'),
    verify: verifyIdentity,
    requiresTrust: true,
    external: isDecidedByPlugin,
  },
  { name: 'expiry', action: policed('expiry'), verify: verifyExpiry },
  {
    name: 'authenticTimestamp',
    action: policed('authenticTimestamp'),
    verify: verifyAuthenticTimestamp,
    external: needsTimestamp,
  },
  { name: 'revocation', action: policed('revocation'), verify: verifyRevocation, external: always },
  {
    name: 'plugin',
    verify: verifyProcessedAttributes,
    applies: namesPlugin,
    external: ({ plugin }) => !plugin?.started,
  },
];

/** The verdict on one signature. */
export interface SignatureEvaluation {
  report: SignatureReport;
  /** Only if integrity passed. */
  signature?: Signature;
}

/**
 * Evaluates one signature envelope. Without integrity no other step runs. After it, every local step runs, so that the
 * report names all that is wrong; a signature that has failed under enforcement, or is not trusted, causes no request and
 * runs no plugin.
 * @see docs/specification.md, rule TP-20
 */
export async function evaluateSignature(
  bytes: Uint8Array,
  mediaType: string,
  context: VerificationContext,
): Promise<SignatureEvaluation> {
  const checks = new CheckList();
  checks.plan('integrity', 'enforce');
  for (const step of STEPS) {
    if (!step.applies) checks.plan(step.name, actionOf(step, context));
  }
  const integrity = await capture(() => verifyIntegrity(bytes, mediaType, context), context.signal);
  checks.record(checkOf('integrity', 'enforce', integrity.failure));
  if (integrity.failure) return { report: withoutIntegrity(mediaType, checks, integrity.failure) };

  let signature: Signature = integrity.value;
  for (const step of STEPS) signature = await runStep(step, signature, context, checks);
  return { report: reportOf(mediaType, checks, signature, context.now), signature };
}

/** Runs a step, unless the policy or an earlier step rules it out (rule VER-5). */
async function runStep(
  step: Step,
  signature: Signature,
  context: VerificationContext,
  checks: CheckList,
): Promise<Signature> {
  const { name, verify } = step;
  const action = actionOf(step, context);
  if (action === 'skip' || step.applies?.(signature) === false) return signature;
  const external = step.external?.(signature, context) === true;
  if (external && checks.rejection) {
    checks.record({ name, action, result: 'notRun' });
    return signature;
  }
  if ((external || step.requiresTrust) && !signature.trusted) {
    checks.record(withoutTrust(name, action, checks));
    return signature;
  }
  const { value, failure } = await capture(() => verify(signature, context), context.signal);
  checks.record(checkOf(name, action, failure ?? value?.failure));
  const { failure: _, ...found } = value ?? {};
  return Object.assign({}, signature, found);
}

function actionOf({ action }: Step, context: VerificationContext): ValidationAction {
  return action?.(context) ?? 'enforce';
}

/**
 * An untrusted chain must not cause requests or run plugins. If the policy only logs that the chain is not trusted but
 * enforces this step, the step fails, because its result is unknown.
 */
function withoutTrust(name: CheckName, action: ValidationAction, checks: CheckList): Check {
  if (action !== 'enforce' || checks.rejection) return { name, action, result: 'notRun' };
  const { code, message } = checks.get('authenticity')?.reason ?? {
    code: 'ERR_ROOT_UNTRUSTED',
    message: 'the certificate chain is not trusted',
  };
  const failure = new NotationError(code, `this check is not made for an untrusted signature: ${message}`);
  return checkOf(name, action, failure);
}

function reportOf(mediaType: string, checks: CheckList, signature: Signature, now: Date): SignatureReport {
  const { rejection, warnings } = checks;
  if (rejection) {
    const { reason } = rejection;
    const details = signatureDetails(signature, 'rejected');
    return { mediaType, checks: checks.toArray(), outcome: 'rejected', reason, details };
  }
  const until = validUntil(signature, now);
  return {
    mediaType,
    checks: checks.toArray(),
    outcome: 'verified',
    warnings,
    ...(until && { validUntil: until }),
    details: signatureDetails(signature, 'verified'),
  };
}

function withoutIntegrity(mediaType: string, checks: CheckList, failure: NotationError): SignatureReport {
  return { mediaType, checks: checks.toArray(), outcome: 'rejected', reason: reasonOf(failure) };
}

function policed(validation: ValidationType): (context: VerificationContext) => ValidationAction {
  return ({ statement }) => statement.actions[validation];
}

function always(): boolean {
  return true;
}
