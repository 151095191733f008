import { parseHTML } from 'linkedom';
import type { PageKind } from '../../../examples/browser-extension/src/pages/page.ts';
import { imageAt, readPage } from '../../../examples/browser-extension/src/pages/read-page.ts';

const digit = '0123456789abcdef';

/** A digest that is well-formed. */
export function digestOf(number: number): string {
  return `sha256:${(digit[number % 16] ?? '0').repeat(64)}`;
}

export function documentOf(html: string): ParentNode {
  return parseHTML(`<!doctype html><html><body>${html}</body></html>`).document as unknown as ParentNode;
}

/** The images that a page names, in their order. */
export function imagesOf(kind: PageKind, url: string, html: string): string[] {
  return [...readPage(documentOf(html), new URL(url), settingFor(kind)).images.keys()];
}

/** The image that the address of a page names. */
export function imageOfAddress(kind: PageKind, url: string): string | undefined {
  return imageAt(new URL(url), settingFor(kind));
}

function settingFor(kind: PageKind) {
  return { pattern: 'https://*.example/*', kind };
}
