import { isNotationError, NotationError } from '../errors/index.ts';
import type { BlobTrustPolicyDocument, TrustPolicyDocument } from './document.ts';
import { type Claims, findConflicts, type MergeEntry, resolveConflicts } from './merge-conflicts.ts';
import { enumerate } from './problems.ts';
import { parsePolicy, type TrustPolicyInput, type TrustPolicyOptions } from './read-policy.ts';
import { canonicalScope } from './scopes.ts';
import { asDocument, blobTools, ociTools, type ToolKind } from './tool-kinds.ts';
import type { BlobTrustPolicyStatement, StatementBase, TrustPolicyStatement } from './types.ts';

/** How to merge trust policies. */
export interface MergeOptions extends TrustPolicyOptions {
  /**
   * What happens where documents say different things of the same name, registry scope or global statement: `error`
   * (the default) names every conflict, `first` and `last` let the earlier or the later document decide.
   */
  onConflict?: 'error' | 'first' | 'last' | undefined;
}

/** What became of several documents. */
export interface MergedPolicy<Document> {
  /** The one document, found valid. */
  readonly document: Document;
  /** What was decided where documents were in conflict, a sentence each; empty where none were. */
  readonly resolved: readonly string[];
}

/**
 * Merges trust policies for OCI artifacts into one. The statements keep their order, and one that several documents
 * have word for word counts once.
 *
 * Nothing is weakened unasked. Without `onConflict` every statement of every document is in the result with all its
 * scopes, or the merge fails. With it, only what is in conflict changes: the statement that loses keeps its other
 * scopes (under another name, where its name is taken), for without them a wider scope would apply that may demand
 * less. As within one document, a narrower scope is an exception from a wider one, also of another document:
 * `lintTrustPolicy` names those that demand less (`scope-weaker`).
 *
 * @param policies - Documents as text, UTF-8 bytes or plain data, or policies of `parseTrustPolicy`; at least one.
 * @param options - What decides conflicts, and the dialect of all; `error` and `spec` by default.
 * @returns The document, and what was decided.
 * @throws NotationError `ERR_POLICY_INVALID` with every conflict, or with every problem of the first document that is
 * invalid; the other codes of `parseTrustPolicy`; `ERR_ARGUMENT_INVALID` for no documents or an unknown option
 * @see Trust Store and Trust Policy Specification, "Registry Scopes Constraints"
 *
 * @example
 * ```ts
 * import { createTrustPolicy, mergeTrustPolicies } from 'notarykit/policy';
 *
 * const trust = { trustStores: ['ca:acme'], trustedIdentities: ['*'] };
 * const platform = createTrustPolicy([{ name: 'everything', registryScopes: ['*'], ...trust }]);
 * const team = createTrustPolicy([{ name: 'app', registryScopes: ['registry.example.com/app'], ...trust }]);
 * const { document } = mergeTrustPolicies([platform, team]);
 * console.log(document.trustPolicies.map(({ name }) => name)); // ['everything', 'app']
 * ```
 */
export function mergeTrustPolicies(
  policies: readonly TrustPolicyInput[],
  options: MergeOptions = {},
): MergedPolicy<TrustPolicyDocument> {
  return merge(policies, options, ociTools, ociClaims);
}

/**
 * Merges trust policies for blobs into one. The statements keep their order, and one that several documents have word
 * for word counts once.
 *
 * Nothing is weakened unasked: without `onConflict` every statement of every document is in the result as it was, or
 * the merge fails. With it, the statement that loses its name is left out, as blobs are verified by that name, and one
 * that loses `globalPolicy` keeps its name. Where a global statement is left out, blobs without a name have none and
 * are untrusted.
 *
 * @param policies - Documents as text, UTF-8 bytes or plain data, or policies of `parseBlobTrustPolicy`; at least one.
 * @param options - What decides conflicts, and the dialect of all; `error` and `spec` by default.
 * @returns The document, and what was decided.
 * @throws NotationError `ERR_POLICY_INVALID` with every conflict, or with every problem of the first document that is
 * invalid; the other codes of `parseBlobTrustPolicy`; `ERR_ARGUMENT_INVALID` for no documents or an unknown option
 * @see Trust Store and Trust Policy Specification, "Trust Policy Properties"
 *
 * @example
 * ```ts
 * import { createBlobTrustPolicy, mergeBlobTrustPolicies } from 'notarykit/policy';
 *
 * const trust = { trustStores: ['ca:acme'], trustedIdentities: ['*'], globalPolicy: true };
 * const one = createBlobTrustPolicy([{ name: 'releases', ...trust }]);
 * const other = createBlobTrustPolicy([{ name: 'charts', ...trust }]);
 * const { document, resolved } = mergeBlobTrustPolicies([one, other], { onConflict: 'first' });
 * console.log(document.trustPolicies[1]?.globalPolicy, resolved.length); // undefined 1
 * ```
 */
export function mergeBlobTrustPolicies(
  policies: readonly TrustPolicyInput[],
  options: MergeOptions = {},
): MergedPolicy<BlobTrustPolicyDocument> {
  return merge(policies, options, blobTools, blobClaims);
}

function merge<Statement extends StatementBase, Document extends object>(
  policies: readonly TrustPolicyInput[],
  { onConflict = 'error', dialect }: MergeOptions,
  tools: ToolKind<Statement, Document>,
  claims: Claims<Statement>,
): MergedPolicy<Document> {
  checkArguments(policies, onConflict);
  const read = policies.map((policy, index) => readOne(policy, index, { dialect }, tools));
  const lastWins = onConflict === 'last';
  const entries = withoutRepeats(read.flat(), lastWins, tools);
  const conflicts = findConflicts(entries, claims);
  if (onConflict === 'error') refuse(conflicts);
  const { statements, resolved } = resolveConflicts(entries, claims, lastWins);
  const document = tools.toDocument({ version: '1.0', dialect: dialect ?? 'spec', statements });
  parsePolicy(document, { dialect }, tools.kind);
  return { document, resolved };
}

function checkArguments(policies: readonly TrustPolicyInput[], onConflict: string): void {
  if (!Array.isArray(policies) || policies.length === 0) {
    throw new NotationError(
      'ERR_ARGUMENT_INVALID',
      'the trust policies to merge are an array of at least one',
    );
  }
  if (!['error', 'first', 'last'].includes(onConflict)) {
    throw new NotationError('ERR_ARGUMENT_INVALID', 'onConflict is "error", "first" or "last"');
  }
}

/** Which of the documents it is belongs into the message. */
function readOne<Statement extends StatementBase>(
  policy: TrustPolicyInput,
  index: number,
  options: TrustPolicyOptions,
  tools: ToolKind<Statement, object>,
): MergeEntry<Statement>[] {
  try {
    const { statements } = parsePolicy(asDocument(policy, tools).document, options, tools.kind);
    return statements.map((statement) => ({ statement, document: index + 1 }));
  } catch (cause) {
    if (!isNotationError(cause) || cause.code === 'ERR_ARGUMENT_INVALID') throw cause;
    throw new NotationError(cause.code, `document ${index + 1} of the merge: ${cause.message}`, { cause });
  }
}

/** Repeats count as one statement, of the document among theirs that decides. */
function withoutRepeats<Statement extends StatementBase>(
  entries: readonly MergeEntry<Statement>[],
  lastWins: boolean,
  { toDocument }: ToolKind<Statement, object>,
): MergeEntry<Statement>[] {
  const distinct = new Map<string, MergeEntry<Statement>>();
  for (const entry of entries) {
    const { statement } = entry;
    const { dialect } = statement;
    const text = JSON.stringify(toDocument({ version: '1.0', dialect, statements: [statement] }));
    if (lastWins || !distinct.has(text)) distinct.set(text, entry);
  }
  return [...distinct.values()];
}

function refuse(conflicts: readonly string[]): void {
  if (conflicts.length === 0) return;
  throw new NotationError(
    'ERR_POLICY_INVALID',
    `the trust policies have ${conflicts.length} conflicts; correct them, or let the first or the last decide ("onConflict"):\n- ${enumerate(conflicts, conflicts.length, '\n- ')}`,
  );
}

const ociClaims: Claims<TrustPolicyStatement> = {
  exclusive: ({ registryScopes }) => [...new Set(registryScopes.map(canonicalScope))],
  exclusiveField: 'registryScopes',
  without(statement, taken) {
    const registryScopes = statement.registryScopes.filter((scope) => !taken.has(canonicalScope(scope)));
    return registryScopes.length > 0 ? { ...statement, registryScopes } : undefined;
  },
  rename: (statement, name) => ({ ...statement, name }),
};

const GLOBAL = 'true';

const blobClaims: Claims<BlobTrustPolicyStatement> = {
  exclusive: ({ globalPolicy }) => (globalPolicy ? [GLOBAL] : []),
  exclusiveField: 'globalPolicy',
  without: (statement) => ({ ...statement, globalPolicy: false }),
  // Blobs are verified by the name of a statement: under another one, nobody asks for it.
  rename: () => undefined,
};
