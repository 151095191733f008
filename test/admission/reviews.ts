import { type AdmissionWebhookOptions, createAdmissionWebhook } from '../../src/admission/index.ts';
import { decodeBase64 } from '../../src/encoding/base64.ts';
import { evaluatorByName, post } from './evaluators.ts';

export const UID = '705ab4f5-6393-11e8-b7cc-42010a800002';

type Json = Record<string, unknown>;

export interface Review {
  apiVersion: string;
  kind: string;
  response: {
    uid: string;
    allowed: boolean;
    status?: { status: string; code: number; reason: string; message: string };
    warnings?: string[];
    auditAnnotations?: Record<string, string>;
    patchType?: string;
    patch?: string;
  };
}

/** The way to the pod, by `group/kind`. */
export const KINDS: Record<string, readonly string[]> = {
  '/Pod': ['spec'],
  '/PodTemplate': ['template', 'spec'],
  '/ReplicationController': ['spec', 'template', 'spec'],
  'apps/ReplicaSet': ['spec', 'template', 'spec'],
  'apps/Deployment': ['spec', 'template', 'spec'],
  'apps/StatefulSet': ['spec', 'template', 'spec'],
  'apps/DaemonSet': ['spec', 'template', 'spec'],
  'batch/Job': ['spec', 'template', 'spec'],
  'batch/CronJob': ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

/** Makes the specification of a pod whose containers have the given images. */
export function podSpec(...images: readonly string[]): Json {
  return { containers: images.map((image, index) => ({ name: `c${index}`, image })) };
}

/** Makes an object of a kind around the specification of its pod. */
export function objectOf(kind: string, spec: unknown): Json {
  return (KINDS[kind] ?? []).reduceRight<unknown>((value, name) => ({ [name]: value }), spec) as Json;
}

/** Makes the review of an object, as the API server sends it. */
export function reviewOf(kind: string, object: unknown, changes: Json = {}): Json {
  const [group = '', name = ''] = kind.split('/');
  const type = { group, version: 'v1', kind: name };
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: UID,
      kind: type,
      resource: { group, version: 'v1', resource: `${name.toLowerCase()}s` },
      requestKind: type,
      name: 'web',
      namespace: 'team',
      operation: 'CREATE',
      userInfo: { username: 'alice', groups: ['system:authenticated'] },
      object,
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
      ...changes,
    },
  };
}

/** Sends a review to a webhook, and returns what it answers. */
export async function send(body: unknown, options: Partial<AdmissionWebhookOptions> = {}, url?: string) {
  const request = body instanceof Request ? body : post(body, { ...(url !== undefined && { url }) });
  const answer = await createAdmissionWebhook({ verifier: evaluatorByName(), ...options }).fetch(request);
  const review = (await answer.json()) as Review;
  return { status: answer.status, review, ...review.response };
}

export async function sendPod(spec: unknown, options?: Partial<AdmissionWebhookOptions>, changes?: Json) {
  return send(reviewOf('/Pod', { spec }, changes), options);
}

/** Applies a patch of `replace` operations to an object, as RFC 6902 says. */
export function applyPatch<T>(object: T, patch: string | undefined): T {
  const changed = structuredClone(object);
  const text = new TextDecoder().decode(decodeBase64(patch ?? 'W10='));
  for (const { op, path, value } of JSON.parse(text) as { op: string; path: string; value: string }[]) {
    if (op !== 'replace') throw new Error(`unexpected operation ${op}`);
    const parts = path
      .slice(1)
      .split('/')
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = parts.pop() ?? '';
    const parent = parts.reduce<Json>((at, name) => at[name] as Json, changed as Json);
    if (!(last in parent)) throw new Error(`${path} is not there`);
    parent[last] = value;
  }
  return changed;
}
