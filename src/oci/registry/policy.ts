import { isNotationError } from '../../errors/index.ts';
import { resolveUrl } from '../../net/addresses.ts';
import { checkMixedContent } from '../../net/mixed-content.ts';
import { followRedirects } from '../../net/redirects.ts';
import { TRANSIENT, withRetries } from '../../net/retry.ts';
import type { HttpTransport } from '../../net/send.ts';
import type { TransportPolicy } from '../../net/transport.ts';

const MAX_REDIRECTS = 5;
/** A repetition of these changes nothing; another PATCH would append a chunk twice. */
const REPEATABLE: readonly string[] = ['GET', 'HEAD', 'PUT', 'DELETE'];

/** Options of {@link registryPolicy}. */
export interface RegistryPolicyOptions {
  fetch: typeof globalThis.fetch | undefined;
  transport?: HttpTransport | undefined;
  /** Milliseconds for a request with its redirects and repetitions, until its body has been read. */
  timeout: number;
  /** How often a request is repeated at most. */
  retries: number;
}

/** Returns the policy for requests to registries, their token servers and their storage. */
export function registryPolicy({
  fetch,
  transport,
  timeout,
  retries,
}: RegistryPolicyOptions): TransportPolicy {
  return {
    errors: { unreachable: 'ERR_REGISTRY_UNREACHABLE', response: 'ERR_REGISTRY_RESPONSE' },
    timeout,
    fetch: fetch ? (url, request) => fetch(new Request(url, request)) : transport,
    check: fetch ? undefined : checkMixedContent,
    follow: followRedirects({ max: MAX_REDIRECTS, resolve: resolveUrl, byBrowser: true }),
    repeat: (attempt, { method, isRepeatable = REPEATABLE.includes(method) }, signal) =>
      withRetries(attempt, {
        limit: isRepeatable ? retries : 0,
        signal,
        what: 'the request to the registry',
        mayPass: (outcome) =>
          isNotationError(outcome)
            ? outcome.code === 'ERR_REGISTRY_UNREACHABLE'
            : TRANSIENT.includes(outcome.status),
      }),
  };
}
