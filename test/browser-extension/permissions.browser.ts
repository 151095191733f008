import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BROWSERS, type Extension, inFirefox } from './support/extension.ts';
import type { Firefox } from './support/firefox.ts';
import { acmeSettings, PAGES, REPOSITORIES, startWorld, TAGS, type World } from './support/world.ts';

/** What the user grants to see images of Quay, but for what is left out. */
function quayWithout(...left: string[]): string[] {
  const all = ['https://quay.io/*', 'https://cdn.quay.io/*', 'http://ocsp.acme.example/*'];
  return all.filter((origin) => !left.includes(origin));
}

const SIGNED = `${REPOSITORIES.quay}:${TAGS.signed}`;
const REVOCABLE = `${REPOSITORIES.quay}:${TAGS.revocable}`;

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

describe.each(BROWSERS)('permissions in %s', (_, start) => {
  let extension: Extension | undefined;
  afterEach(() => extension?.stop());

  async function detailsOn(granted: readonly string[], url: string, image: string) {
    extension = await start(world.web.proxyPort, granted);
    await extension.configure(acmeSettings(world));
    const page = await extension.browser.open(url);
    return extension.stateOf(await extension.tabOf(page), image);
  }

  it('trusts an image if all hosts on the way are granted', async () => {
    const { state } = await detailsOn(quayWithout(), PAGES.quay, REVOCABLE);
    expect(state).toMatchObject({ kind: 'trusted', needs: [] });
  });

  it('cannot tell without the host of the registry, names it, and sends it no request', async () => {
    const before = world.web.seen('quay.io').length;
    const { state } = await detailsOn(['https://docs.acme.example/*'], PAGES.custom, SIGNED);
    expect(state).toMatchObject({ kind: 'cannot-tell', needs: ['https://quay.io/*'] });
    expect(world.web.seen('quay.io').length).toBe(before);
  });

  it('cannot tell without the host that blobs are redirected to, and names it', async () => {
    const { state } = await detailsOn(quayWithout('https://cdn.quay.io/*'), PAGES.quay, SIGNED);
    expect(state).toMatchObject({ kind: 'cannot-tell', needs: ['https://cdn.quay.io/*'] });
  });

  it('does not trust without the host of the OCSP responder, and names it', async () => {
    const { state } = await detailsOn(quayWithout('http://ocsp.acme.example/*'), PAGES.quay, REVOCABLE);
    expect(state).toMatchObject({ kind: 'cannot-tell', needs: ['http://ocsp.acme.example/*'] });
  });

  it('cannot tell without the host of the token server, and names it', async () => {
    const granted = ['https://hub.docker.com/*', 'https://registry-1.docker.io/*'];
    const { state } = await detailsOn(granted, PAGES.dockerHub, `${REPOSITORIES.dockerHub}:${TAGS.signed}`);
    expect(state).toMatchObject({ kind: 'cannot-tell', needs: ['https://auth.docker.io/*'] });
  });

  it('does not run on pages that are not granted', async () => {
    extension = await start(world.web.proxyPort, ['https://docs.acme.example/*']);
    await extension.configure(acmeSettings(world));
    const page = await extension.browser.open(PAGES.quay);
    const tabId = await extension.tabOf(page);
    expect((await extension.send('state-of-tab', { tabId })).images).toEqual([]);
    expect(await extension.badge(tabId)).toMatchObject({ text: '' });
  });
});

describe('a permission that is granted while the page is open', () => {
  let extension: Extension<Firefox>;
  beforeAll(async () => {
    extension = await inFirefox(world.web.proxyPort, quayWithout('https://cdn.quay.io/*'));
    await extension.configure(acmeSettings(world));
  });
  afterAll(() => extension?.stop());

  it('lets the image be evaluated again, and its withdrawal forgets nothing that was verified', async () => {
    const page = await extension.browser.open(PAGES.quay);
    const tabId = await extension.tabOf(page);
    expect((await extension.stateOf(tabId, SIGNED)).state.kind).toBe('cannot-tell');
    await extension.browser.grant(['https://cdn.quay.io/*']);
    await extension.send('retry', { tabId, image: SIGNED });
    expect((await extension.stateOf(tabId, SIGNED)).state.kind).toBe('trusted');
  });
});
