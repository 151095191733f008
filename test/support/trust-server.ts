import type { ForgedTrust } from './forge-trust.ts';

/** A record of the change feed. */
export interface FeedRecord {
  ID: string;
  CreatedAt: string;
  GUN: string;
  Version: number;
  SHA256: string;
  Category: string;
}

/** How a server behaves; everything may be changed at any time. */
export interface TrustServerSwitches {
  /** Those who may read, by bearer authentication; everybody by default. */
  accounts?: { username: string; password: string };
  feed?: readonly FeedRecord[];
  /** The most records of a page. */
  pageSize?: number;
  /** Answers instead of the server. */
  intercept?: (url: URL, request: Request) => Response | undefined;
}

/** A Notary v1 server in memory. */
export interface FakeTrustServer {
  readonly url: string;
  readonly fetch: typeof globalThis.fetch;
  /** The requests, as their paths and queries. */
  readonly requests: string[];
  readonly switches: TrustServerSwitches;
}

const REALM = 'https://auth.example.com/token';

/** Serves metadata as a Notary v1 server does. */
export function serveTrust(
  trusts: readonly Pick<ForgedTrust, 'gun' | 'files'>[],
  switches: TrustServerSwitches = {},
): FakeTrustServer {
  const requests: string[] = [];
  const tokens = new Set<string>();
  const answer = (request: Request): Response => {
    const url = new URL(request.url);
    requests.push(`${url.pathname}${url.search}`);
    const intercepted = switches.intercept?.(url, request);
    if (intercepted) return intercepted;
    if (url.href.startsWith(REALM)) return tokenFor(request, url);
    const scope = scopeOf(url.pathname);
    if (switches.accounts && !tokens.has(request.headers.get('authorization') ?? '')) {
      const challenge = `Bearer realm="${REALM}",service="notary",scope="${scope}"`;
      return json({ errors: [{ code: 'UNAUTHORIZED' }] }, 401, { 'www-authenticate': challenge });
    }
    return url.pathname.endsWith('/_trust/changefeed') ? feedPage(url) : file(url.pathname);
  };
  const tokenFor = (request: Request, url: URL): Response => {
    const { username, password } = switches.accounts ?? {};
    if (request.headers.get('authorization') !== `Basic ${btoa(`${username}:${password}`)}`) {
      return json({ errors: [{ code: 'UNAUTHORIZED' }] }, 401);
    }
    const token = `token-${url.searchParams.get('scope')?.replace(/[^a-z]/g, '-')}`;
    tokens.add(`Bearer ${token}`);
    return json({ token });
  };
  const feedPage = (url: URL): Response => {
    const count = Number(url.searchParams.get('records') ?? Number.NaN);
    if (Number.isNaN(count)) return json({ errors: [{ code: 'INVALID_PARAMETER' }] }, 400);
    const gun = /^\/v2\/(.+)\/_trust\//.exec(url.pathname)?.[1];
    const after = Number(url.searchParams.get('change_id') ?? 0);
    const wanted = (switches.feed ?? []).filter(
      (record) => (gun === undefined || record.GUN === gun) && Number(record.ID) > after,
    );
    const records = wanted.slice(0, Math.min(count, switches.pageSize ?? count));
    return json({ count: records.length, records: records.length > 0 ? records : null });
  };
  const file = (path: string): Response => {
    const [, gun, name = ''] = /^\/v2\/(.+)\/_trust\/tuf\/(.+)\.json$/.exec(path) ?? [];
    const files = trusts.find((trust) => trust.gun === gun)?.files ?? {};
    const bytes = files[name.replace(/\.[0-9a-f]{64}$/, '')];
    if (bytes) return new Response(bytes as BodyInit);
    return json({ errors: [{ code: 'METADATA_NOT_FOUND', message: 'no such metadata' }] }, 404);
  };
  return {
    url: 'https://notary.example.com',
    fetch: async (input) => answer(input as Request),
    requests,
    switches,
  };
}

function scopeOf(path: string): string {
  const gun = /^\/v2\/(.+)\/_trust\//.exec(path)?.[1];
  return gun === undefined ? 'registry:catalog:*' : `repository:${gun}:pull`;
}

function json(value: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });
}
