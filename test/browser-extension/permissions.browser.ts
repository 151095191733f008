import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually, press, shownText } from './support/browser.ts';
import { type Extension, inChromium, inFirefox } from './support/extension.ts';
import type { Firefox } from './support/firefox.ts';
import { pageWithLinks } from './support/site-pages.ts';
import { pages } from './support/web.ts';
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

describe('permissions in Chromium', () => {
  let extension: Extension | undefined;
  afterEach(() => extension?.stop());

  async function detailsOn(granted: readonly string[], url: string, image: string) {
    extension = await inChromium(world.web.proxyPort, granted);
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

  it('lets no page send the extension to hosts that are not granted', async () => {
    const hosts = ['one.example', 'other.example'];
    const links = hosts.map((host) => `oci://${host}:5000/a/b:1`);
    world.web.serve('links.example', pages({ '/': pageWithLinks('links', links) }));
    extension = await inChromium(world.web.proxyPort, [...quayWithout(), 'https://links.example/*']);
    const page = { pattern: 'https://links.example/*', kind: 'links' } as const;
    await extension.configure({ ...acmeSettings(world), pages: [page] });
    const opened = await extension.browser.open('https://links.example/');
    const states = await extension.settled(await extension.tabOf(opened), hosts.length);
    expect(new Set(Object.values(states))).toEqual(new Set(['cannot-tell']));
    const reached = world.web.unreachable.map((host) => host.replace(/:.*/, ''));
    expect(hosts.filter((host) => reached.includes(host))).toEqual([]);
  });

  it('offers on a page that it knows to be enabled there', async () => {
    extension = await inChromium(world.web.proxyPort, []);
    const page = await extension.browser.open(PAGES.dockerHub);
    const popover = await extension.browser.openPopover(page);
    expect(await shownText(popover, /Not enabled/)).toContain('Enable on hub.docker.com');
  });

  it('does not run on pages that are not granted', async () => {
    extension = await inChromium(world.web.proxyPort, ['https://docs.acme.example/*']);
    await extension.configure(acmeSettings(world));
    const page = await extension.browser.open(PAGES.quay);
    const tabId = await extension.tabOf(page);
    expect((await extension.send('state-of-tab', { tabId })).images).toEqual([]);
    expect(await extension.badge(tabId)).toMatchObject({ text: '' });
  });
});

describe('permissions in Firefox', () => {
  let extension: Extension<Firefox>;
  let tabId: number;
  beforeAll(async () => {
    extension = await inFirefox(world.web.proxyPort, []);
    await extension.configure(acmeSettings(world));
    await extension.browser.grant(['https://docs.acme.example/*']);
    tabId = await extension.tabOf(await extension.browser.open(PAGES.custom));
  });
  afterAll(() => extension?.stop());

  /** Opens an image in the popover, and allows the host that it names. */
  async function allow(image: string, host: string): Promise<void> {
    const popover = await extension.popover(tabId);
    await press(popover, `[data-key="open ${image}"]`);
    await press(popover, `Allow access to ${host}`);
    await popover.close();
  }

  it('cannot tell until the user has allowed each host on the way, which the popover requests', async () => {
    expect((await extension.stateOf(tabId, REVOCABLE)).state).toMatchObject({
      kind: 'cannot-tell',
      needs: ['https://quay.io/*'],
    });
    await allow(REVOCABLE, 'quay.io');
    await needs('https://cdn.quay.io/*');
    await allow(REVOCABLE, 'cdn.quay.io');
    await needs('http://ocsp.acme.example/*');
    await allow(REVOCABLE, 'http://ocsp.acme.example');
    await needs();
    expect((await extension.stateOf(tabId, REVOCABLE)).state.kind).toBe('trusted');
  });

  it('cannot tell again after the user has withdrawn a host', async () => {
    await extension.browser.revoke(['https://quay.io/*']);
    await extension.send('retry', { tabId, image: SIGNED });
    await eventually(async () => {
      const { state } = await extension.stateOf(tabId, SIGNED);
      return state.kind === 'cannot-tell' ? true : undefined;
    });
  });

  async function needs(...origins: string[]): Promise<void> {
    await eventually(async () => {
      const { state } = await extension.stateOf(tabId, REVOCABLE);
      return JSON.stringify(state.needs) === JSON.stringify(origins) ? true : undefined;
    });
  }
});
