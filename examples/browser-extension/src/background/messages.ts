// What the background does for each message. Messages come from pages of the extension, and from content scripts, which run in the
// process of a page that may be hostile: what those say is checked, and tells them nothing.
import type { ExtensionApi, MessageSender } from '../extension-api.ts';
import type { Answer, Message, Notice, Requests, RequestType, TabImage, TabState } from '../messages.ts';
import { imageName } from '../pages/image-name.ts';
import { KNOWN_PAGES, type PageSetting, pageSettingFor } from '../pages/page.ts';
import { imageAt, MAX_IMAGES } from '../pages/read-page.ts';
import type { Settings } from '../settings.ts';
import type { StateKind } from '../state.ts';
import { createGuardedFetch } from './guarded-fetch.ts';
import { imageOfHarborAddress } from './harbor-projects.ts';
import { mayName } from './inside-names.ts';
import { withoutPermission } from './permissions.ts';
import type { Redirects } from './redirects.ts';
import type { Scheduler } from './scheduler.ts';
import type { SessionState, TabRecord } from './session-state.ts';
import { showInToolbar } from './toolbar.ts';

export interface HandlerOptions {
  api: ExtensionApi;
  state: SessionState;
  scheduler: Scheduler;
  settings: () => Promise<Settings>;
  redirects: Redirects;
  fetch: typeof globalThis.fetch;
  tellPage: (tabId: number, states: Record<string, StateKind>) => Promise<void>;
  tell: (notice: Notice) => Promise<void>;
}

/** The tab and the address of a content script, as the browser knows them. */
interface PageSender {
  tabId: number;
  url: URL;
}

type Handler<Type extends RequestType, Sender> = (
  message: Extract<Message, { type: Type }>,
  sender: Sender,
) => Promise<Requests[Type]['response']>;

const OF_PAGES = ['page-opened', 'page-closed', 'seen', 'visible'] as const;
const OF_EXTENSION = ['state-of-tab', 'details', 'retry', 'permissions-needed'] as const;

export type Handlers = {
  [Type in (typeof OF_PAGES)[number]]: Handler<Type, PageSender>;
} & {
  [Type in (typeof OF_EXTENSION)[number]]: Handler<Type, undefined>;
};

export function createHandlers(options: HandlerOptions): Handlers {
  const { api, state, scheduler, settings, redirects, fetch, tellPage, tell } = options;
  const guarded = createGuardedFetch({ api, redirects, missing: () => {}, fetch });

  async function pageAt(url: URL): Promise<PageSetting | undefined> {
    return pageSettingFor((await settings()).pages, url);
  }

  async function addressOf(url: URL, page: PageSetting): Promise<string | undefined> {
    const image = imageAt(url, page);
    if (image !== undefined) return image;
    try {
      return await imageOfHarborAddress(url, page, {
        settings: await settings(),
        session: api.storage.session,
        fetch: guarded,
      });
    } catch (error) {
      console.warn(`the name of the project is not known: ${String(error)}`);
      return undefined;
    }
  }

  /** Returns the names in a list from a page: each one checked and once, no more than a page may have. */
  async function namesIn(images: unknown, { url }: PageSender): Promise<string[]> {
    if (!Array.isArray(images)) return [];
    const current = await settings();
    const names = images
      .slice(0, MAX_IMAGES)
      .filter((image): image is string => typeof image === 'string' && imageName(image) === image);
    return [...new Set(names)].filter((image) => mayName(image, url, current));
  }

  /** Stores what a page says of itself, and shows what is known. */
  async function update(sender: PageSender, change: Partial<TabRecord>): Promise<void> {
    const { tabId, url } = sender;
    const page = await pageAt(url);
    if (!page) return state.deleteTab(tabId);
    const { address } = recordOf(sender) ?? { address: await addressOf(url, page) };
    // Another message of the page may have been handled in the meantime.
    const known = recordOf(sender);
    const tab: TabRecord = {
      images: [],
      omitted: 0,
      visible: [],
      requested: [],
      ...known,
      ...change,
      url: url.href,
      page,
      address,
    };
    await state.setTab(tabId, tab);
    scheduler.run();
    if (!known) await showInToolbar(api, tabId, address, kindOf(address));
    await tellPage(
      tabId,
      Object.fromEntries(
        tab.images.flatMap((image) => {
          const kind = kindOf(image);
          return kind ? [[image, kind]] : [];
        }),
      ),
    );
    await tell({ type: 'tab-changed', tabId });
  }

  /** What is known of the page of a tab; nothing if the tab shows another page. */
  function recordOf({ tabId, url }: PageSender): TabRecord | undefined {
    const tab = state.tabs.get(tabId);
    return tab?.url === url.href ? tab : undefined;
  }

  function kindOf(image: string | undefined): StateKind | undefined {
    return image === undefined ? undefined : state.detailsOf(image)?.state.kind;
  }

  /** The tab, unless it shows another page now. */
  async function currentTab(tabId: number): Promise<{ url: URL | undefined; tab: TabRecord | undefined }> {
    const { url: text = '' } = await api.tabs.get(tabId);
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const tab = state.tabs.get(tabId);
    return { url, tab: tab && url?.origin === new URL(tab.url).origin ? tab : undefined };
  }

  return {
    'page-opened': async (_, { url }) => pageAt(url),
    'page-closed': async (_, sender) => {
      // The next page of the tab may have been there first.
      if (!recordOf(sender)) return undefined;
      await state.deleteTab(sender.tabId);
      await showInToolbar(api, sender.tabId, undefined, undefined);
      scheduler.run();
      return undefined;
    },
    seen: async (message, sender) => {
      const images = await namesIn(message.images, sender);
      await update(sender, { images, omitted: countIn(message.omitted) });
      return undefined;
    },
    visible: async (message, sender) => {
      await update(sender, { visible: await namesIn(message.images, sender) });
      return undefined;
    },

    'state-of-tab': async ({ tabId }) => {
      const { url, tab } = await currentTab(tabId);
      if (!tab) return { images: [], omitted: 0, suggestion: url && suggestionFor(url) } satisfies TabState;
      const { page, address, omitted } = tab;
      const names = [...new Set([...(address === undefined ? [] : [address]), ...tab.images])];
      return { page, address, omitted, images: names.map(tabImage) };
    },
    details: async ({ image }) => state.detailsOf(image),
    retry: async ({ tabId, image }) => {
      const { tab } = await currentTab(tabId);
      if (!tab || imageName(image) !== image) return undefined;
      await state.setTab(tabId, { ...tab, requested: [...new Set([...tab.requested, image])] });
      scheduler.run();
      await tell({ type: 'tab-changed', tabId });
      return undefined;
    },
    'permissions-needed': async ({ tabId }) => {
      const { tab } = await currentTab(tabId);
      const names = tab ? [...tab.images, ...(tab.address === undefined ? [] : [tab.address])] : [];
      const needs = names.flatMap((image) => state.detailsOf(image)?.state.needs ?? []);
      return { origins: await withoutPermission(api, needs) };
    },
  };

  function tabImage(image: string): TabImage {
    const progress = scheduler.progressOf(image);
    return { image, progress, state: state.detailsOf(image)?.state };
  }
}

/** The page setting that would enable the extension on a page of a known site. */
function suggestionFor(url: URL): PageSetting | undefined {
  return pageSettingFor(KNOWN_PAGES, url);
}

function countIn(omitted: unknown): number {
  return Number.isSafeInteger(omitted) ? Math.max(0, Number(omitted)) : 0;
}

export interface HandleOptions {
  api: ExtensionApi;
  handlers: Handlers;
  /** Until then nothing is known. */
  ready: Promise<void>;
  respond: (response: unknown) => void;
}

/**
 * Handles a message if its sender may send it.
 * @returns `true` if there will be a response, as the browser wants to know.
 */
export function handle(
  message: unknown,
  sender: MessageSender,
  { api, handlers, ready, respond }: HandleOptions,
): boolean {
  const work = workFor(message, sender, api, handlers);
  if (!work) return false;
  ready
    .then(work)
    .then((response) => respond({ response } satisfies Answer<RequestType>))
    .catch((error: unknown) => respond({ error: String(error) } satisfies Answer<RequestType>));
  return true;
}

function workFor(
  message: unknown,
  sender: MessageSender,
  api: ExtensionApi,
  handlers: Handlers,
): (() => Promise<Requests[RequestType]['response']>) | undefined {
  if (sender.id !== api.runtime.id) return undefined;
  const { type } = Object(message) as { type?: unknown };
  const ofExtension = OF_EXTENSION.find((one) => one === type);
  if (ofExtension && sender.url?.startsWith(api.runtime.getURL(''))) {
    const handler = handlers[ofExtension] as Handler<RequestType, undefined>;
    return () => handler(message as Message, undefined);
  }
  const ofPages = OF_PAGES.find((one) => one === type);
  const page = pageOf(sender);
  if (!ofPages || !page) return undefined;
  const handler = handlers[ofPages] as Handler<RequestType, PageSender>;
  return () => handler(message as Message, page);
}

/** The page of a content script; of frames within pages nothing is read. */
function pageOf({ tab, url, frameId }: MessageSender): PageSender | undefined {
  if (tab?.id === undefined || frameId !== 0 || url === undefined || !URL.canParse(url)) return undefined;
  return { tabId: tab.id, url: new URL(url) };
}
