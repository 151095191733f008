import { isBytes, ownBytes } from '../encoding/bytes.ts';
import { parseJson } from '../encoding/json.ts';
import { NotationError } from '../errors/index.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { readTrustedIdentities } from './identities.ts';
import { resolveActions } from './levels.ts';
import { type Path, PolicyProblems, type Report } from './policy-problems.ts';
import { checkShape, documentSchema, type RawStatement } from './schema.ts';
import { readTrustStores } from './trust-stores.ts';
import type { Dialect, PolicyOf, StatementBase } from './types.ts';

const MAX_SIZE = 1024 * 1024;

/** How to read a trust policy. */
export interface TrustPolicyOptions {
  /**
   * `spec` (the default) accepts what the specification allows. `extended` also accepts prefix scopes such as
   * `registry.example.com/production/*`, of which the longest applies, and identities without `C`, `ST` or `O`.
   */
  dialect?: Dialect | undefined;
}

/** A trust policy document: JSON as a string or as UTF-8 bytes, or the value that `JSON.parse` returns. */
export type TrustPolicyInput = string | Uint8Array | object;

/** The rules that differ between policies for OCI artifacts and policies for blobs. */
export interface PolicyKind<Statement extends StatementBase> {
  /** The function that parses such policies. */
  readonly parser: 'parseTrustPolicy' | 'parseBlobTrustPolicy';
  /** The member that every parsed statement of this kind has, and no other. */
  readonly ownMember: 'registryScopes' | 'globalPolicy';
  /** Reads one statement; returns `undefined` after reporting why it cannot be read. */
  readStatement(value: unknown, dialect: Dialect, report: Report): Statement | undefined;
  /** Checks that the statements do not contradict each other. */
  checkTogether(statements: readonly Statement[], reporterOf: (statement: Statement) => Report): void;
}

/** The readable part of a document, and its problems. */
export interface PolicyReading<Statement extends StatementBase> {
  /** The statements that could be read. */
  readonly policy: PolicyOf<Statement>;
  /** The same statements as the document writes them, in the same order. */
  readonly written: readonly unknown[];
  /** Where each of them is in the document. */
  readonly paths: readonly Path[];
  /** Verify with the policy only if there are none. */
  readonly problems: PolicyProblems;
}

/**
 * Reads a document and checks every rule.
 * @throws NotationError with every problem of the document
 */
export function parsePolicy<Statement extends StatementBase>(
  input: TrustPolicyInput,
  options: TrustPolicyOptions,
  kind: PolicyKind<Statement>,
): PolicyOf<Statement> {
  const { policy, problems } = readPolicy(input, options, kind);
  problems.throwIfAny();
  return deepFreeze(policy);
}

/** Reads as much of a document as possible, and collects its problems. */
export function readPolicy<Statement extends StatementBase>(
  input: TrustPolicyInput,
  options: TrustPolicyOptions,
  kind: PolicyKind<Statement>,
): PolicyReading<Statement> {
  const { dialect = 'spec' } = options;
  if (dialect !== 'spec' && dialect !== 'extended') {
    throw argumentInvalid('dialect must be "spec" or "extended"');
  }
  const problems = new PolicyProblems();
  const document = checkShape(documentSchema(), readDocument(input), problems.inDocument());
  const statements: Statement[] = [];
  const written: unknown[] = [];
  const paths: Path[] = [];
  const reporters = new Map<Statement, Report>();
  for (const [index, value] of (document?.trustPolicies ?? []).entries()) {
    const path = ['trustPolicies', index];
    const report = problems.inStatement(path, nameOf(value));
    const statement = kind.readStatement(value, dialect, report);
    if (!statement) continue;
    statements.push(statement);
    written.push(value);
    paths.push(path);
    reporters.set(statement, report);
  }
  const reporterOf = (statement: Statement) => reporters.get(statement) ?? problems.inDocument();
  checkUniqueNames(statements, reporterOf);
  kind.checkTogether(statements, reporterOf);
  return { policy: { version: '1.0', dialect, statements }, written, paths, problems };
}

/** Reads the part of a statement that does not depend on the kind of artifact (rule TP-22). */
export function readShared(raw: RawStatement, dialect: Dialect, report: Report): StatementBase {
  const { level, verifyTimestamp } = raw.signatureVerification;
  checkPresence(raw, report);
  return {
    name: raw.name,
    dialect,
    level,
    actions: resolveActions(raw.signatureVerification, report),
    verifyTimestamp: verifyTimestamp ?? 'always',
    trustStores: readTrustStores(raw.trustStores ?? [], report),
    trustedIdentities: readTrustedIdentities(raw.trustedIdentities ?? [], dialect, report),
  };
}

function readDocument(input: TrustPolicyInput): unknown {
  if (typeof input !== 'string' && !isBytes(input)) return input;
  if (input.length > MAX_SIZE) {
    throw new NotationError('ERR_LIMIT_EXCEEDED', `the trust policy is larger than ${MAX_SIZE} bytes`);
  }
  return parseJson(typeof input === 'string' ? input : ownBytes(input), 'trust policy');
}

function nameOf(value: unknown): string | undefined {
  const name = isObject(value) ? value.name : undefined;
  return typeof name === 'string' && name !== '' ? name : undefined;
}

/**
 * Verifying needs stores and identities; at level `skip` they would suggest a check that never happens.
 * @see docs/specification.md, rule TP-24
 */
function checkPresence(raw: RawStatement, report: Report): void {
  const skipped = raw.signatureVerification.level === 'skip';
  for (const field of ['trustStores', 'trustedIdentities'] as const) {
    const present = (raw[field] ?? []).length > 0;
    if (skipped && present)
      report([field], 'must be empty at level "skip"; remove it or choose another level');
    if (!skipped && !present) report([field], 'is missing or empty; every level except "skip" requires it');
  }
}

function checkUniqueNames<Statement extends StatementBase>(
  statements: readonly Statement[],
  reporterOf: (statement: Statement) => Report,
): void {
  const names = new Set<string>();
  for (const statement of statements) {
    if (names.has(statement.name)) {
      reporterOf(statement)(['name'], 'is used by more than one statement; rename one');
    }
    names.add(statement.name);
  }
}

/** Returns whether a value from outside is an object with a member of that name. */
export function hasMember(value: unknown, name: string): boolean {
  return isObject(value) && name in value;
}

/** Returns whether a value from outside can have members. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function deepFreeze<T extends object>(value: T): Readonly<T> {
  for (const member of Object.values(value)) if (isObject(member)) deepFreeze(member);
  return Object.freeze(value);
}
