import {
  type DistinguishedNameAttribute,
  formatDistinguishedName,
} from '../../encoding/distinguished-name.ts';
import { isNotationError } from '../../errors/index.ts';
import { enumerate, quote } from '../policy-problems.ts';
import type { NamedStore, StatementBase, TrustStoreType } from '../types.ts';
import { type Finding, finding, type LintFinding } from './lint-rules.ts';

const DAY = 86_400_000;

/** A certificate, as far as lint looks at it; those of notarykit/x509 are such. */
export interface LintCertificate {
  readonly subject: { readonly attributes: readonly DistinguishedNameAttribute[] };
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Where lint finds the certificates of named stores; trust stores of notarykit are such. */
export interface LintTrustStore {
  /** The certificates of a named store; `ERR_TRUST_STORE_NOT_FOUND` where there is none. */
  certificates(type: TrustStoreType, name: string): Promise<readonly LintCertificate[]>;
}

/** When certificates are looked at, and how long they should still be valid. */
export interface ValidityDemand {
  readonly now: Date;
  readonly days: number;
}

/** What can be said of the stores that statements name, one after another. */
export async function lintTrustStores(
  statements: readonly StatementBase[],
  trustStore: LintTrustStore,
  demand: ValidityDemand,
): Promise<LintFinding[]> {
  const findings: LintFinding[] = [];
  for (const [key, { store, users }] of namedStores(statements)) {
    const others = users.length > 1 ? ` (also of ${enumerate(users.slice(1).map(quote))})` : '';
    for (const [rule, problem] of await lintStore(store, trustStore, demand)) {
      findings.push(finding(rule, users[0], `the trust store ${key}${others} ${problem}`));
    }
  }
  return findings;
}

/** Each store once, with the names of the statements that name it. */
function namedStores(
  statements: readonly StatementBase[],
): Map<string, { store: NamedStore; users: string[] }> {
  const stores = new Map<string, { store: NamedStore; users: string[] }>();
  for (const { name, trustStores } of statements) {
    for (const store of trustStores) {
      const key = `${store.type}:${store.name}`;
      const known = stores.get(key);
      if (known) known.users.push(name);
      else stores.set(key, { store, users: [name] });
    }
  }
  return stores;
}

async function lintStore(
  { type, name }: NamedStore,
  trustStore: LintTrustStore,
  demand: ValidityDemand,
): Promise<Finding[]> {
  let certificates: readonly LintCertificate[];
  try {
    certificates = await trustStore.certificates(type, name);
  } catch (error) {
    // A trust store of the caller's own may fail with anything.
    if (isNotationError(error, 'ERR_TRUST_STORE_NOT_FOUND')) return [['store-missing', 'does not exist']];
    const reason = isNotationError(error) ? error.message : String(error).slice(0, 300);
    return [['store-invalid', `cannot be used: ${reason}`]];
  }
  if (certificates.length === 0) return [['store-empty', 'holds no certificate']];
  const { now } = demand;
  if (certificates.every(({ notAfter }) => notAfter < now)) {
    return [['store-expired', 'holds only certificates that have expired']];
  }
  return certificates.flatMap((certificate) => lintValidity(certificate, demand));
}

function lintValidity(
  { subject, notBefore, notAfter }: LintCertificate,
  { now, days }: ValidityDemand,
): Finding[] {
  const holds = `holds ${quote(formatDistinguishedName(subject.attributes))}, which`;
  if (notAfter < now) return [['certificate-expired', `${holds} expired on ${dateOf(notAfter)}`]];
  if (notBefore > now) return [['certificate-early', `${holds} is not valid before ${dateOf(notBefore)}`]];
  if (notAfter.getTime() - now.getTime() >= days * DAY) return [];
  return [['certificate-expiring', `${holds} expires on ${dateOf(notAfter)}`]];
}

function dateOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}
