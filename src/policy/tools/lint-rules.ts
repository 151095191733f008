/** How serious a finding is: the policy cannot work, it probably does not do what is meant, or it could be better. */
export type LintSeverity = 'error' | 'warning' | 'info';

/** The severity and the next step of every rule. */
const RULES = {
  'document-unreadable': ['error', 'Write the document as JSON in UTF-8, without repeated members.'],
  'policy-invalid': ['error', 'Correct the field that the message names.'],
  'level-audit': ['warning', 'Use level "permissive" or "strict" once all artifacts are signed.'],
  'level-skip': ['info', 'Sign these artifacts, then use another level.'],
  'authenticity-logged': ['warning', 'Remove the override of authenticity, except for trials.'],
  'override-weakens': ['info', 'Remove the override once it is no longer needed.'],
  'override-redundant': ['info', 'Remove the override: it does not change the level.'],
  'override-is-level': ['info', 'Use the other level, without overrides.'],
  'signing-store-missing': ['error', 'Add a store of type ca or signingAuthority.'],
  'store-duplicate': ['warning', 'Name the store once; check whether another one was meant.'],
  'tsa-unused': ['warning', 'Add a store of type ca, or remove the tsa store.'],
  'timestamp-without-store': ['warning', 'Add a store of type tsa, or remove verifyTimestamp.'],
  'identity-any': [
    'warning',
    'List the subjects that may sign, unless every certificate of the stores is your own.',
  ],
  'identity-plugin': [
    'warning',
    'Check the prefix for typing errors, and that signatures name a verification plugin for it.',
  ],
  'identity-unmatchable': ['error', 'Write the attributes as in the subject of the signing certificate.'],
  'scope-redundant': ['info', 'Remove the narrower scope: a wider one of the statement contains it.'],
  'scope-overlap': ['info', 'Check that the narrower scope is meant as an exception.'],
  'scope-weaker': ['warning', 'Check that the exception is meant to be less strict than the wider scope.'],
  'scope-spelling': [
    'warning',
    'Write the scope as the message shows it, or in both spellings in one statement if references use both.',
  ],
  'scope-unreachable': [
    'warning',
    'Write the full name of the repository, with its registry, unless the scope is for an image layout.',
  ],
  'statement-unreachable': ['warning', 'Correct or remove the statement, unless it is for image layouts.'],
  'store-missing': ['error', 'Add the named store to the trust store, or correct its name.'],
  'store-invalid': ['error', 'Correct the content of the named store.'],
  'store-empty': ['error', 'Add the root certificates to the named store.'],
  'store-expired': [
    'error',
    'Add the current root certificates; keep the old ones for signatures with timestamps.',
  ],
  'certificate-expired': [
    'warning',
    'Remove the certificate, unless older signatures with timestamps need it.',
  ],
  'certificate-early': ['warning', 'Check the clock, and whether this is the right certificate.'],
  'certificate-expiring': ['warning', 'Add the root certificate that replaces it before it expires.'],
} as const satisfies Readonly<Record<string, readonly [LintSeverity, string]>>;

/** The stable name of a rule of lint. */
export type LintRule = keyof typeof RULES;

/** A finding about a trust policy; plain data. */
export interface LintFinding {
  readonly rule: LintRule;
  readonly severity: LintSeverity;
  /** The name of the statement; absent if the finding is about the whole document. */
  readonly statement?: string;
  /** The finding, in a sentence. */
  readonly message: string;
  /** How to fix it. */
  readonly nextStep: string;
}

/** A rule, and the message of what it found in a statement. */
export type Finding = readonly [rule: LintRule, message: string];

/** Makes a finding of a rule. */
export function finding(rule: LintRule, statement: string | undefined, message: string): LintFinding {
  const [severity, nextStep] = RULES[rule];
  return { rule, severity, ...(statement !== undefined && { statement }), message, nextStep };
}
