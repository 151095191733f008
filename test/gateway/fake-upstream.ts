import {
  createMemoryRegistry,
  type Descriptor,
  isNotationError,
  type ListableRegistry,
  parseReference,
} from '../../src/index.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';
export const TOKEN = 'a-token-of-the-caller';
export const REALM = 'https://auth.example.com/token';

/** A request that the upstream got. */
export interface Seen {
  method: string;
  url: URL;
  /** The path below `/v2/`. */
  path: string;
  headers: Headers;
}

/** A registry as a `fetch` function. */
export interface FakeUpstream {
  /** What it serves. */
  registry: ListableRegistry;
  fetch: (url: string, options: RequestInit) => Promise<Response>;
  seen: Seen[];
  /** The requests as lines such as `GET team/app/manifests/v1`. */
  lines(): string[];
  switches: {
    /** The Authorization header that is required; none by default. */
    authorization?: string | undefined;
    /** Answers in place of the registry, unless it returns `undefined`. */
    intercept?:
      | ((
          seen: Seen,
          signal: AbortSignal | undefined,
        ) => Response | undefined | Promise<Response | undefined>)
      | undefined;
    referrersApi?: boolean;
  };
}

/** Serves a new registry in memory. */
export function fakeUpstream(host = 'registry.example.com'): FakeUpstream {
  const sizes = new Map<string, number>();
  const registry = countingBlobs(createMemoryRegistry(), sizes);
  const upstream: FakeUpstream = {
    registry,
    seen: [],
    switches: {},
    lines: () => upstream.seen.map(({ method, path }) => `${method} ${path}`),
    async fetch(url, options) {
      const request = new Request(url, options);
      const location = new URL(url);
      const seen = {
        method: request.method,
        url: location,
        path: location.pathname.slice('/v2/'.length),
        headers: request.headers,
      };
      upstream.seen.push(seen);
      const { intercept, authorization } = upstream.switches;
      const other = await intercept?.(seen, options.signal ?? undefined);
      if (other) return other;
      if (authorization !== undefined && request.headers.get('authorization') !== authorization) {
        return error(401, 'UNAUTHORIZED', {
          'www-authenticate': `Bearer realm="${REALM}",service="${host}",scope="repository:team/app:pull"`,
        });
      }
      return serve(registry, host, seen, upstream.switches, sizes);
    },
  };
  return upstream;
}

/** Notes the sizes of blobs: a request for one does not say it. */
function countingBlobs(registry: ListableRegistry, sizes: Map<string, number>): ListableRegistry {
  return {
    ...registry,
    repository(reference) {
      const repository = registry.repository(reference);
      return {
        ...repository,
        async pushBlob(...given) {
          const blob = await repository.pushBlob(...given);
          sizes.set(blob.digest, blob.size);
          return blob;
        },
      };
    },
  };
}

async function serve(
  registry: ListableRegistry,
  host: string,
  { method, path, url, headers }: Seen,
  { referrersApi = true }: FakeUpstream['switches'],
  sizes: ReadonlyMap<string, number>,
): Promise<Response> {
  if (path === '') return Response.json({});
  const [, name = '', kind, target = ''] =
    /^(.+)\/(manifests|blobs|tags|referrers)\/([^/]+)$/.exec(path) ?? [];
  const repository = registry.repository(parseReference(`${host}/${name}`));
  const answer = (bytes: Uint8Array, init: ResponseInit) =>
    new Response(method === 'HEAD' ? null : (bytes as BodyInit), init);
  try {
    if (kind === 'manifests') {
      const descriptor = await repository.resolve(target);
      return answer(await repository.fetchManifest(descriptor), { headers: headersOf(descriptor) });
    }
    if (kind === 'blobs') {
      const bytes = await repository.fetchBlob(
        { mediaType: '', digest: target, size: sizes.get(target) ?? 0 },
        { maxBytes: 1e7 },
      );
      const [, from] = /^bytes=(\d+)-/.exec(headers.get('range') ?? '') ?? [];
      if (from === undefined) return answer(bytes, { headers: { 'content-length': String(bytes.length) } });
      const part = bytes.slice(Number(from));
      const range = `bytes ${from}-${bytes.length - 1}/${bytes.length}`;
      return answer(part, {
        status: 206,
        headers: { 'content-range': range, 'content-length': String(part.length) },
      });
    }
    if (kind === 'tags') {
      const tags: string[] = [];
      for await (const tag of repository.tags()) tags.push(tag);
      return Response.json(
        { name, tags },
        { headers: { link: `</v2/${name}/tags/list?last=z&n=1>; rel="next"` } },
      );
    }
    if (kind === 'referrers' && referrersApi) {
      const manifests: Descriptor[] = [];
      const subject = await repository.resolve(target);
      const artifactType = url.searchParams.get('artifactType') ?? '';
      for await (const one of repository.referrers(subject, { artifactType })) manifests.push(one);
      return new Response(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }), {
        headers: { 'content-type': INDEX },
      });
    }
  } catch (failure) {
    if (!isNotationError(failure)) throw failure;
  }
  return error(404, 'MANIFEST_UNKNOWN');
}

function headersOf({ mediaType, digest, size }: Descriptor): Record<string, string> {
  return {
    'content-type': mediaType,
    'content-length': String(size),
    'docker-content-digest': digest,
    'cache-control': 'max-age=31536000',
    'set-cookie': 'session=1',
  };
}

function error(status: number, code: string, headers: Record<string, string> = {}): Response {
  return Response.json({ errors: [{ code, message: `${code} from upstream` }] }, { status, headers });
}
