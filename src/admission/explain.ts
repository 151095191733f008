import { encodeUtf8 } from '../encoding/bytes.ts';
import { escapeUnprintable, oneLine, quote } from '../errors/quote.ts';
import type { ImageDecision } from './decide.ts';

/** The most bytes of a message for a person. */
export const MAX_MESSAGE = 1024;
/** The most characters of the reason for one image. */
const MAX_REASON = 400;

const ADVICE = {
  unsigned: 'Sign the image, or use one that is signed.',
  rejected: 'Use an image that satisfies the trust policy.',
  misconfigured: 'Correct the image, or ask the operator of the cluster to correct the configuration.',
  retry: 'Try again; if this persists, ask the operator of the cluster.',
  undecided: 'Check the image and its pull secrets.',
  policy: 'Ask the operator of the cluster which images are admitted.',
} as const;

/** Returns a string that has at most a number of bytes in UTF-8, with `…` in place of what is too much. */
export function cutBytes(text: string, max: number): string {
  const bytes = encodeUtf8(text);
  if (bytes.length <= max) return text;
  let end = max - encodeUtf8('…').length;
  // Not in the middle of a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${new TextDecoder().decode(bytes.subarray(0, end))}…`;
}

/** Says what was decided about an image that is not simply verified, in at most {@link MAX_MESSAGE} bytes. */
export function explainImage(decision: ImageDecision): string {
  return cutBytes(`${statement(decision)}. ${adviceFor(decision)}`.trim(), MAX_MESSAGE);
}

/** Says which images of an object are refused and why, in at most {@link MAX_MESSAGE} bytes. */
export function explainRefusal(
  refused: readonly (readonly [usage: string, decision: ImageDecision])[],
): string {
  const [first] = refused;
  if (!first) return '';
  if (refused.length === 1) return cutBytes(`${first[0]}: ${explainImage(first[1])}`, MAX_MESSAGE);
  const advice = [...new Set(refused.map(([, decision]) => adviceFor(decision)))].join(' ');
  const lines = refused.map(([usage, decision]) => `${usage}: ${statement(decision)}`);
  return list(`${refused.length} images are refused: `, lines, `. ${advice}`, MAX_MESSAGE);
}

/** Joins as many items as fit, at least one, and says how many more there are. */
function list(start: string, items: readonly string[], end: string, max: number): string {
  const length = (text: string) => encodeUtf8(text).length;
  const left = (count: number) => (count < items.length ? `; and ${items.length - count} more` : '');
  let [text, count] = [start, 0];
  for (const item of items) {
    const longer = `${text}${count > 0 ? '; ' : ''}${item}`;
    if (length(longer + left(count + 1) + end) > max) break;
    [text, count] = [longer, count + 1];
  }
  if (count > 0) return text + left(count) + end;
  const rest = left(1) + end;
  return cutBytes(start + (items[0] ?? ''), max - length(rest)) + rest;
}

function statement(decision: ImageDecision): string {
  const { reference, class: name, admitted, reasons } = decision;
  const [reason, ...others] = reasons;
  const details = reason ? `: ${detail(reason.message)} (${reason.code})` : '';
  const more = others.length > 0 ? `, and ${others.length} more` : '';
  return `the image ${quote(reference)} ${predicate(name, admitted)}${details}${more}`;
}

function detail(message: string): string {
  return escapeUnprintable(oneLine(message, MAX_REASON)).replace(/\.$/, '');
}

function predicate(name: ImageDecision['class'], admitted: boolean): string {
  switch (name) {
    case 'verified':
      return admitted ? 'is verified' : 'is verified, but this class is not admitted';
    case 'warned':
      return admitted ? 'is admitted with a warning' : 'is refused because of a warning';
    case 'skipped':
      return admitted ? 'is admitted: the trust policy skips it' : 'is refused: the trust policy skips it';
    case 'undecided':
      return admitted ? 'is admitted without a verdict (fail open)' : 'could not be verified (fail closed)';
    default:
      return 'is refused';
  }
}

function adviceFor({ class: name, admitted, retryable }: ImageDecision): string {
  if (admitted) return '';
  if (name === 'undecided') return retryable ? ADVICE.retry : ADVICE.undecided;
  return name === 'unsigned' || name === 'rejected' || name === 'misconfigured'
    ? ADVICE[name]
    : ADVICE.policy;
}
