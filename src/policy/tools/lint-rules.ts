import type { Path } from '../policy-problems.ts';

/** How serious a finding is: the policy cannot work, it probably does not do what is meant, or it could be better. */
export type LintSeverity = 'error' | 'warning' | 'info';

const LEVEL = ['signatureVerification', 'level'];
const OVERRIDE = ['signatureVerification', 'override'];
const SCOPES = ['registryScopes'];
const STORES = ['trustStores'];
const IDENTITIES = ['trustedIdentities'];

/** The severity of every rule, the field of a statement that it is about, and the next step. */
const RULES = {
  'document-unreadable': ['error', [], 'Write the document as JSON in UTF-8, without repeated members.'],
  'policy-invalid': ['error', [], 'Correct the field that the message names.'],
  'level-audit': ['warning', LEVEL, 'Use level "permissive" or "strict" once all artifacts are signed.'],
  'level-skip': ['info', LEVEL, 'Sign these artifacts, then use another level.'],
  'authenticity-logged': ['warning', OVERRIDE, 'Remove the override of authenticity, except for trials.'],
  'override-weakens': ['info', OVERRIDE, 'Remove the override once it is no longer needed.'],
  'override-redundant': ['info', OVERRIDE, 'Remove the override: it does not change the level.'],
  'override-is-level': ['info', OVERRIDE, 'Use the other level, without overrides.'],
  'signing-store-missing': ['error', STORES, 'Add a store of type ca or signingAuthority.'],
  'store-duplicate': ['warning', STORES, 'Name the store once; check whether another one was meant.'],
  'tsa-unused': ['warning', STORES, 'Add a store of type ca, or remove the tsa store.'],
  'timestamp-without-store': [
    'warning',
    ['signatureVerification', 'verifyTimestamp'],
    'Add a store of type tsa, or remove verifyTimestamp.',
  ],
  'identity-any': [
    'warning',
    IDENTITIES,
    'List the subjects that may sign, unless every certificate of the stores is your own.',
  ],
  'identity-plugin': [
    'warning',
    IDENTITIES,
    'Check the prefix for typing errors, and that signatures name a verification plugin for it.',
  ],
  'identity-unmatchable': [
    'error',
    IDENTITIES,
    'Write the attributes as in the subject of the signing certificate.',
  ],
  'scope-redundant': ['info', SCOPES, 'Remove the narrower scope: a wider one of the statement contains it.'],
  'scope-overlap': ['info', SCOPES, 'Check that the narrower scope is meant as an exception.'],
  'scope-weaker': [
    'warning',
    SCOPES,
    'Check that the exception is meant to be less strict than the wider scope.',
  ],
  'scope-spelling': [
    'warning',
    SCOPES,
    'Write the scope as the message shows it, or in both spellings in one statement if references use both.',
  ],
  'scope-unreachable': [
    'warning',
    SCOPES,
    'Write the full name of the repository, with its registry, unless the scope is for an image layout.',
  ],
  'statement-unreachable': [
    'warning',
    [],
    'Correct or remove the statement, unless it is for image layouts.',
  ],
  'store-missing': ['error', STORES, 'Add the named store to the trust store, or correct its name.'],
  'store-invalid': ['error', STORES, 'Correct the content of the named store.'],
  'store-empty': ['error', STORES, 'Add the root certificates to the named store.'],
  'store-expired': [
    'error',
    STORES,
    'Add the current root certificates; keep the old ones for signatures with timestamps.',
  ],
  'certificate-expired': [
    'warning',
    STORES,
    'Remove the certificate, unless older signatures with timestamps need it.',
  ],
  'certificate-early': ['warning', STORES, 'Check the clock, and whether this is the right certificate.'],
  'certificate-expiring': ['warning', STORES, 'Add the root certificate that replaces it before it expires.'],
} as const satisfies Readonly<Record<string, readonly [LintSeverity, Path, string]>>;

/** The stable name of a rule of lint. */
export type LintRule = keyof typeof RULES;

/** A finding about a trust policy; plain data. */
export interface LintFinding {
  readonly rule: LintRule;
  readonly severity: LintSeverity;
  /** The name of the statement; absent if the finding is about the whole document. */
  readonly statement?: string;
  /**
   * Where it is in the document, such as `['trustPolicies', 0, 'trustStores']`; empty for the whole document. A member
   * that is missing is named as well.
   */
  readonly path: readonly (string | number)[];
  /** The finding, in a sentence. */
  readonly message: string;
  /** How to fix it. */
  readonly nextStep: string;
}

/** A rule, and the message of what it found in a statement. */
export type Finding = readonly [rule: LintRule, message: string];

/**
 * Makes a finding of a rule.
 * @param field - Where it is in the statement, or in the document if there is no statement.
 */
export function finding(
  rule: LintRule,
  statement: string | undefined,
  message: string,
  field: Path = RULES[rule][1],
): LintFinding {
  const [severity, , nextStep] = RULES[rule];
  return { rule, severity, ...(statement !== undefined && { statement }), path: field, message, nextStep };
}
