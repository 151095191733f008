import type { Page } from 'puppeteer-core';
import type { Answer, Requests, TabState } from '../../../examples/browser-extension/src/messages.ts';
import { NO_SETTINGS, type Settings } from '../../../examples/browser-extension/src/settings.ts';
import type { ImageDetails, StateKind } from '../../../examples/browser-extension/src/state.ts';
import { type BrowserUnderTest, eventually } from './browser.ts';
import { type Target, type Unpacked, unpack } from './builds.ts';
import { Chromium } from './chromium.ts';
import { Firefox } from './firefox.ts';

/** Every host. */
export const ALL_HOSTS = ['https://*/*', 'http://*/*'];

/** The extension in a browser, and a page inside of it through which the tests see what it stores and answers. */
export class Extension<B extends BrowserUnderTest = BrowserUnderTest> {
  readonly browser: B;
  readonly unpacked: Unpacked;
  readonly #inside: Page;

  constructor(browser: B, unpacked: Unpacked, inside: Page) {
    this.browser = browser;
    this.unpacked = unpacked;
    this.#inside = inside;
  }

  /** Replaces the settings, after which the extension has forgotten every state. */
  async configure(settings: Partial<Settings>): Promise<void> {
    // The browser does not report a change from a value to the same one.
    for (const all of [NO_SETTINGS, { ...NO_SETTINGS, ...settings }]) {
      await this.#inside.evaluate((stored) => chrome.storage.local.set({ settings: stored }), all);
    }
  }

  /** Sends a message as the popover does. */
  async send<Type extends keyof Requests>(
    type: Type,
    message: Requests[Type]['message'],
  ): Promise<Requests[Type]['response']> {
    const answer = (await this.#inside.evaluate((sent) => chrome.runtime.sendMessage(sent), {
      type,
      ...message,
    })) as Answer<Type>;
    if ('error' in answer) throw new Error(answer.error);
    return answer.response;
  }

  /** The number of the tab of a page, which becomes the active one. */
  async tabOf(page: Page): Promise<number> {
    await page.bringToFront();
    return eventually(() =>
      this.#inside.evaluate(
        async () => (await chrome.tabs.query({ active: true, currentWindow: true }))[0]?.id,
      ),
    );
  }

  /** Waits until every image of the tab that is in view has a state; returns the states by image. */
  async settled(tabId: number, atLeast = 1): Promise<Record<string, StateKind>> {
    let last: TabState | undefined;
    return eventually(
      async () => {
        last = await this.send('state-of-tab', { tabId });
        const known = last.images.filter(({ state }) => state !== undefined);
        const busy = last.images.some(({ progress }) => progress === 'waiting' || progress === 'evaluating');
        if (busy || known.length < atLeast) return undefined;
        return Object.fromEntries(known.flatMap(({ image, state }) => (state ? [[image, state.kind]] : [])));
      },
      () => JSON.stringify(last),
      30_000,
    );
  }

  /** Waits until an image of a tab has a state. */
  async stateOf(tabId: number, image: string): Promise<ImageDetails> {
    await eventually(
      async () => {
        const { images } = await this.send('state-of-tab', { tabId });
        return images.find((one) => one.image === image && one.progress === 'done');
      },
      async () => JSON.stringify(await this.send('state-of-tab', { tabId })),
      30_000,
    );
    const details = await this.send('details', { image });
    if (details === undefined) throw new Error(`there are no details of ${image}`);
    return details;
  }

  /** The text and the title of the toolbar button for a tab. */
  async badge(tabId: number): Promise<{ text: string; title: string }> {
    return this.#inside.evaluate(async (id) => {
      const action = chrome.action as unknown as {
        getBadgeText(details: { tabId: number }): Promise<string>;
        getTitle(details: { tabId: number }): Promise<string>;
      };
      return { text: await action.getBadgeText({ tabId: id }), title: await action.getTitle({ tabId: id }) };
    }, tabId);
  }

  /** Waits for the text of the toolbar button of a tab, inside of the extension, so that it is seen at once. */
  async firstBadge(tabId: number): Promise<string> {
    return this.#inside.evaluate(async (id) => {
      const { getBadgeText } = chrome.action as unknown as {
        getBadgeText(details: { tabId: number }): Promise<string>;
      };
      for (let look = 0; look < 3000; look++) {
        const text = await getBadgeText({ tabId: id });
        if (text !== '') return text;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return '';
    }, tabId);
  }

  /** Opens the popover of a tab in a tab of its own, where its buttons can be clicked. */
  popover(tabId: number): Promise<Page> {
    return this.browser.openExtensionPage(`${this.unpacked.manifest.action.default_popup}?tab=${tabId}`);
  }

  /** Opens the side panel of a tab in a tab of its own. */
  panel(tabId: number): Promise<Page> {
    return this.browser.openExtensionPage(`panel/panel.html?tab=${tabId}`);
  }

  options(): Promise<Page> {
    return this.browser.openExtensionPage(this.unpacked.manifest.options_ui.page);
  }

  /** What an area of the extension's storage holds. */
  async stored(area: 'local' | 'session'): Promise<Record<string, unknown>> {
    return this.#inside.evaluate((name) => chrome.storage[name].get(null), area);
  }

  async stop(): Promise<void> {
    await this.browser.stop();
    await this.unpacked.remove();
  }
}

export async function inChromium(
  proxyPort: number,
  granted: readonly string[] = ALL_HOSTS,
): Promise<Extension<Chromium>> {
  const unpacked = await unpack('chromium', granted);
  const browser = await Chromium.start({ extension: unpacked.directory, proxyPort });
  return new Extension(browser, unpacked, await browser.openExtensionPage(unpacked.manifest.options_ui.page));
}

export async function inFirefox(
  proxyPort: number,
  granted: readonly string[] = ALL_HOSTS,
): Promise<Extension<Firefox>> {
  const unpacked = await unpack('firefox', granted);
  const id = unpacked.manifest.browser_specific_settings?.gecko.id;
  if (id === undefined) throw new Error('the manifest for Firefox names no id');
  const browser = await Firefox.start({ extension: unpacked.directory, proxyPort }, id);
  return new Extension(browser, unpacked, await browser.openExtensionPage(unpacked.manifest.options_ui.page));
}

/** The browsers in which tests run, by name. */
export const BROWSERS: readonly [
  name: Target,
  start: (proxyPort: number, granted?: readonly string[]) => Promise<Extension>,
][] = [
  ['chromium', inChromium],
  ['firefox', inFirefox],
];
