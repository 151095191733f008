import * as z from 'zod/mini';
import { once } from '../../encoding/once.ts';
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

/** What tools that work on documents need to know of one kind of policy. */
export interface ToolKind<Statement extends StatementBase, Document extends object> {
  readonly kind: PolicyKind<Statement>;
  /** What the statements of a policy that was parsed look like. */
  readonly parsedStatement: () => z.ZodMiniType;
  toDocument(policy: PolicyOf<Statement>): Document;
}

/** Policies for OCI artifacts. */
export const ociTools: ToolKind<TrustPolicyStatement, TrustPolicyDocument> = {
  kind: ociKind,
  parsedStatement: /* @__PURE__ */ once(() =>
    z.object({ ...parsedFields(), registryScopes: z.array(z.string()) }),
  ),
  toDocument: toTrustPolicyDocument,
};

/** Policies for blobs. */
export const blobTools: ToolKind<BlobTrustPolicyStatement, BlobTrustPolicyDocument> = {
  kind: blobKind,
  parsedStatement: /* @__PURE__ */ once(() => z.object({ ...parsedFields(), globalPolicy: z.boolean() })),
  toDocument: toBlobTrustPolicyDocument,
};

/** A document as it was given, or that of a policy that was parsed before. */
export function asDocument<Statement extends StatementBase, Document extends object>(
  input: TrustPolicyInput,
  tools: ToolKind<Statement, Document>,
): { document: TrustPolicyInput; dialect?: Dialect } {
  if (!isParsed(input, tools)) return { document: input };
  return { document: tools.toDocument(input), dialect: input.dialect };
}

function isParsed<Statement extends StatementBase>(
  input: TrustPolicyInput,
  { parsedStatement }: ToolKind<Statement, object>,
): input is PolicyOf<Statement> {
  if (!isObject(input) || !('statements' in input)) return false;
  const schema = z.object({
    version: z.literal('1.0'),
    dialect: z.enum(['spec', 'extended']),
    statements: z.array(parsedStatement()),
  });
  return schema.safeParse(input).success;
}

/** Of a parsed statement, what a document is written from. */
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
