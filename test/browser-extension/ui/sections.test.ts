import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ExtensionApi } from '../../../examples/browser-extension/src/extension-api.ts';
import { showHosts } from '../../../examples/browser-extension/src/options/hosts-section.ts';
import { Notices } from '../../../examples/browser-extension/src/options/notices.ts';
import { showPages } from '../../../examples/browser-extension/src/options/pages-section.ts';
import { showRegistries } from '../../../examples/browser-extension/src/options/registries-section.ts';
import { SettingsStore } from '../../../examples/browser-extension/src/options/settings-store.ts';
import { KNOWN_PAGES } from '../../../examples/browser-extension/src/pages/page.ts';
import {
  loadSettings,
  NO_SETTINGS,
  type Settings,
  saveSettings,
} from '../../../examples/browser-extension/src/settings.ts';
import { FakeBrowser } from '../support/fake-browser.ts';
import { createDocument } from './create-document.ts';

let document: Document;

beforeEach(() => {
  document = createDocument('pages', 'registries', 'hosts', 'notices');
});

/** The options page of a user who grants or refuses what is requested. */
async function open(settings: Partial<Settings> = {}, grants = true) {
  const api: ExtensionApi = new FakeBrowser().start();
  await saveSettings(api.storage.local, { ...NO_SETTINGS, ...settings });
  const requested: string[][] = [];
  const granted = new Set<string>();
  api.permissions.contains = async ({ origins }) => origins.every((origin) => granted.has(origin));
  api.permissions.request = async ({ origins }) => {
    requested.push(origins);
    if (grants) for (const origin of origins) granted.add(origin);
    return grants;
  };
  const removed: string[][] = [];
  api.permissions.remove = async ({ origins }) => {
    removed.push(origins);
    return true;
  };
  const store = await SettingsStore.open(api.storage);
  const notices = new Notices(byId('notices'));
  showPages(store, notices, api);
  showRegistries(store, notices);
  const stored = () => loadSettings(api.storage.local);
  return { stored, requested, removed };
}

function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`there is no ${id}`);
  return found;
}

function input(section: string, label: string): HTMLInputElement {
  const found = [...byId(section).querySelectorAll('label')].find(({ textContent }) => textContent === label);
  return byId(found?.getAttribute('for') ?? label) as HTMLInputElement;
}

async function press(section: string, text: string): Promise<void> {
  const find = () =>
    [...byId(section).querySelectorAll('button')].find(
      (one) => one.textContent === text || one.getAttribute('aria-label') === text,
    );
  await vi.waitFor(() => expect(find(), text).toBeDefined());
  find()?.click();
}

function submit(section: string): void {
  const form = byId(section).querySelector('form');
  form?.dispatchEvent(new (document.defaultView ?? globalThis).Event('submit', { cancelable: true }));
}

const noticed = (text: string | RegExp) =>
  vi.waitFor(() => expect(byId('notices').textContent).toMatch(text));
const problems = (section: string) =>
  [...byId(section).querySelectorAll('.field-problem')].map(({ textContent }) => textContent).filter(Boolean);

describe('the pages in the options', () => {
  it('are enabled with exactly their permission', async () => {
    const { stored, requested } = await open();
    await press('pages', 'Enable on Quay');
    expect(requested).toEqual([['https://quay.io/*']]);
    await noticed('runs on https://quay.io/');
    expect((await stored()).pages).toEqual(KNOWN_PAGES.filter(({ kind }) => kind === 'quay'));
  });

  it('are not stored if the user refuses', async () => {
    const { stored } = await open({}, false);
    await press('pages', 'Enable on Docker Hub');
    await noticed('was not allowed');
    expect((await stored()).pages).toEqual([]);
  });

  it('are added by a pattern, with their registry', async () => {
    const { stored, requested } = await open();
    input('pages', 'Address of the pages').value = 'https://harbor.example.com/*';
    input('pages', 'Registry of the images').value = 'harbor.example.com:8443';
    submit('pages');
    expect(requested).toEqual([['https://harbor.example.com/*']]);
    await noticed('runs on');
    expect((await stored()).pages).toEqual([
      { pattern: 'https://harbor.example.com/*', kind: 'harbor', registry: 'harbor.example.com:8443' },
    ]);
  });

  it('with a pattern that the browser does not know request nothing', async () => {
    const { requested } = await open();
    input('pages', 'Address of the pages').value = 'harbor.example.com';
    input('pages', 'Registry of the images').value = 'https://x';
    submit('pages');
    expect(problems('pages')).toHaveLength(2);
    expect(requested).toEqual([]);
  });

  it('whose permission is gone say so, and lose it when they are removed', async () => {
    const page = { pattern: 'https://harbor.example.com/*', kind: 'harbor' } as const;
    const { stored, removed } = await open({ pages: [page] });
    await vi.waitFor(() => expect(byId('pages').textContent).toContain('Access to the host is not allowed'));
    await press('pages', `Remove ${page.pattern}`);
    await noticed('no longer runs');
    expect((await stored()).pages).toEqual([]);
    expect(removed).toEqual([[page.pattern]]);
  });
});

describe('the hosts in the options', () => {
  function show(...origins: string[]) {
    const browser = new FakeBrowser();
    const api = browser.start();
    browser.grant(...origins);
    const removed: string[][] = [];
    api.permissions.remove = async ({ origins: gone }) => {
      removed.push(gone);
      browser.revoke(...gone);
      return true;
    };
    showHosts(new Notices(byId('notices')), api);
    return removed;
  }
  const hosts = () => [...byId('hosts').querySelectorAll('strong')].map(({ textContent }) => textContent);

  it('are all that the browser permits, with the scheme of those without TLS', async () => {
    show('https://quay.io/*', 'http://ocsp.example.com/*');
    await vi.waitFor(() => expect(hosts()).toEqual(['http://ocsp.example.com', 'quay.io']));
  });

  it('are none at first', async () => {
    show();
    await vi.waitFor(() => expect(byId('hosts').textContent).toContain('not allowed any host'));
  });

  it('are revoked one by one', async () => {
    const removed = show('https://quay.io/*', 'https://cdn.quay.io/*');
    await press('hosts', 'Revoke access to cdn.quay.io');
    await noticed('no longer has access to cdn.quay.io');
    expect(removed).toEqual([['https://cdn.quay.io/*']]);
    await vi.waitFor(() => expect(hosts()).toEqual(['quay.io']));
  });
});

describe('the registries in the options', () => {
  const registry = {
    host: 'registry.example.com',
    credential: { username: 'robot', password: 'very-secret' },
  };

  it('never show a secret', async () => {
    await open({ registries: [registry] });
    await press('registries', 'Change registry.example.com');
    expect(byId('registries').textContent).toContain('robot');
    expect(document.toString()).not.toContain('very-secret');
    expect(input('registries', 'Password or token').value).toBe('');
    expect(input('registries', 'Password or token').type).toBe('password');
  });

  it('are saved, and the secret is cleared', async () => {
    const { stored } = await open();
    input('registries', 'Registry').value = 'localhost:5000';
    submit('registries');
    await noticed('localhost:5000 was saved');
    expect((await stored()).registries).toEqual([{ host: 'localhost:5000' }]);
  });

  it('with an address in place of a host are not saved', async () => {
    const { stored } = await open();
    input('registries', 'Registry').value = 'https://registry.example.com';
    submit('registries');
    expect(problems('registries')).toEqual([expect.stringContaining('without https://')]);
    expect((await stored()).registries).toEqual([]);
  });

  it('are removed with their credentials, which can be undone', async () => {
    const { stored } = await open({ registries: [registry] });
    await press('registries', 'Remove registry.example.com');
    await noticed('and its credentials were removed');
    expect((await stored()).registries).toEqual([]);
    await press('notices', 'Undo');
    await noticed('undone');
    expect((await stored()).registries).toEqual([registry]);
  });
});
