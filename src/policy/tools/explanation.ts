import type { Reason } from '../../errors/index.ts';
import { quote } from '../../errors/quote.ts';
import { LEVELS, VALIDATIONS } from '../levels.ts';
import { enumerate } from '../policy-problems.ts';
import type {
  NamedStore,
  StatementBase,
  TrustStoreType,
  ValidationAction,
  ValidationType,
  VerificationLevel,
} from '../types.ts';

/** The statement of a trust policy that applies, and why; plain data. */
export interface PolicyExplanation {
  /** The repository, or the name of a statement for blobs; absent for a blob without a statement name. */
  readonly subject?: string;
  /**
   * Every scope of an OCI policy or every statement of a blob policy, in the order of the document; none if the subject
   * is not a repository.
   */
  readonly comparisons: readonly Comparison[];
  /** The statement that applies; without one, the artifact is untrusted. */
  readonly statement?: StatementExplanation;
  /** Why no statement applies. */
  readonly reason?: Reason;
  /** A likely misunderstanding of the reference. */
  readonly note?: string;
}

/** How one scope, or one statement for blobs, matches. */
export interface Comparison {
  /** The name of the statement. */
  readonly statement: string;
  /** A registry scope of the statement; absent for blobs. */
  readonly scope?: string;
  /** How it matches; `none` if it does not. */
  readonly match: 'exact' | 'prefix' | 'global' | 'name' | 'none';
  /** Whether this match makes the statement apply; at most one does. */
  readonly applies: boolean;
  readonly why: string;
}

/** The requirements of a statement for signatures. */
export interface StatementExplanation {
  readonly name: string;
  readonly level: VerificationLevel;
  /** The action for each validation. */
  readonly actions: readonly ActionExplanation[];
  /** The stores that the statement names, by type. */
  readonly trustStores: readonly StoreExplanation[];
  readonly trustedIdentities: readonly IdentityExplanation[];
  readonly timestamp: TimestampExplanation;
}

/** The action when a validation fails. */
export interface ActionExplanation {
  readonly validation: ValidationType;
  readonly action: ValidationAction;
  /** The action of the level without overrides. */
  readonly byLevel: ValidationAction;
  readonly why: string;
}

/** The trust stores of one type. */
export interface StoreExplanation {
  readonly type: TrustStoreType;
  /** As the document writes them, such as `ca:acme`. */
  readonly stores: readonly string[];
  readonly why: string;
}

/** The signers that match a trusted identity of the statement. */
export interface IdentityExplanation {
  /** As the document writes it. */
  readonly identity: string;
  readonly why: string;
}

/** When timestamps are verified. */
export interface TimestampExplanation {
  readonly verified: 'always' | 'afterCertExpiry' | 'never';
  readonly why: string;
}

const MEANINGS: Readonly<Record<ValidationAction, string>> = {
  enforce: 'a failure rejects the signature',
  log: 'a failure is logged, and the signature passes',
  skip: 'it is not validated',
};

const STORE_USES: readonly [type: TrustStoreType, use: string, without: string][] = [
  [
    'ca',
    'signatures of the scheme notary.x509 must chain to one of these',
    'no signature of the scheme notary.x509 is authentic',
  ],
  [
    'signingAuthority',
    'signatures of the scheme notary.x509.signingAuthority must chain to one of these',
    'no signature of the scheme notary.x509.signingAuthority is authentic',
  ],
  ['tsa', 'timestamps must chain to one of these', 'no timestamp is verified'],
];

/** Explains a statement, for artifacts of any kind. */
export function explainStatement(statement: StatementBase): StatementExplanation {
  const { name, level, actions } = statement;
  return {
    name,
    level,
    actions: VALIDATIONS.map((validation) => explainAction(level, validation, actions[validation])),
    trustStores: level === 'skip' ? [] : STORE_USES.map((use) => explainStores(statement.trustStores, use)),
    trustedIdentities: explainIdentities(statement),
    timestamp: explainTimestamp(statement),
  };
}

function explainAction(
  level: VerificationLevel,
  validation: ValidationType,
  action: ValidationAction,
): ActionExplanation {
  const byLevel = LEVELS[level][validation];
  const source = byLevel === action ? `level ${level}` : `overridden; ${byLevel} at level ${level}`;
  return { validation, action, byLevel, why: `${MEANINGS[action]} (${source})` };
}

function explainStores(
  trustStores: readonly NamedStore[],
  [type, use, without]: (typeof STORE_USES)[number],
): StoreExplanation {
  const stores = trustStores.filter((store) => store.type === type).map(({ name }) => `${type}:${name}`);
  return { type, stores, why: stores.length > 0 ? use : without };
}

function explainIdentities({ trustedIdentities }: StatementBase): IdentityExplanation[] {
  if (trustedIdentities === '*') {
    return [{ identity: '*', why: 'every certificate that chains to one of the trust stores' }];
  }
  return trustedIdentities.map(({ text, name }) => {
    if (!name) return { identity: text, why: 'only a verification plugin can match this identity' };
    const attributes = enumerate([...name].map(([type, value]) => `${type} ${quote(value)}`));
    return { identity: text, why: `certificates whose subject has at least ${attributes}` };
  });
}

function explainTimestamp({ level, trustStores, verifyTimestamp }: StatementBase): TimestampExplanation {
  if (level === 'skip') return { verified: 'never', why: 'no signature is verified' };
  if (!trustStores.some(({ type }) => type === 'tsa')) {
    return {
      verified: 'never',
      why: 'the statement names no tsa store: certificates must be valid when the signature is verified',
    };
  }
  if (verifyTimestamp === 'always') {
    return { verified: 'always', why: 'every signature of the scheme notary.x509 needs a valid timestamp' };
  }
  return {
    verified: 'afterCertExpiry',
    why: 'a signature of the scheme notary.x509 needs a valid timestamp once a certificate of its chain has expired',
  };
}
