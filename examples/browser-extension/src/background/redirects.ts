import type { ExtensionApi, Redirection } from '../extension-api.ts';

/** The most redirects that are remembered until they are needed. */
const MAX_REMEMBERED = 100;
/** Milliseconds to wait for the browser to report a redirect: the report may come after the response. */
const WAIT = 500;
/** The requests of the extension itself belong to no tab. */
const NO_TAB = -1;

/** Knows where redirects lead, which `fetch` hides. */
export interface Redirects {
  /** Returns the redirect with which a URL was answered just now; `undefined` if the browser does not report it. */
  of(url: string): Promise<Redirection | undefined>;
}

/** Watches the redirects of the extension's own requests. */
export function watchRedirects(api: Pick<ExtensionApi, 'webRequest'>, wait = WAIT): Redirects {
  const known = new Map<string, Redirection>();
  const awaited = new Map<string, Set<(redirection: Redirection) => void>>();
  api.webRequest.onBeforeRedirect.addListener(
    (redirection) => {
      if (redirection.tabId !== NO_TAB) return;
      const { url } = redirection;
      known.delete(url);
      known.set(url, redirection);
      const [oldest] = known.keys();
      if (known.size > MAX_REMEMBERED && oldest !== undefined) known.delete(oldest);
      for (const resolve of awaited.get(url) ?? []) resolve(redirection);
      awaited.delete(url);
    },
    { urls: ['https://*/*', 'http://*/*'] },
  );

  return {
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
