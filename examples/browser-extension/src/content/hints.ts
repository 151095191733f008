import type { StateKind } from '../state.ts';

/** What stands next to a tag. The words say that only the popover counts. */
const LABELS: Readonly<Record<StateKind, { text: string; words: string }>> = {
  trusted: { text: '✓', words: 'accepted by your trust policy' },
  warned: { text: '!', words: 'accepted with warnings' },
  unsigned: { text: '–', words: 'no signature' },
  rejected: { text: '✗', words: 'rejected by your trust policy' },
  'cannot-tell': { text: '?', words: 'no verdict' },
  'signed-not-evaluated': { text: '…', words: 'signed, and no trust policy yet' },
};
/** Every hint has the same size, so that the page cannot measure what it says. Policies of pages forbid style elements. */
const STYLE: Readonly<Record<string, string>> = {
  'box-sizing': 'border-box',
  display: 'inline-block',
  'inline-size': '18px',
  'block-size': '18px',
  'margin-inline-start': '6px',
  border: '1px solid GrayText',
  'border-radius': '9px',
  'color-scheme': 'light dark',
  background: 'Canvas',
  color: 'CanvasText',
  font: '12px/16px system-ui, sans-serif',
  'text-align': 'center',
};

/** The hints in a page: each in a closed shadow tree, which scripts of the page cannot read. */
export class Hints {
  readonly #marks = new Map<Element, { host: HTMLElement; label: HTMLElement; image: string }>();
  readonly #kinds = new Map<string, StateKind>();

  /** Puts a hint next to each element that stands for an image, and removes those that are left over. */
  place(images: ReadonlyMap<string, readonly Element[]>): void {
    const wanted = new Map(
      [...images].flatMap(([image, all]) => all.map((element) => [element, image] as const)),
    );
    for (const [element, { host, image }] of this.#marks) {
      if (wanted.get(element) === image && element.isConnected && host.isConnected) continue;
      host.remove();
      this.#marks.delete(element);
    }
    for (const [element, image] of wanted) {
      if (!this.#marks.has(element)) this.#add(element, image);
    }
    this.#write();
  }

  /** Shows the states of images. */
  show(states: Readonly<Record<string, StateKind>>): void {
    for (const [image, kind] of Object.entries(states)) this.#kinds.set(image, kind);
    this.#write();
  }

  remove(): void {
    for (const { host } of this.#marks.values()) host.remove();
    this.#marks.clear();
  }

  #add(element: Element, image: string): void {
    const host = document.createElement('span');
    const root = host.attachShadow({ mode: 'closed' });
    const label = document.createElement('span');
    for (const [name, value] of Object.entries(STYLE)) label.style.setProperty(name, value);
    label.setAttribute('role', 'img');
    root.append(label);
    element.after(host);
    this.#marks.set(element, { host, label, image });
  }

  #write(): void {
    for (const { label, image } of this.#marks.values()) {
      const kind = this.#kinds.get(image);
      const { text, words } = kind ? LABELS[kind] : { text: '', words: 'not evaluated' };
      label.textContent = text;
      label.title = `notarykit, a hint: ${words}. The button in the toolbar has the verdict.`;
      label.setAttribute('aria-label', label.title);
    }
  }
}
