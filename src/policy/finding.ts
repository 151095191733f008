/** How bad a finding is: the policy is unusable, it probably does not do what is meant, or it is good to know. */
export type LintSeverity = 'error' | 'warning' | 'info';

/** Of every rule: how bad it is, and what to do. */
const RULES = {
  'document-unreadable': ['error', 'Write the document as JSON in UTF-8, each member once.'],
  'policy-invalid': ['error', 'Correct the field that the message names.'],
  'level-audit': ['warning', 'Choose the level "permissive" or "strict" once all artifacts are signed.'],
  'level-skip': ['info', 'Have these artifacts signed, and choose another level then.'],
  'authenticity-logged': [
    'warning',
    'Remove the override of authenticity, unless signatures are only tried out.',
  ],
  'override-weakens': ['info', 'Remove the override when what made it necessary is over.'],
  'override-redundant': ['info', 'Remove the override: the level says the same.'],
  'override-is-level': ['info', 'Write the other level without overrides.'],
  'signing-store-missing': ['error', 'Add a store of the type ca or signingAuthority.'],
  'store-duplicate': ['warning', 'Name the store once; perhaps another one was meant.'],
  'tsa-unused': ['warning', 'Add a store of the type ca, or remove the tsa store.'],
  'timestamp-without-store': ['warning', 'Add a store of the type tsa, or remove verifyTimestamp.'],
  'identity-any': [
    'warning',
    'Name the subjects that may sign, unless every certificate of the stores is yours.',
  ],
  'identity-plugin': [
    'warning',
    'Check that signatures name a verification plugin for it, and the prefix for typing errors.',
  ],
  'identity-unmatchable': [
    'error',
    'Write the attributes as the subject of the signing certificate has them.',
  ],
  'scope-redundant': ['info', 'Remove the narrower scope: the wider one of the statement contains it.'],
  'scope-overlap': ['info', 'Check that the narrower scope is meant to be an exception.'],
  'scope-weaker': [
    'warning',
    'Check that the exception is meant to demand less than what applies around it.',
  ],
  'scope-spelling': [
    'warning',
    'Write the scope as the message shows it, or both ways in one statement if references to verify are written so.',
  ],
  'scope-unreachable': [
    'warning',
    'Write the whole name of the repository, registry first, unless the scope is for an image layout.',
  ],
  'statement-unreachable': ['warning', 'Correct the statement or remove it, unless it is for image layouts.'],
  'store-missing': ['error', 'Add the named store to the trust store, or correct its name.'],
  'store-invalid': ['error', 'Correct what is in the named store.'],
  'store-empty': ['error', 'Add the root certificates to the named store.'],
  'store-expired': [
    'error',
    'Add the roots that are in use now; keep the old ones for signatures with time-stamps.',
  ],
  'certificate-expired': [
    'warning',
    'Remove the certificate, unless older signatures with time-stamps need it.',
  ],
  'certificate-early': ['warning', 'Check the clock, and whether this is the certificate that is in use.'],
  'certificate-expiring': ['warning', 'Add the root that replaces it in time.'],
} as const satisfies Readonly<Record<string, readonly [LintSeverity, string]>>;

/** The stable name of what lint looks for. */
export type LintRule = keyof typeof RULES;

/** Something about a trust policy that its author should know; plain data. */
export interface LintFinding {
  readonly rule: LintRule;
  readonly severity: LintSeverity;
  /** The name of the statement; absent where it is about the whole document. */
  readonly statement?: string;
  /** What was found, in a sentence. */
  readonly message: string;
  /** What a person can do about it. */
  readonly nextStep: string;
}

/** A rule with what was found by it. */
export type Finding = readonly [rule: LintRule, message: string];

/** A finding by its rule. */
export function finding(rule: LintRule, statement: string | undefined, message: string): LintFinding {
  const [severity, nextStep] = RULES[rule];
  return { rule, severity, ...(statement !== undefined && { statement }), message, nextStep };
}
