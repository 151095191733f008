// An edge worker in front of a registry: a pull of a manifest passes only if the artifact is verified without warnings,
// and by the digest that was verified, even if the tag is moved in between. Blobs pass unchanged: layers are pulled by
// the digests that a trusted manifest names. Nothing else passes, whatever the registry makes of an unusual path.
import { isNotationError } from 'notarykit/errors';
import { formatReport } from 'notarykit/report';
import { classify, type Verifier } from 'notarykit/verifier';

const MANIFEST = /^\/v2\/(?<repository>[a-z0-9._/-]+)\/manifests\/(?<target>[A-Za-z0-9._:+-]+)$/;
const PING_OR_BLOB = /^\/v2\/(?:[a-z0-9._/-]+\/blobs\/[a-z0-9]+:[0-9a-f]+)?$/;

/** Options of {@link createWorker}. */
export interface WorkerOptions {
  /** Made once by `createVerifier({ trustPolicy, trustStore, registry })`: it remembers chains and tokens. */
  verifier: Verifier;
  /** Host of the registry, such as `registry.example.com`. */
  upstream: string;
  /**
   * Remembers the index of each manifest that a trusted index lists; a `Map` by default. Share it between isolates in a
   * store of your platform. It need not be trusted: the index is verified again.
   */
  indexes?: Indexes;
  fetch?: (url: URL | string, init?: RequestInit) => Promise<Response>;
}

/** Digests of indexes, by repository and digest of the manifest. */
export interface Indexes {
  get(manifest: string): string | undefined | Promise<string | undefined>;
  set(manifest: string, index: string): unknown;
}

export function createWorker({
  verifier,
  upstream,
  indexes = new Map<string, string>(),
  fetch = globalThis.fetch,
}: WorkerOptions) {
  async function pullManifest(
    { method, headers, signal }: Request,
    repository: string,
    target: string,
  ): Promise<Response> {
    const where = target.includes(':') ? { digest: target } : { tag: target };
    // The image of one platform has no signature of its own: the signature of its index covers it.
    const index = await indexes.get(`${repository}@${target}`);
    const report = await verifier.evaluate({ registry: upstream, repository, ...where }, { index, signal });
    if (classify(report).class !== 'verified') return refused(403, 'DENIED', formatReport(report));
    const { digest } = report.artifact;
    const response = await fetch(`https://${upstream}/v2/${repository}/manifests/${digest}`, {
      method,
      headers,
    });
    if (method === 'GET' && response.ok) {
      const { manifests = [] }: { manifests?: { digest: string }[] } = await response.clone().json();
      await Promise.all(manifests.map((one) => indexes.set(`${repository}@${one.digest}`, index ?? digest)));
    }
    return response;
  }

  return {
    async fetch(request: Request): Promise<Response> {
      const { pathname, search } = new URL(request.url);
      const { method, headers } = request;
      if (method !== 'GET' && method !== 'HEAD')
        return refused(405, 'UNSUPPORTED', 'only pulls are let through');
      const { repository, target } = MANIFEST.exec(pathname)?.groups ?? {};
      try {
        if (repository && target) return await pullManifest(request, repository, target);
        if (!PING_OR_BLOB.test(pathname))
          return refused(403, 'DENIED', 'only manifests and blobs are let through');
        return await fetch(`https://${upstream}${pathname}${search}`, { method, headers });
      } catch (error) {
        return noVerdict(error);
      }
    },
  };
}

/** Responds without a verdict: the artifact does not exist, a setting is wrong, or the registry cannot be reached. */
function noVerdict(error: unknown): Response {
  if (isNotationError(error, 'ERR_NOT_FOUND')) return refused(404, 'MANIFEST_UNKNOWN', error.message);
  const message = isNotationError(error) ? `${error.code}: ${error.message}` : String(error);
  return refused(classify(error).class === 'undecided' ? 502 : 500, 'UNAVAILABLE', message);
}

/** Responds in the form of the distribution specification, so that a client shows the reason. */
function refused(status: number, code: string, message: string): Response {
  return Response.json({ errors: [{ code, message }] }, { status });
}
