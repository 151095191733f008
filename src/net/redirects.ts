import { quote } from '../errors/quote.ts';
import { discard } from './body.ts';
import type { TransportResponse } from './send.ts';
import type { Follow } from './transport.ts';

/** The statuses that keep the method and the body of a request. */
const SAME_METHOD: readonly number[] = [307, 308];
const STEP = 'Use the address that the server redirects to.';
const HIDDEN_STEP = 'Use the address that the server redirects to; a runtime other than a browser names it.';
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
/** The statuses of a redirect that is not followed; 0 is that of browsers, which hide it from scripts. */
export const REDIRECTED: readonly number[] = [0, ...REDIRECTS];

/** Options of {@link followRedirects}. */
export interface RedirectOptions {
  /** The most redirects in a row. */
  max: number;
  /** Resolves the target of a redirect; returns `undefined` if it must not be followed. */
  resolve: (location: string, from: URL) => URL | undefined;
  /** Whether browsers may follow redirects, which they hide from scripts; otherwise such a redirect is rejected. */
  byBrowser?: boolean | undefined;
}

/**
 * Follows redirects. The runtime must not, because some runtimes send the Authorization header to other origins, and some
 * cannot send a body again. A request other than GET and HEAD is meant for one peer: it is only sent again within the
 * origin, and with 307 and 308, which keep its method (RFC 9110, section 15.4).
 */
export function followRedirects({ max, resolve, byBrowser = false }: RedirectOptions): Follow {
  return async (first, method, hop, refuse) => {
    const reads = method === 'GET' || method === 'HEAD';
    let { response, url } = first;
    for (let hops = 0; ; hops++) {
      const location = locationOf(response);
      if (location === null) return { response, url };
      const { status } = response;
      discard(response.body);
      if (location === undefined && !(reads && byBrowser)) {
        throw refuse(`redirects a ${method}, and browsers hide where to`, HIDDEN_STEP);
      }
      if (hops === max) throw refuse(`redirects more than ${max} times`);
      if (location === undefined) {
        // Browsers drop the Authorization header at another origin.
        response = await hop(url, 'follow');
        return { response, url: target(response.url, url) };
      }
      if (!reads && !SAME_METHOD.includes(status)) throw refuse(`redirects a ${method} with ${status}`, STEP);
      const to = target(location, url);
      if (!reads && to.origin !== url.origin) {
        throw refuse(`redirects a ${method} to ${quote(to.origin)}, which is another origin`, STEP);
      }
      url = to;
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
function locationOf({ type, status, headers }: TransportResponse): string | null | undefined {
  if (type === 'opaqueredirect') return undefined;
  return REDIRECTS.includes(status) ? headers.get('location') : null;
}
