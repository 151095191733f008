// The background: a service worker in Chromium, an event page in Firefox. The browser stops it when it likes, and starts it again
// for an event, so that every listener is added at once, and what must last is in the storage of the session.
import type { ExtensionApi } from '../extension-api.ts';
import type { Notice } from '../messages.ts';
import { registryOf } from '../pages/read-page.ts';
import { changesSettings, loadSettings, type Settings } from '../settings.ts';
import type { StateKind } from '../state.ts';
import { runOnPages } from './content-scripts.ts';
import { createEvaluate, type Evaluate } from './evaluator.ts';
import { createHandlers, handle } from './messages.ts';
import { watchRedirects } from './redirects.ts';
import { Scheduler } from './scheduler.ts';
import { SessionState } from './session-state.ts';
import { showInToolbar } from './toolbar.ts';

/** Goes on with the work if the browser stops the worker in the middle of it; shorter times are not possible. */
const ALARM = 'go-on';
const ALARM_MINUTES = 0.5;

export interface BackgroundOptions {
  fetch?: typeof globalThis.fetch;
  now?: () => Date;
}

/** The settings, and what evaluates images by them: both change at once. */
interface Setup {
  settings: Settings;
  evaluate: Evaluate;
}

/** Starts the background of the extension. */
export function startBackground(
  api: ExtensionApi,
  { fetch = globalThis.fetch, now = () => new Date() }: BackgroundOptions = {},
): void {
  const session = api.storage.session;
  const state = new SessionState(session);
  const ready = state.load();
  const redirects = watchRedirects(api);
  let setup: Promise<Setup> | undefined;
  let isIdle = true;
  let pagesChanged = Promise.resolve();

  const currentSetup = () => {
    setup ??= loadSettings(api.storage.local).then((settings) => ({
      settings,
      evaluate: createEvaluate({ api, settings, redirects, session, fetch, now }),
    }));
    return setup;
  };
  const currentSettings = async () => (await currentSetup()).settings;

  const scheduler = new Scheduler({
    state,
    now: () => now().getTime(),
    evaluate: async (image, options) => (await currentSetup()).evaluate(image, options),
    changed: (image) => void show(image),
    idle: (idle) => {
      if (idle === isIdle) return;
      isIdle = idle;
      void (idle ? api.alarms.clear(ALARM) : api.alarms.create(ALARM, { delayInMinutes: ALARM_MINUTES }));
    },
  });

  /** Shows the state of an image wherever it is seen. */
  async function show(image: string): Promise<void> {
    const kind = state.detailsOf(image)?.state.kind;
    for (const [tabId, tab] of state.tabs) {
      if (tab.address !== image && !tab.images.includes(image)) continue;
      if (tab.address === image) await showInToolbar(api, tabId, image, kind);
      if (kind) await tellPage(tabId, { [image]: kind });
      await tell({ type: 'tab-changed', tabId });
    }
  }

  /** Tells the content script of Quay or Harbor the states of images of its own registry, and nothing else. */
  async function tellPage(tabId: number, states: Record<string, StateKind>): Promise<void> {
    const tab = state.tabs.get(tabId);
    if (tab?.page.kind !== 'quay' && tab?.page.kind !== 'harbor') return;
    const prefix = `${registryOf(new URL(tab.url), tab.page)}/`;
    const own = Object.entries(states).filter(([image]) => image.startsWith(prefix));
    if (own.length === 0) return;
    await unlessNobodyListens(
      api.tabs.sendMessage(tabId, { type: 'states', states: Object.fromEntries(own) } satisfies Notice, {
        frameId: 0,
      }),
    );
  }

  async function tell(notice: Notice): Promise<void> {
    await unlessNobodyListens(api.runtime.sendMessage(notice));
  }

  /** Does something after what was stored has been read, and then goes on with the work. */
  async function wake(work: () => unknown = () => {}): Promise<void> {
    await ready;
    try {
      await work();
    } catch (error) {
      // Such as settings that are damaged, which is the state of every image then.
      console.error(`notarykit: ${String(error)}`);
    }
    scheduler.run();
  }

  /** Runs the content script where it should run now; one change after the other. */
  function runOnEnabledPages(): Promise<void> {
    const change = async () => runOnPages(api, (await currentSettings()).pages);
    pagesChanged = pagesChanged.then(change, change);
    return pagesChanged;
  }

  const handlers = createHandlers({
    api,
    state,
    scheduler,
    settings: currentSettings,
    redirects,
    fetch,
    tellPage,
    tell,
  });
  api.runtime.onMessage.addListener((message, sender, respond) =>
    handle(message, sender, { api, handlers, ready, respond }),
  );
  api.storage.onChanged.addListener((changes, area) => {
    if (area !== 'local' || !changesSettings(changes)) return;
    setup = undefined;
    void wake(async () => {
      await state.forget(() => true);
      scheduler.restart();
      await runOnEnabledPages();
    });
  });
  api.permissions.onAdded.addListener(() => {
    void wake(async () => {
      await state.forget(({ state: { needs } }) => needs.length > 0);
      await runOnEnabledPages();
    });
  });
  api.permissions.onRemoved.addListener(() => {
    void wake(runOnEnabledPages);
  });
  api.tabs.onRemoved.addListener((tabId) => void wake(() => state.deleteTab(tabId)));
  api.alarms.onAlarm.addListener(() => void wake());
  const begin = () => void wake(runOnEnabledPages);
  api.runtime.onInstalled.addListener(begin);
  api.runtime.onStartup.addListener(begin);
  void wake();
}

/** If a page was left, or the popover is closed, the browser rejects the message: then nobody wants to know. */
async function unlessNobodyListens(sent: Promise<unknown>): Promise<void> {
  await sent.catch(() => {});
}
