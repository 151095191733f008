import { digestOf } from '../../crypto/digest.ts';
import { BoundedCache } from '../../encoding/bounded-cache.ts';
import { encodeUtf8 } from '../../encoding/bytes.ts';
import { NotationError } from '../../errors/index.ts';
import { untilAborted } from '../../net/abort.ts';
import type { HttpResponse } from '../../net/transport.ts';
import { responseError } from './failure.ts';

/** The request for which a credential is sent. */
export interface CredentialUse {
  /** The registry that the credential is for. */
  registry: string;
  /** The registry or its token server. */
  server: URL;
  /** The credential in the form in which it is sent. */
  credential: string;
  /** What is requested from a token server: a 403 is about that, a 401 about the credential. */
  scope?: string;
  /** Whether a 401 may have another reason than the credential. */
  ambiguous?: boolean;
  signal?: AbortSignal | undefined;
}

/**
 * Sends a request that carries a credential, unless the server rejected the credential a short time ago. Until the server
 * has accepted a credential, other requests with it wait for the first.
 * @throws NotationError `ERR_REGISTRY_UNAUTHORIZED` if the credential was rejected, and what `send` throws
 */
export type SendCredential = (use: CredentialUse, send: () => Promise<HttpResponse>) => Promise<HttpResponse>;

/** What is known about a credential at a server: one of these members. */
interface State {
  accepted?: true;
  /** The first request with it. */
  trial?: Promise<HttpResponse>;
  /** The message of the error. */
  rejection?: string;
}

/** Milliseconds for which a rejected credential is not sent again: accounts are locked after a few failures. */
const REJECTED = 30_000;
const MAX_BYTES = 1024 * 1024;
/** The bytes of a state without its message. */
const STATE = 256;

/** Makes a function that sends credentials. It keeps hashes of them in memory. */
export function createSendCredential(): SendCredential {
  const states = new BoundedCache<State>(MAX_BYTES);

  function reject(name: string, response: HttpResponse, registry: string): void {
    const now = new Date();
    const { message } = responseError(response);
    const rejection = `${message} at ${now.toISOString()}; the credential for ${registry} is not sent to it again within 30 s`;
    states.set(name, { rejection }, { bytes: STATE + 2 * rejection.length, expires: +now + REJECTED });
  }

  return async ({ registry, server, credential, scope, ambiguous, signal }, send) => {
    const name = await digestOf(encodeUtf8(`${server.origin} ${credential}`));
    const scoped = `${name} ${scope}`;

    function note(response: HttpResponse): void {
      const { status, url } = response;
      const state = states.get(name);
      const isRefused = status === 401 && !ambiguous && url.origin === server.origin;
      if (status < 400) states.set(name, { accepted: true }, { bytes: STATE });
      else if (isRefused && !state?.accepted) reject(name, response, registry);
      // A credential that was accepted before may only lack a permission: the next request shows it.
      else if (isRefused || state?.trial) states.delete(name);
      if (status === 403 && scope !== undefined) reject(scoped, response, registry);
    }

    async function attempt(): Promise<HttpResponse> {
      try {
        const response = await send();
        note(response);
        return response;
      } catch (error) {
        if (states.get(name)?.trial) states.delete(name);
        throw error;
      }
    }

    // Its failure is reported to its own caller.
    const first = states.get(name)?.trial?.catch(() => undefined);
    if (first) await untilAborted(first, signal, 'the first request with a credential');
    const rejection = states.get(name)?.rejection ?? states.get(scoped)?.rejection;
    if (rejection !== undefined) throw new NotationError('ERR_REGISTRY_UNAUTHORIZED', rejection);
    const sent = attempt();
    if (!states.get(name)) states.set(name, { trial: sent }, { bytes: STATE });
    return sent;
  };
}
