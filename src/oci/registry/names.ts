import { parseDocument } from '../../encoding/document.ts';
import { lazy } from '../../encoding/lazy.ts';
import * as s from '../../encoding/schema.ts';
import { NotationError } from '../../errors/index.ts';
import type { HttpResponse } from '../../net/transport.ts';
import { limits, type OperationOptions } from '../repository.ts';
import type { Connection, RepositoryRequest } from './connection.ts';
import { responseError } from './failure.ts';
import { pagesFrom, withoutEnd } from './pages.ts';

/** The names that a page should have; registries may return fewer. */
const PAGE = 1000;
const MAX_NAMES = 1_000_000;
const MAX_NAME = 4096;
/** Statuses of registries that do not list their repositories. */
const NO_CATALOG: readonly number[] = [400, 404, 405, 501];
/** Statuses of registries that list their repositories to nobody, or not to this client. */
const NOT_ALLOWED: readonly number[] = [401, 403];

const namesSchema = /* @__PURE__ */ lazy(() => s.nullish(s.array(s.string({ max: MAX_NAME }))));
const tagsSchema = /* @__PURE__ */ lazy(() => s.object({ tags: namesSchema() }));
const catalogSchema = /* @__PURE__ */ lazy(() => s.object({ repositories: namesSchema() }));

/**
 * Lists the tags of a repository (OCI distribution specification 1.1, "Listing Tags").
 * @throws NotationError `ERR_NOT_FOUND`, `ERR_LIMIT_EXCEEDED`, `ERR_REGISTRY_RESPONSE` and those of the connection
 */
export function listTags(connection: Connection, options: OperationOptions = {}): AsyncGenerator<string> {
  return listNames(
    connection,
    { ...options, at: `tags/list?n=${PAGE}`, what: 'tags', actions: 'pull', expect: [200] },
    ({ body }) => parseDocument(tagsSchema(), body, 'page of tags', 'ERR_REGISTRY_RESPONSE').tags,
  );
}

/**
 * Lists the repositories of a registry that has a catalog, which is not a part of the specification.
 * @throws NotationError `ERR_LISTING_UNSUPPORTED`, `ERR_REGISTRY_UNAUTHORIZED`, `ERR_LIMIT_EXCEEDED`, `ERR_REGISTRY_RESPONSE`
 * and those of the connection
 * @see https://distribution.github.io/distribution/spec/api/#listing-repositories
 */
export function listRepositories(
  connection: Connection,
  options: OperationOptions = {},
): AsyncGenerator<string> {
  const at = new URL(`/v2/_catalog?n=${PAGE}`, connection.origin);
  return listNames(
    connection,
    {
      ...options,
      at,
      what: 'repositories',
      actions: 'catalog',
      expect: [200, ...NO_CATALOG, ...NOT_ALLOWED],
    },
    (page) => {
      if (page.status !== 200) throw noCatalog(page);
      return parseDocument(catalogSchema(), page.body, 'page of repositories', 'ERR_REGISTRY_RESPONSE')
        .repositories;
    },
  );
}

async function* listNames(
  connection: Connection,
  request: Omit<RepositoryRequest, 'method' | 'maxBytes'>,
  read: (page: HttpResponse) => readonly string[] | null | undefined,
): AsyncGenerator<string> {
  const fetchPage = (at: string | URL) =>
    connection.request({ ...request, method: 'GET', at, maxBytes: limits.manifest });
  const first = await fetchPage(request.at);
  let count = 0;
  for await (const page of pagesFrom(first, connection, request.what, fetchPage)) {
    const names = read(page) ?? [];
    count += names.length;
    if (count > MAX_NAMES) throw withoutEnd(connection, request.what);
    yield* names;
  }
}

function noCatalog(page: HttpResponse): NotationError {
  if (!NOT_ALLOWED.includes(page.status)) {
    const message = `${page.url.host} does not list its repositories: it responded with ${page.status}`;
    return new NotationError('ERR_LISTING_UNSUPPORTED', message);
  }
  const { code, message, cause } = responseError(page, 'the list of repositories');
  return new NotationError(code, message, {
    cause,
    nextStep:
      "Give credentials that may list the registry's catalog. Most hosted registries list it to nobody: then name the repositories, or list them with the API of the provider.",
  });
}
