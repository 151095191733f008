import { isNotationError, NotationError } from '../../errors/index.ts';
import { argumentInvalid, withMessage } from '../../errors/notation-error.ts';
import { enumerate } from '../policy-problems.ts';
import { parsePolicy, type TrustPolicyInput, type TrustPolicyOptions } from '../read-document.ts';
import { canonicalScope } from '../scopes.ts';
import type { BlobTrustPolicyDocument, TrustPolicyDocument } from '../to-document.ts';
import type { BlobTrustPolicyStatement, StatementBase, TrustPolicyStatement } from '../types.ts';
import { asDocument, blobDocuments, type DocumentKind, ociDocuments } from './as-document.ts';
import { type Claims, findConflicts, type MergeEntry, resolveConflicts } from './merge-conflicts.ts';

/** How to merge trust policies. */
export interface MergeOptions extends TrustPolicyOptions {
  /**
   * The action if statements differ but have the same name or registry scope, or are both global: `error` (the
   * default) reports every conflict; `first` and `last` let the earlier or the later document decide.
   */
  onConflict?: 'error' | 'first' | 'last' | undefined;
}

/** The result of a merge. */
export interface MergedPolicy<Document> {
  /** The merged document, which is valid. */
  readonly document: Document;
  /** How each conflict was resolved, in a sentence; empty if there were none. */
  readonly resolved: readonly string[];
}

/**
 * Merges trust policies for OCI artifacts into one. Statements keep their order; identical statements count once.
 *
 * A merge never weakens a policy silently. By default the result has every statement of every document with all its
 * scopes, or the merge fails. With `onConflict`, a statement that loses a scope keeps its other scopes, under a new
 * name if its name is taken: without them a wider, possibly less strict scope would apply. As within one document, a
 * narrower scope is an exception to a wider one of any document; `lintTrustPolicy` finds exceptions that are less
 * strict (`scope-weaker`).
 *
 * @param policies - At least one document as a string, UTF-8 bytes or plain data, or policy of `parseTrustPolicy`.
 * @param options - How conflicts are resolved, and the dialect of all documents; `error` and `spec` by default.
 * @returns The document, and how conflicts were resolved.
 * @throws NotationError `ERR_POLICY_INVALID` with every conflict, or with every problem of the first invalid document;
 * the other codes of `parseTrustPolicy`; `ERR_ARGUMENT_INVALID` for no documents or an unknown option
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#registry-scopes-constraints
 *
 * @example
 * ```ts
 * import { createTrustPolicy, mergeTrustPolicies } from 'notarykit/policy/tools';
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
  return merge(policies, options, ociDocuments, ociClaims);
}

/**
 * Merges trust policies for blobs into one. Statements keep their order; identical statements count once.
 *
 * A merge never weakens a policy silently. By default the result has every statement of every document unchanged, or
 * the merge fails. With `onConflict`, a statement that loses its name is removed, because blobs are verified by that
 * name; a statement that loses `globalPolicy` keeps its name. If this removes the only global statement, blobs without
 * a statement name are untrusted.
 *
 * @param policies - At least one document as a string, UTF-8 bytes or plain data, or policy of `parseBlobTrustPolicy`.
 * @param options - How conflicts are resolved, and the dialect of all documents; `error` and `spec` by default.
 * @returns The document, and how conflicts were resolved.
 * @throws NotationError `ERR_POLICY_INVALID` with every conflict, or with every problem of the first invalid document;
 * the other codes of `parseBlobTrustPolicy`; `ERR_ARGUMENT_INVALID` for no documents or an unknown option
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#trust-policy-properties
 *
 * @example
 * ```ts
 * import { createBlobTrustPolicy, mergeBlobTrustPolicies } from 'notarykit/policy/tools';
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
  return merge(policies, options, blobDocuments, blobClaims);
}

function merge<Statement extends StatementBase, Document extends object>(
  policies: readonly TrustPolicyInput[],
  { onConflict = 'error', dialect }: MergeOptions,
  kind: DocumentKind<Statement, Document>,
  claims: Claims<Statement>,
): MergedPolicy<Document> {
  checkArguments(policies, onConflict);
  const read = policies.map((policy, index) => readOne(policy, index, { dialect }, kind));
  const lastWins = onConflict === 'last';
  const entries = withoutRepeats(read.flat(), lastWins, kind);
  const conflicts = findConflicts(entries, claims);
  if (onConflict === 'error') throwIfAny(conflicts);
  const { statements, resolved } = resolveConflicts(entries, claims, lastWins);
  const document = kind.toDocument({ version: '1.0', dialect: dialect ?? 'spec', statements });
  parsePolicy(document, { dialect }, kind.policyKind);
  return { document, resolved };
}

function checkArguments(policies: readonly TrustPolicyInput[], onConflict: string): void {
  if (!Array.isArray(policies) || policies.length === 0) {
    throw argumentInvalid('policies must be an array of at least one trust policy');
  }
  if (!['error', 'first', 'last'].includes(onConflict)) {
    throw argumentInvalid('onConflict must be "error", "first" or "last"');
  }
}

/** Reads one document; errors say which one. */
function readOne<Statement extends StatementBase>(
  policy: TrustPolicyInput,
  index: number,
  options: TrustPolicyOptions,
  kind: DocumentKind<Statement, object>,
): MergeEntry<Statement>[] {
  try {
    const { statements } = parsePolicy(asDocument(policy, kind).document, options, kind.policyKind);
    return statements.map((statement) => ({ statement, document: index + 1 }));
  } catch (cause) {
    if (!isNotationError(cause) || cause.code === 'ERR_ARGUMENT_INVALID') throw cause;
    throw withMessage(cause, `document ${index + 1} of the merge: ${cause.message}`);
  }
}

/** Keeps identical statements once: that of the document that decides conflicts. */
function withoutRepeats<Statement extends StatementBase>(
  entries: readonly MergeEntry<Statement>[],
  lastWins: boolean,
  { toDocument }: DocumentKind<Statement, object>,
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

function throwIfAny(conflicts: readonly string[]): void {
  if (conflicts.length === 0) return;
  throw new NotationError(
    'ERR_POLICY_INVALID',
    `the trust policies conflict; correct them, or set onConflict to "first" or "last":\n- ${enumerate(conflicts, '\n- ')}`,
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
  // Callers verify blobs by the name of a statement: they would not know a new name.
  rename: () => undefined,
};
