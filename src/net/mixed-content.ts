import { NotationError } from '../errors/index.ts';
import { isLoopback } from './addresses.ts';

interface Page {
  protocol?: string;
}

/**
 * Checks that a browser allows a request: pages on HTTPS must not send requests over plain HTTP ("mixed content"), as
 * most URLs in certificates require. Browsers only report that the request failed, so this error gives the reason.
 *
 * @param peer - The peer of the request, as the error names it.
 * @param page - The location of the page; only browsers have one.
 * @throws NotationError `ERR_PLAIN_HTTP_BLOCKED`
 */
export function checkMixedContent(
  url: URL,
  peer: string,
  page: Page | undefined = globalThis.location,
): void {
  if (page?.protocol !== 'https:' || url.protocol !== 'http:' || isLoopback(url)) return;
  const message = `${peer} uses plain HTTP, which the browser blocks for pages on HTTPS`;
  throw new NotationError('ERR_PLAIN_HTTP_BLOCKED', message);
}
