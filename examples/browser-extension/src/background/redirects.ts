import type { ExtensionApi, ReceivedHeaders } from '../extension-api.ts';

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

/** One request that is watched. */
export interface WatchedRequest {
  /** Returns how the request was redirected; `undefined` if the browser does not report it. */
  redirection(): Promise<Redirection | undefined>;
  /** Call it when the response is there, whatever it is. */
  end(): void;
}

/** Knows where redirects lead, which `fetch` hides. */
export interface Redirects {
  /** Watches a request that is sent next. */
  watch(url: string): WatchedRequest;
}

/**
 * Watches the redirects of the extension's own requests. The browser reports the responses of every host that is permitted, so that
 * it is only told to while there are requests: otherwise each page of such a host would wake the worker.
 */
export function watchRedirects(api: Pick<ExtensionApi, 'webRequest'>, wait = WAIT): Redirects {
  const watched = new Map<string, Set<(redirection: Redirection) => void>>();
  const { onHeadersReceived } = api.webRequest;

  function report({ url, tabId, statusCode: status, responseHeaders = [] }: ReceivedHeaders): void {
    if (tabId !== NO_TAB || !STATUSES.includes(status)) return;
    const location = responseHeaders.find(({ name }) => name.toLowerCase() === 'location')?.value;
    if (location === undefined) return;
    for (const resolve of watched.get(url) ?? []) resolve({ status, location });
  }

  function start(url: string, resolve: (redirection: Redirection) => void): void {
    if (watched.size === 0) {
      const filter = { urls: ['https://*/*', 'http://*/*'], types: ['xmlhttprequest' as const] };
      onHeadersReceived.addListener(report, filter, ['responseHeaders']);
    }
    watched.set(url, (watched.get(url) ?? new Set()).add(resolve));
  }

  function stop(url: string, resolve: (redirection: Redirection) => void): void {
    const others = watched.get(url);
    others?.delete(resolve);
    if (others?.size === 0) watched.delete(url);
    if (watched.size === 0) onHeadersReceived.removeListener(report);
  }

  return {
    watch(url) {
      let resolve: (redirection: Redirection) => void = () => {};
      const reported = new Promise<Redirection>((done) => {
        resolve = done;
      });
      start(url, resolve);
      return {
        redirection: () => Promise.race([reported, nothingAfter(wait)]),
        end: () => stop(url, resolve),
      };
    },
  };
}

function nothingAfter(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), milliseconds));
}
