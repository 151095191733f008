import { lazy } from '../encoding/lazy.ts';
import * as s from '../encoding/schema.ts';
import { parseRfc3339 } from '../envelope/rfc3339.ts';
import { NotationError } from '../errors/index.ts';
import { readJson } from '../net/json.ts';
import type { Connection } from '../oci/registry/connection.ts';
import { responseError } from '../oci/registry/failure.ts';
import { limits, type OperationOptions } from '../oci/repository.ts';
import { isGun } from './gun.ts';

/** A change of the trust data of a GUN. */
export interface TrustChange {
  /** Identifies the change; `after` of the next request. */
  id: string;
  gun: string;
  /** The version of the timestamp that the change made. */
  version: number;
  /** The SHA-256 of that timestamp, as lower-case hexadecimal; empty for a deletion. */
  sha256: string;
  kind: 'update' | 'deletion';
  /** RFC 3339, in UTC. */
  time: string;
}

/** The changes that are wanted, and the budget that they are charged to. */
interface ChangeRequest extends OperationOptions {
  gun?: string | undefined;
  after?: string | undefined;
}

/** Stands for all GUNs where a connection needs a name. */
export const CATALOG = '_catalog';
/** The changes that a page should have; servers may return fewer. */
const PAGE = 1000;
/** Statuses of servers that have no change feed. */
const NO_FEED: readonly number[] = [404, 405, 501];

const feedSchema = /* @__PURE__ */ lazy(() =>
  s.object({
    records: s.nullish(
      s.array(
        s.object({
          ID: s.string({ min: 1, max: 64 }),
          CreatedAt: s.refine(s.string(), (text) => parseRfc3339(text) !== undefined, 'a time expected'),
          GUN: s.refine(s.string(), isGun, 'the name of a repository expected'),
          Version: s.size(),
          SHA256: s.refine(s.string(), (text) => /^(?:[0-9a-f]{64})?$/.test(text), 'a SHA-256 expected'),
          Category: s.oneOf('update', 'deletion'),
        }),
      ),
    ),
  }),
);

/** Yields the changes, page by page, until a page is empty: servers decide how many a page has. */
export async function* changesAt(
  connection: Connection,
  { gun, after, signal, budget }: ChangeRequest,
): AsyncGenerator<TrustChange, void, undefined> {
  const seen = new Set<string>();
  let last = after;
  for (;;) {
    const page = await fetchPage(connection, { gun, after: last, signal, budget });
    yield* page;
    last = page.at(-1)?.id;
    if (last === undefined) return;
    if (seen.has(last)) {
      const message = `${connection.origin.host} lists the same changes again and again`;
      throw new NotationError('ERR_REGISTRY_RESPONSE', message);
    }
    seen.add(last);
  }
}

async function fetchPage(
  connection: Connection,
  { gun, after, signal, budget }: ChangeRequest,
): Promise<TrustChange[]> {
  const at = new URL(
    gun === undefined ? '/v2/_trust/changefeed' : `/v2/${gun}/_trust/changefeed`,
    connection.origin,
  );
  // Servers reject a request without a number of records.
  at.searchParams.set('records', String(PAGE));
  if (after !== undefined) at.searchParams.set('change_id', after);
  const what = 'the list of changes';
  const response = await connection.request({
    method: 'GET',
    at,
    what,
    actions: gun === undefined ? 'catalog' : 'pull',
    maxBytes: limits.manifest,
    expect: [200, ...NO_FEED],
    signal,
    budget,
  });
  if (response.status !== 200) throw responseError(response, what, 'ERR_LISTING_UNSUPPORTED');
  const { records } = readJson(feedSchema(), response, 'ERR_REGISTRY_RESPONSE');
  return (records ?? []).map(({ ID, CreatedAt, GUN, Version, SHA256, Category }) => ({
    id: ID,
    gun: GUN,
    version: Version,
    sha256: SHA256,
    kind: Category,
    time: parseRfc3339(CreatedAt)?.toISOString() ?? CreatedAt,
  }));
}

/** Returns the GUNs that the server has, sorted. */
export async function gunsAt(connection: Connection, options: OperationOptions): Promise<string[]> {
  const present = new Set<string>();
  for await (const { gun, kind } of changesAt(connection, options)) {
    if (kind === 'update') present.add(gun);
    else present.delete(gun);
  }
  return [...present].sort();
}
