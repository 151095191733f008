import type { ExtensionApi } from '../extension-api.ts';
import { isPermitted, originPattern, PermissionMissing } from './permissions.ts';
import type { Redirects } from './redirects.ts';

export interface GuardedFetchOptions {
  api: Pick<ExtensionApi, 'permissions'>;
  redirects: Redirects;
  /** Gets the match pattern of each host that a request needed and that is not permitted. */
  missing: (pattern: string) => void;
  fetch?: typeof globalThis.fetch;
}

/**
 * Makes a `fetch` that sends requests only to hosts that the user permits, without cookies and without the cache of the browser,
 * and shows redirects as they are, so that the caller decides where to go.
 */
export function createGuardedFetch({
  api,
  redirects,
  missing,
  fetch = globalThis.fetch,
}: GuardedFetchOptions): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, { ...init, credentials: 'omit', cache: 'no-store' });
    const pattern = originPattern(new URL(request.url));
    if (!(await isPermitted(api, pattern))) {
      missing(pattern);
      throw new PermissionMissing(pattern);
    }
    const watched = redirects.watch(request.url);
    try {
      const response = await fetch(request);
      const redirection = response.type === 'opaqueredirect' ? await watched.redirection() : undefined;
      if (!redirection) return response;
      const { status, location } = redirection;
      return new Response(null, { status, headers: { location } });
    } finally {
      watched.end();
    }
  };
}
