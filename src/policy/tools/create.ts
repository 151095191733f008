import {
  type DistinguishedNameAttribute,
  formatDistinguishedName,
} from '../../encoding/distinguished-name.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';
import { quote } from '../../errors/quote.ts';
import { parseTrustPolicy } from '../parse.ts';
import { parseBlobTrustPolicy } from '../parse-blob.ts';
import { isObject, type TrustPolicyOptions } from '../read-document.ts';
import {
  type BlobTrustPolicyDocument,
  type TrustPolicyDocument,
  toBlobTrustPolicyDocument,
  toTrustPolicyDocument,
  type VerificationOverride,
} from '../to-document.ts';
import type { VerificationLevel } from '../types.ts';

/** A new statement of a trust policy. */
export interface NewStatement {
  /** Names the statement in reports, and selects it for blobs; unique in its policy. */
  name: string;
  /** `strict` by default. */
  level?: VerificationLevel | undefined;
  /** The validations whose action differs from that of the level. */
  override?: VerificationOverride | undefined;
  /** When timestamps are verified; `always` by default. Without a `tsa` store they never are. */
  verifyTimestamp?: 'always' | 'afterCertExpiry' | undefined;
  /** Named stores such as `ca:acme`; required at every level except `skip`, which has none. */
  trustStores?: readonly string[] | undefined;
  /**
   * The trusted signers; required at every level except `skip`, which has none. Each is a string such as
   * `x509.subject: C=US, ST=WA, O=Acme`, or the subject attributes of a certificate, which become such a string.
   * `['*']` trusts every certificate that chains to the stores; it is never a default.
   */
  trustedIdentities?: readonly (string | readonly DistinguishedNameAttribute[])[] | undefined;
}

/** A new statement of a trust policy for OCI artifacts. */
export interface NewTrustPolicyStatement extends NewStatement {
  /** Repositories such as `registry.example.com/team/app`, or `['*']` for all. */
  registryScopes: readonly string[];
}

/** A new statement of a trust policy for blobs. */
export interface NewBlobTrustPolicyStatement extends NewStatement {
  /** Whether it applies when no statement is named; `false` by default. */
  globalPolicy?: boolean | undefined;
}

/**
 * Creates a trust policy for OCI artifacts, as the document that notation reads.
 *
 * @param statements - At least one statement; the default level is `strict`.
 * @param options - The dialect; `spec` by default. notation does not accept documents of the dialect `extended`.
 * @returns The valid document, for `JSON.stringify`, `parseTrustPolicy` or `verify`.
 * @throws NotationError `ERR_POLICY_INVALID` with every problem; `ERR_LIMIT_EXCEEDED` for a policy that is too large;
 * `ERR_ARGUMENT_INVALID` for an unknown dialect or statements in the form of a document
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#trust-policy-properties
 *
 * @example
 * ```ts
 * import { createTrustPolicy } from 'notarykit/policy/tools';
 *
 * const document = createTrustPolicy([
 *   {
 *     name: 'images',
 *     registryScopes: ['registry.example.com/team/app'],
 *     trustStores: ['ca:acme'],
 *     trustedIdentities: ['x509.subject: C=US, ST=WA, O=Acme'],
 *   },
 *   { name: 'unsigned tools', registryScopes: ['registry.example.com/tools'], level: 'skip' },
 * ]);
 * console.log(JSON.stringify(document, undefined, 2));
 * ```
 */
export function createTrustPolicy(
  statements: readonly NewTrustPolicyStatement[],
  options: TrustPolicyOptions = {},
): TrustPolicyDocument {
  return toTrustPolicyDocument(parseTrustPolicy(documentOf(statements), options));
}

/**
 * Creates a trust policy for blobs, as the document that notation reads.
 *
 * @param statements - At least one statement; the default level is `strict`. One of them may have `globalPolicy`: it
 * applies when no statement is named.
 * @param options - The dialect; `spec` by default. notation does not accept documents of the dialect `extended`.
 * @returns The valid document, for `JSON.stringify` or `parseBlobTrustPolicy`.
 * @throws NotationError `ERR_POLICY_INVALID` with every problem; `ERR_LIMIT_EXCEEDED` for a policy that is too large;
 * `ERR_ARGUMENT_INVALID` for an unknown dialect or statements in the form of a document
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#trust-policy-properties
 *
 * @example
 * ```ts
 * import { createBlobTrustPolicy } from 'notarykit/policy/tools';
 *
 * const document = createBlobTrustPolicy([
 *   { name: 'releases', trustStores: ['ca:acme'], trustedIdentities: ['*'], globalPolicy: true },
 * ]);
 * console.log(document.trustPolicies[0]?.signatureVerification.level); // strict
 * ```
 */
export function createBlobTrustPolicy(
  statements: readonly NewBlobTrustPolicyStatement[],
  options: TrustPolicyOptions = {},
): BlobTrustPolicyDocument {
  return toBlobTrustPolicyDocument(parseBlobTrustPolicy(documentOf(statements), options));
}

function documentOf(statements: readonly NewStatement[]): object {
  if (!Array.isArray(statements)) throw argumentInvalid('statements must be an array');
  return { version: '1.0', trustPolicies: statements.map(toWritten) };
}

/** Keeps unknown members, which parsing reports. */
function toWritten(statement: NewStatement): unknown {
  if (!isObject(statement)) return statement;
  if ('signatureVerification' in statement) {
    throw argumentInvalid(
      `the new statement ${quote(statement.name)} has signatureVerification; write level, override and verifyTimestamp next to its name`,
    );
  }
  const { level = 'strict', override, verifyTimestamp, trustedIdentities, ...rest } = statement;
  return {
    ...rest,
    signatureVerification: { level, override, verifyTimestamp },
    trustedIdentities: Array.isArray(trustedIdentities)
      ? trustedIdentities.map(toIdentity)
      : trustedIdentities,
  };
}

/** Writes the subject of a certificate as an identity; leaves anything else for parsing to check. */
function toIdentity(identity: unknown): unknown {
  return isSubject(identity) ? `x509.subject: ${formatDistinguishedName(identity)}` : identity;
}

function isSubject(value: unknown): value is readonly DistinguishedNameAttribute[] {
  const isAttribute = (attribute: unknown) =>
    isObject(attribute) && typeof attribute.type === 'string' && typeof attribute.value === 'string';
  return Array.isArray(value) && value.every(isAttribute);
}
