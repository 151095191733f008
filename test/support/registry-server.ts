import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const INDEX = 'application/vnd.oci.image.index.v1+json';

/** A request that the server got. */
export interface SeenRequest {
  method: string;
  /** Path and query. */
  path: string;
  url: URL;
  headers: IncomingMessage['headers'];
  authorization: string | undefined;
  body: Buffer;
}

/** The accounts that may use the registry. */
export interface Accounts {
  scheme: 'basic' | 'bearer';
  username: string;
  password: string;
  /** Taken at the token server instead of the password. */
  identityToken?: string;
  /** The token server; that of the registry itself by default. */
  realm?: string;
  /** Named in the challenge next to the scope that is needed. */
  extraScope?: string;
}

/** Settings of the registry, which may be changed at any time. */
export interface Switches {
  /** Whether it knows the referrers API. */
  referrersApi: boolean;
  /** Referrers on a page. */
  pageSize: number;
  /** How it says that it filtered, or that it does not filter. */
  filters: 'header' | 'annotation' | 'off';
  /** Whether it says what kind of artifact a referrer is. */
  artifactTypes: boolean;
  accounts: Accounts | undefined;
  /** Whether it gives parts of blobs. */
  ranges: boolean;
  /** Answers instead of the registry when it returns true. */
  intercept: ((request: SeenRequest, response: ServerResponse) => boolean) | undefined;
}

interface Stored {
  mediaType: string;
  bytes: Buffer;
}

interface StoredRepository {
  blobs: Map<string, Buffer>;
  manifests: Map<string, Stored>;
  tags: Map<string, string>;
}

/** A small registry on the loopback interface. */
export interface RegistryServer {
  /** Such as `127.0.0.1:40123`: the registry of a reference. */
  readonly host: string;
  readonly switches: Switches;
  /** Every request, in order. */
  readonly requests: SeenRequest[];
  /** Tokens that the registry takes, with their scopes. */
  readonly tokens: Map<string, string[]>;
  /** The received bytes of blobs that are being pushed, by session. */
  readonly uploads: Map<string, Buffer>;
  repository(name: string): StoredRepository;
  /** Stores a manifest, under a tag if one is given. */
  put(name: string, manifest: object, options?: { mediaType?: string; tag?: string }): StoredDescriptor;
  close(): Promise<void>;
}

export interface StoredDescriptor {
  mediaType: string;
  digest: string;
  size: number;
}

export function sha256(bytes: Uint8Array | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Starts a registry on a free port. */
export async function startRegistry(
  switches: Partial<Switches> = {},
  create: (listener: (request: IncomingMessage, response: ServerResponse) => void) => Server = createServer,
): Promise<RegistryServer> {
  const registry = new MinimalRegistry(switches);
  const server = create((request, response) => {
    registry.handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  registry.host = `127.0.0.1:${port}`;
  registry.close = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return registry;
}

class MinimalRegistry implements RegistryServer {
  host = '';
  close: () => Promise<void> = async () => undefined;
  readonly switches: Switches;
  readonly requests: SeenRequest[] = [];
  readonly tokens = new Map<string, string[]>();
  readonly uploads = new Map<string, Buffer>();
  #issued = 0;
  #sessions = 0;
  readonly #repositories = new Map<string, StoredRepository>();

  constructor(switches: Partial<Switches>) {
    this.switches = {
      referrersApi: true,
      pageSize: 1000,
      filters: 'header',
      artifactTypes: true,
      accounts: undefined,
      ranges: true,
      intercept: undefined,
      ...switches,
    };
  }

  repository(name: string): StoredRepository {
    const found = this.#repositories.get(name) ?? { blobs: new Map(), manifests: new Map(), tags: new Map() };
    this.#repositories.set(name, found);
    return found;
  }

  put(name: string, manifest: object, { mediaType, tag }: { mediaType?: string; tag?: string } = {}) {
    const bytes = Buffer.from(JSON.stringify(manifest));
    const type = mediaType ?? 'application/vnd.oci.image.manifest.v1+json';
    const digest = sha256(bytes);
    const { manifests, tags } = this.repository(name);
    manifests.set(digest, { mediaType: type, bytes });
    if (tag) tags.set(tag, digest);
    return { mediaType: type, digest, size: bytes.length };
  }

  async handle(message: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const url = new URL(message.url ?? '/', `http://${this.host}`);
    const request: SeenRequest = {
      method: message.method ?? 'GET',
      path: url.pathname + url.search,
      url,
      headers: message.headers,
      authorization: message.headers.authorization,
      body: Buffer.concat(chunks),
    };
    this.requests.push(request);
    if (this.switches.intercept?.(request, response)) return undefined;
    if (url.pathname === '/token') return this.#token(request, response);
    const [, name = '', kind = '', target = ''] =
      /^\/v2\/(.+?)\/(manifests|blobs|referrers)\/(.*)$/.exec(url.pathname) ?? [];
    if (!kind) return fail(response, 404, 'UNSUPPORTED');
    if (!this.#authorized(request, response, name)) return undefined;
    if (kind === 'manifests') return this.#manifest(request, response, this.repository(name), target);
    if (kind === 'referrers') return this.#referrers(request, response, this.repository(name), target);
    return this.#blob(request, response, name, target);
  }

  #authorized(request: SeenRequest, response: ServerResponse, name: string): boolean {
    const { accounts } = this.switches;
    if (!accounts) return true;
    const [scheme = '', value = ''] = (request.authorization ?? '').split(' ');
    if (accounts.scheme === 'basic') {
      const pair = Buffer.from(`${accounts.username}:${accounts.password}`).toString('base64');
      if (scheme === 'Basic' && value === pair) return true;
      response.setHeader('www-authenticate', 'Basic realm="registry"');
    } else {
      const reads = request.method === 'GET' || request.method === 'HEAD';
      const scopes = this.tokens.get(value);
      const wanted = [`repository:${name}:pull,push`, ...(reads ? [`repository:${name}:pull`] : [])];
      if (scheme === 'Bearer' && scopes?.some((scope) => wanted.includes(scope))) return true;
      const realm = accounts.realm ?? `http://${this.host}/token`;
      const scope = [wanted.at(-1), accounts.extraScope].filter(Boolean).join(' ');
      response.setHeader('www-authenticate', `Bearer realm="${realm}",service="registry",scope="${scope}"`);
    }
    fail(response, 401, 'UNAUTHORIZED');
    return false;
  }

  #token({ method, url, body, authorization }: SeenRequest, response: ServerResponse): ServerResponse {
    const { accounts } = this.switches;
    const form = new URLSearchParams(body.toString());
    const scopes =
      method === 'POST' ? (form.get('scope') ?? '').split(' ') : url.searchParams.getAll('scope');
    const pair = Buffer.from(`${accounts?.username}:${accounts?.password}`).toString('base64');
    const known =
      method === 'POST'
        ? accounts?.identityToken !== undefined && form.get('refresh_token') === accounts.identityToken
        : authorization === `Basic ${pair}`;
    if (!known) return fail(response, 401, 'UNAUTHORIZED');
    const token = `token-${++this.#issued}`;
    this.tokens.set(token, scopes);
    return json(response, 200, { token });
  }

  #manifest(
    request: SeenRequest,
    response: ServerResponse,
    stored: StoredRepository,
    target: string,
  ): ServerResponse {
    if (request.method === 'PUT') {
      const mediaType = request.headers['content-type'] ?? '';
      const digest = sha256(request.body);
      if (target.includes(':') && target !== digest) return fail(response, 400, 'DIGEST_INVALID');
      stored.manifests.set(digest, { mediaType, bytes: request.body });
      if (!target.includes(':')) stored.tags.set(target, digest);
      const { subject } = JSON.parse(request.body.toString()) as { subject?: { digest: string } };
      if (subject && this.switches.referrersApi) response.setHeader('oci-subject', subject.digest);
      return response.writeHead(201, { 'docker-content-digest': digest }).end();
    }
    const digest = stored.tags.get(target) ?? target;
    const found = stored.manifests.get(digest);
    if (!found) return fail(response, 404, 'MANIFEST_UNKNOWN');
    if (request.method === 'DELETE') {
      if (target === digest) stored.manifests.delete(digest);
      else stored.tags.delete(target);
      return response.writeHead(202).end();
    }
    response.writeHead(200, {
      'content-type': found.mediaType,
      'content-length': found.bytes.length,
      'docker-content-digest': digest,
    });
    return response.end(request.method === 'HEAD' ? undefined : found.bytes);
  }

  #referrers(
    { url }: SeenRequest,
    response: ServerResponse,
    stored: StoredRepository,
    digest: string,
  ): ServerResponse {
    const { referrersApi, pageSize, filters, artifactTypes } = this.switches;
    if (!referrersApi) return fail(response, 404, 'NOT_FOUND');
    const wanted = url.searchParams.get('artifactType');
    const all = [...stored.manifests].flatMap(([key, value]) => referrerOf(digest, key, value));
    const filtered = filters === 'off' ? all : all.filter((entry) => entry.artifactType === wanted);
    const start = Number(url.searchParams.get('start') ?? 0);
    const page = filtered.slice(start, start + pageSize);
    const next = new URLSearchParams({ artifactType: wanted ?? '', start: String(start + pageSize) });
    if (start + pageSize < filtered.length) {
      response.setHeader('link', `<${url.pathname}?${next}>; rel="next"`);
    }
    if (filters === 'header') response.setHeader('oci-filters-applied', 'artifactType');
    const annotations = { 'org.opencontainers.referrers.filtersApplied': 'artifactType' };
    return json(
      response,
      200,
      {
        schemaVersion: 2,
        mediaType: INDEX,
        manifests: artifactTypes ? page : page.map(({ artifactType: _, ...entry }) => entry),
        ...(filters === 'annotation' && { annotations }),
      },
      INDEX,
    );
  }

  #openUpload({ url }: SeenRequest, response: ServerResponse, name: string): ServerResponse {
    const digest = url.searchParams.get('mount') ?? '';
    const found = this.repository(url.searchParams.get('from') ?? '').blobs.get(digest);
    if (found) {
      this.repository(name).blobs.set(digest, found);
      return response.writeHead(201, { location: `/v2/${name}/blobs/${digest}` }).end();
    }
    const session = String(++this.#sessions);
    this.uploads.set(session, Buffer.alloc(0));
    return response.writeHead(202, { location: uploadPath(name, session) }).end();
  }

  #upload(
    { method, url, headers, body }: SeenRequest,
    response: ServerResponse,
    name: string,
    session: string,
  ): ServerResponse {
    // Another registry may have opened it.
    const foreign = Number(session) > this.#sessions ? Buffer.alloc(0) : undefined;
    const held = this.uploads.get(session) ?? foreign;
    if (!held) return fail(response, 404, 'BLOB_UPLOAD_UNKNOWN');
    const answer = (status: number, { length }: Buffer) =>
      response
        .writeHead(status, { location: uploadPath(name, session), range: `0-${Math.max(0, length - 1)}` })
        .end();
    if (method === 'GET') return answer(204, held);
    const all = Buffer.concat([held, body]);
    if (method === 'PATCH') {
      if (headers['content-range'] !== `${held.length}-${all.length - 1}`) return answer(416, held);
      this.uploads.set(session, all);
      return answer(202, all);
    }
    const digest = url.searchParams.get('digest') ?? '';
    if (sha256(all) !== digest) return fail(response, 400, 'DIGEST_INVALID');
    this.uploads.delete(session);
    this.repository(name).blobs.set(digest, all);
    return response.writeHead(201, { 'docker-content-digest': digest }).end();
  }

  #blob(request: SeenRequest, response: ServerResponse, name: string, target: string): ServerResponse {
    const { blobs } = this.repository(name);
    if (request.method === 'POST') return this.#openUpload(request, response, name);
    if (target.startsWith('uploads/')) return this.#upload(request, response, name, target.slice(8));
    const found = blobs.get(target);
    if (!found) return fail(response, 404, 'BLOB_UNKNOWN');
    if (request.method === 'DELETE') {
      blobs.delete(target);
      return response.writeHead(202).end();
    }
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    if (this.switches.ranges && first !== undefined) {
      const part = found.subarray(Number(first), Number(last) + 1);
      const range = `bytes ${first}-${Number(first) + part.length - 1}/${found.length}`;
      return response.writeHead(206, { 'content-length': part.length, 'content-range': range }).end(part);
    }
    response.writeHead(200, { 'content-length': found.length });
    return response.end(request.method === 'HEAD' ? undefined : found);
  }
}

/** With a query that is not to be changed. */
function uploadPath(name: string, session: string): string {
  return `/v2/${name}/blobs/uploads/${session}?state=a%2Fb`;
}

function referrerOf(subject: string, digest: string, { mediaType, bytes }: Stored) {
  const manifest = JSON.parse(bytes.toString());
  if (manifest.subject?.digest !== subject) return [];
  const artifactType: string = manifest.artifactType ?? manifest.config?.mediaType;
  return [{ mediaType, digest, size: bytes.length, artifactType, annotations: manifest.annotations }];
}

function fail(response: ServerResponse, status: number, code: string): ServerResponse {
  return json(response, status, { errors: [{ code, message: `${code} of the test registry` }] });
}

/** Answers with JSON. */
export function json(
  response: ServerResponse,
  status: number,
  value: unknown,
  type = 'application/json',
): ServerResponse {
  const bytes = Buffer.from(JSON.stringify(value));
  return response.writeHead(status, { 'content-type': type, 'content-length': bytes.length }).end(bytes);
}
