import type { Reason } from '../../errors/index.ts';
import { LEVELS, VALIDATIONS } from '../levels.ts';
import type {
  NamedStore,
  StatementBase,
  TrustStoreType,
  ValidationAction,
  ValidationType,
  VerificationLevel,
} from '../types.ts';

/** Which statement of a trust policy applies, and why; plain data. */
export interface PolicyExplanation {
  /** The repository, or the name of a statement for blobs; absent where the global statement was asked for. */
  readonly subject?: string;
  /**
   * Every scope of an OCI policy or every statement of a blob policy, in the order of the document; none for what is
   * not a repository.
   */
  readonly comparisons: readonly Comparison[];
  /** The statement that applies; absent where none does: the artifact is untrusted. */
  readonly statement?: StatementExplanation;
  /** Why no statement applies. */
  readonly reason?: Reason;
  /** What is easily misunderstood about the question. */
  readonly note?: string;
}

/** What one scope, or one statement for blobs, has to do with what was asked. */
export interface Comparison {
  /** The name of the statement. */
  readonly statement: string;
  /** A registry scope of the statement; absent for blobs. */
  readonly scope?: string;
  /** How it matches; `none` where it does not. */
  readonly match: 'exact' | 'prefix' | 'global' | 'name' | 'none';
  /** Whether this makes the statement apply; at most one does. */
  readonly applies: boolean;
  readonly why: string;
}

/** What a statement demands of signatures. */
export interface StatementExplanation {
  readonly name: string;
  readonly level: VerificationLevel;
  /** What a failure of each validation does. */
  readonly actions: readonly ActionExplanation[];
  /** What each kind of trust store is for, with the stores that the statement names. */
  readonly trustStores: readonly StoreExplanation[];
  readonly trustedIdentities: readonly IdentityExplanation[];
  readonly timestamp: TimestampExplanation;
}

/** What a failure of a validation does. */
export interface ActionExplanation {
  readonly validation: ValidationType;
  readonly action: ValidationAction;
  /** What the level does without overrides. */
  readonly byLevel: ValidationAction;
  readonly why: string;
}

/** What the trust stores of one type are for. */
export interface StoreExplanation {
  readonly type: TrustStoreType;
  /** As the document writes them, such as `ca:acme`. */
  readonly stores: readonly string[];
  readonly why: string;
}

/** Whom an identity of the statement stands for. */
export interface IdentityExplanation {
  /** As the document writes it. */
  readonly identity: string;
  readonly why: string;
}

/** When time-stamps are verified. */
export interface TimestampExplanation {
  readonly verified: 'always' | 'afterCertExpiry' | 'never';
  readonly why: string;
}

const MEANINGS: Readonly<Record<ValidationAction, string>> = {
  enforce: 'a failure rejects the signature',
  log: 'a failure is noted, and the signature passes',
  skip: 'it is not looked at',
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
  ['tsa', 'time-stamps must chain to one of these', 'no time-stamp is verified'],
];

/** What a statement demands, whichever kind of artifact it is for. */
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
  const source =
    byLevel === action ? `by the level ${level}` : `overridden, ${byLevel} at the level ${level}`;
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
    return [{ identity: '*', why: 'whoever has a certificate that chains to one of the trust stores' }];
  }
  return trustedIdentities.map(({ text, name }) => {
    if (!name) return { identity: text, why: 'only a verification plugin can tell who that is' };
    const attributes = [...name].map(([type, value]) => `${type} ${JSON.stringify(value)}`).join(', ');
    return { identity: text, why: `certificates whose subject has ${attributes}, whatever else it has` };
  });
}

function explainTimestamp({ level, trustStores, verifyTimestamp }: StatementBase): TimestampExplanation {
  if (level === 'skip') return { verified: 'never', why: 'no signature is looked at' };
  if (!trustStores.some(({ type }) => type === 'tsa')) {
    return {
      verified: 'never',
      why: 'the statement names no tsa store: certificates must be valid when the signature is verified',
    };
  }
  if (verifyTimestamp === 'always') {
    return { verified: 'always', why: 'every signature of the scheme notary.x509 needs a good time-stamp' };
  }
  return {
    verified: 'afterCertExpiry',
    why: 'a signature of the scheme notary.x509 needs a good time-stamp once a certificate of its chain has expired',
  };
}
