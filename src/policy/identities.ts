import type { DistinguishedNameAttribute } from '../encoding/distinguished-name.ts';
import { isNotationError, NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import { type DistinguishedName, isSubset, parseDistinguishedName } from './distinguished-name.ts';
import { enumerate, type Report } from './policy-problems.ts';
import { describeSubject, missingMandatoryAttributes, subjectIdentity } from './subject-identity.ts';
import type { Dialect, StatementBase, TrustedIdentity } from './types.ts';

const ANYONE = '*';
const FIELD = ['trustedIdentities'];
const SUBJECT_PREFIX = 'x509.subject';

type SubjectIdentity = Required<TrustedIdentity>;

/** Reads the trusted identities of one statement (rule TP-25). */
export function readTrustedIdentities(
  values: readonly string[],
  dialect: Dialect,
  report: Report,
): StatementBase['trustedIdentities'] {
  if (values.includes(ANYONE)) {
    if (values.length > 1) report(FIELD, 'has "*" next to other identities; keep only one of the two');
    return ANYONE;
  }
  const identities = values.map((text, index) =>
    readIdentity(text, dialect, (problem) => report([...FIELD, index], `${quote(text)} ${problem}`)),
  );
  checkOverlap(identities.filter(isSubjectIdentity), report);
  return identities;
}

function readIdentity(text: string, dialect: Dialect, report: (problem: string) => void): TrustedIdentity {
  const colon = text.indexOf(':');
  if (colon < 1) {
    report('has no prefix; write "x509.subject: " and a distinguished name');
    return { text };
  }
  if (text.slice(0, colon) !== SUBJECT_PREFIX) return { text };
  try {
    const name = parseDistinguishedName(text.slice(colon + 1));
    if (dialect === 'spec') checkMandatory(name, report);
    return { text, name };
  } catch (error) {
    if (!isNotationError(error)) throw error;
    report(`is malformed: ${error.message}`);
    return { text };
  }
}

function checkMandatory(name: DistinguishedName, report: (problem: string) => void): void {
  const missing = missingMandatoryAttributes(name);
  if (missing.length === 0) return;
  report(
    `lacks ${missing.join(', ')}, which the specification requires; add the values of the signing certificate, or parse with the dialect "extended"`,
  );
}

/** No certificate may match two identities: the narrower one would restrict nothing (rule TP-28). */
function checkOverlap(identities: readonly SubjectIdentity[], report: Report): void {
  for (const [index, { text, name }] of identities.entries()) {
    const other = identities
      .slice(index + 1)
      .find((second) => isSubset(name, second.name) || isSubset(second.name, name));
    if (other) report(FIELD, `${quote(text)} and ${quote(other.text)} overlap; keep one of them`);
  }
}

function isSubjectIdentity(identity: TrustedIdentity): identity is SubjectIdentity {
  return identity.name !== undefined;
}

/**
 * Finds the trusted identity of a statement that matches the subject of a signing certificate.
 *
 * @param statement - The statement that applies to the artifact.
 * @param subject - The subject attributes of the leaf certificate, in the order of the certificate.
 * @returns The identity as the document writes it; `*` if the statement trusts every certificate of its stores.
 * @throws NotationError `ERR_IDENTITY_UNTRUSTED` if no identity matches
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#trusted-identities-constraints
 * (rule TP-30)
 *
 * @example
 * ```ts
 * import { matchIdentity, parseTrustPolicy, selectStatement } from 'notarykit/policy';
 *
 * const policy = parseTrustPolicy({
 *   version: '1.0',
 *   trustPolicies: [{
 *     name: 'production',
 *     registryScopes: ['registry.example.com/app'],
 *     signatureVerification: { level: 'strict' },
 *     trustStores: ['ca:production-ca'],
 *     trustedIdentities: ['x509.subject: C=US, ST=WA, O=MyOrg'],
 *   }],
 * });
 * const subject = [
 *   { type: 'C', value: 'US' },
 *   { type: 'ST', value: 'WA' },
 *   { type: 'O', value: 'MyOrg' },
 *   { type: 'CN', value: 'production-signer' },
 * ];
 * console.log(matchIdentity(selectStatement(policy, 'registry.example.com/app'), subject));
 * ```
 */
export function matchIdentity(
  statement: StatementBase,
  subject: readonly DistinguishedNameAttribute[],
): string {
  const { name, dialect, trustedIdentities } = statement;
  if (trustedIdentities === ANYONE) return ANYONE;
  const candidates = trustedIdentities.filter(isSubjectIdentity);
  if (candidates.length === 0) {
    throw new NotationError(
      'ERR_IDENTITY_UNTRUSTED',
      `the statement ${quote(name)} has no "x509.subject" identity; identities with other prefixes need a verification plugin`,
    );
  }
  const identity = subjectIdentity(subject, dialect);
  const match = candidates.find((candidate) => isSubset(candidate.name, identity));
  if (match) return match.text;
  const near = candidates.map(
    (candidate) =>
      `${quote(candidate.text)} (differs in ${differences(candidate.name, identity).join(', ')})`,
  );
  throw new NotationError(
    'ERR_IDENTITY_UNTRUSTED',
    `${describeSubject(subject)} matches no trusted identity of the statement ${quote(name)}: ${enumerate(near)}`,
  );
}

/** Returns the types of the attributes in which a subject differs from an identity. */
function differences(identity: DistinguishedName, subject: DistinguishedName): string[] {
  return [...identity].filter(([type, value]) => subject.get(type) !== value).map(([type]) => type);
}
