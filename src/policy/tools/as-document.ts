import * as z from 'zod/mini';
import { lazy } from '../../encoding/lazy.ts';
import { ociKind } from '../parse.ts';
import { blobKind } from '../parse-blob.ts';
import { isObject, type PolicyKind, type TrustPolicyInput } from '../read-document.ts';
import {
  type BlobTrustPolicyDocument,
  type TrustPolicyDocument,
  toBlobTrustPolicyDocument,
  toTrustPolicyDocument,
} from '../to-document.ts';
import type {
  BlobTrustPolicyStatement,
  Dialect,
  PolicyOf,
  StatementBase,
  TrustPolicyStatement,
} from '../types.ts';

/** How the tools read and write policies of one kind. */
export interface DocumentKind<Statement extends StatementBase, Document extends object> {
  readonly policyKind: PolicyKind<Statement>;
  /** The schema of a parsed statement. */
  readonly parsedStatement: () => z.ZodMiniType;
  toDocument(policy: PolicyOf<Statement>): Document;
}

/** Documents for OCI artifacts. */
export const ociDocuments: DocumentKind<TrustPolicyStatement, TrustPolicyDocument> = {
  policyKind: ociKind,
  parsedStatement: /* @__PURE__ */ lazy(() =>
    z.object({ ...parsedFields(), registryScopes: z.array(z.string()) }),
  ),
  toDocument: toTrustPolicyDocument,
};

/** Documents for blobs. */
export const blobDocuments: DocumentKind<BlobTrustPolicyStatement, BlobTrustPolicyDocument> = {
  policyKind: blobKind,
  parsedStatement: /* @__PURE__ */ lazy(() => z.object({ ...parsedFields(), globalPolicy: z.boolean() })),
  toDocument: toBlobTrustPolicyDocument,
};

/** Returns a document as it is, and writes a parsed policy as the document it was parsed from. */
export function asDocument<Statement extends StatementBase, Document extends object>(
  input: TrustPolicyInput,
  kind: DocumentKind<Statement, Document>,
): { document: TrustPolicyInput; dialect?: Dialect } {
  if (!isParsed(input, kind)) return { document: input };
  return { document: kind.toDocument(input), dialect: input.dialect };
}

function isParsed<Statement extends StatementBase>(
  input: TrustPolicyInput,
  { parsedStatement }: DocumentKind<Statement, object>,
): input is PolicyOf<Statement> {
  if (!isObject(input) || !('statements' in input)) return false;
  const schema = z.object({
    version: z.literal('1.0'),
    dialect: z.enum(['spec', 'extended']),
    statements: z.array(parsedStatement()),
  });
  return schema.safeParse(input).success;
}

/** The fields of a parsed statement of either kind that a document is written from. */
function parsedFields() {
  const action = z.enum(['enforce', 'log', 'skip']);
  return {
    name: z.string(),
    level: z.enum(['strict', 'permissive', 'audit', 'skip']),
    actions: z.strictObject({
      integrity: action,
      authenticity: action,
      authenticTimestamp: action,
      expiry: action,
      revocation: action,
    }),
    verifyTimestamp: z.enum(['always', 'afterCertExpiry']),
    trustStores: z.array(z.object({ type: z.string(), name: z.string() })),
    trustedIdentities: z.union([z.literal('*'), z.array(z.object({ text: z.string() }))]),
  };
}
