import type { ServerResponse } from 'node:http';
import type { Credential } from '../../../src/oci/index.ts';
import { json, type RegistryServer, type SeenRequest } from '../../support/registry-server.ts';

/** How a registry is documented to answer; docs/registries.md names the documents. */
export interface Dialect {
  name: string;
  credential: Credential;
  /** Where tokens are; none for basic authentication. */
  tokenPath?: string;
  /** Beside the token. */
  reply?: (token: string) => object;
  referrersApi: boolean;
  /** What a registry without the API says when it is asked for referrers. */
  noReferrers?: (response: ServerResponse) => unknown;
  /** Whether blobs are at another host. */
  redirectsBlobs?: boolean;
}

const inSeconds = (expires_in: number) => (token: string) => ({
  token,
  access_token: token,
  expires_in,
  issued_at: '2026-11-25T00:00:00Z',
});

export const dialects: readonly Dialect[] = [
  {
    name: 'Docker Hub',
    credential: { username: 'me', password: 'dckr_pat_secret' },
    tokenPath: '/token',
    reply: inSeconds(300),
    referrersApi: true,
    redirectsBlobs: true,
  },
  {
    name: 'GitHub Container Registry',
    credential: { username: 'me', password: 'ghp_secret' },
    tokenPath: '/token',
    reply: (token) => ({ token }),
    referrersApi: false,
    noReferrers: (response) =>
      response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n'),
    redirectsBlobs: true,
  },
  {
    name: 'Amazon ECR',
    credential: { username: 'AWS', password: 'ecr-authorization-secret' },
    referrersApi: true,
    redirectsBlobs: true,
  },
  {
    name: 'Azure Container Registry',
    credential: { identityToken: 'acr-refresh-secret' },
    tokenPath: '/oauth2/token',
    reply: (access_token) => ({ access_token }),
    referrersApi: true,
    redirectsBlobs: true,
  },
  {
    name: 'Google Artifact Registry',
    credential: { username: 'oauth2accesstoken', password: 'ya29.secret' },
    tokenPath: '/v2/token',
    reply: inSeconds(3600),
    referrersApi: true,
  },
  {
    name: 'Harbor',
    credential: { username: 'robot$team+ci', password: 'robot-secret' },
    tokenPath: '/service/token',
    reply: inSeconds(1800),
    referrersApi: true,
  },
  {
    name: 'quay without the referrers API',
    credential: { username: 'team+ci', password: 'robot-secret' },
    tokenPath: '/v2/auth',
    reply: (token) => ({ token }),
    referrersApi: false,
    noReferrers: (response) =>
      response.writeHead(404, { 'content-type': 'text/html' }).end('<!doctype html><title>Quay</title>'),
    redirectsBlobs: true,
  },
];

/** Makes a server speak a dialect; blobs are served by the other one where the dialect redirects. */
export function speak(dialect: Dialect, server: RegistryServer, storage: RegistryServer): void {
  const { credential, tokenPath, noReferrers } = dialect;
  const { username = '', password = '' } = 'username' in credential ? credential : {};
  const realm = `http://${server.host}${tokenPath ?? ''}`;
  server.switches.referrersApi = dialect.referrersApi;
  server.switches.accounts = { scheme: tokenPath ? 'bearer' : 'basic', username, password, realm };
  server.switches.intercept = (request, response) => {
    if (tokenPath && request.url.pathname === tokenPath)
      return answerToken(dialect, server, request, response);
    const known = request.authorization !== undefined;
    if (known && noReferrers && request.path.includes('/referrers/')) {
      noReferrers(response);
      return true;
    }
    return known && dialect.redirectsBlobs === true && redirectBlob(server, storage, request, response);
  };
}

function answerToken(
  { credential, reply }: Dialect,
  server: RegistryServer,
  { method, url, body, authorization }: SeenRequest,
  response: ServerResponse,
): true {
  const form = new URLSearchParams(body.toString());
  const known =
    'identityToken' in credential
      ? method === 'POST' && form.get('refresh_token') === credential.identityToken
      : 'username' in credential && authorization === basic(credential.username, credential.password);
  if (!known) {
    json(response, 401, { errors: [{ code: 'UNAUTHORIZED', message: `not ${authorization}` }] });
    return true;
  }
  const token = `token-${server.tokens.size + 1}-secret`;
  server.tokens.set(
    token,
    method === 'POST' ? (form.get('scope') ?? '').split(' ') : url.searchParams.getAll('scope'),
  );
  json(response, 200, reply?.(token));
  return true;
}

function redirectBlob(
  server: RegistryServer,
  storage: RegistryServer,
  { method, url }: SeenRequest,
  response: ServerResponse,
): boolean {
  const [, name = '', digest = ''] = /^\/v2\/(.+)\/blobs\/(sha256:[0-9a-f]{64})$/.exec(url.pathname) ?? [];
  const blob = server.repository(name).blobs.get(digest);
  if (method !== 'GET' || !blob) return false;
  storage.repository(name).blobs.set(digest, blob);
  const location = `http://${storage.host}${url.pathname}?X-Amz-Signature=signed`;
  response.writeHead(307, { location }).end();
  return true;
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
