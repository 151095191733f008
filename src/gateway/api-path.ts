import { isDigest } from '../encoding/digest.ts';
import { isRepository, TAG } from '../oci/reference.ts';

/** A path of the OCI distribution API. */
export type ApiPath = BasePath | RepositoryPath;

/** The root, which says whether the API is there, and how to authenticate. */
export interface BasePath {
  endpoint: 'base';
}

/** A path below a repository. */
export interface RepositoryPath {
  endpoint: 'manifest' | 'blob' | 'tags' | 'referrers' | 'upload';
  /** The name of the repository, as the client writes it. */
  repository: string;
  /** What follows the name: `manifests/v1`, `blobs/uploads/`. */
  rest: string;
  /** The last part: a tag or a digest; of an upload its session. */
  target: string;
}

const ROOT = '/v2/';
/** Registries choose the sessions of uploads. */
const MAX_PATH = 4096;
const SESSION = /^[A-Za-z0-9._~=-]*$/;

/**
 * Parses the path of a request by the grammar of the OCI distribution specification. There is one spelling of each path: what
 * is escaped, doubled or in another case is not a path of the API, so that nobody can understand it differently.
 * @returns The parts; `undefined` for any other path.
 * @see OCI distribution specification 1.1, "Endpoints"
 */
export function parseApiPath(path: string): ApiPath | undefined {
  if (path === ROOT) return { endpoint: 'base' };
  if (path.length > MAX_PATH || !path.startsWith(ROOT)) return undefined;
  const parts = path.slice(ROOT.length).split('/');
  const target = parts.pop() ?? '';
  const kind = parts.pop();
  const isUpload = kind === 'uploads' && parts.at(-1) === 'blobs';
  if (isUpload) parts.pop();
  const endpoint = isUpload ? 'upload' : endpointOf(kind, target);
  const repository = parts.join('/');
  if (!endpoint || (isUpload && !SESSION.test(target)) || !isRepository(repository)) return undefined;
  return { endpoint, repository, rest: path.slice(ROOT.length + repository.length + 1), target };
}

function endpointOf(kind: string | undefined, target: string): RepositoryPath['endpoint'] | undefined {
  switch (kind) {
    case 'manifests':
      return isDigest(target) || TAG.test(target) ? 'manifest' : undefined;
    case 'blobs':
      return isDigest(target) ? 'blob' : undefined;
    case 'referrers':
      return isDigest(target) ? 'referrers' : undefined;
    case 'tags':
      return target === 'list' ? 'tags' : undefined;
    default:
      return undefined;
  }
}
