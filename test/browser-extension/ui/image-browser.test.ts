import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ExtensionApi } from '../../../examples/browser-extension/src/extension-api.ts';
import type { Message, TabImage, TabState } from '../../../examples/browser-extension/src/messages.ts';
import { ImageBrowser } from '../../../examples/browser-extension/src/popover/image-browser.ts';
import { loadSettings } from '../../../examples/browser-extension/src/settings.ts';
import { FakeBrowser } from '../support/fake-browser.ts';
import { createDocument } from './create-document.ts';
import { done } from './images.ts';

const PAGE = { pattern: 'https://quay.io/*', kind: 'quay' } as const;
const NEEDS = ['https://auth.example.com/*', 'https://cdn.example.com/*'];
const needy = (name: string) => done('cannot-tell', name, { needs: NEEDS });

let root: HTMLElement;

beforeEach(() => {
  const found = createDocument('root').getElementById('root');
  if (!found) throw new Error('there is no root');
  root = found;
});

/** A background with one tab, and a user who grants or refuses what is requested. */
async function open(tab: Partial<TabState>, grants = true) {
  const state: TabState = { page: PAGE, images: [], omitted: 0, ...tab };
  const sent: Message[] = [];
  const requested: string[][] = [];
  const notify: ((message: unknown) => void)[] = [];
  const api: ExtensionApi = new FakeBrowser().start();
  api.runtime.sendMessage = async (message) => {
    sent.push(message as Message);
    return { response: respond(state, message as Message) };
  };
  api.runtime.onMessage = {
    addListener: (listener) => {
      notify.push((message) => listener(message, {}, () => {}));
    },
  };
  api.permissions.request = async ({ origins }) => {
    requested.push(origins);
    return grants;
  };
  await new ImageBrowser(root, api).show(7);
  const changed = () => {
    for (const listener of notify) listener({ type: 'tab-changed', tabId: 7 });
  };
  return { api, state, sent, requested, changed };
}

function respond({ ...tab }: TabState, message: Message): unknown {
  if (message.type === 'state-of-tab') return tab;
  const needs = tab.images.flatMap(({ state }) => state?.needs ?? []);
  if (message.type === 'permissions-needed') return { origins: [...new Set(needs)] };
  return undefined;
}

const text = () => root.textContent ?? '';
const said = () => root.querySelector('[role="status"]')?.textContent;
const button = (key: string) => root.querySelector<HTMLElement>(`button[data-key="${key}"]`);
const press = (key: string) => {
  const found = button(key);
  if (!found) throw new Error(`there is no button ${key}`);
  found.click();
};

const first: TabImage = done('trusted', 'quay.io/acme/app:v1');
const second: TabImage = done('rejected', 'quay.io/acme/app:v2');

describe('the images of a tab', () => {
  it('begin with that of the address, and others can be opened and left', async () => {
    await open({ address: first.image, images: [first, second] });
    expect(root.querySelector('#image-state')?.textContent).toBe('Trusted');
    expect(text()).toContain('Also on this page');
    press(`open ${second.image}`);
    await vi.waitFor(() => expect(root.querySelector('#image-state')?.textContent).toBe('Rejected'));
    press('back');
    await vi.waitFor(() => expect(root.querySelector('#image-state')?.textContent).toBe('Trusted'));
  });

  it('are a list, without a verdict, if the address of the page names none', async () => {
    await open({ images: [first, second], omitted: 9 });
    expect(root.querySelector('#image-state')).toBeNull();
    expect(text()).toContain('Images on this page');
    expect(text()).toContain('Left out: 9 more images');
  });

  it('show text of a page as text', async () => {
    const image = done('unsigned', 'quay.io/<img src=x onerror=alert(1)>:\u202ev1');
    await open({ address: image.image, images: [image] });
    expect(root.querySelector('img')).toBeNull();
    expect(text()).toContain('<img src=x onerror=alert(1)>:\\u{202e}v1');
  });

  it('are said to a screen reader when their state changes, and only then', async () => {
    const { state, changed } = await open({ address: first.image, images: [first] });
    expect(said()).toBe('acme/app:v1: Trusted');
    const before = root.querySelector('[role="status"]')?.firstChild;
    changed();
    await vi.waitFor(() => expect(root.querySelector('[role="status"]')?.firstChild).toBe(before));
    state.images = [done('rejected', first.image)];
    changed();
    await vi.waitFor(() => expect(said()).toBe('acme/app:v1: Rejected'));
  });

  it('are evaluated again when the user says so', async () => {
    const { sent } = await open({ address: first.image, images: [first] });
    press('retry');
    await vi.waitFor(() => expect(sent).toContainEqual({ type: 'retry', tabId: 7, image: first.image }));
  });

  it('are not shown if the background fails, but why', async () => {
    const { api, changed } = await open({ address: first.image, images: [first] });
    api.runtime.sendMessage = async () => ({ error: 'the settings are damaged' });
    changed();
    await vi.waitFor(() =>
      expect(root.querySelector('[role="alert"]')?.textContent).toContain('are damaged'),
    );
  });
});

describe('missing permissions', () => {
  it('are requested exactly, in the handler of the click, and then the image is evaluated again', async () => {
    const image = needy('quay.io/acme/app:v1');
    const { requested, sent } = await open({ address: image.image, images: [image] });
    press('allow');
    expect(requested).toEqual([NEEDS]);
    await vi.waitFor(() => expect(sent).toContainEqual({ type: 'retry', tabId: 7, image: image.image }));
  });

  it('that the user refuses are said, and nothing is evaluated again', async () => {
    const image = needy('quay.io/acme/app:v1');
    const { sent } = await open({ address: image.image, images: [image] }, false);
    press('allow');
    await vi.waitFor(() => expect(said()).toContain('was not allowed'));
    expect(root.querySelector('[role="status"]')?.className).toBe('said');
    expect(sent.filter(({ type }) => type === 'retry')).toEqual([]);
    expect(root.querySelector('#image-state')?.textContent).toBe('Cannot tell');
  });

  it('that the browser cannot grant are said', async () => {
    const image = needy('quay.io/acme/app:v1');
    const { api } = await open({ address: image.image, images: [image] });
    api.permissions.request = () => {
      throw new Error('the pattern is not valid');
    };
    press('allow');
    await vi.waitFor(() => expect(root.querySelector('[role="alert"]')?.textContent).toContain('not valid'));
  });

  it('of all images of a page are requested at once', async () => {
    const images = [needy('quay.io/a'), needy('quay.io/b')];
    const { requested } = await open({ images });
    expect(text()).toContain('without access to auth.example.com, cdn.example.com');
    press('allow');
    expect(requested).toEqual([NEEDS]);
  });
});

describe('a page that is not enabled', () => {
  const disabled = { page: undefined, suggestion: PAGE };

  it('is enabled by one click, with exactly its permission', async () => {
    const { requested, api } = await open(disabled);
    expect(text()).toContain('Not enabled on this page');
    press('enable');
    expect(requested).toEqual([[PAGE.pattern]]);
    await vi.waitFor(async () => expect((await loadSettings(api.storage.local)).pages).toEqual([PAGE]));
  });

  it('stays as it is if the user refuses', async () => {
    const { api } = await open(disabled, false);
    press('enable');
    await vi.waitFor(() => expect(said()).toContain('Access to quay.io was not allowed'));
    expect((await loadSettings(api.storage.local)).pages).toEqual([]);
  });

  it('of another kind leads to the options', async () => {
    const { api } = await open({ page: undefined });
    const opened = vi.spyOn(api.runtime, 'openOptionsPage');
    expect(button('enable')).toBeNull();
    press('add page');
    expect(opened).toHaveBeenCalledOnce();
  });
});
