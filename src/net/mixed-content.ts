import { NotationError } from '../errors/index.ts';
import { isLoopback } from './addresses.ts';

interface Page {
  protocol?: string;
}

/**
 * Pages on HTTPS must not send requests over plain HTTP ("mixed content"), as most URLs in certificates demand. The
 * browser only reports that the request failed, so that the reason is given here.
 *
 * @param peer - Who is to get the request, for the error.
 * @param page - Where the code runs; only browsers have a location.
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
