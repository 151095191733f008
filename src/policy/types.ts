import type { DistinguishedName } from './distinguished-name.ts';

/** Which rules apply: those of the specification, or the wider ones of notarykit. */
export type Dialect = 'spec' | 'extended';

/** How strictly signatures are verified. */
export type VerificationLevel = 'strict' | 'permissive' | 'audit' | 'skip';

/** One of the validations that a verification level governs. */
export type ValidationType = 'integrity' | 'authenticity' | 'authenticTimestamp' | 'expiry' | 'revocation';

/** The action when a validation fails: the verification fails, or the failure is logged; `skip` does not validate. */
export type ValidationAction = 'enforce' | 'log' | 'skip';

/** The action for each validation. */
export type ValidationActions = Readonly<Record<ValidationType, ValidationAction>>;

/** The purpose for which the certificates of a trust store are trusted. */
export type TrustStoreType = 'ca' | 'signingAuthority' | 'tsa';

/** A named store of a statement. */
export interface NamedStore {
  readonly type: TrustStoreType;
  readonly name: string;
}

/** A trusted identity of a statement. */
export interface TrustedIdentity {
  /** As the document writes it. */
  readonly text: string;
  /** The attributes that a subject must contain; absent for prefixes other than `x509.subject`, which plugins interpret. */
  readonly name?: DistinguishedName;
}

/** The members that all trust policy statements have: how signatures are verified. */
export interface StatementBase {
  readonly name: string;
  /** The rules that its scopes and identities follow. */
  readonly dialect: Dialect;
  /** The level as written; {@link StatementBase.actions} has the overrides applied. */
  readonly level: VerificationLevel;
  readonly actions: ValidationActions;
  /** When timestamps are verified; without a `tsa` store they never are. */
  readonly verifyTimestamp: 'always' | 'afterCertExpiry';
  /** Empty at level `skip`. */
  readonly trustStores: readonly NamedStore[];
  /** `*` for every certificate of the trust stores; empty at level `skip`. */
  readonly trustedIdentities: '*' | readonly TrustedIdentity[];
}

/** One statement of a trust policy for OCI artifacts. */
export interface TrustPolicyStatement extends StatementBase {
  /** Repositories, or only `*` for all; in dialect `extended` also prefixes such as `registry.example.com/prod/*`. */
  readonly registryScopes: readonly string[];
}

/** One statement of a trust policy for blobs. */
export interface BlobTrustPolicyStatement extends StatementBase {
  /** Whether it applies when no statement is named; at most one statement of a policy does. */
  readonly globalPolicy: boolean;
}

/** A valid trust policy for artifacts of any kind; frozen data. */
export interface PolicyOf<Statement extends StatementBase> {
  readonly version: '1.0';
  readonly dialect: Dialect;
  readonly statements: readonly Statement[];
}

/** A valid trust policy for OCI artifacts; frozen data. */
export interface TrustPolicy extends PolicyOf<TrustPolicyStatement> {}

/** A valid trust policy for blobs; frozen data. */
export interface BlobTrustPolicy extends PolicyOf<BlobTrustPolicyStatement> {}
