// The state of an image, as the background determines it and the popover shows it. Plain data: it is stored and sent.
import type { Check, SignatureReport } from 'notarykit/verifier';

/** Every state that an image can have. The names are in the order in which the popover sorts them: the worst first. */
export const STATE_KINDS = [
  'rejected',
  'cannot-tell',
  'unsigned',
  'signed-not-evaluated',
  'warned',
  'trusted',
] as const;

/**
 * - `trusted`: a signature satisfies the trust policy.
 * - `warned`: the policy accepts a signature, but checks failed that it only logs.
 * - `unsigned`: the image has no signature.
 * - `rejected`: it has signatures, and the policy accepts none of them; or no statement applies.
 * - `cannot-tell`: no verdict could be reached: a permission is missing, a host cannot be reached, a setting is wrong, or the
 *   policy says to verify nothing.
 * - `signed-not-evaluated`: the image has signatures, and there is no trust policy yet.
 */
export type StateKind = (typeof STATE_KINDS)[number];

/** Why an image has its state, as the library reports it: text from outside is quoted in it. */
export interface StateReason {
  /** A code of `notarykit/errors`, or one of this extension. */
  code: string;
  /** A sentence. */
  message: string;
  /** What to do, in an imperative sentence. */
  nextStep: string;
}

/** The state of one image. */
export interface ImageState {
  kind: StateKind;
  /** When it was determined, RFC 3339, UTC. */
  evaluatedAt: string;
  /** The digest that the name resolved to. */
  digest?: string | undefined;
  /** The subject of the certificate of the accepted signature: by whom. */
  signer?: string | undefined;
  /** When that signature was made, RFC 3339, UTC: since when. It is what the signer claims unless `timestamp` is there. */
  signedAt?: string | undefined;
  /** When a timestamp authority saw that signature, RFC 3339, UTC. */
  timestamp?: string | undefined;
  /** Until when the verdict holds if nothing changes, RFC 3339, UTC. */
  validUntil?: string | undefined;
  /** The statement of the trust policy that applied. */
  policy?: { statement: string; level: string } | undefined;
  /** Why: of `warned` the warnings, of `rejected` and `cannot-tell` the reason first. */
  reasons: StateReason[];
  /** Match patterns of the origins that the extension must be permitted to reach, such as `https://auth.example.com/*`. */
  needs: string[];
  /** Whether a retry may help without anything being changed. */
  retryable: boolean;
}

/** One signature of an image. */
export interface SignatureSummary {
  digest?: string | undefined;
  /** Absent if it was only listed: there is no trust policy. */
  outcome?: SignatureReport['outcome'] | undefined;
  signer?: string | undefined;
  /** The issuer of the signing certificate. */
  issuer?: string | undefined;
  /** The trusted identity of the policy that the signer matches; `*` for any. */
  trustedIdentity?: string | undefined;
  signedAt?: string | undefined;
  timestamp?: string | undefined;
  expiry?: string | undefined;
  /** The program that made the signature; it is not signed, so that anyone may have written it. */
  signingAgent?: string | undefined;
  checks: CheckSummary[];
  reason?: StateReason | undefined;
}

export interface CheckSummary extends Pick<Check, 'name' | 'action' | 'result'> {
  reason?: StateReason | undefined;
}

/** What the popover shows when an image is opened. */
export interface ImageDetails {
  image: string;
  state: ImageState;
  /** Those that were tried, at most 10; of `signed-not-evaluated` those that are listed, with their digests only. */
  signatures: SignatureSummary[];
  /** The report as `formatReport` of `notarykit/report` writes it, to be copied; absent if there is no verdict. */
  text?: string | undefined;
}
