import type { ExtensionApi, ReceivedHeaders } from '../extension-api.ts';

/** The most redirects that are remembered until they are needed. */
const MAX_REMEMBERED = 100;
/** Milliseconds to wait for the browser to report a redirect: the report may come after the response. */
const WAIT = 500;
/** The requests of the extension itself belong to no tab. */
const NO_TAB = -1;
const STATUSES = [301, 302, 303, 307, 308];

/** How a request was redirected. */
export interface Redirection {
  status: number;
  /** As the server wrote it: a URL, or a part of one. */
  location: string;
}

/** Knows where redirects lead, which `fetch` hides. */
export interface Redirects {
  /** Forgets what is known of a URL: it will be requested now, and may lead elsewhere. */
  forget(url: string): void;
  /** Returns the redirect with which a URL was answered just now; `undefined` if the browser does not report it. */
  of(url: string): Promise<Redirection | undefined>;
}

/** Watches the redirects of the extension's own requests. The browser reports those of hosts that are permitted. */
export function watchRedirects(api: Pick<ExtensionApi, 'webRequest'>, wait = WAIT): Redirects {
  const known = new Map<string, Redirection>();
  const awaited = new Map<string, Set<(redirection: Redirection) => void>>();

  function remember(details: ReceivedHeaders): void {
    const { url, tabId, statusCode: status, responseHeaders = [] } = details;
    if (tabId !== NO_TAB || !STATUSES.includes(status)) return;
    const location = responseHeaders.find(({ name }) => name.toLowerCase() === 'location')?.value;
    if (location === undefined) return;
    const redirection = { status, location };
    known.delete(url);
    known.set(url, redirection);
    const [oldest] = known.keys();
    if (known.size > MAX_REMEMBERED && oldest !== undefined) known.delete(oldest);
    for (const resolve of awaited.get(url) ?? []) resolve(redirection);
    awaited.delete(url);
  }

  const urls = ['https://*/*', 'http://*/*'];
  api.webRequest.onHeadersReceived.addListener(remember, { urls }, ['responseHeaders']);

  return {
    forget: (url) => void known.delete(url),
    of(url) {
      const found = known.get(url);
      if (found) return Promise.resolve(found);
      return new Promise((resolve) => {
        const waiting = awaited.get(url) ?? new Set();
        awaited.set(url, waiting.add(resolve));
        setTimeout(() => {
          waiting.delete(resolve);
          if (waiting.size === 0 && awaited.get(url) === waiting) awaited.delete(url);
          resolve(undefined);
        }, wait);
      });
    },
  };
}
