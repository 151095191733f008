import { encodeBase64 } from '../encoding/base64.ts';
import { encodeUtf8 } from '../encoding/bytes.ts';
import { conform } from '../encoding/document.ts';
import { lazy } from '../encoding/lazy.ts';
import * as s from '../encoding/schema.ts';
import { isNotationError } from '../errors/index.ts';
import { RequestRefused } from './request.ts';

const API_VERSION = 'admission.k8s.io/v1';
const KIND = 'AdmissionReview';
const MAX_UID = 256;

/** Go leaves out what is empty, or writes `null`. */
const text = () => s.nullish(s.string());
const requestSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({
    uid: s.string({ min: 1, max: MAX_UID }),
    kind: s.looseObject({ group: text(), kind: s.string({ min: 1 }) }),
    namespace: text(),
    name: text(),
    operation: s.oneOf('CREATE', 'UPDATE', 'DELETE', 'CONNECT'),
    object: s.unknown(),
    oldObject: s.unknown(),
    dryRun: s.nullish(s.boolean()),
  }),
);
const reviewSchema = /* @__PURE__ */ lazy(() =>
  s.looseObject({ apiVersion: s.oneOf(API_VERSION), kind: s.oneOf(KIND), request: requestSchema() }),
);

/** What the API server wants to be reviewed. */
export interface ReviewRequest {
  uid: string;
  kind: { group: string; kind: string };
  /** Empty for an object outside namespaces. */
  namespace: string;
  name: string;
  operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  object: unknown;
  oldObject: unknown;
  dryRun: boolean;
}

/** An operation of JSON Patch (RFC 6902). */
export interface PatchOperation {
  op: 'replace';
  path: string;
  value: string;
}

/** The answer to a review. */
export interface ReviewAnswer {
  /** Why it is not allowed; it is allowed without. */
  refusal?: { code: number; reason: string; message: string } | undefined;
  warnings?: readonly string[] | undefined;
  auditAnnotations?: Readonly<Record<string, string>> | undefined;
  patch?: readonly PatchOperation[] | undefined;
}

/**
 * Reads a review.
 * @throws RequestRefused
 */
export function readReview(document: unknown): ReviewRequest {
  const code = 'ERR_ENCODING_INVALID';
  try {
    const { request } = conform(reviewSchema(), document, KIND, code);
    const { uid, kind, namespace, name, operation, object, oldObject, dryRun } = request;
    return {
      uid,
      kind: { group: kind.group ?? '', kind: kind.kind },
      namespace: namespace ?? '',
      name: name ?? '',
      operation,
      object,
      oldObject,
      dryRun: dryRun ?? false,
    };
  } catch (error) {
    if (isNotationError(error, code)) throw new RequestRefused(400, error.message, error);
    throw error;
  }
}

/** Returns the UID of a review that may be none; empty without one. */
export function uidOf(document: unknown): string {
  const { request } = Object(document) as { request?: { uid?: unknown } };
  const uid = Object(request).uid;
  return typeof uid === 'string' && uid.length <= MAX_UID ? uid : '';
}

/** Writes the review with which a webhook answers. */
export function writeReview(uid: string, answer: ReviewAnswer): object {
  const { refusal, warnings = [], auditAnnotations, patch = [] } = answer;
  const allowed = refusal === undefined;
  const hasPatch = allowed && patch.length > 0;
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    response: {
      uid,
      allowed,
      ...(refusal && { status: { status: 'Failure', ...refusal } }),
      ...(warnings.length > 0 && { warnings }),
      ...(auditAnnotations && { auditAnnotations }),
      ...(hasPatch && { patchType: 'JSONPatch', patch: encodeBase64(encodeUtf8(JSON.stringify(patch))) }),
    },
  };
}
