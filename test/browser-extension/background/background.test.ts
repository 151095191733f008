import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startBackground } from '../../../examples/browser-extension/src/background/start-background.ts';
import type { TabState } from '../../../examples/browser-extension/src/messages.ts';
import type { ImageDetails } from '../../../examples/browser-extension/src/state.ts';
import { type RegistryServer, startRegistry } from '../../support/registry-server.ts';
import { FakeBrowser } from '../support/fake-browser.ts';
import { pushImages, type SignedImages, settingsFor } from '../support/signed-images.ts';

const PAGE = 'https://quay.example.com/repository/acme/app/tag/signed';

describe('the background', () => {
  let server: RegistryServer;
  let host: string;
  let images: SignedImages;
  const image = (tag: string) => `${host}/acme/app:${tag}`;

  beforeAll(async () => {
    server = await startRegistry();
    host = server.host;
    images = await pushImages(host);
  });
  afterAll(() => server.close());

  /** A browser in which a user trusts the images, with a page of them in tab 1. */
  async function setUp({ policy = true, permitted = true } = {}) {
    const browser = new FakeBrowser();
    if (permitted) browser.grant('http://127.0.0.1/*');
    browser.grant('https://quay.example.com/*');
    const settings = settingsFor(host, images);
    await browser.store(policy ? settings : { ...settings, trustPolicy: undefined });
    start(browser);
    browser.openTab(1, PAGE);
    return browser;
  }

  function start(browser: FakeBrowser): void {
    startBackground(browser.start(), {
      fetch: async (input, init) => {
        const request = new Request(input, init);
        return request.url.includes('ocsp.') ? images.ocsp(request) : globalThis.fetch(request);
      },
    });
  }

  async function open(browser: FakeBrowser, visible: string[]): Promise<void> {
    await browser.sendFromPage(1, { type: 'seen', images: visible, omitted: 0 });
    await browser.sendFromPage(1, { type: 'visible', images: visible });
  }

  async function stateOfTab(browser: FakeBrowser): Promise<TabState> {
    const answer = await browser.sendFromPopover({ type: 'state-of-tab', tabId: 1 });
    return (answer as { response: TabState }).response;
  }

  async function detailsOf(browser: FakeBrowser, name: string): Promise<ImageDetails | undefined> {
    const answer = await browser.sendFromPopover({ type: 'details', image: name });
    return (answer as { response: ImageDetails | undefined }).response;
  }

  /** Waits until every image of the tab has its state. */
  async function evaluated(browser: FakeBrowser): Promise<TabState> {
    for (;;) {
      const state = await stateOfTab(browser);
      if (state.images.length > 0 && state.images.every(({ progress }) => progress === 'done')) return state;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  const kindsOf = ({ images }: TabState) => images.map(({ image, state }) => [image, state?.kind]);

  it('gives each image that is in view its state', async () => {
    const browser = await setUp();
    await open(browser, [image('signed'), image('unsigned'), image('stranger')]);
    expect(kindsOf(await evaluated(browser))).toEqual([
      [image('signed'), 'trusted'],
      [image('unsigned'), 'unsigned'],
      [image('stranger'), 'rejected'],
    ]);
  });

  it('says by whom, since when, why and what to do', async () => {
    const browser = await setUp();
    await open(browser, [image('signed'), image('stranger')]);
    await evaluated(browser);
    expect(await detailsOf(browser, image('signed'))).toMatchObject({
      state: {
        signer: 'CN=acme.example,O=Notary,L=Seattle,ST=WA,C=US',
        signedAt: expect.stringMatching(/^\d{4}-/),
        policy: { statement: 'acme-images', level: 'strict' },
        digest: expect.stringMatching(/^sha256:/),
      },
      signatures: [{ outcome: 'verified', trustedIdentity: '*' }],
      text: expect.stringContaining('is trusted'),
    });
    const rejected = await detailsOf(browser, image('stranger'));
    expect(rejected?.state.reasons[0]).toMatchObject({
      code: 'ERR_ROOT_UNTRUSTED',
      nextStep: expect.stringContaining('trust store'),
    });
  });

  it('shows the state of the image of the address in the toolbar, and of no other one', async () => {
    const browser = await setUp();
    await open(browser, [image('unsigned'), image('signed')]);
    await evaluated(browser);
    await expect
      .poll(() => browser.badges.get(1))
      .toMatchObject({
        text: '✓',
        title: `notarykit: ${image('signed')} is trusted`,
      });
  });

  it('shows nothing in the toolbar where the address names no image', async () => {
    const browser = await setUp();
    browser.openTab(1, 'https://quay.example.com/repository/acme/app');
    await open(browser, [image('signed')]);
    await evaluated(browser);
    expect(browser.badges.get(1)).toMatchObject({ text: '', title: 'notarykit' });
  });

  it('only lists signatures while there is no trust policy', async () => {
    const browser = await setUp({ policy: false });
    await open(browser, [image('stranger'), image('unsigned')]);
    const { images: listed } = await evaluated(browser);
    expect(listed.map(({ state }) => state?.kind)).toEqual([
      'signed-not-evaluated',
      'signed-not-evaluated',
      'unsigned',
    ]);
    expect(await detailsOf(browser, image('stranger'))).toMatchObject({
      signatures: [{ digest: expect.stringMatching(/^sha256:/), checks: [] }],
    });
  });

  it('does not request what it may not, says which permission is missing, and goes on when it is there', async () => {
    const browser = await setUp({ permitted: false });
    const before = server.requests.length;
    await open(browser, [image('signed')]);
    const [first] = (await evaluated(browser)).images;
    expect(first?.state).toMatchObject({
      kind: 'cannot-tell',
      needs: ['http://127.0.0.1/*'],
      reasons: [{ code: 'NEEDS_PERMISSION', message: 'the extension needs permission for http://127.0.0.1' }],
    });
    expect(server.requests).toHaveLength(before);
    expect(await browser.sendFromPopover({ type: 'permissions-needed', tabId: 1 })).toEqual({
      response: { origins: ['http://127.0.0.1/*'] },
    });
    browser.grant('http://127.0.0.1/*');
    await expect.poll(async () => (await detailsOf(browser, image('signed')))?.state.kind).toBe('trusted');
    expect(await browser.sendFromPopover({ type: 'permissions-needed', tabId: 1 })).toEqual({
      response: { origins: [] },
    });
  });

  it('needs a permission for the responder of a certificate, too', async () => {
    const browser = await setUp();
    browser.openTab(1, PAGE.replace('signed', 'checked'));
    await open(browser, [image('checked')]);
    const [first] = (await evaluated(browser)).images;
    expect(first?.state).toMatchObject({
      kind: 'cannot-tell',
      needs: [expect.stringMatching(/^http:\/\/ocsp\./)],
      retryable: false,
    });
    browser.grant(...(first?.state?.needs ?? []));
    await expect.poll(async () => (await detailsOf(browser, image('checked')))?.state.kind).toBe('trusted');
  });

  it('verifies again when the settings change', async () => {
    const browser = await setUp();
    await open(browser, [image('signed')]);
    await evaluated(browser);
    const settings = settingsFor(host, images);
    await browser.store({ ...settings, trustPolicy: settings.trustPolicy.replace('"ca:acme",', '') });
    await expect.poll(async () => (await detailsOf(browser, image('signed')))?.state.kind).toBe('rejected');
  });

  it('says what is wrong with a trust policy', async () => {
    const browser = await setUp();
    await browser.store({ ...settingsFor(host, images), trustPolicy: '{"version":"1.0"}' });
    await open(browser, [image('signed')]);
    const [first] = (await evaluated(browser)).images;
    expect(first?.state).toMatchObject({ kind: 'cannot-tell', reasons: [{ code: 'ERR_POLICY_INVALID' }] });
  });

  it('says so if the settings are damaged', async () => {
    const browser = await setUp();
    await open(browser, [image('signed')]);
    await evaluated(browser);
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
    await browser.store({ trustStores: [] });
    await expect
      .poll(async () => (await detailsOf(browser, image('signed')))?.state)
      .toMatchObject({
        kind: 'cannot-tell',
        reasons: [
          { code: 'SETTINGS_INVALID', message: 'the settings are damaged: trustStores must be an object' },
        ],
      });
    expect(logged).toHaveBeenCalledWith('notarykit: SettingsError: trustStores must be an object');
    expect(await browser.sendFromPage(1, { type: 'page-opened' })).toEqual({
      error: 'SettingsError: trustStores must be an object',
    });
  });

  it('resolves a tag again after a stop, and takes the verdict of its digest from the session', async () => {
    const browser = await setUp();
    await open(browser, [image('signed')]);
    await evaluated(browser);
    for (const key of Object.keys(browser.session.items)) {
      if (key.startsWith('details:')) delete browser.session.items[key];
    }
    const before = server.requests.length;
    start(browser);
    await evaluated(browser);
    expect(server.requests.slice(before).map(({ method, url }) => `${method} ${url.pathname}`)).toEqual([
      'HEAD /v2/acme/app/manifests/signed',
    ]);
  });

  it('does without the verdict of the session when the user wants it', async () => {
    const browser = await setUp();
    await open(browser, [image('signed')]);
    await evaluated(browser);
    const before = server.requests.length;
    await browser.sendFromPopover({ type: 'retry', tabId: 1, image: image('signed') });
    await evaluated(browser);
    expect(server.requests.slice(before).some(({ url }) => url.pathname.includes('/blobs/'))).toBe(true);
  });

  it('goes on at an alarm after the browser stopped it', async () => {
    const browser = await setUp();
    const page = settingsFor(host, images).pages[0];
    await browser.session.set({
      'tab:1': {
        url: PAGE,
        page,
        images: [image('signed')],
        omitted: 0,
        visible: [image('signed')],
        requested: [],
      },
    });
    start(browser);
    browser.wakeByAlarm();
    expect(kindsOf(await evaluated(browser))).toEqual([[image('signed'), 'trusted']]);
    expect([...browser.alarms]).toEqual([]);
  });

  it('tells the page the states of images of its own registry, and of no other one', async () => {
    const browser = await setUp();
    await open(browser, [image('signed'), 'other.example.com/acme/app:v1']);
    await evaluated(browser);
    const told = browser.toPages.map(({ message }) => (message as { states: object }).states);
    expect(told.flatMap((states) => Object.keys(states))).not.toContain('other.example.com/acme/app:v1');
    expect(told).toContainEqual({ [image('signed')]: 'trusted' });
  });

  it('takes no name of a registry of this machine from a page from elsewhere', async () => {
    const browser = await setUp();
    await browser.sendFromPage(1, { type: 'seen', images: ['127.0.0.2:5000/acme/app:v1'], omitted: 0 });
    const { images: named } = await stateOfTab(browser);
    expect(named.map((one) => one.image)).toEqual([image('signed')]);
  });

  it('tells a page without a public structure nothing', async () => {
    const browser = await setUp();
    const pages = [{ pattern: 'https://quay.example.com/*', kind: 'links' }];
    await browser.store({ ...settingsFor(host, images), pages, registries: [{ host }] });
    await open(browser, [image('signed')]);
    await evaluated(browser);
    expect(browser.toPages).toEqual([]);
  });

  describe('with messages', () => {
    it('of a page that is not enabled does nothing', async () => {
      const browser = await setUp();
      browser.openTab(1, 'https://elsewhere.example/');
      await open(browser, [image('signed')]);
      expect(await stateOfTab(browser)).toEqual({ images: [], omitted: 0 });
    });

    it('of a page that wants what only the popover may want does nothing', async () => {
      const browser = await setUp();
      const wanted = [
        { type: 'state-of-tab', tabId: 1 },
        { type: 'details', image: image('signed') },
        { type: 'retry', tabId: 1, image: image('signed') },
        { type: 'permissions-needed', tabId: 1 },
      ];
      expect(wanted.map((message) => browser.sendFromPage(1, message))).toEqual(wanted.map(() => undefined));
    });

    it('of another extension, of a frame, or of an unknown type does nothing', async () => {
      const browser = await setUp();
      const tab = { id: 1, url: PAGE };
      const seen = { type: 'seen', images: [image('signed')], omitted: 0 };
      expect(browser.send(seen, { id: 'other', frameId: 0, url: PAGE, tab })).toBeUndefined();
      expect(browser.send(seen, { id: 'notarykit', frameId: 5, url: PAGE, tab })).toBeUndefined();
      expect(browser.sendFromPage(1, { type: 'constructor' })).toBeUndefined();
      expect(browser.sendFromPage(1, null)).toBeUndefined();
    });

    it('that name what no image is called takes the others', async () => {
      const browser = await setUp();
      const names = [
        '<img src=x>',
        `${host}/\u0430cme/app:signed`,
        7,
        null,
        image('signed'),
        image('signed'),
      ];
      await browser.sendFromPage(1, { type: 'seen', images: names, omitted: -3 });
      expect(await stateOfTab(browser)).toMatchObject({ images: [{ image: image('signed') }], omitted: 0 });
    });

    it('that are no lists takes nothing', async () => {
      const browser = await setUp();
      await browser.sendFromPage(1, { type: 'seen', images: 'all', omitted: 'many' });
      expect(await stateOfTab(browser)).toMatchObject({ images: [{ image: image('signed') }], omitted: 0 });
    });

    it('of a page that is left forgets it', async () => {
      const browser = await setUp();
      await open(browser, [image('signed')]);
      await browser.sendFromPage(1, { type: 'page-closed' });
      expect(await stateOfTab(browser)).toEqual({ images: [], omitted: 0 });
      expect(Object.keys(browser.session.items)).not.toContain('tab:1');
    });
  });

  it('shows nothing of the page before in a tab that shows another site', async () => {
    const browser = await setUp();
    await open(browser, [image('signed')]);
    browser.openTab(1, 'https://hub.docker.com/r/acme/app');
    expect(await stateOfTab(browser)).toEqual({
      images: [],
      omitted: 0,
      suggestion: { pattern: 'https://hub.docker.com/*', kind: 'docker-hub' },
    });
  });

  it('runs the content script on pages that are enabled and permitted, also on those that are open', async () => {
    const browser = await setUp();
    browser.openTab(2, 'https://elsewhere.example/');
    browser.install();
    await expect.poll(() => browser.scripts).toMatchObject([{ matches: ['https://quay.example.com/*'] }]);
    await expect.poll(() => browser.injected).toEqual([1]);
    const pages = [...settingsFor(host, images).pages, { pattern: 'https://other.example/*', kind: 'links' }];
    await browser.store({ ...settingsFor(host, images), pages });
    browser.grant('https://other.example/*');
    await expect
      .poll(() => browser.scripts[0]?.matches)
      .toEqual(['https://quay.example.com/*', 'https://other.example/*']);
    await browser.store({ ...settingsFor(host, images), pages: [] });
    await expect.poll(() => browser.scripts).toEqual([]);
  });
});
