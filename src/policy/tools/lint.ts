import { isNotationError } from '../../errors/index.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';
import {
  type PolicyReading,
  readPolicy,
  type TrustPolicyInput,
  type TrustPolicyOptions,
} from '../read-document.ts';
import type { BlobTrustPolicyStatement, StatementBase } from '../types.ts';
import { asDocument, blobDocuments, type DocumentKind, ociDocuments } from './as-document.ts';
import { finding, type LintFinding, type LintSeverity } from './lint-rules.ts';
import { lintScopes } from './lint-scopes.ts';
import { lintStatement } from './lint-statement.ts';
import { type LintTrustStore, lintTrustStores } from './lint-stores.ts';

const SEVERITIES: readonly LintSeverity[] = ['error', 'warning', 'info'];
const DAYS = 30;

/** How to lint a trust policy. */
export interface LintOptions extends TrustPolicyOptions {
  /** The trust store that contains the stores that statements name; without it, stores are not checked. */
  trustStore?: LintTrustStore | undefined;
  /** For how many more days the certificates of the stores should be valid; 30 by default. */
  expiresWithin?: number | undefined;
  /** The current time; the system clock by default. */
  clock?: (() => Date) | undefined;
}

/**
 * Finds errors, redundancies and likely misunderstandings in a trust policy for OCI artifacts: every problem that
 * `parseTrustPolicy` reports; scopes that overlap, are less strict than a wider scope or never match; statements that
 * cannot verify anything; identities that nobody or everybody matches; and stores that are missing, empty or about to
 * expire.
 *
 * @param policy - The document as a string, UTF-8 bytes or plain data, or a policy of `parseTrustPolicy`, which no
 * longer has the redundancies of its document.
 * @param options - The dialect (by default that of a parsed policy, else `spec`), and a trust store to check.
 * @returns The findings, errors first, in the order of the statements; empty if there are none.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for an unknown dialect or a negative number of days; problems of the
 * document are findings, not errors
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#trust-policy
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
  return lint(policy, options, ociDocuments, lintScopes);
}

/**
 * Finds errors, redundancies and likely misunderstandings in a trust policy for blobs: everything that
 * `lintTrustPolicy` finds, except in registry scopes.
 *
 * @param policy - The document as a string, UTF-8 bytes or plain data, or a policy of `parseBlobTrustPolicy`, which no
 * longer has the redundancies of its document.
 * @param options - The dialect (by default that of a parsed policy, else `spec`), and a trust store to check.
 * @returns The findings, errors first, in the order of the statements; empty if there are none.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for an unknown dialect or a negative number of days; problems of the
 * document are findings, not errors
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#trust-policy
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
  return lint(policy, options, blobDocuments, lintNames);
}

async function lint<Statement extends StatementBase>(
  input: TrustPolicyInput,
  options: LintOptions,
  kind: DocumentKind<Statement, object>,
  lintTogether: (statements: readonly Statement[]) => LintFinding[],
): Promise<LintFinding[]> {
  const { trustStore, expiresWithin = DAYS, clock = () => new Date() } = options;
  if (!(expiresWithin >= 0)) throw argumentInvalid('expiresWithin must be a number of days, zero or more');
  const reading = read(input, options, kind);
  if ('rule' in reading) return [reading];
  const { policy, written, paths, problems } = reading;
  const { statements } = policy;
  const places = new Map(statements.map(({ name }, index) => [name, paths[index] ?? []]));
  const found = [
    ...statements.flatMap((statement, index) => lintStatement(statement, written[index])),
    ...lintTogether(statements),
    ...(trustStore
      ? await lintTrustStores(statements, trustStore, { now: clock(), days: expiresWithin })
      : []),
  ];
  const findings = [
    ...problems.first.map(({ statement, message, path }) =>
      finding('policy-invalid', statement, message, path),
    ),
    ...found.map((one) => ({ ...one, path: [...(places.get(one.statement ?? '') ?? []), ...one.path] })),
  ];
  return SEVERITIES.flatMap((severity) => inOrder(findings, statements, severity));
}

/** Reads the document; if it is not even JSON, that is the only finding. */
function read<Statement extends StatementBase>(
  input: TrustPolicyInput,
  options: LintOptions,
  kind: DocumentKind<Statement, object>,
): PolicyReading<Statement> | LintFinding {
  const { document, dialect } = asDocument(input, kind);
  try {
    return readPolicy(document, { dialect: options.dialect ?? dialect }, kind.policyKind);
  } catch (error) {
    if (!isNotationError(error) || error.code === 'ERR_ARGUMENT_INVALID') throw error;
    return finding('document-unreadable', undefined, error.message);
  }
}

/** Returns the findings of one severity: those of the document first, then statement by statement. */
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
      finding('statement-unreachable', name, 'its name is blank, which notation treats as no name'),
    );
}
