import { parseHTML } from 'linkedom';
import { onTestFinished, vi } from 'vitest';

/** Makes a document with these elements the global one, for one test. */
export function createDocument(...ids: string[]): Document {
  const sections = ids.map((id) => `<div id="${id}"></div>`).join('');
  const window = parseHTML(`<!doctype html><html><body>${sections}</body></html>`);
  vi.stubGlobal('document', window.document);
  supplySelectValue(window.HTMLSelectElement.prototype);
  return window.document as unknown as Document;
}

/** linkedom knows the value of a select only if an option has the attribute `selected`, and cannot set it. */
function supplySelectValue(prototype: object): void {
  const original = Object.getOwnPropertyDescriptor(prototype, 'value');
  const chosen = new WeakMap<object, string>();
  Object.defineProperty(prototype, 'value', {
    configurable: true,
    get(this: Element) {
      return chosen.get(this) ?? this.querySelector('option')?.getAttribute('value');
    },
    set(this: Element, value: string) {
      chosen.set(this, value);
    },
  });
  onTestFinished(() => {
    if (original) Object.defineProperty(prototype, 'value', original);
  });
}
