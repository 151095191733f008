import { LEVELS, VALIDATIONS } from './levels.ts';
import type {
  BlobTrustPolicy,
  StatementBase,
  TrustPolicy,
  ValidationActions,
  VerificationLevel,
} from './types.ts';

/** The validations whose action differs from that of the level. */
export interface VerificationOverride {
  authenticity?: 'enforce' | 'log' | undefined;
  authenticTimestamp?: 'enforce' | 'log' | undefined;
  expiry?: 'enforce' | 'log' | undefined;
  revocation?: 'enforce' | 'log' | 'skip' | undefined;
}

/** The members that all statements of a trust policy document have. */
export interface StatementDocument {
  name: string;
  signatureVerification: {
    level: VerificationLevel;
    override?: VerificationOverride;
    verifyTimestamp?: 'always' | 'afterCertExpiry';
  };
  /** Such as `ca:acme`; absent at level `skip`. */
  trustStores?: string[];
  /** Such as `x509.subject: C=US, ST=WA, O=Acme`; absent at level `skip`. */
  trustedIdentities?: string[];
}

/** A trust policy for OCI artifacts as notation reads it: the content of `trustpolicy.json`. */
export interface TrustPolicyDocument {
  version: '1.0';
  trustPolicies: (StatementDocument & { registryScopes: string[] })[];
}

/** A trust policy for blobs as notation reads it: the content of `trustpolicy.blob.json`. */
export interface BlobTrustPolicyDocument {
  version: '1.0';
  trustPolicies: (StatementDocument & { globalPolicy?: true })[];
}

/**
 * Writes a trust policy as the document that notation reads, without members that only repeat a default.
 *
 * @param policy - A policy of {@link parseTrustPolicy}; notation accepts those of the dialect `spec`.
 * @returns Plain data for `JSON.stringify`, which `parseTrustPolicy` reads back as the same policy.
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#trust-policy-schema
 *
 * @example
 * ```ts
 * import { parseTrustPolicy, toTrustPolicyDocument } from 'notarykit/policy';
 *
 * const policy = parseTrustPolicy({
 *   version: '1.0',
 *   trustPolicies: [{
 *     name: 'images',
 *     registryScopes: ['registry.example.com/app'],
 *     signatureVerification: { level: 'strict', override: { expiry: 'log', revocation: 'enforce' } },
 *     trustStores: ['ca:acme'],
 *     trustedIdentities: ['*'],
 *   }],
 * });
 * const [statement] = toTrustPolicyDocument(policy).trustPolicies;
 * console.log(statement?.signatureVerification); // { level: 'strict', override: { expiry: 'log' } }
 * ```
 */
export function toTrustPolicyDocument({ version, statements }: TrustPolicy): TrustPolicyDocument {
  return {
    version,
    trustPolicies: statements.map((statement) => {
      const { name, ...rest } = sharedFields(statement);
      return { name, registryScopes: [...statement.registryScopes], ...rest };
    }),
  };
}

/**
 * Writes a trust policy for blobs as the document that notation reads, without members that only repeat a default.
 *
 * @param policy - A policy of {@link parseBlobTrustPolicy}; notation accepts those of the dialect `spec`.
 * @returns Plain data for `JSON.stringify`, which `parseBlobTrustPolicy` reads back as the same policy.
 * @see https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#trust-policy-schema
 *
 * @example
 * ```ts
 * import { parseBlobTrustPolicy, toBlobTrustPolicyDocument } from 'notarykit/policy';
 *
 * const policy = parseBlobTrustPolicy({
 *   version: '1.0',
 *   trustPolicies: [{ name: 'unsigned tools', signatureVerification: { level: 'skip' } }],
 * });
 * console.log(JSON.stringify(toBlobTrustPolicyDocument(policy)));
 * ```
 */
export function toBlobTrustPolicyDocument({ version, statements }: BlobTrustPolicy): BlobTrustPolicyDocument {
  return {
    version,
    trustPolicies: statements.map((statement) => {
      const { name, ...rest } = sharedFields(statement);
      return { name, ...(statement.globalPolicy && { globalPolicy: true as const }), ...rest };
    }),
  };
}

function sharedFields(statement: StatementBase): StatementDocument {
  const { name, level, actions, verifyTimestamp, trustStores, trustedIdentities } = statement;
  const override = overrideOf(level, actions);
  return {
    name,
    signatureVerification: {
      level,
      ...(override && { override }),
      ...(verifyTimestamp !== 'always' && { verifyTimestamp }),
    },
    ...(trustStores.length > 0 && { trustStores: trustStores.map(({ type, name }) => `${type}:${name}`) }),
    ...(trustedIdentities.length > 0 && {
      trustedIdentities:
        trustedIdentities === '*' ? ['*'] : trustedIdentities.map((identity) => identity.text),
    }),
  };
}

/** Returns the actions that differ from those of the level. */
function overrideOf(level: VerificationLevel, actions: ValidationActions): VerificationOverride | undefined {
  const differing = VALIDATIONS.filter((type) => LEVELS[level][type] !== actions[type]);
  if (differing.length === 0) return undefined;
  return Object.fromEntries(differing.map((type) => [type, actions[type]]));
}
