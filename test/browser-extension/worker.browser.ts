import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './support/browser.ts';
import type { Chromium } from './support/chromium.ts';
import { type Extension, inChromium } from './support/extension.ts';
import { acmeSettings, PAGES, REPOSITORIES, startWorld, TAGS, type World } from './support/world.ts';

const SIGNED = `${REPOSITORIES.quay}:${TAGS.signed}`;

describe('a worker that the browser stops', () => {
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

  it('goes on with the images that it had not finished', async () => {
    const site = world.web.unplug('cdn.quay.io');
    const held: (() => void)[] = [];
    world.web.serve('cdn.quay.io', (message, response) => held.push(() => site(message, response)));
    const page = await extension.browser.open(PAGES.quay);
    const tabId = await extension.tabOf(page);
    await eventually(async () => held[0]);

    await extension.browser.stopWorker();
    world.web.serve('cdn.quay.io', site);
    await page.bringToFront();

    const states = await extension.settled(tabId, 6);
    expect(states).toMatchObject({ [SIGNED]: 'trusted' });
    await page.close();
  });

  it('keeps the verdicts of the session', async () => {
    const page = await extension.browser.open(PAGES.quay);
    await extension.settled(await extension.tabOf(page), 6);
    await extension.browser.stopWorker();
    world.web.requests.length = 0;
    await page.reload();
    const states = await extension.settled(await extension.tabOf(page), 6);
    expect(states).toMatchObject({ [SIGNED]: 'trusted' });
    expect(world.web.seen('cdn.quay.io')).toEqual([]);
  });

  it('cancels what a closed tab was waiting for', async () => {
    const site = world.web.unplug('ghcr.io');
    const held: (() => void)[] = [];
    world.web.serve('ghcr.io', (message, response) => held.push(() => site(message, response)));
    const page = await extension.browser.open(PAGES.githubPackages);
    await eventually(async () => held[0]);
    await page.close();
    world.web.requests.length = 0;
    world.web.serve('ghcr.io', site);
    for (const answer of held) answer();
    const other = await extension.browser.open(PAGES.quay);
    await extension.settled(await extension.tabOf(other), 6);
    expect(world.web.seen('ghcr.io').filter((request) => request.includes('/blobs/'))).toEqual([]);
  });
});
