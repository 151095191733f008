// The browser's extension API in memory, as far as the extension uses it.
import type {
  ContentScript,
  ExtensionApi,
  MessageSender,
  ReceivedHeaders,
  StorageArea,
  Tab,
} from '../../../examples/browser-extension/src/extension-api.ts';

export const EXTENSION = 'chrome-extension://notarykit/';

/** Something that listeners wait for. */
class FakeEvent<Arguments extends unknown[], Result = void> {
  readonly #listeners = new Set<(...given: Arguments) => Result>();

  addListener(listener: (...given: Arguments) => Result): void {
    this.#listeners.add(listener);
  }

  removeListener(listener: (...given: Arguments) => Result): void {
    this.#listeners.delete(listener);
  }

  get isHeard(): boolean {
    return this.#listeners.size > 0;
  }

  emit(...given: Arguments): Result[] {
    return [...this.#listeners].map((listener) => listener(...given));
  }
}

/** A storage area that keeps copies, as browsers do. */
export function createFakeArea(items: Record<string, unknown> = {}): StorageArea & {
  items: Record<string, unknown>;
} {
  return {
    items,
    async get(keys) {
      const names = keys === null || keys === undefined ? Object.keys(items) : [keys].flat();
      return structuredClone(
        Object.fromEntries(names.filter((name) => name in items).map((name) => [name, items[name]])),
      );
    },
    async set(added) {
      Object.assign(items, structuredClone(added));
    },
    async remove(keys) {
      for (const key of [keys].flat()) delete items[key];
    },
  };
}

/** A browser with one extension. Starting the background again with it is what a browser does that stopped the worker. */
export class FakeBrowser {
  readonly session = createFakeArea();
  readonly local = createFakeArea();
  readonly permitted = new Set<string>();
  readonly tabs = new Map<number, Tab>();
  readonly badges = new Map<number, { text?: string; title?: string; color?: string }>();
  /** Messages to content scripts. */
  readonly toPages: { tabId: number; message: unknown }[] = [];
  /** Messages to the popover and the side panel. */
  readonly toPopover: unknown[] = [];
  readonly alarms = new Set<string>();
  scripts: ContentScript[] = [];
  readonly injected: number[] = [];
  #events = createEvents();

  /** The API for a background that starts now: only its listeners are called from now on. */
  start(): ExtensionApi {
    const events = createEvents();
    this.#events = events;
    return {
      runtime: {
        id: 'notarykit',
        getURL: (path) => EXTENSION + path,
        openOptionsPage: async () => {},
        sendMessage: async (message) => {
          this.toPopover.push(message);
          throw new Error('Could not establish connection. Receiving end does not exist.');
        },
        onMessage: events.message,
        onInstalled: events.installed,
        onStartup: events.startup,
      },
      storage: { local: this.local, session: this.session, onChanged: events.stored },
      tabs: {
        query: async () => [...this.tabs.values()],
        get: async (tabId) => this.tabs.get(tabId) ?? { id: tabId },
        sendMessage: async (tabId, message) => {
          this.toPages.push({ tabId, message });
        },
        onRemoved: events.closed,
        onActivated: events.activated,
      },
      permissions: {
        getAll: async () => ({ origins: [...this.permitted] }),
        contains: async ({ origins }) => origins.every((origin) => this.permitted.has(origin)),
        request: async () => false,
        remove: async () => false,
        onAdded: events.granted,
        onRemoved: events.revoked,
      },
      scripting: {
        getRegisteredContentScripts: async () => structuredClone(this.scripts),
        registerContentScripts: async (scripts) => {
          this.scripts.push(...scripts);
        },
        unregisterContentScripts: async (filter) => {
          this.scripts = this.scripts.filter(({ id }) => filter && !filter.ids.includes(id));
        },
        executeScript: async ({ target }) => this.injected.push(target.tabId),
      },
      action: {
        setBadgeText: async ({ tabId, text }) => this.#changeBadge(tabId, { text }),
        setTitle: async ({ tabId, title }) => this.#changeBadge(tabId, { title }),
        setBadgeBackgroundColor: async ({ tabId, color }) => this.#changeBadge(tabId, { color }),
      },
      alarms: {
        create: async (name) => {
          this.alarms.add(name);
        },
        clear: async (name) => this.alarms.delete(name),
        onAlarm: events.alarm,
      },
      webRequest: { onHeadersReceived: events.headers },
    };
  }

  /** Sends a message to the background; `undefined` if it does not handle it. */
  send(message: unknown, sender: MessageSender): Promise<unknown> | undefined {
    let respond: (response: unknown) => void = () => {};
    const responded = new Promise((resolve) => {
      respond = resolve;
    });
    const handled = this.#events.message.emit(message, sender, (response) => respond(response));
    return handled.includes(true) ? responded : undefined;
  }

  /** Sends a message from the content script of a tab. */
  sendFromPage(tabId: number, message: unknown): Promise<unknown> | undefined {
    const tab = this.tabs.get(tabId);
    return this.send(message, { id: 'notarykit', frameId: 0, url: tab?.url, tab });
  }

  /** Sends a message from the popover. */
  sendFromPopover(message: unknown): Promise<unknown> | undefined {
    return this.send(message, { id: 'notarykit', url: `${EXTENSION}popover/popover.html` });
  }

  /** Opens a page in a tab. */
  openTab(id: number, url: string): void {
    this.tabs.set(id, { id, url });
  }

  closeTab(id: number): void {
    this.tabs.delete(id);
    this.#events.closed.emit(id);
  }

  async store(settings: unknown): Promise<void> {
    await this.local.set({ settings });
    this.#events.stored.emit({ settings: {} }, 'local');
  }

  grant(...origins: string[]): void {
    for (const origin of origins) this.permitted.add(origin);
    this.#events.granted.emit({ origins });
  }

  revoke(...origins: string[]): void {
    for (const origin of origins) this.permitted.delete(origin);
    this.#events.revoked.emit({ origins });
  }

  wakeByAlarm(): void {
    for (const name of this.alarms) this.#events.alarm.emit({ name });
  }

  install(): void {
    this.#events.installed.emit();
  }

  /** Whether responses of permitted hosts wake the extension. */
  get watchesResponses(): boolean {
    return this.#events.headers.isHeard;
  }

  receiveHeaders(details: ReceivedHeaders): void {
    this.#events.headers.emit(details);
  }

  #changeBadge(tabId: number, change: object): void {
    this.badges.set(tabId, { ...this.badges.get(tabId), ...change });
  }
}

function createEvents() {
  return {
    message: new FakeEvent<[unknown, MessageSender, (response: unknown) => void], boolean | undefined>(),
    installed: new FakeEvent<[]>(),
    startup: new FakeEvent<[]>(),
    stored: new FakeEvent<[Record<string, unknown>, string]>(),
    closed: new FakeEvent<[number]>(),
    activated: new FakeEvent<[{ tabId: number }]>(),
    granted: new FakeEvent<[{ origins?: string[] }]>(),
    revoked: new FakeEvent<[{ origins?: string[] }]>(),
    alarm: new FakeEvent<[{ name: string }]>(),
    headers: new FakeEvent<[ReceivedHeaders]>(),
  };
}
