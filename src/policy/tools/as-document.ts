import { tryConform } from '../../encoding/document.ts';
import { lazy } from '../../encoding/lazy.ts';
import * as s from '../../encoding/schema.ts';
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
  readonly parsedStatement: () => s.Schema<unknown>;
  toDocument(policy: PolicyOf<Statement>): Document;
}

/** Documents for OCI artifacts. */
export const ociDocuments: DocumentKind<TrustPolicyStatement, TrustPolicyDocument> = {
  policyKind: ociKind,
  parsedStatement: /* @__PURE__ */ lazy(() =>
    s.object({ ...parsedFields(), registryScopes: s.array(s.string()) }),
  ),
  toDocument: toTrustPolicyDocument,
};

/** Documents for blobs. */
export const blobDocuments: DocumentKind<BlobTrustPolicyStatement, BlobTrustPolicyDocument> = {
  policyKind: blobKind,
  parsedStatement: /* @__PURE__ */ lazy(() => s.object({ ...parsedFields(), globalPolicy: s.boolean() })),
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
  const schema = s.object({
    version: s.oneOf('1.0'),
    dialect: s.oneOf('spec', 'extended'),
    statements: s.array(parsedStatement()),
  });
  return tryConform(schema, input) !== undefined;
}

/** The fields of a parsed statement of either kind that a document is written from. */
function parsedFields() {
  const action = s.oneOf('enforce', 'log', 'skip');
  return {
    name: s.string(),
    level: s.oneOf('strict', 'permissive', 'audit', 'skip'),
    actions: s.strictObject({
      integrity: action,
      authenticity: action,
      authenticTimestamp: action,
      expiry: action,
      revocation: action,
    }),
    verifyTimestamp: s.oneOf('always', 'afterCertExpiry'),
    trustStores: s.array(s.object({ type: s.string(), name: s.string() })),
    trustedIdentities: s.either('"*" or array', s.oneOf('*'), s.array(s.object({ text: s.string() }))),
  };
}
