import { type DistinguishedNameAttribute, formatDistinguishedName } from '../encoding/distinguished-name.ts';
import { NotationError } from '../errors/index.ts';
import type { DistinguishedName } from './distinguished-name.ts';
import type { Dialect } from './types.ts';

const MAX_SHOWN = 300;

/** Types that the specification demands of every identity. */
const MANDATORY = ['C', 'ST', 'O'];

/** Types that the reference implementation has a name for; it refuses a subject with any other. */
const NAMED = new Set(['CN', 'SERIALNUMBER', 'C', 'L', 'ST', 'STREET', 'O', 'OU', 'POSTALCODE']);

/**
 * The attribute types that the specification demands of an identity (`C`, `ST` and `O`) and a name lacks.
 *
 * @param name - The name to look in.
 * @returns The missing types; none when the name is complete.
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
 * Turns the subject of a signing certificate into the name that trusted identities are matched with.
 *
 * In the dialect `spec` the subject must have `C`, `ST` and `O`, every attribute type once, and only types that
 * the reference implementation can name. In `extended` any attribute is matched, but for those that occur more
 * than once: which one is meant would be a guess.
 *
 * @param attributes - The subject of the leaf certificate.
 * @param dialect - Whose rules apply.
 * @returns The name to match.
 * @throws NotationError `ERR_IDENTITY_UNTRUSTED` when no identity can be matched with the subject
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

function requireSpecSubject(
  attributes: readonly DistinguishedNameAttribute[],
  name: DistinguishedName,
  repeated: ReadonlySet<string>,
): void {
  const problem = specProblem(attributes, name, repeated);
  if (problem === undefined) return;
  const subject = formatDistinguishedName(attributes).slice(0, MAX_SHOWN);
  throw new NotationError(
    'ERR_IDENTITY_UNTRUSTED',
    `the subject ${JSON.stringify(subject)} of the signing certificate ${problem}, so that no trusted identity can match it by the specification; ` +
      'the dialect "extended" is without this rule',
  );
}

function specProblem(
  attributes: readonly DistinguishedNameAttribute[],
  name: DistinguishedName,
  repeated: ReadonlySet<string>,
): string | undefined {
  const foreign = attributes.find(({ type }) => !NAMED.has(type));
  if (foreign) return `has the attribute ${show(foreign.type)}`;
  const [twice] = repeated;
  if (twice !== undefined) return `has more than one ${show(twice)}`;
  const odd = attributes.find(({ value }) => value.includes('=#'));
  if (odd) return `has "=#" in ${show(odd.type)}`;
  const missing = missingMandatoryAttributes(name);
  return missing.length > 0 ? `has no ${missing.join(', ')}` : undefined;
}

function show(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
