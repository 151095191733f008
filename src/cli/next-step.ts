import { type ErrorCode, errorCodes, NotationError, type Reason } from '../errors/index.ts';
import type { Evaluation } from '../verifier/evaluation-result.ts';
import type { Check, Outcome, SignatureReport } from '../verifier/report.ts';

/** What to do about an error with this program, where the library names its functions. */
const STEPS: Partial<Record<ErrorCode, string>> = {
  ERR_NO_SIGNATURE: 'Sign it with `notarykit sign`, or copy its signatures with `notarykit copy`.',
  ERR_KEY_NOT_FOUND:
    'Name a key of `notarykit key list` with --key, or add one with `notarykit key add`; --default makes it the default key.',
  ERR_POLICY_NOT_FOUND:
    'Write a trust policy with `notarykit policy init`, or use one with `notarykit policy import`.',
  ERR_POLICY_NOT_APPLICABLE: 'Run `notarykit policy explain` to see why no statement applies.',
  ERR_TRUST_STORE_NOT_FOUND:
    'Run `notarykit cert list` to see the trust stores, and `notarykit cert add` to add one.',
  ERR_ROOT_UNTRUSTED: 'Add the root certificate with `notarykit cert add`, if you trust it.',
  ERR_PLUGIN_NOT_FOUND:
    'Run `notarykit plugin list` to see the plugins, and `notarykit plugin install` to add one.',
  ERR_PLUGIN_EXISTS: 'Use --force to replace it.',
  ERR_PLAIN_HTTP_BLOCKED: 'Use HTTPS, or --insecure-registry in a test.',
  ERR_REGISTRY_UNAUTHORIZED:
    'Sign in with `docker login`, or set NOTATION_USERNAME and NOTATION_PASSWORD; check that the account may do this.',
  ERR_PASSPHRASE_INVALID: 'Give the passphrase with --passphrase-file, or in NOTARYKIT_PASSPHRASE.',
};

/** The same for errors that have no advice of their own. */
const GENERAL_STEPS: Partial<Record<ErrorCode, string>> = {
  ERR_LIMIT_EXCEEDED: 'Check the input: this program has no flag that raises the limit.',
  ERR_RUNTIME_UNSUPPORTED: 'Use a later version of Node.js.',
  ERR_KEY_INVALID: 'Give the private key as PEM, PKCS #8 in DER, a JSON Web Key or PKCS #12.',
  ERR_KEY_MISMATCH:
    'Give the private key of the certificate, or the certificate of this key with --cert-file.',
  ERR_CERTIFICATE_NOT_VALID_AT_TIME:
    'Sign again with a valid certificate, and use --timestamp-url so that the signature outlives it.',
  ERR_CERTIFICATE_CHAIN_INVALID:
    'Give the whole chain, leaf to root, of certificates that fit the profile of the Notary Project.',
  ERR_PLUGIN_REQUIRED: 'Install the plugin that the signature names with `notarykit plugin install`.',
  ERR_TIMESTAMP_MISSING:
    'Have the artifact signed with --timestamp-url, or remove the tsa store from the policy statement.',
  ERR_TIMESTAMP_UNTRUSTED:
    'Add the root of the TSA with `notarykit cert add --type tsa`, if you trust it, and name the store in the policy statement.',
  ERR_REVOCATION_UNKNOWN: 'Check that this machine can reach the URLs that the message names.',
  ERR_AUTHORITY_UNREACHABLE: 'Check the URL and the network.',
  ERR_POLICY_INVALID:
    'Correct the field of the trust policy that the message names; what only the dialect "extended" permits needs --dialect extended.',
  ERR_PLATFORM_NOT_FOUND: 'Give a platform that the message names with --platform.',
  ERR_NOT_IN_INDEX: 'Verify the index that lists the manifest.',
  ERR_BUDGET_EXCEEDED:
    'Check the registry and the certificates: they need more work than one verification may do.',
  ERR_TIMEOUT: 'Try again; check the network and the service that the message names.',
  ERR_ABORTED: 'Run the command again.',
  ERR_KMS_UNAUTHORIZED: 'Set credentials that may sign with this key: see `notarykit sign --help`.',
  ERR_VERIFICATION_FAILED: 'Use --verbose to see why each signature was rejected.',
};

/** What the library advises in terms of its functions and options, and this program in its own. */
export const REPLACED_STEPS: Readonly<Record<string, string>> = {
  'Remove useless signatures from the repository, or raise limits.signatures.':
    'Remove useless signatures with `notarykit delete`, or raise --max-signatures.',
  'Give the file another name, or remove the existing one with removeCertificate first.':
    'Give the file another name, or remove the existing one from the directory of the trust store first.',
  'Choose another name, or remove the existing key with removeSigningKey first.':
    'Choose another name: `notarykit key list` shows those that are taken.',
  'Name the token server in `trustedRealms` of createRegistry, if you trust it with credentials.':
    'Check the registry: this program sends credentials to no such token server.',
  'Name the host in `uploadHosts` of createRegistry, if it may receive the pushed content.':
    'Check the registry: this program pushes to no other host.',
};

/** Returns what to do about an error, in terms of this program. */
export function nextStepOf({ code, nextStep }: Reason): string {
  const general = nextStep === errorCodes[code] ? GENERAL_STEPS[code] : REPLACED_STEPS[nextStep];
  return STEPS[code] ?? general ?? nextStep;
}

/** Returns an evaluation whose advice is in terms of this program, for all formats. */
export function advised(evaluation: Evaluation): Evaluation {
  const { error, report } = evaluation;
  if (error) {
    const { code, message, cause } = error;
    return { ...evaluation, error: new NotationError(code, message, { cause, nextStep: nextStepOf(error) }) };
  }
  const signatures = report.signatures.map(advisedSignature);
  // The two kinds of reports have the same outcomes.
  return { ...evaluation, report: { ...report, ...advisedOutcome(report), signatures } as typeof report };
}

function advisedSignature(signature: SignatureReport): SignatureReport {
  return advisedOutcome({ ...signature, checks: signature.checks.map(advisedCheck) });
}

function advisedCheck(check: Check): Check {
  return check.reason ? { ...check, reason: advisedReason(check.reason) } : check;
}

function advisedOutcome<Of extends Outcome>(outcome: Of): Of {
  if (outcome.outcome === 'rejected') return { ...outcome, reason: advisedReason(outcome.reason) };
  if (outcome.outcome === 'verified') return { ...outcome, warnings: outcome.warnings.map(advisedReason) };
  return outcome;
}

function advisedReason(reason: Reason): Reason {
  return { ...reason, nextStep: nextStepOf(reason) };
}
