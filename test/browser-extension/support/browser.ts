import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Page } from 'puppeteer-core';

/** A browser with the extension, as the tests use it. */
export interface BrowserUnderTest {
  /** Opens a page in a new tab and gives it the focus. */
  open(url: string): Promise<Page>;
  /** Opens a page of the extension, such as `options/options.html`, in a tab. */
  openExtensionPage(path: string): Promise<Page>;
  /**
   * Opens the popover for a page, which is the active tab.
   * @returns The document of the popover.
   */
  openPopover(page: Page): Promise<Page>;
  stop(): Promise<void>;
}

/** How a browser is started. */
export interface Start {
  /** The directory of the unpacked extension. */
  extension: string;
  /** The port of the proxy that every request goes through. */
  proxyPort: number;
}

/** Runs work again until it gives a value or the time is up; then fails with what was there. */
export async function eventually<T>(
  work: () => Promise<T | undefined>,
  describe: () => Promise<string> | string = () => '',
  limit = 15_000,
): Promise<T> {
  const end = Date.now() + limit;
  // Longer and longer pauses: looking must not take the time of what is waited for.
  for (let pause = 50; ; pause = Math.min(pause * 1.5, 1000)) {
    const value = await work();
    if (value !== undefined) return value;
    if (Date.now() > end) throw new Error(`nothing after ${limit} ms: ${await describe()}`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** Waits until the visible text of a page matches; returns it. */
export function shownText(page: Page, pattern: RegExp): Promise<string> {
  let text = '';
  return eventually(
    async () => {
      text = await page.evaluate(() => document.body.textContent ?? '');
      return pattern.test(text) ? text : undefined;
    },
    () => text,
  );
}

/** Clicks the button that has an accessible name, or the element that a CSS selector such as `[data-key="allow"]` finds. */
export async function press(page: Page, nameOrSelector: string): Promise<void> {
  const selector = nameOrSelector.startsWith('[')
    ? nameOrSelector
    : `::-p-aria([name="${nameOrSelector}"][role="button"])`;
  let last: unknown;
  await eventually(
    async () => {
      try {
        const element = await page.$(selector);
        await element?.click();
        return element ?? undefined;
      } catch (error) {
        // The page may have replaced the element since it was found.
        last = error;
        return undefined;
      }
    },
    () => `${selector} cannot be clicked: ${String(last ?? 'it is not there')}`,
  );
}

/** Chooses a directory in the options, as the dialog of the browser does, to import it. */
export async function chooseDirectory(options: Page, directory: string): Promise<void> {
  const input = await options.waitForSelector('input#notation-directory');
  try {
    await input?.uploadFile(directory);
  } catch (error) {
    // WebDriver gives Firefox files only: the page gets them with the paths that they have in a directory.
    if (!/directory/i.test(String(error))) throw error;
    await input?.evaluate(chooseFiles, await filesBelow(directory));
  }
}

type NamedFile = readonly [path: string, text: string];

async function filesBelow(directory: string): Promise<NamedFile[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async ({ parentPath, name }): Promise<NamedFile> => {
        const path = join(parentPath, name);
        return [relative(dirname(directory), path), await readFile(path, 'utf8')];
      }),
  );
}

/** Runs in the page. */
function chooseFiles(input: HTMLInputElement, files: readonly NamedFile[]): void {
  const transfer = new DataTransfer();
  for (const [path, text] of files) {
    const file = new File([text], path.replace(/.*\//, ''));
    Object.defineProperty(file, 'webkitRelativePath', { value: path });
    transfer.items.add(file);
  }
  input.files = transfer.files;
  input.dispatchEvent(new Event('change'));
}
