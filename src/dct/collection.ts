import type { Reason } from '../errors/index.ts';
import type { TrustState } from './state.ts';

/** A role whose metadata was verified. */
export interface TrustedRole {
  /** Such as `root` or `targets/releases`. */
  name: string;
  version: number;
  /** RFC 3339, in UTC. */
  expires: string;
  /** How many keys must sign. */
  threshold: number;
  /** The identifiers of the keys of the role. */
  keyIds: string[];
  /** Those of the keys that signed. */
  signedBy: string[];
  /** The beginnings of the tags that the role may sign; only of `targets` and of delegations. */
  paths?: string[];
}

/** A delegation whose metadata is passed over, as in notary's programs: its tags are not trusted, those of others are. */
export interface RejectedRole {
  name: string;
  /** `ERR_DCT_THRESHOLD` or `ERR_DCT_EXPIRED`. */
  reason: Reason;
}

/** A tag as one role signed it. */
export interface SignedTag {
  tag: string;
  role: string;
  /** The digest of the manifest, such as `sha256:9f86…`; not set if `reason` is. */
  digest?: string;
  /** Bytes of the manifest. */
  size: number;
  /** The data that the signer added, if there is any. */
  custom?: unknown;
  /** Why the entry cannot be used. */
  reason?: Reason;
}

/** The metadata of a GUN, verified, as plain data. */
export interface TrustedCollection {
  gun: string;
  /** The time until which all of `roles` are valid, RFC 3339. */
  validUntil: string;
  /** In the order in which they were verified: the root first, each delegation after the role above it. */
  roles: TrustedRole[];
  /** The delegations whose metadata is not trusted, with why. */
  rejected: RejectedRole[];
  /** The delegations that have signed nothing yet. */
  unpublished: string[];
  /** Every tag of every role, in the order of the roles, and by name. */
  tags: SignedTag[];
  /** What the next verification of this GUN must begin with. */
  state: TrustState;
}
