// Elements, without markup: all text becomes text nodes, so that nothing from outside is ever read as HTML, and characters
// that are invisible or change the direction of the text are escaped, so that nothing can forge what is next to it.

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;

type Listener = (event: Event) => void;
type Attributes = Readonly<Record<string, string | number | boolean | Listener | undefined>>;
export type Child = Node | string | undefined | false;

/**
 * Makes an element.
 * @param attributes - A function is a listener of the event with its name, such as `click`; `true` is an attribute without a
 * value; `false` and `undefined` are no attribute. `key` identifies the element for {@link replaceContent}.
 */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(made, name, value);
  made.append(...nodesOf(children));
  return made;
}

/** Escapes each invisible character of a text as `\u{…}`. */
export function printable(text: string): string {
  return text.replace(INVISIBLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

function nodesOf(children: readonly Child[]): (Node | string)[] {
  return children.flatMap((child) => {
    if (child === undefined || child === false) return [];
    return [typeof child === 'string' ? printable(child) : child];
  });
}

function setAttribute(target: Element, name: string, value: Attributes[string]): void {
  if (typeof value === 'function') target.addEventListener(name, value);
  else if (name === 'key') target.setAttribute('data-key', String(value));
  else if (value === true) target.setAttribute(name, '');
  else if (value !== undefined && value !== false) target.setAttribute(name, String(value));
}

/**
 * Replaces what is in an element, and keeps what the user has done there: the focus, opened details and the scroll position
 * stay with the elements of the same keys.
 */
export function replaceContent(parent: HTMLElement, ...children: readonly Child[]): void {
  const hadFocus = document.activeElement !== parent && parent.contains(document.activeElement);
  const focused = keyOf(document.activeElement, parent);
  const opened = new Set(
    [...parent.querySelectorAll('details[open][data-key]')].map((details) =>
      details.getAttribute('data-key'),
    ),
  );
  const scrolled = new Map(
    [...parent.querySelectorAll('[data-key]')].map((one) => [one.getAttribute('data-key'), one.scrollTop]),
  );
  parent.replaceChildren(...nodesOf(children));
  for (const one of parent.querySelectorAll<HTMLElement>('[data-key]')) {
    const key = one.getAttribute('data-key');
    if (opened.has(key)) one.setAttribute('open', '');
    one.scrollTop = scrolled.get(key) ?? 0;
    if (key === focused) one.focus({ preventScroll: true });
  }
  if (hadFocus && !parent.contains(document.activeElement)) {
    // What had the focus is gone: the keyboard goes on from here, not from the start of the page.
    parent.setAttribute('tabindex', '-1');
    parent.focus({ preventScroll: true });
  }
}

/** Replaces what is in a live region if its text is another one: screen readers say each replacement. */
export function replaceLive(region: HTMLElement, ...children: readonly Child[]): void {
  const next = element('div', {}, ...children);
  if (next.textContent !== region.textContent) region.replaceChildren(...next.childNodes);
}

function keyOf(focused: Element | null, parent: HTMLElement): string | undefined {
  if (!focused || !parent.contains(focused)) return undefined;
  return focused.closest('[data-key]')?.getAttribute('data-key') ?? undefined;
}

/**
 * Finds an element that the page must have.
 * @throws Error if it does not
 */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element with the id ${id}`);
  return found;
}
