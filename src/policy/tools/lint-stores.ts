import {
  type DistinguishedNameAttribute,
  formatDistinguishedName,
} from '../../encoding/distinguished-name.ts';
import { isNotationError } from '../../errors/index.ts';
import { oneLine, quote } from '../../errors/quote.ts';
import { quoteList } from '../policy-problems.ts';
import type { NamedStore, StatementBase, TrustStoreType } from '../types.ts';
import { type Finding, finding, type LintFinding } from './lint-rules.ts';

const DAY = 86_400_000;

/** The part of a certificate that lint reads; certificates of notarykit/x509 have it. */
export interface LintCertificate {
  readonly subject: { readonly attributes: readonly DistinguishedNameAttribute[] };
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** A trust store that lint checks, such as those of `createTrustStore` and `createFileTrustStore`. */
export interface LintTrustStore {
  /** Returns the certificates of a named store, or rejects with `ERR_TRUST_STORE_NOT_FOUND`. */
  certificates(type: TrustStoreType, name: string): Promise<readonly LintCertificate[]>;
}

/** The current time, and for how many more days certificates should be valid. */
export interface RequiredValidity {
  readonly now: Date;
  readonly days: number;
}

/** Lints the stores that statements name. */
export async function lintTrustStores(
  statements: readonly StatementBase[],
  trustStore: LintTrustStore,
  required: RequiredValidity,
): Promise<LintFinding[]> {
  const findings: LintFinding[] = [];
  for (const [key, { store, users }] of namedStores(statements)) {
    const others = users.length > 1 ? ` (also used by ${quoteList(users.slice(1))})` : '';
    for (const [rule, problem] of await lintStore(store, trustStore, required)) {
      findings.push(finding(rule, users[0], `the trust store ${key}${others} ${problem}`));
    }
  }
  return findings;
}

/** Returns every store once, with the names of the statements that use it. */
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
  required: RequiredValidity,
): Promise<Finding[]> {
  let certificates: readonly LintCertificate[];
  try {
    certificates = await trustStore.certificates(type, name);
  } catch (error) {
    // The caller's own trust store may throw anything.
    if (isNotationError(error, 'ERR_TRUST_STORE_NOT_FOUND')) return [['store-missing', 'does not exist']];
    const reason = isNotationError(error) ? error.message : oneLine(String(error), 300);
    return [['store-invalid', `cannot be used: ${reason}`]];
  }
  if (!Array.isArray(certificates) || !certificates.every((one) => one?.subject && one.notAfter)) {
    return [['store-invalid', 'cannot be checked: its certificates are not those of parseCertificates']];
  }
  if (certificates.length === 0) return [['store-empty', 'has no certificates']];
  const { now } = required;
  if (certificates.every(({ notAfter }) => notAfter < now)) {
    return [['store-expired', 'has only expired certificates']];
  }
  return certificates.flatMap((certificate) => lintValidity(certificate, required));
}

function lintValidity(
  { subject, notBefore, notAfter }: LintCertificate,
  { now, days }: RequiredValidity,
): Finding[] {
  const has = `has ${quote(formatDistinguishedName(subject.attributes))}, which`;
  if (notAfter < now) return [['certificate-expired', `${has} expired on ${dateOf(notAfter)}`]];
  if (notBefore > now) return [['certificate-early', `${has} is not valid before ${dateOf(notBefore)}`]];
  if (notAfter.getTime() - now.getTime() >= days * DAY) return [];
  return [['certificate-expiring', `${has} expires on ${dateOf(notAfter)}`]];
}

function dateOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}
