import type { DistinguishedName } from './distinguished-name.ts';

/** Whose rules apply: those of the specification, or the wider ones of notarykit. */
export type Dialect = 'spec' | 'extended';

/** How strictly signatures are verified. */
export type VerificationLevel = 'strict' | 'permissive' | 'audit' | 'skip';

/** One of the validations that a verification level governs. */
export type ValidationType = 'integrity' | 'authenticity' | 'authenticTimestamp' | 'expiry' | 'revocation';

/** What a failed validation does: fail the verification, be noted, or not happen at all. */
export type ValidationAction = 'enforce' | 'log' | 'skip';

/** The action of every validation. */
export type ValidationActions = Readonly<Record<ValidationType, ValidationAction>>;

/** What the certificates of a trust store are trusted for. */
export type TrustStoreType = 'ca' | 'signingAuthority' | 'tsa';

/** A trust store that a statement names. */
export interface NamedStore {
  readonly type: TrustStoreType;
  readonly name: string;
}

/** An identity that a statement trusts. */
export interface TrustedIdentity {
  /** As the document writes it. */
  readonly text: string;
  /** What a subject must contain; absent for a prefix other than `x509.subject`, which plugins interpret. */
  readonly name?: DistinguishedName;
}

/** What the statements of every trust policy have: how a signature is verified. */
export interface StatementBase {
  readonly name: string;
  /** Whose rules its scopes and identities follow. */
  readonly dialect: Dialect;
  /** The level as written; {@link StatementBase.actions} has the overrides applied. */
  readonly level: VerificationLevel;
  readonly actions: ValidationActions;
  /** When time-stamps are verified, given that the statement names a `tsa` store. */
  readonly verifyTimestamp: 'always' | 'afterCertExpiry';
  /** Empty at the level `skip`. */
  readonly trustStores: readonly NamedStore[];
  /** `*` for every certificate of the trust stores; empty at the level `skip`. */
  readonly trustedIdentities: '*' | readonly TrustedIdentity[];
}

/** One statement of a trust policy for OCI artifacts. */
export interface TrustPolicyStatement extends StatementBase {
  /** Repositories; `*` alone for all; in the dialect `extended` also prefixes such as `registry.example.com/prod/*`. */
  readonly registryScopes: readonly string[];
}

/** One statement of a trust policy for blobs. */
export interface BlobTrustPolicyStatement extends StatementBase {
  /** Whether it applies where no statement is named; at most one of a policy does. */
  readonly globalPolicy: boolean;
}

/** What the trust policies of every kind of artifact have; frozen data that was found valid. */
export interface PolicyOf<Statement extends StatementBase> {
  readonly version: '1.0';
  readonly dialect: Dialect;
  readonly statements: readonly Statement[];
}

/** A trust policy for OCI artifacts that was found valid; frozen data. */
export interface TrustPolicy extends PolicyOf<TrustPolicyStatement> {}

/** A trust policy for blobs that was found valid; frozen data. */
export interface BlobTrustPolicy extends PolicyOf<BlobTrustPolicyStatement> {}
