import { isNotationError } from '../../errors/index.ts';
import { untilAborted } from '../../net/abort.ts';
import { type HttpRequest, type HttpResponse, sendRequest } from '../../net/transport.ts';
import type { OperationOptions } from '../repository.ts';
import type { Actions } from './auth.ts';
import type { Authentication, AuthenticationOptions } from './authentication.ts';
import { passwordsIn } from './credentials.ts';
import { responseError } from './failure.ts';
import { originOf } from './origin.ts';

/** A request to one repository of a registry. */
export interface RepositoryRequest extends OperationOptions {
  method: HttpRequest['method'];
  /** A path below `/v2/<name>/`, such as `manifests/v1`, or a URL that the registry gave. */
  at: string | URL;
  /** The requested resource, for errors. */
  what: string;
  actions: Actions;
  headers?: Record<string, string>;
  body?: Uint8Array;
  onReceived?: HttpRequest['onReceived'];
  follow?: HttpRequest['follow'];
  isRepeatable?: HttpRequest['isRepeatable'];
  /** The most bytes of the body of the response. */
  maxBytes: number;
  /** The statuses that are expected; others are an error. */
  expect: readonly number[];
}

/** A connection to one repository of a registry. */
export interface Connection {
  /** The name of the repository, without its registry. */
  readonly repository: string;
  /** The root of the registry. */
  readonly origin: URL;
  /** Hosts, in canonical form, at which the registry may open uploads in addition to its own. */
  readonly uploadHosts: readonly string[];
  /** Sends a request, authenticated as the registry requires. */
  request(request: RepositoryRequest): Promise<HttpResponse>;
}

/** Options of {@link createConnector}. */
export interface ConnectorOptions extends Pick<AuthenticationOptions, 'policy' | 'plainHttp'> {
  authentication: Authentication;
  /** As in {@link Connection}. */
  uploadHosts: readonly string[];
}

/** Makes a function that connects to repositories. */
export function createConnector({
  policy,
  plainHttp,
  authentication: { authenticatorOf, sendCredential },
  uploadHosts,
}: ConnectorOptions): (registry: string, repository: string) => Connection {
  return (registry, repository) => {
    const origin = originOf(registry, plainHttp);
    const authenticator = authenticatorOf(registry);
    const root = new URL(`/v2/${repository}/`, origin);
    return {
      repository,
      origin,
      uploadHosts,
      async request({ at, what, actions, expect, ...request }) {
        const url = typeof at === 'string' ? new URL(at, root) : at;
        const { signal, budget } = request;
        const home = url.origin === origin.origin;
        const held = home ? authenticator.held(repository, actions, budget) : undefined;
        const send = async (header: Promise<string> | undefined) => {
          const authorization =
            header && (await untilAborted(header, signal, `the authentication at ${origin.host}`));
          const secrets = passwordsIn(authorization);
          const attempt = () => sendRequest({ url, authorization, secrets, ...request }, policy);
          if (!authorization || secrets.length === 0) return attempt();
          const ambiguous = expect.includes(401);
          const use = { registry, server: origin, credential: authorization, ambiguous, signal };
          return sendCredential(use, attempt);
        };
        const refused = await send(held).catch((error) => {
          // The source of the credential may have another one by now.
          if (held && isNotationError(error, 'ERR_REGISTRY_UNAUTHORIZED')) return send(undefined);
          throw error;
        });
        let response = refused;
        if (response.status === 401 && home && response.url.origin === origin.origin) {
          const answer = authenticator.answer(response, repository, actions, held, budget);
          response = await send(answer).catch((error) => {
            // If a 401 is expected, credentials are not always the reason, and there may be no challenge.
            if (expect.includes(401) && isNotationError(error, 'ERR_REGISTRY_UNAUTHORIZED')) return refused;
            throw error;
          });
        }
        if (!expect.includes(response.status)) throw responseError(response, what);
        return response;
      },
    };
  };
}
