import { untilAborted } from '../../net/abort.ts';
import type { HttpRequest, HttpResponse, Transport } from '../../net/transport.ts';
import type { OperationOptions } from '../repository.ts';
import { type Actions, createAuthenticator } from './auth.ts';
import type { Credential } from './credentials.ts';
import { responseError } from './failure.ts';
import { createMemo } from './memo.ts';
import { originOf, wantsPlainHttp } from './origin.ts';

const MAX_REGISTRIES = 1000;

/** A request to one repository of a registry. */
export interface RepositoryRequest extends OperationOptions {
  method: HttpRequest['method'];
  /** Below `/v2/<name>/`, such as `manifests/v1`, or a whole address that the registry gave. */
  at: string | URL;
  /** What the address is asked for, for the error. */
  what: string;
  actions: Actions;
  headers?: Record<string, string>;
  body?: Uint8Array;
  /** Told how many bytes of the body of the response have come. */
  onReceived?: HttpRequest['onReceived'];
  maxBytes: number;
  /** The statuses that are an answer; others are an error. */
  expect: readonly number[];
}

/** The way to one repository of a registry. */
export interface Connection {
  /** The name of the repository, without its registry. */
  readonly repository: string;
  /** The root of the registry. */
  readonly origin: URL;
  /** Sends a request, authenticated as the registry asks for. */
  request(request: RepositoryRequest): Promise<HttpResponse>;
}

/** What {@link createConnector} takes. */
export interface ConnectorOptions {
  transport: Transport;
  plainHttp: boolean | readonly string[] | undefined;
  credential: (registry: string) => Promise<Credential | undefined>;
}

/** Connects to repositories; those of the same registry share what authenticates them. */
export function createConnector({
  transport,
  plainHttp,
  credential,
}: ConnectorOptions): (registry: string, repository: string) => Connection {
  const authenticatorOf = createMemo(MAX_REGISTRIES, (registry) =>
    createAuthenticator({
      transport,
      origin: originOf(registry, plainHttp),
      plainHttp: wantsPlainHttp(registry, plainHttp),
      credential: () => credential(registry),
    }),
  );
  return (registry, repository) => {
    const origin = originOf(registry, plainHttp);
    const authenticator = authenticatorOf(registry);
    const root = new URL(`/v2/${repository}/`, origin);
    return {
      repository,
      origin,
      async request({ at, what, actions, expect, ...request }) {
        const url = typeof at === 'string' ? new URL(at, root) : at;
        const { signal } = request;
        const home = url.origin === origin.origin;
        const held = home ? authenticator.held(repository, actions) : undefined;
        const authorization = held && (await untilAborted(held, signal));
        let response = await transport({ ...request, url, authorization });
        if (response.status === 401 && home && response.url.origin === origin.origin) {
          const answer = authenticator.answer(response, repository, actions, held);
          response = await transport({ ...request, url, authorization: await untilAborted(answer, signal) });
        }
        if (!expect.includes(response.status)) throw responseError(response, what);
        return response;
      },
    };
  };
}
