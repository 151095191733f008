import { isNotationError, NotationError } from '../../errors/index.ts';
import {
  type PolicyReading,
  readPolicy,
  type TrustPolicyInput,
  type TrustPolicyOptions,
} from '../read-document.ts';
import type { BlobTrustPolicyStatement, StatementBase } from '../types.ts';
import { asDocument, blobTools, ociTools, type ToolKind } from './as-document.ts';
import { finding, type LintFinding, type LintSeverity } from './lint-rules.ts';
import { lintScopes } from './lint-scopes.ts';
import { lintStatement } from './lint-statement.ts';
import { type LintTrustStore, lintTrustStores } from './lint-stores.ts';

const SEVERITIES: readonly LintSeverity[] = ['error', 'warning', 'info'];
const DAYS = 30;

/** How to look at a trust policy. */
export interface LintOptions extends TrustPolicyOptions {
  /** Where the stores that statements name are looked up; without it stores are not looked at. */
  trustStore?: LintTrustStore | undefined;
  /** How many days certificates of the stores should still be valid; 30 by default. */
  expiresWithin?: number | undefined;
  /** What time it is; the system clock by default. */
  clock?: (() => Date) | undefined;
}

/**
 * Looks for what is wrong, useless or easily misunderstood in a trust policy for OCI artifacts: what `parseTrustPolicy`
 * refuses, scopes that overlap, weaken what is around them or are never reached, statements that can verify nothing,
 * identities that nobody or anybody has, and stores that are missing, empty or about to expire.
 *
 * @param policy - The document as text, UTF-8 bytes or plain data, or a policy of `parseTrustPolicy` (which no longer
 * knows what the document said twice or needlessly).
 * @param options - The dialect (that of a parsed policy, else `spec`), and a trust store to look into.
 * @returns What was found, errors first, in the order of the statements; nothing where there is nothing to say.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for an unknown dialect or a negative number of days; what is wrong with
 * the document is found, not thrown
 * @see Trust Store and Trust Policy Specification, "Trust Policy"
 *
 * @example
 * ```ts
 * import { lintTrustPolicy } from 'notarykit/policy/tools';
 * import { createTrustStore } from 'notarykit/x509';
 *
 * const findings = await lintTrustPolicy(
 *   {
 *     version: '1.0',
 *     trustPolicies: [{
 *       name: 'everything',
 *       registryScopes: ['*'],
 *       signatureVerification: { level: 'strict' },
 *       trustStores: ['ca:acme'],
 *       trustedIdentities: ['*'],
 *     }],
 *   },
 *   { trustStore: createTrustStore({}) },
 * );
 * console.log(findings.map(({ severity, rule }) => `${severity} ${rule}`)); // ['error store-missing', 'warning identity-any']
 * ```
 */
export function lintTrustPolicy(policy: TrustPolicyInput, options: LintOptions = {}): Promise<LintFinding[]> {
  return lint(policy, options, ociTools, lintScopes);
}

/**
 * Looks for what is wrong, useless or easily misunderstood in a trust policy for blobs; what `lintTrustPolicy` looks
 * for, without registry scopes.
 *
 * @param policy - The document as text, UTF-8 bytes or plain data, or a policy of `parseBlobTrustPolicy` (which no
 * longer knows what the document said twice or needlessly).
 * @param options - The dialect (that of a parsed policy, else `spec`), and a trust store to look into.
 * @returns What was found, errors first, in the order of the statements; nothing where there is nothing to say.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for an unknown dialect or a negative number of days; what is wrong with
 * the document is found, not thrown
 * @see Trust Store and Trust Policy Specification, "Trust Policy"
 *
 * @example
 * ```ts
 * import { lintBlobTrustPolicy } from 'notarykit/policy/tools';
 *
 * const [finding] = await lintBlobTrustPolicy('{ "version": "1.0" }');
 * console.log(finding?.rule, finding?.message); // policy-invalid trustPolicies is missing; write an array
 * ```
 */
export function lintBlobTrustPolicy(
  policy: TrustPolicyInput,
  options: LintOptions = {},
): Promise<LintFinding[]> {
  return lint(policy, options, blobTools, lintNames);
}

async function lint<Statement extends StatementBase>(
  input: TrustPolicyInput,
  options: LintOptions,
  tools: ToolKind<Statement, object>,
  lintTogether: (statements: readonly Statement[]) => LintFinding[],
): Promise<LintFinding[]> {
  const { trustStore, expiresWithin = DAYS, clock = () => new Date() } = options;
  if (!(expiresWithin >= 0)) {
    throw new NotationError('ERR_ARGUMENT_INVALID', 'expiresWithin is a number of days, zero or more');
  }
  const reading = read(input, options, tools);
  if ('rule' in reading) return [reading];
  const { policy, written, problems } = reading;
  const { statements } = policy;
  const findings = [
    ...problems.first.map(({ statement, message }) => finding('policy-invalid', statement, message)),
    ...statements.flatMap((statement, index) => lintStatement(statement, written[index])),
    ...lintTogether(statements),
    ...(trustStore
      ? await lintTrustStores(statements, trustStore, { now: clock(), days: expiresWithin })
      : []),
  ];
  return SEVERITIES.flatMap((severity) => inOrder(findings, statements, severity));
}

/** A document that cannot be read at all is a finding too. */
function read<Statement extends StatementBase>(
  input: TrustPolicyInput,
  options: LintOptions,
  tools: ToolKind<Statement, object>,
): PolicyReading<Statement> | LintFinding {
  const { document, dialect } = asDocument(input, tools);
  try {
    return readPolicy(document, { dialect: options.dialect ?? dialect }, tools.kind);
  } catch (error) {
    if (!isNotationError(error) || error.code === 'ERR_ARGUMENT_INVALID') throw error;
    return finding('document-unreadable', undefined, error.message);
  }
}

/** The findings of one severity: of the document first, then statement by statement. */
function inOrder(
  findings: readonly LintFinding[],
  statements: readonly StatementBase[],
  severity: LintSeverity,
): LintFinding[] {
  const positions = new Map(statements.map(({ name }, index) => [name, index]));
  const position = ({ statement }: LintFinding) =>
    statement === undefined ? -1 : (positions.get(statement) ?? statements.length);
  return findings
    .filter((one) => one.severity === severity)
    .sort((one, other) => position(one) - position(other));
}

function lintNames(statements: readonly BlobTrustPolicyStatement[]): LintFinding[] {
  return statements
    .filter(({ name, globalPolicy }) => name.trim() === '' && !globalPolicy)
    .map(({ name }) =>
      finding('statement-unreachable', name, 'its name is blank, which notation takes for no name at all'),
    );
}
