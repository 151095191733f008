import { describe, expect, it } from 'vitest';
import type { ExtensionApi } from '../../../examples/browser-extension/src/extension-api.ts';
import { addPage, removePage } from '../../../examples/browser-extension/src/options/page-settings.ts';
import {
  describeCredential,
  isRegistryHost,
  removeRegistry,
  setRegistry,
} from '../../../examples/browser-extension/src/options/registry-settings.ts';
import { SettingsStore } from '../../../examples/browser-extension/src/options/settings-store.ts';
import type { PageSetting } from '../../../examples/browser-extension/src/pages/page.ts';
import { loadSettings, NO_SETTINGS, saveSettings } from '../../../examples/browser-extension/src/settings.ts';

const page: PageSetting = { pattern: 'https://harbor.example.com/*', kind: 'harbor' };

describe('pages in the settings', () => {
  it('are added once for each pattern, and removed', () => {
    const changed = { ...page, registry: 'harbor.example.com:8443' };
    const settings = addPage(addPage(NO_SETTINGS, page), changed);
    expect(settings.pages).toEqual([changed]);
    expect(removePage(settings, page.pattern).pages).toEqual([]);
  });
});

describe('registries in the settings', () => {
  it('are added once for each host, whatever its case, and removed', () => {
    const one = { host: 'registry.example.com', credential: { username: 'a', password: 'b' } };
    const other = { host: 'Registry.Example.com' };
    const settings = setRegistry(other)(setRegistry(one)(NO_SETTINGS));
    expect(settings.registries).toEqual([other]);
    expect(removeRegistry('registry.example.com')(settings).registries).toEqual([]);
  });

  it('never show their secrets', () => {
    const secret = 'very-secret';
    for (const credential of [{ username: 'robot', password: secret }, { identityToken: secret }]) {
      expect(describeCredential(credential)).not.toContain(secret);
    }
    expect(describeCredential(undefined)).toBe('Anonymous');
  });

  it('have hosts as references name them', () => {
    const hosts = [
      'registry.example.com',
      'registry.example.com:5000',
      'localhost',
      'localhost:5000',
      'registry:5000',
      '127.0.0.1:5000',
    ];
    expect(hosts.filter(isRegistryHost)).toEqual(hosts);
    const others = [
      '',
      'https://registry.example.com',
      'registry.example.com/team',
      'library',
      'a b.example',
      'registry.example.com:',
    ];
    expect(others.filter(isRegistryHost)).toEqual([]);
  });
});

/** Storage in memory that says what changes, as that of the browser does. */
function createStorage(): ExtensionApi['storage'] {
  const stored = new Map<string, unknown>();
  const listeners: ((changes: Record<string, unknown>, area: string) => void)[] = [];
  const local: ExtensionApi['storage']['local'] = {
    async get() {
      return structuredClone(Object.fromEntries(stored));
    },
    async set(items) {
      for (const [key, value] of Object.entries(items)) stored.set(key, structuredClone(value));
      for (const listener of listeners) listener(items, 'local');
    },
    async remove(keys) {
      for (const key of [keys].flat()) stored.delete(key);
    },
  };
  return { local, session: local, onChanged: { addListener: (listener) => void listeners.push(listener) } };
}

describe('the settings of the options page', () => {
  it('keep what two edits at the same time change', async () => {
    const storage = createStorage();
    const store = await SettingsStore.open(storage);
    await Promise.all([
      store.change((settings) => addPage(settings, page)),
      store.change(setRegistry({ host: 'registry.example.com' })),
    ]);
    expect(store.settings).toMatchObject({ pages: [page], registries: [{ host: 'registry.example.com' }] });
    expect(await loadSettings(storage.local)).toEqual(store.settings);
  });

  it('keep what another page has changed meanwhile, and say so', async () => {
    const storage = createStorage();
    const store = await SettingsStore.open(storage);
    const shown: number[] = [];
    store.watch(({ pages }) => shown.push(pages.length));
    await saveSettings(storage.local, addPage(NO_SETTINGS, page));
    await store.change(setRegistry({ host: 'registry.example.com' }));
    expect(store.settings.pages).toEqual([page]);
    expect(shown.at(-1)).toBe(1);
  });

  it('go on after an edit that fails', async () => {
    const store = await SettingsStore.open(createStorage());
    const failing = store.change(() => {
      throw new Error('no');
    });
    const next = store.change((settings) => addPage(settings, page));
    await expect(failing).rejects.toThrow('no');
    await next;
    expect(store.settings.pages).toEqual([page]);
  });

  it('are not opened if something else is stored', async () => {
    const storage = createStorage();
    await storage.local.set({ settings: 'text' });
    await expect(SettingsStore.open(storage)).rejects.toThrow('settings must be an object');
  });
});
