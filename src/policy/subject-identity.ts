import { type DistinguishedNameAttribute, formatDistinguishedName } from '../encoding/distinguished-name.ts';
import { NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';
import type { DistinguishedName } from './distinguished-name.ts';
import type { Dialect } from './types.ts';

const MAX_QUOTED = 300;

/** Types that the specification requires of every identity. */
const MANDATORY = ['C', 'ST', 'O'];

/** Types that the reference implementation has a name for; it rejects a subject with any other. */
const NAMED = new Set(['CN', 'SERIALNUMBER', 'C', 'L', 'ST', 'STREET', 'O', 'OU', 'POSTALCODE']);

/**
 * Returns the attribute types that the specification requires of an identity (`C`, `ST` and `O`) and a name lacks.
 *
 * @param name - The name to look in.
 * @returns The missing types; none if the name is complete.
 * @see docs/specification.md, rule TP-27
 *
 * @example
 * ```ts
 * import { missingMandatoryAttributes, parseDistinguishedName } from 'notarykit/policy';
 *
 * console.log(missingMandatoryAttributes(parseDistinguishedName('O=Wabbit Networks'))); // ['C', 'ST']
 * ```
 */
export function missingMandatoryAttributes(name: DistinguishedName): string[] {
  return MANDATORY.filter((type) => !name.has(type));
}

/**
 * Converts the subject of a signing certificate to the name that trusted identities are matched with.
 *
 * In the dialect `spec` the subject must have `C`, `ST` and `O`, every attribute type only once, and only types that
 * the reference implementation has a name for. In `extended` every attribute is matched except those that occur more
 * than once: choosing one of them would be a guess.
 *
 * @param attributes - The subject of the leaf certificate.
 * @param dialect - Which rules apply.
 * @returns The name to match.
 * @throws NotationError `ERR_IDENTITY_UNTRUSTED` if the rules let no identity match the subject
 *
 * @example
 * ```ts
 * import { subjectIdentity } from 'notarykit/policy';
 *
 * const identity = subjectIdentity([{ type: 'CN', value: 'production-signer' }], 'extended');
 * console.log(identity.get('CN')); // production-signer
 * ```
 */
export function subjectIdentity(
  attributes: readonly DistinguishedNameAttribute[],
  dialect: Dialect,
): DistinguishedName {
  const name = new Map<string, string>();
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const { type, value } of attributes) {
    if (seen.has(type)) repeated.add(type);
    seen.add(type);
    if (value !== '') name.set(type, value);
  }
  if (dialect === 'spec') requireSpecSubject(attributes, name, repeated);
  for (const type of repeated) name.delete(type);
  return name;
}

/** Names a subject in a message, with more of it than of other strings: subjects often differ only at the end. */
export function describeSubject(attributes: readonly DistinguishedNameAttribute[]): string {
  return `the subject ${quote(formatDistinguishedName(attributes), MAX_QUOTED)} of the signing certificate`;
}

function requireSpecSubject(
  attributes: readonly DistinguishedNameAttribute[],
  name: DistinguishedName,
  repeated: ReadonlySet<string>,
): void {
  const problem = specProblem(attributes, name, repeated);
  if (problem === undefined) return;
  throw new NotationError(
    'ERR_IDENTITY_UNTRUSTED',
    `${describeSubject(attributes)} ${problem}, so by the specification no trusted identity can match it; the dialect "extended" has no such rule`,
  );
}

function specProblem(
  attributes: readonly DistinguishedNameAttribute[],
  name: DistinguishedName,
  repeated: ReadonlySet<string>,
): string | undefined {
  const foreign = attributes.find(({ type }) => !NAMED.has(type));
  if (foreign) return `has the attribute ${quote(foreign.type)}`;
  const [twice] = repeated;
  if (twice !== undefined) return `has more than one ${quote(twice)}`;
  const odd = attributes.find(({ value }) => value.includes('=#'));
  if (odd) return `has "=#" in ${quote(odd.type)}`;
  const missing = missingMandatoryAttributes(name);
  return missing.length > 0 ? `has no ${missing.join(', ')}` : undefined;
}
