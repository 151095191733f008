import { NotationError } from '../../errors/index.ts';
import { resolveUrl } from '../../net/addresses.ts';
import type { HttpResponse } from '../../net/transport.ts';
import type { Connection } from './connection.ts';
import { nextLink } from './link.ts';

const MAX_PAGES = 1000;

/**
 * Yields the pages of a list, each of which names the next one.
 * @param what - What is listed, in the plural, for errors.
 * @param fetchPage - Fetches a page by its URL at the registry.
 * @throws NotationError `ERR_LIMIT_EXCEEDED` for a list without end, `ERR_REGISTRY_RESPONSE` for a page elsewhere
 */
export async function* pagesFrom(
  first: HttpResponse,
  connection: Connection,
  what: string,
  fetchPage: (url: URL) => Promise<HttpResponse>,
): AsyncGenerator<HttpResponse> {
  const seen = new Set<string>();
  let page = first;
  while (true) {
    if (seen.size >= MAX_PAGES) throw withoutEnd(connection, what);
    yield page;
    const next = nextPage(page, connection, what);
    if (!next) return;
    if (seen.has(next.href)) throw withoutEnd(connection, what);
    seen.add(next.href);
    page = await fetchPage(next);
  }
}

/** Makes the error of a list that is too long. */
export function withoutEnd({ origin }: Connection, what: string): NotationError {
  return new NotationError('ERR_LIMIT_EXCEEDED', `${origin.host} lists ${what} without end`);
}

function nextPage(page: HttpResponse, { origin }: Connection, what: string): URL | undefined {
  const link = nextLink(page.headers.get('link'));
  if (link === undefined) return undefined;
  const next = resolveUrl(link, page.url);
  if (next?.origin === origin.origin) return next;
  throw new NotationError(
    'ERR_REGISTRY_RESPONSE',
    `${origin.host} names a next page of ${what} at another origin`,
  );
}
