import type { TransportPolicy } from '../../src/net/transport.ts';

/** A request as a fetch got it. */
export interface SeenRequest {
  url: string;
  method: string;
  headers: Record<string, string>;
}

/** A fetch that answers by a function, and the requests that it got. */
export function recordingFetch(
  answer: (request: SeenRequest, index: number) => Response | Promise<Response>,
) {
  const seen: SeenRequest[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const { url, method, headers } = new Request(input, init);
    seen.push({ url, method, headers: Object.fromEntries(headers) });
    return answer({ url, method, headers: Object.fromEntries(headers) }, seen.length - 1);
  };
  return { fetch, seen };
}

/** A policy of its own for each test. */
export function policyOf(policy: Partial<TransportPolicy> = {}): TransportPolicy {
  return {
    errors: { unreachable: 'ERR_REGISTRY_UNREACHABLE', response: 'ERR_REGISTRY_RESPONSE' },
    timeout: 5000,
    ...policy,
  };
}
