// Which statement of a trust policy applies to an image, and why the others do not.
import type { Comparison, PolicyExplanation } from 'notarykit/policy/tools';
import { type Child, element } from '../ui/dom.ts';
import { icon } from '../ui/icons.ts';
import { sentenceOf } from '../ui/words.ts';

/** The most scopes that are shown although they do not apply. */
const MAX_OTHERS = 20;

/** Shows an explanation. */
export function triedImage({ comparisons, statement, reason, note }: PolicyExplanation): Child[] {
  const applying = comparisons.find(({ applies }) => applies);
  const others = comparisons.filter(({ applies }) => !applies);
  return [
    statement
      ? verdict(
          'passed',
          `The statement "${statement.name}" applies${applying ? ` by ${scopeOf(applying)}: ${applying.why}` : ''}.`,
        )
      : verdict(
          'failed',
          reason ? `${sentenceOf(reason.message)} Images without a statement are rejected.` : '',
        ),
    note !== undefined && element('p', { class: 'wrap' }, sentenceOf(note)),
    others.length > 0 &&
      element(
        'ul',
        { class: 'note' },
        ...others.slice(0, MAX_OTHERS).map((other) => element('li', { class: 'wrap' }, otherText(other))),
        others.length > MAX_OTHERS && element('li', {}, `and ${others.length - MAX_OTHERS} more`),
      ),
  ];
}

function verdict(look: 'passed' | 'failed', text: string): HTMLElement {
  return element('p', { class: `check check-${look}` }, icon(look), element('span', { class: 'wrap' }, text));
}

function otherText(comparison: Comparison): string {
  return `"${comparison.statement}" does not apply by ${scopeOf(comparison)}: ${comparison.why}.`;
}

function scopeOf({ scope = '' }: Comparison): string {
  return scope === '*' ? 'the scope * of every repository' : `the scope ${scope}`;
}
