import { resolveUrl } from '../../net/addresses.ts';
import { checkMixedContent } from '../../net/mixed-content.ts';
import { followRedirects } from '../../net/redirects.ts';
import { createRepeatingSend } from '../../net/repeating-send.ts';
import { withRetries } from '../../net/retry.ts';
import { InterruptedResponse, type TransportPolicy } from '../../net/transport.ts';

const MAX_REDIRECTS = 5;

/** Options of {@link registryPolicy}. */
export interface RegistryPolicyOptions {
  fetch: typeof globalThis.fetch | undefined;
  /** Milliseconds for a request with its redirects and repetitions, until its body has been read. */
  timeout: number;
  /** How often a request is repeated at most. */
  retries: number;
}

/** Says how registries, their token servers and their storage are talked to. */
export function registryPolicy({ fetch, timeout, retries }: RegistryPolicyOptions): TransportPolicy {
  return {
    errors: { unreachable: 'ERR_REGISTRY_UNREACHABLE', response: 'ERR_REGISTRY_RESPONSE' },
    timeout,
    check: fetch ? undefined : checkMixedContent,
    send: createRepeatingSend(fetch, retries),
    follow: followRedirects({ max: MAX_REDIRECTS, resolve: resolveUrl, byBrowser: true }),
    repeat: (attempt, method, signal) =>
      withRetries(attempt, {
        limit: method === 'GET' || method === 'DELETE' ? retries : 0,
        signal,
        what: 'the request to the registry',
        // The sender itself repeats what fails before there is a response.
        mayPass: (outcome) => outcome instanceof InterruptedResponse,
      }),
  };
}
