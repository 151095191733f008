import type { ServerResponse } from 'node:http';
import type { CredentialSource } from '../../../src/oci/index.ts';
import { json, type SeenRequest } from '../../support/registry-server.ts';

/** Writes a whole response. */
export type Answer = (response: ServerResponse) => unknown;

/** How a registry behaves; docs/guides/registries.md names the sources. */
export interface Dialect {
  name: string;
  /** As references name it. */
  host: string;
  /** The host of its API, if it is another one. */
  api?: string;
  repository: string;
  /** The credential helper, with a secret that the user has. */
  helper: (secret: string, fetch: typeof globalThis.fetch) => CredentialSource;
  /** The secret that is right. */
  secret: string;
  /** Every secret, and the hosts that may see it. */
  travels: Readonly<Record<string, readonly string[]>>;
  /** The account that basic authentication or the token server accepts. */
  account: { username: string; password: string } | { refreshToken: string };
  /** The header WWW-Authenticate. */
  challenge: (scope: string) => string;
  /** Whether a credential that is refused gets no challenge. */
  challengesOnce?: boolean;
  /** Set if the registry uses bearer tokens. */
  token?: {
    address: string;
    service: string;
    response: (token: string) => object;
    refusal: Answer;
  };
  /** The response of the registry to a client without the right. */
  refusal: Answer;
  /** Another service that the helper sends requests to, by its URL. */
  service?: { address: string; answer: (request: SeenRequest, response: ServerResponse) => void };
  /** The Location of an upload. */
  upload: (session: string) => string;
  /** The URL that blobs are redirected to, if they are. */
  storage?: string;
  /** The response instead of the referrers API, if the registry has none. */
  noReferrers?: Answer;
}

/** As the distribution specification says. */
export function errors(status: number, code: string, message: string, more: object = {}): Answer {
  return (response) => json(response, status, { errors: [{ code, message, ...more }] });
}

export function text(status: number, body: string, type = 'text/plain; charset=utf-8'): Answer {
  return (response) => response.writeHead(status, { 'content-type': type }).end(body);
}

export function bearer(realm: string, service: string): (scope: string) => string {
  return (scope) => `Bearer realm="${realm}",service="${service}",scope="${scope}"`;
}

/** The hosts that the user trusts with a secret: requests to all others carry no secret. */
export function ownHosts({ host, api = host, token, service }: Dialect): readonly string[] {
  const others = [token?.address, service?.address].flatMap((address) =>
    address === undefined ? [] : [new URL(address).host],
  );
  return [...new Set([api, ...others])];
}
