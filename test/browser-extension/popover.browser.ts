import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessibleNodes, prefer, violationsOf, walk } from './support/accessibility.ts';
import { press, shownText } from './support/browser.ts';
import type { Chromium } from './support/chromium.ts';
import { type Extension, inChromium } from './support/extension.ts';
import { page as htmlPage } from './support/site-pages.ts';
import { pages } from './support/web.ts';
import { acmeSettings, PAGES, REPOSITORIES, startWorld, TAGS, type World } from './support/world.ts';

/** The page of Quay that is about one image. */
const pageOf = (tag: string) => `https://quay.io/repository/acme/app?tab=tags&tag=${tag}`;

/** What the popover says about the image of each kind, and what the toolbar shows. */
const SAID = [
  ['signed', /Trusted[\s\S]*CN=release\.acme\.example[\s\S]*acme-images/, '✓'],
  ['expired', /Accepted with warnings[\s\S]*expired/, '!'],
  ['unsigned', /Unsigned/, '–'],
  ['stranger', /Rejected[\s\S]*somebody\.example[\s\S]*What to do/, '✗'],
  ['revoked', /Rejected[\s\S]*revoked[\s\S]*What to do/, '✗'],
] as const;

describe('the popover', () => {
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

  it.each(SAID)(
    'says why and by whom of an image that is %s, as the toolbar shows',
    async (kind, says, badge) => {
      const page = await extension.browser.open(pageOf(TAGS[kind]));
      const tabId = await extension.tabOf(page);
      await extension.stateOf(tabId, `${REPOSITORIES.quay}:${TAGS[kind]}`);
      expect(await extension.badge(tabId)).toMatchObject({
        text: badge,
        title: expect.stringContaining(`${REPOSITORIES.quay}:${TAGS[kind]}`),
      });
      const popover = await extension.browser.openPopover(page);
      expect(await shownText(popover, says)).toContain('Check again');
      await page.close();
    },
  );

  it('opens from the toolbar with the images of the page, and each opens by a key', async () => {
    const page = await extension.browser.open(PAGES.custom);
    await extension.settled(await extension.tabOf(page), 6);
    const popover = await extension.browser.openPopover(page);
    await shownText(popover, /Images on this page/);
    await popover.focus('[data-key^="open "]');
    await popover.keyboard.press('Enter');
    await shownText(popover, /All images of this page/);
    const focused = await popover.evaluate(() => document.activeElement?.id);
    expect(focused).toBe('image-state');
    await page.close();
  });

  it('evaluates an image again when the user says so', async () => {
    const site = world.web.unplug('quay.io');
    world.web.serve('quay.io', (message, response) => {
      if (message.url?.startsWith('/v2/')) response.writeHead(500).end();
      else site(message, response);
    });
    const image = `${REPOSITORIES.quay}:2.0`;
    const page = await extension.browser.open(pageOf('2.0'));
    const tabId = await extension.tabOf(page);
    expect((await extension.stateOf(tabId, image)).state.kind).toBe('cannot-tell');
    world.web.serve('quay.io', site);
    await world.acme.publish(world.registries['quay.io'].host, 'acme/app', '2.0', 'unsigned');
    const popover = await extension.popover(tabId);
    await press(popover, 'Check again');
    await shownText(popover, /Unsigned/);
    await popover.close();
    await page.close();
  });

  it('is checked by rules that find faults', async () => {
    world.web.serve('faulty.example', pages({ '/fault': htmlPage('fault', '<img src="x.png">') }));
    const faulty = await extension.browser.open('https://faulty.example/fault');
    expect(await violationsOf(faulty)).toContainEqual(expect.stringContaining('image-alt'));
    await faulty.close();
  });

  describe.each(['light', 'dark'] as const)('in %s', (scheme) => {
    it.each([TAGS.signed, TAGS.expired, TAGS.unsigned, TAGS.stranger])(
      'has no fault of accessibility: image %s',
      async (tag) => {
        const page = await extension.browser.open(pageOf(tag));
        const tabId = await extension.tabOf(page);
        await extension.stateOf(tabId, `${REPOSITORIES.quay}:${tag}`);
        const popover = await extension.popover(tabId);
        await prefer(popover, scheme);
        await shownText(popover, /Check again/);
        expect(await violationsOf(popover)).toEqual([]);
        await popover.close();
        await page.close();
      },
    );

    it('has no fault of accessibility: the side panel with a list of images', async () => {
      const page = await extension.browser.open(PAGES.custom);
      const tabId = await extension.tabOf(page);
      await extension.settled(tabId, 6);
      const panel = await extension.panel(tabId);
      await prefer(panel, scheme);
      await shownText(panel, /Images on this page/);
      expect(await violationsOf(panel)).toEqual([]);
      await panel.close();
      await page.close();
    });
  });

  it('is walked through by the keyboard, and every stop has a name', async () => {
    const page = await extension.browser.open(pageOf(TAGS.signed));
    const tabId = await extension.tabOf(page);
    await extension.stateOf(tabId, `${REPOSITORIES.quay}:${TAGS.signed}`);
    const popover = await extension.popover(tabId);
    await shownText(popover, /Check again/);
    const names = await walk(popover);
    expect(names).toEqual(expect.arrayContaining(['Options', 'Check again']));
    expect(names.filter((name) => name.startsWith('nameless'))).toEqual([]);
    await popover.close();
    await page.close();
  });

  it('tells a screen reader the state', async () => {
    const page = await extension.browser.open(pageOf(TAGS.stranger));
    const tabId = await extension.tabOf(page);
    await extension.stateOf(tabId, `${REPOSITORIES.quay}:${TAGS.stranger}`);
    const popover = await extension.popover(tabId);
    await shownText(popover, /Check again/);
    const nodes = await accessibleNodes(popover);
    expect(nodes).toContainEqual({ role: 'article', name: 'Rejected' });
    expect(nodes).toContainEqual(expect.objectContaining({ role: 'status' }));
    expect(nodes).toContainEqual(
      expect.objectContaining({ role: 'StaticText', name: `acme/app:${TAGS.stranger}: Rejected` }),
    );
    await popover.close();
    await page.close();
  });
});
