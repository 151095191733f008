import {
  type DistinguishedNameAttribute,
  formatDistinguishedName,
} from '../../encoding/distinguished-name.ts';
import { NotationError } from '../../errors/index.ts';
import { parseTrustPolicy } from '../parse.ts';
import { parseBlobTrustPolicy } from '../parse-blob.ts';
import { quote } from '../policy-problems.ts';
import { isObject, type TrustPolicyOptions } from '../read-document.ts';
import {
  type BlobTrustPolicyDocument,
  type TrustPolicyDocument,
  toBlobTrustPolicyDocument,
  toTrustPolicyDocument,
  type VerificationOverride,
} from '../to-document.ts';
import type { VerificationLevel } from '../types.ts';

/** What a new statement of a trust policy says. */
export interface NewStatement {
  /** What reports call it, and by what a blob policy is asked for it; unique in its policy. */
  name: string;
  /** `strict` by default. */
  level?: VerificationLevel | undefined;
  /** What is done otherwise than the level says. */
  override?: VerificationOverride | undefined;
  /** When time-stamps are verified, given a `tsa` store; `always` by default. */
  verifyTimestamp?: 'always' | 'afterCertExpiry' | undefined;
  /** Named stores such as `ca:acme`; needed at every level but `skip`, where there are none. */
  trustStores?: readonly string[] | undefined;
  /**
   * Who may sign; needed at every level but `skip`, where there are none. Each is a text such as
   * `x509.subject: C=US, ST=WA, O=Acme` or the attributes of the subject of a certificate, which become such a text.
   * `['*']` trusts whoever has a certificate of the stores: nobody is trusted that way unless you say so.
   */
  trustedIdentities?: readonly (string | readonly DistinguishedNameAttribute[])[] | undefined;
}

/** What a new statement of a trust policy for OCI artifacts says. */
export interface NewTrustPolicyStatement extends NewStatement {
  /** Repositories such as `registry.example.com/team/app`, or `['*']` for all. */
  registryScopes: readonly string[];
}

/** What a new statement of a trust policy for blobs says. */
export interface NewBlobTrustPolicyStatement extends NewStatement {
  /** Whether it applies where no statement is named; `false` by default. */
  globalPolicy?: boolean | undefined;
}

/**
 * Makes a trust policy for OCI artifacts: from plain statements to the document that notation reads.
 *
 * @param statements - At least one; the level is `strict` unless one says otherwise.
 * @param options - The dialect; `spec` by default. notation does not take documents of the dialect `extended`.
 * @returns The document, found valid, for `JSON.stringify`, `parseTrustPolicy` or `verify`.
 * @throws NotationError `ERR_POLICY_INVALID` with every problem, `ERR_LIMIT_EXCEEDED`, `ERR_ARGUMENT_INVALID`
 * @see Trust Store and Trust Policy Specification, "Trust Policy Properties"
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
 * Makes a trust policy for blobs: from plain statements to the document that notation reads.
 *
 * @param statements - At least one; the level is `strict` unless one says otherwise. One of them may have
 * `globalPolicy`, and applies where no statement is named.
 * @param options - The dialect; `spec` by default. notation does not take documents of the dialect `extended`.
 * @returns The document, found valid, for `JSON.stringify` or `parseBlobTrustPolicy`.
 * @throws NotationError `ERR_POLICY_INVALID` with every problem, `ERR_LIMIT_EXCEEDED`, `ERR_ARGUMENT_INVALID`
 * @see Trust Store and Trust Policy Specification, "Trust Policy Properties"
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
  if (!Array.isArray(statements)) {
    throw new NotationError('ERR_ARGUMENT_INVALID', 'the statements of a new trust policy are an array');
  }
  return { version: '1.0', trustPolicies: statements.map(toWritten) };
}

/** Members that no statement has are left in, for the reader to name. */
function toWritten(statement: NewStatement): unknown {
  if (!isObject(statement)) return statement;
  if ('signatureVerification' in statement) {
    throw new NotationError(
      'ERR_ARGUMENT_INVALID',
      `the new statement ${quote(String(statement.name))} has signatureVerification; write level, override and verifyTimestamp beside its name`,
    );
  }
  const { level = 'strict', override, verifyTimestamp, trustedIdentities, ...rest } = statement;
  return {
    ...rest,
    signatureVerification: { level, override, verifyTimestamp },
    trustedIdentities: Array.isArray(trustedIdentities) ? trustedIdentities.map(toText) : trustedIdentities,
  };
}

/** The subject of a certificate in text; all else is left for the reader to judge. */
function toText(identity: unknown): unknown {
  return isSubject(identity) ? `x509.subject: ${formatDistinguishedName(identity)}` : identity;
}

function isSubject(value: unknown): value is readonly DistinguishedNameAttribute[] {
  const isAttribute = (attribute: unknown) =>
    isObject(attribute) && typeof attribute.type === 'string' && typeof attribute.value === 'string';
  return Array.isArray(value) && value.every(isAttribute);
}
