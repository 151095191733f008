// The part of the browser's extension API that the extension uses. Both browsers have it as `chrome`, with promises.

/** An area of the extension's storage. */
export interface StorageArea {
  get(keys?: string | string[] | null): Promise<Record<string, unknown>>;
  set(items: Record<string, unknown>): Promise<void>;
  remove(keys: string | string[]): Promise<void>;
}

/** Something that calls listeners. */
export interface BrowserEvent<Listener> {
  addListener(listener: Listener): void;
}

export interface Tab {
  id?: number | undefined;
  /** Only with a permission for the page. */
  url?: string | undefined;
}

export interface MessageSender {
  id?: string | undefined;
  tab?: Tab | undefined;
  /** The address of the page or frame that sent the message, as the browser knows it. */
  url?: string | undefined;
  frameId?: number | undefined;
}

export interface Origins {
  origins: string[];
}

export interface ContentScript {
  id: string;
  matches: string[];
  js: string[];
  runAt: 'document_idle';
}

/** The headers of a response have arrived. */
export interface ReceivedHeaders {
  url: string;
  /** -1 for requests that belong to no tab. */
  tabId: number;
  statusCode: number;
  responseHeaders?: { name: string; value?: string }[] | undefined;
}

export interface ExtensionApi {
  runtime: {
    id: string;
    getURL(path: string): string;
    openOptionsPage(): Promise<void>;
    sendMessage(message: unknown): Promise<unknown>;
    onMessage: BrowserEvent<
      (message: unknown, sender: MessageSender, respond: (response: unknown) => void) => boolean | undefined
    >;
    onInstalled: BrowserEvent<() => void>;
    onStartup: BrowserEvent<() => void>;
  };
  storage: {
    local: StorageArea;
    session: StorageArea;
    onChanged: BrowserEvent<(changes: Record<string, unknown>, area: string) => void>;
  };
  tabs: {
    query(query: { active?: boolean; currentWindow?: boolean }): Promise<Tab[]>;
    get(tabId: number): Promise<Tab>;
    sendMessage(tabId: number, message: unknown, options?: { frameId: number }): Promise<unknown>;
    onRemoved: BrowserEvent<(tabId: number) => void>;
    onActivated: BrowserEvent<(active: { tabId: number }) => void>;
  };
  /** Of Chromium. Only in a handler of a click. */
  sidePanel?: { open(target: { tabId: number }): Promise<void> };
  /** Of Firefox. Only in a handler of a click. */
  sidebarAction?: { open(): Promise<void> };
  permissions: {
    getAll(): Promise<Partial<Origins>>;
    contains(permissions: Origins): Promise<boolean>;
    /** Only in a handler of a click. */
    request(permissions: Origins): Promise<boolean>;
    remove(permissions: Origins): Promise<boolean>;
    onAdded: BrowserEvent<(permissions: Partial<Origins>) => void>;
    onRemoved: BrowserEvent<(permissions: Partial<Origins>) => void>;
  };
  scripting: {
    getRegisteredContentScripts(): Promise<ContentScript[]>;
    registerContentScripts(scripts: ContentScript[]): Promise<void>;
    unregisterContentScripts(filter?: { ids: string[] }): Promise<void>;
    executeScript(injection: { target: { tabId: number }; files: string[] }): Promise<unknown>;
  };
  action: {
    setBadgeText(details: { tabId: number; text: string }): Promise<void>;
    setBadgeBackgroundColor(details: { tabId: number; color: string }): Promise<void>;
    setTitle(details: { tabId: number; title: string }): Promise<void>;
  };
  alarms: {
    create(name: string, info: { delayInMinutes: number }): Promise<void>;
    clear(name: string): Promise<boolean>;
    onAlarm: BrowserEvent<(alarm: { name: string }) => void>;
  };
  webRequest: {
    onHeadersReceived: {
      addListener(
        listener: (details: ReceivedHeaders) => void,
        filter: { urls: string[]; types: 'xmlhttprequest'[] },
        extra: 'responseHeaders'[],
      ): void;
      removeListener(listener: (details: ReceivedHeaders) => void): void;
    };
  };
}

declare global {
  const chrome: ExtensionApi;
}
