// The words for states, steps and times. Every part of the user interface says the same thing in the same words.

import type { TabImage } from '../messages.ts';
import { type CheckSummary, STATE_KINDS, type StateKind } from '../state.ts';
import type { IconName } from './icons.ts';

/** How a state is called, and what it means in one sentence. */
export interface StateWords {
  readonly word: string;
  readonly meaning: string;
}

export const STATE_WORDS: Readonly<Record<StateKind, StateWords>> = {
  trusted: { word: 'Trusted', meaning: 'A signature satisfies your trust policy.' },
  warned: {
    word: 'Accepted with warnings',
    meaning: 'Your trust policy accepts a signature, although some checks failed.',
  },
  unsigned: { word: 'Unsigned', meaning: 'This image has no signature.' },
  rejected: { word: 'Rejected', meaning: 'Your trust policy does not accept this image.' },
  'cannot-tell': { word: 'Cannot tell', meaning: 'No verdict could be reached.' },
  'signed-not-evaluated': {
    word: 'Signed, not verified',
    meaning: 'This image has signatures, but there is no trust policy yet that says which signers you trust.',
  },
};

const PROGRESS_WORDS: Readonly<Record<Exclude<TabImage['progress'], 'done'>, StateWords>> = {
  'not-requested': {
    word: 'Not checked yet',
    meaning: 'Images are checked when they come into view on the page.',
  },
  waiting: { word: 'Waiting', meaning: 'Other images are checked first.' },
  evaluating: { word: 'Checking …', meaning: 'The signatures are fetched and verified.' },
};

/** The colours of an image in the user interface: those of its state, or that it has none yet. */
export type Tone = StateKind | 'pending';

export function toneOf({ state }: TabImage): Tone {
  return state?.kind ?? 'pending';
}

/** Only what is evaluated at the moment has the icon that moves. */
export function iconOf({ state, progress }: TabImage): IconName {
  return state?.kind ?? (progress === 'evaluating' ? 'pending' : 'waiting');
}

export function wordsOf({ state, progress }: TabImage): StateWords {
  if (state) return STATE_WORDS[state.kind];
  return PROGRESS_WORDS[progress === 'done' ? 'not-requested' : progress];
}

/** Sorts images by their state, the worst first, and those without one last; the order is stable. */
export function byUrgency(images: readonly TabImage[]): TabImage[] {
  const rank = ({ state }: TabImage) => (state ? STATE_KINDS.indexOf(state.kind) : STATE_KINDS.length);
  return [...images].sort((one, other) => rank(one) - rank(other));
}

/** Counts images by their state, such as `1 rejected · 2 trusted · 5 not checked yet`. */
export function countStates(images: readonly TabImage[]): string {
  const words = byUrgency(images).map((image) => (image.state ? wordsOf(image).word : 'Not checked yet'));
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  // A line must not end between a count and what it counts.
  return [...counts].map(([word, count]) => `${count}\u00a0${word.toLowerCase()}`).join(' · ');
}

export const CHECK_WORDS: Readonly<Record<CheckSummary['name'], string>> = {
  integrity: 'The signature is intact',
  artifact: 'It is for this image',
  userMetadata: 'It has the required metadata',
  authenticity: 'The signer’s certificate is from a trust store',
  identity: 'The signer is a trusted identity',
  expiry: 'The signature has not expired',
  authenticTimestamp: 'The certificates were valid when it was signed',
  revocation: 'No certificate is revoked',
  plugin: 'The verification plugin accepts it',
};

export const RESULT_WORDS: Readonly<Record<CheckSummary['result'], string>> = {
  passed: 'Passed',
  failed: 'Failed',
  skipped: 'Skipped by the policy',
  notRun: 'Not run',
};

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });
const TIME = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const UNITS = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** Writes a day, such as `28 Nov 2026`; what is no time stays as it is. */
export function dateText(time: string | Date): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? String(time) : DATE.format(date);
}

/** Writes a time of this time zone, such as `28 Nov 2026, 05:04`; what is no time stays as it is. */
export function timeText(time: string | Date): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? String(time) : TIME.format(date);
}

/** Writes how far a time is from now, such as `3 months ago`; empty for what is no time. */
export function relativeText(time: string, now: Date): string {
  const seconds = (new Date(time).getTime() - now.getTime()) / 1000;
  if (Number.isNaN(seconds)) return '';
  const found = UNITS.find(([, size]) => Math.abs(seconds) >= size);
  if (!found) return 'just now';
  const [unit, size] = found;
  return RELATIVE.format(Math.trunc(seconds / size), unit);
}

/**
 * Makes a sentence of a message of the library, which begins in lower case, to follow a colon, unless with a name. Subjects in
 * it get room to break.
 */
export function sentenceOf(message: string): string {
  const start = /^[a-z]+[ ,]/.test(message) ? message.charAt(0).toUpperCase() : message.charAt(0);
  return subjectText(`${start}${message.slice(1)}${/[.!?…]$/.test(message) ? '' : '.'}`);
}

/** Writes a subject such as `CN=app,O=Acme` with spaces between its attributes, so that lines break there. */
export function subjectText(subject: string): string {
  return subject.replace(/(?<!\\),(?=[A-Za-z0-9.]+=)/g, ', ');
}

/** Writes a number of things, such as `1 image` and `3 images`. */
export function countText(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

/** Returns the host of a match pattern such as `https://auth.example.com/*`, with the scheme unless it is HTTPS. */
export function hostOf(pattern: string): string {
  const [scheme = '', rest = ''] = pattern.split('://');
  const host = rest.split('/')[0] ?? rest;
  return scheme === 'https' ? host : `${scheme}://${host}`;
}
