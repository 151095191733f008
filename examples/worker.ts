// An edge worker in front of a registry: a pull of a manifest passes only when the artifact is trusted, and by the
// digest that was verified, even if the tag is moved in between. Everything else passes unchanged: layers are pulled by the
// digests that a trusted manifest names.
import { isNotationError } from 'notarykit/errors';
import { formatReport, type Verifier } from 'notarykit/verifier';

const MANIFEST = /^\/v2\/(?<repository>.+)\/manifests\/(?<target>[^/]+)$/;

/** Options of {@link createWorker}. */
export interface WorkerOptions {
  /** Made once by `createVerifier({ trustPolicy, trustStore, registry })`: it remembers chains and tokens. */
  verifier: Verifier;
  /** Host of the registry, such as `registry.example.com`. */
  upstream: string;
  fetch?: (url: URL | string, init?: RequestInit) => Promise<Response>;
}

export function createWorker({ verifier, upstream, fetch = globalThis.fetch }: WorkerOptions) {
  return {
    async fetch(request: Request): Promise<Response> {
      const { pathname, search } = new URL(request.url);
      const { method, headers } = request;
      if (method !== 'GET' && method !== 'HEAD')
        return refused(405, 'UNSUPPORTED', 'only pulls are let through');
      const { repository, target } = MANIFEST.exec(pathname)?.groups ?? {};
      if (!repository || !target)
        return fetch(`https://${upstream}${pathname}${search}`, { method, headers });
      try {
        const where = target.includes(':') ? { digest: target } : { tag: target };
        const report = await verifier.evaluate({ registry: upstream, repository, ...where });
        if (report.outcome === 'rejected') return refused(403, 'DENIED', formatReport(report));
        const { digest } = report.artifact;
        return fetch(`https://${upstream}/v2/${repository}/manifests/${digest}`, { method, headers });
      } catch (error) {
        // There is no verdict: the artifact does not exist, or the registry cannot be reached.
        if (!isNotationError(error)) throw error;
        return isNotationError(error, 'ERR_NOT_FOUND')
          ? refused(404, 'MANIFEST_UNKNOWN', error.message)
          : refused(502, 'UNAVAILABLE', `${error.code}: ${error.message}`);
      }
    },
  };
}

/** Responds in the form of the distribution specification, so that a client shows the reason. */
function refused(status: number, code: string, message: string): Response {
  return Response.json({ errors: [{ code, message }] }, { status });
}
