import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page, SerializedAXNode } from 'puppeteer-core';

/** The part of axe-core that the tests use; it runs in the page. */
interface Axe {
  run(options: object): Promise<{ violations: { id: string; help: string; nodes: { html: string }[] }[] }>;
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Returns what axe-core finds against WCAG 2.2 AA and its own best practices, one line for each element. */
export async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  // A color on its way to another one is not what people see.
  await page.evaluate(async () => {
    const ending = document
      .getAnimations()
      .filter(({ effect }) => effect?.getComputedTiming().iterations === 1);
    await Promise.allSettled(ending.map(({ finished }) => finished));
  });
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: Axe }).axe.run({}));
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html}`));
}

/** Returns what a screen reader has of a page: role and name of each node. */
export async function accessibleNodes(page: Page): Promise<{ role: string; name: string }[]> {
  const flat = ({ role, name = '', children = [] }: SerializedAXNode): { role: string; name: string }[] => [
    { role, name },
    ...children.flatMap(flat),
  ];
  const root = await page.accessibility.snapshot({ interestingOnly: false });
  return root ? flat(root) : [];
}

/** Sets whether the user prefers light or dark. */
export async function prefer(page: Page, scheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
}

/** Presses Tab until the focus returns to where it began; returns the accessible names on the way. */
export async function walk(page: Page, limit = 60): Promise<string[]> {
  const names: string[] = [];
  for (let step = 0; step < limit; step++) {
    await page.keyboard.press('Tab');
    const name = await page.evaluate(() => {
      const { activeElement: element } = document;
      if (!element || element === document.body) return '';
      const labels = (element as HTMLInputElement).labels;
      const label =
        element.getAttribute('aria-label') ?? labels?.[0]?.textContent ?? element.textContent ?? '';
      return label.trim().replaceAll(/\s+/g, ' ') || `nameless ${element.outerHTML.slice(0, 100)}`;
    });
    if (name === '' || (names.length > 0 && name === names[0])) return names;
    names.push(name);
  }
  throw new Error(`the focus does not return: ${names.join(', ')}`);
}
