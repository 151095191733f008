// An edge worker in front of a registry: a pull of a manifest passes only when the artifact is trusted, and by the
// digest that was verified; a tag that is moved in between changes nothing. Everything else passes as it is: layers are
// pulled by the digests that a trusted manifest names.
import { isNotationError } from 'notarykit/errors';
import { formatReport, type Verifier } from 'notarykit/verifier';

const MANIFEST = /^\/v2\/(?<repository>.+)\/manifests\/(?<target>[^/]+)$/;

/** What the worker is made of. */
export interface WorkerOptions {
  /** From `createVerifier({ trustPolicy, trustStore, registry })`; made once, it remembers chains and tokens. */
  verifier: Verifier;
  /** Host of the registry, such as `registry.example.com`. */
  upstream: string;
  fetch?: (address: URL | string, init?: RequestInit) => Promise<Response>;
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
        // No verdict: the artifact is not there, or the registry could not be asked.
        if (!isNotationError(error)) throw error;
        return isNotationError(error, 'ERR_NOT_FOUND')
          ? refused(404, 'MANIFEST_UNKNOWN', error.message)
          : refused(502, 'UNAVAILABLE', `${error.code}: ${error.message}`);
      }
    },
  };
}

/** As the distribution specification wants failures, so that a client shows the reason. */
function refused(status: number, code: string, message: string): Response {
  return Response.json({ errors: [{ code, message }] }, { status });
}
