// Labelled inputs that say below themselves what is wrong with them.
import { type Child, element } from './dom.ts';
import { icon } from './icons.ts';

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** An input with its label. */
export interface Field<Input extends Control> {
  readonly row: HTMLElement;
  readonly input: Input;
  /** Shows what is wrong, or that nothing is. */
  fail(problem?: string): void;
}

let count = 0;

/** Puts a label and a hint to an input. */
export function field<Input extends Control>(label: string, input: Input, hint?: Child): Field<Input> {
  const id = `field-${++count}`;
  input.id = id;
  const problem = element('p', { class: 'field-problem', id: `${id}-problem` });
  const described = [`${id}-problem`];
  if (hint) described.push(`${id}-hint`);
  input.setAttribute('aria-describedby', described.join(' '));
  const row = element(
    'div',
    { class: 'field' },
    element('label', { for: id }, label),
    input,
    problem,
    hint && element('p', { class: 'note', id: `${id}-hint` }, hint),
  );
  return {
    row,
    input,
    fail(message) {
      input.toggleAttribute('aria-invalid', false);
      problem.replaceChildren();
      if (message === undefined) return;
      input.setAttribute('aria-invalid', 'true');
      problem.append(icon('error'), element('span', {}, message));
    },
  };
}

/** Focuses the first field that has a problem; returns whether there is one. */
export function focusFirstProblem(fields: readonly Field<Control>[]): boolean {
  const failed = fields.find(({ input }) => input.hasAttribute('aria-invalid'));
  failed?.input.focus();
  return failed !== undefined;
}

/** Makes a form; it is never sent anywhere. */
export function form(submit: () => void, ...children: readonly Child[]): HTMLFormElement {
  const stay = (event: Event) => {
    event.preventDefault();
    submit();
  };
  return element('form', { class: 'form', autocomplete: 'off', novalidate: true, submit: stay }, ...children);
}

/** Makes a choice of values with their names. */
export function select(options: readonly (readonly [value: string, name: string])[]): HTMLSelectElement {
  return element('select', {}, ...options.map(([value, name]) => element('option', { value }, name)));
}
