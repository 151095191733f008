import { NotationError } from '../errors/index.ts';

/** Hosts that browsers take for secure without HTTPS. */
const LOOPBACK = /^(?:localhost|[^.]+\.localhost|127(?:\.\d+){3}|\[::1\])$/;

interface Page {
  protocol?: string;
}

/**
 * Pages on HTTPS may not ask addresses on plain HTTP ("mixed content"), which those in certificates mostly are: the
 * browser says no more than that it failed.
 *
 * @param name - What is asked, for the error.
 * @param page - Where the code runs; runtimes other than browsers do not tell.
 * @throws NotationError `ERR_PLAIN_HTTP_BLOCKED`
 */
export function checkMixedContent(
  url: URL,
  name: string,
  page: Page | undefined = globalThis.location,
): void {
  if (page?.protocol !== 'https:' || url.protocol !== 'http:' || LOOPBACK.test(url.hostname)) return;
  throw new NotationError(
    'ERR_PLAIN_HTTP_BLOCKED',
    `${name} is on plain HTTP, which a page on HTTPS may not ask`,
  );
}
