// What is said about a trust policy while it is written: findings with their places in the text, and each statement in plain
// words. Plain data.
import { isNotationError } from 'notarykit/errors';
import { parseTrustPolicy, type TrustPolicy } from 'notarykit/policy';
import {
  explainTrustPolicy,
  type LintFinding,
  type LintTrustStore,
  lintTrustPolicy,
  type StatementExplanation,
} from 'notarykit/policy/tools';
import { createTrustStore, type TrustStore } from 'notarykit/x509';
import { DIALECT, type Settings, type StoredCertificate } from '../settings.ts';
import { locateJson, type Place } from './json-places.ts';

/** A finding, and where it is in the text. */
export interface PlacedFinding extends LintFinding {
  readonly place: Place;
}

/** One statement in plain words. */
export interface StatementView {
  readonly name: string;
  readonly place: Place;
  readonly scopes: readonly string[];
  /** Absent while the statement is invalid. */
  readonly explanation?: StatementExplanation | undefined;
  readonly findings: readonly PlacedFinding[];
}

/** A trust policy as the editor shows it. */
export interface PolicyView {
  /** The findings of the whole document: those of a statement are with the statement. */
  readonly findings: readonly PlacedFinding[];
  readonly statements: readonly StatementView[];
  /** The policy, if the document is valid; only then can it be saved. */
  readonly policy?: TrustPolicy | undefined;
}

const DIALECT_OPTIONS = { dialect: DIALECT } as const;

/** Examines the text of a trust policy. */
export async function viewPolicy(text: string, stores: Settings['trustStores']): Promise<PolicyView> {
  const places = locateJson(text);
  const trustStore = storedTrust(stores);
  const found = (await lintTrustPolicy(text, { ...DIALECT_OPTIONS, trustStore })).map((finding) => ({
    ...finding,
    place: finding.path.length === 0 ? (places.fault ?? { start: 0, end: 0 }) : places.find(finding.path),
  }));
  const statements = places.fault ? [] : statementsOf(text);
  const inStatement = ({ path: [member, index] }: LintFinding) =>
    member === 'trustPolicies' && typeof index === 'number' && index < statements.length;
  return {
    findings: found.filter((finding) => !inStatement(finding)),
    statements: statements.map((written, index) => ({
      ...describeStatement(written, index),
      place: places.find(['trustPolicies', index]),
      findings: found.filter((finding) => inStatement(finding) && finding.path[1] === index),
    })),
    policy: parsedPolicy(text),
  };
}

/** The trust stores of the settings, each read on its own, so that a bad one does not hide the others. */
function storedTrust(stores: Settings['trustStores']): LintTrustStore {
  return {
    certificates(type, name) {
      const key = `${type}:${name}`;
      const certificates = stores[key];
      return trustStoreOf(certificates ? { [key]: certificates } : {}).certificates(type, name);
    },
  };
}

/**
 * Makes the trust store of the library from that of the settings.
 * @throws NotationError if a certificate cannot be read
 */
export function trustStoreOf(stores: Readonly<Record<string, readonly StoredCertificate[]>>): TrustStore {
  return createTrustStore(
    Object.fromEntries(
      Object.entries(stores).map(([name, certificates]) => [name, certificates.map(({ pem }) => pem)]),
    ),
  );
}

/** Parses a policy; `undefined` if it is invalid, for which lint has the reasons. */
export function parsedPolicy(document: string | object): TrustPolicy | undefined {
  try {
    return parseTrustPolicy(document, DIALECT_OPTIONS);
  } catch (error) {
    if (isNotationError(error)) return undefined;
    throw error;
  }
}

/** The statements of a text that is JSON, as they are written. */
function statementsOf(text: string): unknown[] {
  const document: unknown = JSON.parse(text);
  const { trustPolicies } = Object(document) as { trustPolicies?: unknown };
  return Array.isArray(trustPolicies) ? trustPolicies : [];
}

/** Describes a statement by itself: another one may be invalid. */
function describeStatement(
  written: unknown,
  index: number,
): Pick<StatementView, 'name' | 'scopes' | 'explanation'> {
  const { name } = Object(written) as { name?: unknown };
  const own = parsedPolicy({ version: '1.0', trustPolicies: [written] });
  const [statement] = own?.statements ?? [];
  return {
    name: typeof name === 'string' && name !== '' ? name : `Statement ${index + 1}`,
    scopes: statement?.registryScopes ?? [],
    explanation: own && statement && explainTrustPolicy(own, memberOf(statement.registryScopes)).statement,
  };
}

/** Returns a repository to which scopes apply. */
function memberOf([scope = '']: readonly string[]): string {
  if (scope === '*') return 'registry.example/any';
  return scope.endsWith('/*') ? `${scope.slice(0, -1)}any` : scope;
}
