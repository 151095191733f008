import { mkdir, writeFile } from 'node:fs/promises';
import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prefer } from './support/accessibility.ts';
import { eventually, shownText } from './support/browser.ts';
import type { Chromium } from './support/chromium.ts';
import { type Extension, inChromium } from './support/extension.ts';
import { shrinkPng } from './support/png.ts';
import { acmeSettings, PAGES, startWorld, TAGS, type World } from './support/world.ts';

/** The pictures of the guide are only written when they are wanted: times and digests differ in each run. */
const WRITTEN = process.env.EXTENSION_SCREENSHOTS === 'true';
const DIRECTORY = 'docs/images/extension';
const MAX_BYTES = 60_000;
const POPOVER_WIDTH = 400;

const pageOf = (tag: string) => `https://quay.io/repository/acme/app?tab=tags&tag=${tag}`;

describe('pictures of the extension', () => {
  let world: World;
  let extension: Extension<Chromium>;

  beforeAll(async () => {
    world = await startWorld();
    extension = await inChromium(world.web.proxyPort);
    await extension.configure(acmeSettings(world));
  });
  afterAll(async () => {
    await extension?.stop();
    await world?.stop();
  });

  /** Takes a picture of a page down to the end of the first element that a selector finds. */
  async function picture(name: string, page: Page, selector = 'body', limit = 1000): Promise<void> {
    const { width } = page.viewport() ?? { width: POPOVER_WIDTH };
    const end = await page.$eval(selector, (element) => Math.ceil(element.getBoundingClientRect().bottom));
    const clip = { x: 0, y: 0, width, height: Math.min(end + 16, limit) };
    const taken = await page.screenshot({ type: 'png', clip, captureBeyondViewport: true });
    const bytes = shrinkPng(Buffer.from(taken));
    expect(bytes.length).toBeLessThan(MAX_BYTES);
    if (!WRITTEN) return;
    await mkdir(DIRECTORY, { recursive: true });
    await writeFile(`${DIRECTORY}/${name}.png`, bytes);
  }

  async function popoverOf(
    url: string,
    says: RegExp,
    { scheme = 'light', of = extension }: { scheme?: 'light' | 'dark'; of?: Extension } = {},
  ): Promise<Page> {
    const page = await of.browser.open(url);
    const tabId = await of.tabOf(page);
    await of.settled(tabId);
    const popover = await of.popover(tabId);
    await popover.setViewport({ width: POPOVER_WIDTH, height: 300 });
    await prefer(popover, scheme);
    await shownText(popover, says);
    await page.close();
    return popover;
  }

  it.each([
    ['trusted', 'signed', /Trusted/],
    ['warned', 'expired', /Accepted with warnings/],
    ['unsigned', 'unsigned', /Unsigned/],
    ['rejected', 'revoked', /Rejected/],
  ] as const)('shows the popover of an image: %s', async (name, kind, says) => {
    const popover = await popoverOf(pageOf(TAGS[kind]), says);
    await picture(name, popover, 'article');
    await popover.close();
  });

  it('shows the popover in dark', async () => {
    const popover = await popoverOf(pageOf(TAGS.signed), /Trusted/, { scheme: 'dark' });
    await picture('trusted-dark', popover, 'article');
    await popover.close();
  });

  it('shows the popover of an image about which it cannot tell anything', async () => {
    const without = await inChromium(world.web.proxyPort, [
      'https://quay.io/*',
      'http://ocsp.acme.example/*',
    ]);
    try {
      await without.configure(acmeSettings(world));
      const popover = await popoverOf(pageOf(TAGS.signed), /Cannot tell/, { of: without });
      await picture('cannot-tell', popover, 'article');
    } finally {
      await without.stop();
    }
  });

  it('shows the popover of a signed image before there is a policy', async () => {
    await extension.configure({ pages: acmeSettings(world).pages });
    const popover = await popoverOf(pageOf(TAGS.signed), /Signed, not verified/);
    await picture('signed-not-verified', popover, 'article');
    await popover.close();
    await extension.configure(acmeSettings(world));
  });

  it('shows the images of a page in the side panel', async () => {
    const page = await extension.browser.open(PAGES.custom);
    const tabId = await extension.tabOf(page);
    await extension.settled(tabId, 6);
    const panel = await extension.panel(tabId);
    await panel.setViewport({ width: POPOVER_WIDTH, height: 300 });
    await prefer(panel, 'light');
    await shownText(panel, /Images on this page/);
    await picture('panel', panel);
    await panel.close();
    await page.close();
  });

  it('shows the hints next to the tags of Quay', async () => {
    const page = await extension.browser.open(PAGES.quay);
    await page.setViewport({ width: 480, height: 400 });
    await extension.settled(await extension.tabOf(page), 6);
    await eventually(async () => ((await page.$$('td > a + *')).length === 6 ? true : undefined));
    await picture('quay', page, 'table');
    await page.close();
  });

  it('shows the options', async () => {
    const options = await extension.options();
    await options.setViewport({ width: 1000, height: 700 });
    await prefer(options, 'light');
    await shownText(options, /The policy is valid/);
    await picture('options', options);
    await options.close();
  });
});
