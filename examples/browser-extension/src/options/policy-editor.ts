// A text area that marks places in its text, and their lines at its edge.
import { element } from '../ui/dom.ts';
import type { Place } from './json-places.ts';

/** A place in the text with a problem. */
export interface Mark {
  readonly place: Place;
  readonly severity: 'error' | 'warning' | 'info';
}

/** The most lines that have a number. */
const MAX_LINES = 10_000;
const RANK = { error: 0, warning: 1, info: 2 } as const;

/** An editor of plain text. */
export class PolicyEditor {
  readonly row: HTMLElement;
  readonly input: HTMLTextAreaElement;
  readonly #gutter = element('div', { class: 'gutter', 'aria-hidden': 'true' });
  readonly #layer = element('div', { class: 'marks', 'aria-hidden': 'true' });

  /** @param describedBy - The id of an element that says what is wrong with the text. */
  constructor(label: string, describedBy: string) {
    this.input = element('textarea', {
      'aria-label': label,
      'aria-describedby': describedBy,
      spellcheck: 'false',
      autocomplete: 'off',
      wrap: 'off',
      rows: 18,
      scroll: () => this.#follow(),
    });
    this.row = element(
      'div',
      { class: 'editor' },
      this.#gutter,
      element('div', { class: 'text' }, this.#layer, this.input),
    );
  }

  /** Marks these places in place of the ones before. */
  mark(marks: readonly Mark[]): void {
    const text = this.input.value;
    const ends = marks.map(({ place, severity }) => ({ ...firstLine(text, place), severity }));
    this.#layer.replaceChildren(...markedText(text, ends));
    const lines = Math.min(text.split('\n').length, MAX_LINES);
    const worst = worstOfLines(text, ends);
    this.#gutter.replaceChildren(
      ...Array.from({ length: lines }, (_, index) => {
        const severity = worst.get(index);
        return element('div', { class: severity ? `line tone-${severity}` : 'line' }, String(index + 1));
      }),
    );
    const invalid = marks.some(({ severity }) => severity === 'error');
    if (invalid) this.input.setAttribute('aria-invalid', 'true');
    else this.input.removeAttribute('aria-invalid');
    this.#follow();
  }

  /** Selects a place, so that it is in view. */
  select({ start, end }: Place): void {
    const { input } = this;
    input.focus();
    input.setSelectionRange(start, end);
    const line = input.value.slice(0, start).split('\n').length - 1;
    const height = input.scrollHeight / Math.max(1, input.value.split('\n').length);
    input.scrollTop = Math.max(0, line * height - input.clientHeight / 3);
    this.#follow();
  }

  #follow(): void {
    const { scrollTop, scrollLeft } = this.input;
    this.#layer.style.transform = `translate(${-scrollLeft}px, ${-scrollTop}px)`;
    this.#gutter.scrollTop = scrollTop;
  }
}

/** A place of several lines is marked in its first one: the others are not what is wrong. */
function firstLine(text: string, { start, end }: Place): Place {
  const line = text.indexOf('\n', start);
  return { start, end: line < 0 || line > end ? end : Math.max(line, start + 1) };
}

/** The text in parts; places that begin in another one are left out. */
function markedText(text: string, marks: readonly (Place & Pick<Mark, 'severity'>)[]): (Node | string)[] {
  const parts: (Node | string)[] = [];
  let at = 0;
  for (const { start, end, severity } of [...marks].sort(
    (one, other) => one.start - other.start || RANK[one.severity] - RANK[other.severity],
  )) {
    if (start < at || start === end) continue;
    parts.push(text.slice(at, start));
    const mark = element('mark', { class: `tone-${severity}` });
    mark.textContent = text.slice(start, end);
    parts.push(mark);
    at = end;
  }
  return [...parts, `${text.slice(at)}\n`];
}

function worstOfLines(
  text: string,
  marks: readonly (Place & Pick<Mark, 'severity'>)[],
): Map<number, Mark['severity']> {
  const worst = new Map<number, Mark['severity']>();
  for (const { start, severity } of marks) {
    const line = text.slice(0, start).split('\n').length - 1;
    const known = worst.get(line);
    if (!known || RANK[severity] < RANK[known]) worst.set(line, severity);
  }
  return worst;
}
