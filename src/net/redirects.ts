import { quote } from '../errors/quote.ts';
import { discard } from './body.ts';
import type { Follow } from './transport.ts';

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
/** The statuses of a redirect that is not followed; 0 is that of browsers, which hide it from scripts. */
export const REDIRECTED: readonly number[] = [0, ...REDIRECTS];

/** Options of {@link followRedirects}. */
export interface RedirectOptions {
  /** The most redirects in a row. */
  max: number;
  /** Resolves the target of a redirect; returns `undefined` if it must not be followed. */
  resolve: (location: string, from: URL) => URL | undefined;
  /** Whether browsers may follow redirects, which they hide from scripts; otherwise such a redirect is refused. */
  byBrowser?: boolean | undefined;
}

/**
 * Follows the redirects of GET and HEAD only: the body of another request is meant for one peer. The runtime must not
 * follow them, because some runtimes send the Authorization header to other origins.
 */
export function followRedirects({ max, resolve, byBrowser = false }: RedirectOptions): Follow {
  return async (first, method, hop, refuse) => {
    let { response, url } = first;
    for (let hops = 0; ; hops++) {
      const location = locationOf(response);
      if (location === null) return { response, url };
      discard(response.body);
      if (method !== 'GET' && method !== 'HEAD') throw refuse(`redirects a ${method}`);
      if (location === undefined && !byBrowser) throw refuse('redirects');
      if (hops === max) throw refuse(`redirects more than ${max} times`);
      if (location === undefined) {
        // Browsers drop the Authorization header at another origin.
        response = await hop(url, 'follow');
        return { response, url: target(response.url, url) };
      }
      url = target(location, url);
      response = await hop(url);
    }

    function target(location: string, from: URL): URL {
      const to = resolve(location, from);
      if (to) return to;
      const named = URL.canParse(location, from) ? new URL(location, from) : undefined;
      const where = named && `to ${quote(`${named.protocol}//${named.host}`)}, which is not allowed`;
      throw refuse(`redirects ${where ?? 'to a malformed URL'}`);
    }
  };
}

/** Returns the target of a redirect: `null` if the response is not a redirect, `undefined` if the browser hides it. */
function locationOf({ type, status, headers }: Response): string | null | undefined {
  if (type === 'opaqueredirect') return undefined;
  return REDIRECTS.includes(status) ? headers.get('location') : null;
}
