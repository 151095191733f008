import type { ErrorCode, Reason } from '../errors/index.ts';

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

/** Returns what to do about an error, in terms of this program. */
export function nextStepOf({ code, nextStep }: Reason): string {
  return STEPS[code] ?? nextStep;
}
