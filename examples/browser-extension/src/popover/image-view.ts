// What the popover says about one image: by whom it is signed, since when, why it has its state, and what to do. Plain data,
// so that the words can be tested without a browser.

import type { ErrorCode } from 'notarykit/errors';
import { parseDistinguishedName } from 'notarykit/policy';
import type { TabImage } from '../messages.ts';
import type { ImageState, StateKind, StateReason } from '../state.ts';
import type { IconName } from '../ui/icons.ts';
import {
  hostOf,
  iconOf,
  relativeText,
  type StateWords,
  subjectText,
  type Tone,
  timeText,
  toneOf,
  wordsOf,
} from '../ui/words.ts';

/** One line of facts. */
export interface Fact {
  readonly label: string;
  readonly value: string;
  /** What is said below the value, smaller. */
  readonly note?: string | undefined;
}

/** A reference in parts, to be shown with its tag emphasized. */
export interface NameParts {
  readonly registry: string;
  readonly repository: string;
  /** With its separator: `:v1` or `@sha256:…`. */
  readonly version: string;
}

/** What is said about an image. */
export interface ImageView extends StateWords {
  readonly tone: Tone;
  readonly look: IconName;
  readonly name: NameParts;
  readonly facts: readonly Fact[];
  /** Why it has its state; the first one is the most important. */
  readonly reasons: readonly StateReason[];
  /** What `reasons` are called. */
  readonly reasonsTitle: string;
  /** What to do, one sentence each. */
  readonly steps: readonly string[];
  /** The reference by digest, and what it is good for. */
  readonly pull?: { readonly reference: string; readonly label: string } | undefined;
  /** Match patterns of the origins that must be permitted first. */
  readonly needs: readonly string[];
  /** Whether the same check may have another result, without anything being changed. */
  readonly retryHelps: boolean;
  /** What the options must be opened for, if they must. */
  readonly optionsFor?: string | undefined;
}

/** Reasons that the state and its own advice say already. */
const SAID: readonly string[] = ['ERR_NO_SIGNATURE', 'NO_POLICY'] satisfies (ErrorCode | 'NO_POLICY')[];

/** Reasons that are removed in the options. */
const SETTINGS: readonly string[] = [
  'ERR_POLICY_INVALID',
  'ERR_POLICY_NOT_APPLICABLE',
  'ERR_REGISTRY_UNAUTHORIZED',
  'ERR_TRUST_STORE_INVALID',
  'ERR_TRUST_STORE_NOT_FOUND',
] satisfies ErrorCode[];

const STEPS: Readonly<Record<StateKind, string>> = {
  trusted: 'Pull the image by its digest: the tag can be moved to another image at any time.',
  warned: 'Read the warnings before you use the image, and pull it by its digest.',
  unsigned: 'Do not rely on this image. Request a signature from its publisher.',
  rejected: 'Do not use this image unless you know why it is rejected.',
  'cannot-tell': 'Do not rely on this image until it can be checked.',
  'signed-not-evaluated':
    'Add a trust policy and a trust store in the options, or import them from notation.',
};

/** Describes an image. */
export function viewOf(image: TabImage, now: Date): ImageView {
  const { state } = image;
  const reasons = (state?.reasons ?? []).filter(({ code }) => !SAID.includes(code));
  const name = nameParts(image.image);
  return {
    ...wordsOf(image),
    tone: toneOf(image),
    look: iconOf(image),
    name,
    facts: state ? factsOf(state, now) : [],
    reasons,
    reasonsTitle: state?.kind === 'warned' ? 'Warnings' : 'Why',
    steps: state ? stepsOf(state, reasons) : [],
    pull: state?.digest === undefined ? undefined : pullOf(name, state.kind, state.digest),
    needs: state?.needs ?? [],
    retryHelps: state?.retryable === true && state.needs.length === 0,
    optionsFor: state && optionsFor(state),
  };
}

/** Splits a reference; a digest wins over a tag. */
export function nameParts(reference: string): NameParts {
  const at = reference.indexOf('@');
  const named = at < 0 ? reference : reference.slice(0, at);
  const slash = named.indexOf('/');
  const colon = named.lastIndexOf(':');
  const end = colon > slash ? colon : named.length;
  return {
    registry: slash < 0 ? '' : named.slice(0, slash),
    repository: named.slice(slash + 1, end),
    version: reference.slice(end),
  };
}

/** Writes a reference as one string again, without its registry. */
export function shortName({ repository, version }: NameParts): string {
  return `${repository}${version}`;
}

/** Returns the common name of a subject for people, or all of it if it has none. */
export function commonName(subject: string): string {
  try {
    return parseDistinguishedName(subject).get('CN') ?? subject;
  } catch {
    return subject;
  }
}

function factsOf(state: ImageState, now: Date): Fact[] {
  const { signer, signedAt, timestamp, policy, validUntil, evaluatedAt } = state;
  const facts: (Fact | undefined)[] = [
    signer === undefined ? undefined : signerFact(signer),
    signedAt === undefined
      ? undefined
      : {
          label: 'Signed on',
          value: `${timeText(signedAt)} (${relativeText(signedAt, now)})`,
          note:
            timestamp === undefined
              ? 'Stated by the signer; no timestamp confirms it.'
              : `Confirmed by a timestamp of ${timeText(timestamp)}.`,
        },
    policy && { label: 'Policy', value: policy.statement, note: `Level ${policy.level}` },
    validUntil === undefined ? undefined : { label: 'Valid until', value: timeText(validUntil) },
    { label: 'Checked', value: `${timeText(evaluatedAt)} (${relativeText(evaluatedAt, now)})` },
  ];
  return facts.filter((fact): fact is Fact => fact !== undefined);
}

function signerFact(signer: string): Fact {
  const name = commonName(signer);
  return { label: 'Signed by', value: name, note: name === signer ? undefined : subjectText(signer) };
}

function stepsOf({ kind, needs }: ImageState, reasons: readonly StateReason[]): string[] {
  if (needs.length > 0)
    return [`Allow access to ${needs.map(hostOf).join(', ')}. The image is then checked again.`];
  return [...new Set([STEPS[kind], ...reasons.map(({ nextStep }) => nextStep)])];
}

function optionsFor({ kind, reasons, needs }: ImageState): string | undefined {
  if (kind === 'signed-not-evaluated') return 'Add a trust policy';
  const helps = needs.length === 0 && reasons.some(({ code }) => SETTINGS.includes(code));
  return helps ? 'Open the options' : undefined;
}

function pullOf({ registry, repository }: NameParts, kind: StateKind, digest: string): ImageView['pull'] {
  const name = registry === '' ? repository : `${registry}/${repository}`;
  const accepted = kind === 'trusted' || kind === 'warned';
  return { reference: `${name}@${digest}`, label: accepted ? 'Pull by digest' : 'Digest of the image' };
}
