import type { Evaluator } from '../../src/admission/index.ts';
import { NotationError, type Reason, reasonOf } from '../../src/errors/index.ts';
import type { VerificationReport, VerifyOptions } from '../../src/verifier/index.ts';

export const DIGEST = `sha256:${'a'.repeat(64)}`;
export const REGISTRY = 'registry.example.com';

/** A call of an evaluator. */
export interface Seen {
  reference: string;
  options: VerifyOptions;
}

/** An evaluator that decides by the name of the repository, and notes its calls. */
export function evaluatorByName(): Evaluator & { seen: Seen[] } {
  const seen: Seen[] = [];
  return {
    seen,
    async evaluate(given, options = {}) {
      const reference = String(given);
      seen.push({ reference, options });
      if (reference.includes('unreachable'))
        throw new NotationError('ERR_REGISTRY_UNREACHABLE', 'no connection');
      if (reference.includes('private')) throw new NotationError('ERR_REGISTRY_UNAUTHORIZED', 'not allowed');
      if (reference.includes('broken')) throw new TypeError('evaluate is broken');
      if (reference.includes('hanging')) return new Promise(() => undefined);
      return reportOf(reference);
    },
  };
}

export function reportOf(reference: string): VerificationReport {
  const head = {
    reference,
    artifact: { mediaType: 'application/json', digest: DIGEST, size: 2 },
    signatures: [],
  };
  if (reference.includes('skipped')) return { ...head, outcome: 'skipped' };
  if (reference.includes('unsigned'))
    return { ...head, outcome: 'rejected', reason: reason('ERR_NO_SIGNATURE') };
  if (reference.includes('rejected'))
    return { ...head, outcome: 'rejected', reason: reason('ERR_ROOT_UNTRUSTED') };
  const warnings = reference.includes('warned') ? [reason('ERR_SIGNATURE_EXPIRED')] : [];
  return { ...head, outcome: 'verified', warnings };
}

function reason(code: Reason['code']): Reason {
  return reasonOf(new NotationError(code, `this is ${code}`));
}

/** Returns the reference of an image, which an evaluator decides about by its name. */
export function image(name: string, tag = 'v1'): string {
  return `${REGISTRY}/team/${name}:${tag}`;
}

/** Makes a request with a body of JSON. */
export function post(
  body: unknown,
  { url = 'https://admission.example/', ...init }: RequestInit & { url?: string } = {},
): Request {
  return new Request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
  });
}

/** Counts bytes as the API server does. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
