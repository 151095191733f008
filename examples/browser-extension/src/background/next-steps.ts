import type { ErrorCode } from 'notarykit/errors';

const REQUEST_SIGNATURE = 'Request a new signature from the publisher of the image.';

/** What a person in front of a browser can do, where the library's own advice is for those who call it. */
const NEXT_STEPS: Partial<Record<ErrorCode, string>> = {
  ERR_SIGNATURE_EXPIRED: REQUEST_SIGNATURE,
  ERR_CERTIFICATE_NOT_VALID_AT_TIME: REQUEST_SIGNATURE,
  ERR_CERTIFICATE_CHAIN_INVALID: REQUEST_SIGNATURE,
  ERR_CERTIFICATE_REVOKED: 'Find out from its publisher why the certificate was revoked.',
  ERR_REVOCATION_EXPIRED_CERTIFICATE: REQUEST_SIGNATURE,
  ERR_TIMESTAMP_MISSING:
    'Request a signature with a timestamp from the publisher, or remove the tsa store from the policy statement.',
  ERR_NO_SIGNATURE: 'Find out from its publisher whether the image is meant to be signed.',
  ERR_REVOCATION_UNKNOWN: 'Check the network and try again: the message names the hosts that gave no status.',
  ERR_REGISTRY_UNAUTHORIZED: 'Add a credential that may read the image in the options of the extension.',
  ERR_NOT_FOUND: 'Check the name. A private image may need a credential in the options of the extension.',
  ERR_REGISTRY_UNREACHABLE: 'Check the network and that the host exists, and try again.',
  ERR_REGISTRY_RESPONSE: 'Check that the host is a registry, and try again.',
  ERR_TIMEOUT: 'Try again.',
  ERR_BUDGET_EXCEEDED:
    'Verify the image with a command: it takes more requests than the extension sends for a page.',
  ERR_LIMIT_EXCEEDED: 'Verify the image with a command: it has more than the extension reads for a page.',
  ERR_PLUGIN_REQUIRED: 'Verify the image with the notation command: the extension runs no plugins.',
  ERR_PLUGIN_NOT_FOUND: 'Verify the image with the notation command: the extension runs no plugins.',
  ERR_POLICY_NOT_APPLICABLE:
    'Add a statement with the repository in registryScopes to the trust policy in the options of the extension.',
  ERR_TRUST_STORE_NOT_FOUND:
    'Add the named store in the options of the extension, or correct its name in the trust policy.',
  ERR_RUNTIME_UNSUPPORTED: 'Use a newer browser.',
};

/** Returns what to do about a failure: the advice for a person, or else that of the library. */
export function nextStepFor(code: ErrorCode, advice: string): string {
  return NEXT_STEPS[code] ?? advice;
}
