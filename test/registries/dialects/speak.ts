import type { ServerResponse } from 'node:http';
import { createRegistry, type Registry } from '../../../src/oci/index.ts';
import { start } from '../../oci/support.ts';
import { json, type RegistryServer, type SeenRequest } from '../../support/registry-server.ts';
import { type Dialect, errors, ownHosts, text } from './dialect.ts';
import { type Internet, internet, MEANT_FOR } from './internet.ts';

/** A registry of a vendor, with the other servers that it sends its clients to. */
export interface Vendor extends Internet {
  server: RegistryServer;
  /** Represents all hosts that the user has not trusted with a secret. */
  elsewhere: RegistryServer;
  /** The repository, with its registry. */
  name: string;
  /** A new registry object with the credential helper of the vendor. */
  connect(secret?: string): Registry;
}

/** Starts servers that behave as a dialect says, on this machine. */
export async function speak(dialect: Dialect): Promise<Vendor> {
  const [server, elsewhere] = [await start(), await start()];
  const uploads = new Map<string, { session: string; search: string }>();
  server.switches.referrersApi = dialect.noReferrers === undefined;
  server.switches.intercept = (request, response) =>
    answerOthers(dialect, server, request, response) ||
    download(dialect, server, request, response) ||
    refuse(dialect, server, request, response) ||
    withoutReferrers(dialect, request, response) ||
    upload(dialect, server, uploads, request, response) ||
    redirect(dialect, server, request, response);
  elsewhere.switches.intercept = (request, response) => {
    if (!download(dialect, server, request, response)) text(404, 'Not Found')(response);
    return true;
  };
  const own = ownHosts(dialect);
  const network = internet((host) => (own.includes(host) ? server : elsewhere));
  const { fetch } = network;
  return {
    ...network,
    server,
    elsewhere,
    name: `${dialect.host}/${dialect.repository}`,
    connect: (secret = dialect.secret) =>
      createRegistry({ retries: 0, timeout: 5000, fetch, credentials: dialect.helper(secret, fetch) }),
  };
}

const addressOf = ({ headers, url }: SeenRequest) => `https://${headers[MEANT_FOR]}${url.pathname}`;

/** The token server, and another service that the helper sends requests to. */
function answerOthers(
  { host, api = host, token, service, account }: Dialect,
  server: RegistryServer,
  request: SeenRequest,
  response: ServerResponse,
): boolean {
  const address = addressOf(request);
  if (service && address === service.address) {
    service.answer(request, response);
    return true;
  }
  if (token && address === token.address) {
    const { method, url, body, authorization } = request;
    const form = method === 'POST' ? new URLSearchParams(body.toString()) : url.searchParams;
    const known =
      'refreshToken' in account
        ? method === 'POST' && form.get('refresh_token') === account.refreshToken
        : method === 'GET' && authorization === basic(account);
    if (!known || form.get('service') !== token.service) {
      token.refusal(response);
      return true;
    }
    const value = `token-${server.tokens.size + 1}-secret`;
    server.tokens.set(
      value,
      form.getAll('scope').flatMap((scope) => scope.split(' ')),
    );
    json(response, 200, token.response(value));
    return true;
  }
  if (request.headers[MEANT_FOR] === api) return false;
  errors(404, 'UNSUPPORTED', 'not the registry')(response);
  return true;
}

function refuse(
  { repository, account, token, challenge, challengesOnce, refusal }: Dialect,
  server: RegistryServer,
  { method, authorization }: SeenRequest,
  response: ServerResponse,
): boolean {
  const reads = method === 'GET' || method === 'HEAD';
  const scopes = [`repository:${repository}:pull,push`, ...(reads ? [`repository:${repository}:pull`] : [])];
  const held = server.tokens.get(authorization?.replace('Bearer ', '') ?? '') ?? [];
  const allowed = token
    ? held.some((scope) => scopes.includes(scope))
    : 'username' in account && authorization === basic(account);
  if (allowed) return false;
  if (!challengesOnce || authorization === undefined) {
    response.setHeader('www-authenticate', challenge(scopes.at(-1) ?? ''));
  }
  refusal(response);
  return true;
}

function withoutReferrers({ noReferrers }: Dialect, { url }: SeenRequest, response: ServerResponse): boolean {
  if (!noReferrers || !url.pathname.includes('/referrers/')) return false;
  noReferrers(response);
  return true;
}

/** Opens uploads at the URL of the vendor, and forwards them to that of the server. */
function upload(
  dialect: Dialect,
  server: RegistryServer,
  uploads: Map<string, { session: string; search: string }>,
  { method, url }: SeenRequest,
  response: ServerResponse,
): boolean {
  if (method === 'POST' && url.pathname.endsWith('/blobs/uploads/')) {
    const session = `5f3b${String(uploads.size).padStart(4, '0')}`;
    const location = dialect.upload(session);
    const { pathname, search } = new URL(location, `https://${dialect.host}`);
    uploads.set(pathname, { session, search });
    server.uploads.set(session, Buffer.alloc(0));
    response.writeHead(202, { location, range: '0-0' }).end();
    return true;
  }
  const known = uploads.get(url.pathname);
  if (!known) return false;
  if (!url.search.startsWith(known.search)) {
    errors(400, 'BLOB_UPLOAD_INVALID', 'the state of the upload was changed')(response);
    return true;
  }
  url.pathname = `/v2/${dialect.repository}/blobs/uploads/${known.session}`;
  return false;
}

function redirect(
  { repository, storage }: Dialect,
  server: RegistryServer,
  { method, url }: SeenRequest,
  response: ServerResponse,
): boolean {
  const [, digest = ''] = /\/blobs\/(sha256:[0-9a-f]{64})$/.exec(url.pathname) ?? [];
  if (!storage || method !== 'GET' || !server.repository(repository).blobs.has(digest)) return false;
  response.writeHead(307, { location: `${storage}/${digest}?signature=signed` }).end();
  return true;
}

function download(
  { repository, storage }: Dialect,
  server: RegistryServer,
  request: SeenRequest,
  response: ServerResponse,
): boolean {
  const address = addressOf(request);
  if (!storage || !address.startsWith(`${storage}/`)) return false;
  const blob = server.repository(repository).blobs.get(address.slice(storage.length + 1));
  const signed = request.url.searchParams.get('signature') === 'signed';
  if (!blob || !signed) text(403, 'AccessDenied')(response);
  else response.writeHead(200, { 'content-length': blob.length }).end(blob);
  return true;
}

function basic({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
