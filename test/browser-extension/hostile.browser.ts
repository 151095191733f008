import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Chromium } from './support/chromium.ts';
import { type Extension, inChromium } from './support/extension.ts';
import { page, pageWithLinks, quayTags } from './support/site-pages.ts';
import { either, pages, type Site } from './support/web.ts';
import { acmeSettings, REPOSITORIES, startWorld, TAGS, type World } from './support/world.ts';

let world: World;
let extension: Extension<Chromium>;
let quay: Site;

beforeAll(async () => {
  world = await startWorld();
  quay = world.web.site('quay.io');
  extension = await inChromium(world.web.proxyPort);
  await extension.configure(acmeSettings(world));
});
afterAll(async () => {
  await extension?.stop();
  await world?.stop();
});
afterEach(() => {
  world.web.serve('quay.io', quay);
  world.web.requests.length = 0;
});

/** A page that anybody can write, at an address of its own below `docs.acme.example`. */
function publish(path: string, html: string): string {
  world.web.serve('docs.acme.example', pages({ [path]: html }));
  return `https://docs.acme.example${path}`;
}

/** The requests to Quay that spend a quota of pulls: those for manifests. */
const manifestRequests = () =>
  world.web.requests.filter(({ host, path }) => host === 'quay.io' && path.includes('/manifests/'));

describe('a page that writes names to spoof a badge', () => {
  const signed = `${REPOSITORIES.quay}:${TAGS.signed}`;

  it('does not change the badge of the toolbar, which is about the image of its address', async () => {
    const forged = `<div title="notarykit: trusted">✔ trusted by CN=release.acme.example</div>`;
    const opened = await extension.browser.open(
      publish(
        '/spoof',
        pageWithLinks(
          'evil/app',
          [`https://quay.io/repository/acme/app?tab=tags&tag=${TAGS.signed}`],
          forged,
        ),
      ),
    );
    const tabId = await extension.tabOf(opened);
    expect(await extension.settled(tabId)).toMatchObject({ [signed]: 'trusted' });
    const { address } = await extension.send('state-of-tab', { tabId });
    expect(address).toBeUndefined();
    expect((await extension.badge(tabId)).text).toBe('');
    expect((await extension.badge(tabId)).title).not.toMatch(/trusted/i);
    await opened.close();
  });

  it('cannot lend the verdict of one image to the text of another one', async () => {
    const link = `<a href="https://quay.io/repository/acme/app?tab=tags&tag=${TAGS.unsigned}">quay.io/acme/app:${TAGS.signed}</a>`;
    const opened = await extension.browser.open(publish('/lend', page('lend', link)));
    const states = await extension.settled(await extension.tabOf(opened));
    expect(states).toEqual({ [`${REPOSITORIES.quay}:${TAGS.unsigned}`]: 'unsigned' });
    await opened.close();
  });

  it('cannot reach the documents, the storage or the messages of the extension', async () => {
    const opened = await extension.browser.open(publish('/reach', page('reach', '')));
    const { id } = extension.browser;
    const reached = await opened.evaluate(async (extensionId) => {
      const paths = ['manifest.json', 'popover/popover.html', 'background.js', 'content.js'];
      const documents = await Promise.all(
        paths.map((path) => fetch(`chrome-extension://${extensionId}/${path}`).then((r) => r.status, String)),
      );
      const runtime = (globalThis as { chrome?: { runtime?: unknown } }).chrome?.runtime;
      return { documents, runtime: typeof runtime };
    }, id);
    expect(new Set(reached.documents)).toEqual(new Set(['TypeError: Failed to fetch']));
    expect(reached.runtime).toBe('undefined');
    await opened.close();
  });

  it('sends the extension to no address inside the network of the user, though all hosts are granted', async () => {
    const hosts = ['127.0.0.1:5000', 'localhost:5000', '169.254.169.254', '192.168.0.1', '[::1]:5000'];
    const links = [...hosts.map((host) => `oci://${host}/a/b:1`), `oci://${signed}`];
    const opened = await extension.browser.open(publish('/inside', pageWithLinks('inside', links)));
    const tabId = await extension.tabOf(opened);
    expect(Object.keys(await extension.settled(tabId))).toEqual([signed]);
    expect(world.web.unreachable.filter((host) => hosts.includes(host))).toEqual([]);
    await opened.close();
  });

  it.each([
    ['markup', 'https://quay.io/repository/acme/app?tab=tags&tag=<img src=x onerror=alert(1)>'],
    ['a tag that is too long', `https://quay.io/repository/acme/app?tab=tags&tag=${'x'.repeat(5000)}`],
    ['a path upwards', 'https://quay.io/repository/../../etc/passwd'],
    ['a script', 'javascript:alert(document.domain)'],
    ['a path of 1,000 parts', `https://quay.io/repository/${'a/'.repeat(1000)}app`],
  ])('is not disturbed by a link that is not a valid name: %s', async (_, link) => {
    const opened = await extension.browser.open(
      publish(
        '/broken',
        pageWithLinks('broken', [
          link.replaceAll('"', '&quot;').replaceAll('<', '&lt;'),
          `https://quay.io/repository/acme/app?tab=tags&tag=${TAGS.signed}`,
        ]),
      ),
    );
    expect(await extension.settled(await extension.tabOf(opened))).toMatchObject({ [signed]: 'trusted' });
    await opened.close();
  });
});

describe('a page with very many names', () => {
  it('costs a bounded number of requests: 10,000 links', async () => {
    const links = Array.from(
      { length: 10_000 },
      (_, index) => `https://quay.io/repository/acme/app?tab=tags&tag=${index}`,
    );
    const small = '<style>li{font-size:1px;line-height:1px}</style>';
    const opened = await extension.browser.open(publish('/many', pageWithLinks('many', links, small)));
    const tabId = await extension.tabOf(opened);
    await extension.settled(tabId);
    const { images, omitted } = await extension.send('state-of-tab', { tabId });
    expect(images.length).toBeLessThanOrEqual(200);
    expect(omitted).toBeGreaterThan(0);
    expect(manifestRequests().length).toBeLessThanOrEqual(2 * images.length);
    await opened.close();
  });

  it('spends the quota only for what is in view: 100 tags, of which few are', async () => {
    const tags = Array.from({ length: 100 }, (_, index) => `0.${index}`);
    const { host } = world.registries['quay.io'];
    for (const tag of tags) await world.acme.publish(host, 'acme/many', tag, 'unsigned');
    const rows = quayTags('acme/many', tags).replaceAll('<tr>', '<tr style="height:120px">');
    world.web.serve('quay.io', either('/v2/', quay, pages({ '/repository/acme/many': rows })));
    const opened = await extension.browser.open('https://quay.io/repository/acme/many?tab=tags');
    const tabId = await extension.tabOf(opened);
    await extension.settled(tabId);
    const { images } = await extension.send('state-of-tab', { tabId });
    const inView = images.filter(({ progress }) => progress !== 'not-requested').length;
    expect(images.length).toBe(100);
    expect(inView).toBeLessThan(20);
    expect(manifestRequests().length).toBe(inView);
    expect(new Set(manifestRequests().map(({ method }) => method))).toEqual(new Set(['HEAD']));

    await opened.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await extension.stateOf(tabId, 'quay.io/acme/many:0.99');
    await extension.settled(tabId);
    expect(manifestRequests().length).toBeLessThan(40);
    await opened.close();
  });

  it('fetches no verdict twice for images that are seen again', async () => {
    const url = 'https://quay.io/repository/acme/app?tab=tags';
    const first = await extension.browser.open(url);
    await extension.settled(await extension.tabOf(first), 6);
    world.web.requests.length = 0;
    const second = await extension.browser.open(url);
    await extension.settled(await extension.tabOf(second), 6);
    expect(world.web.requests.filter(({ path }) => path.startsWith('/v2/'))).toEqual([]);
    await first.close();
    await second.close();
  });
});
