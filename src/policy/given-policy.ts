import { isBytes } from '../encoding/bytes.ts';
import { argumentInvalid } from '../errors/notation-error.ts';
import { requireParsed } from './levels.ts';
import { isObject, type PolicyKind, parsePolicy } from './read-document.ts';
import type { Dialect, PolicyOf, StatementBase } from './types.ts';

/** A trust policy document: JSON as a string or as UTF-8 bytes, or the value that `JSON.parse` returns. */
export type PolicyDocument =
  | string
  | Uint8Array
  | { readonly version: unknown; readonly trustPolicies: unknown };

/** A trust policy as verifiers take it. */
export interface GivenPolicy<Statement extends StatementBase> {
  trustPolicy: PolicyOf<Statement> | PolicyDocument;
  dialect?: Dialect | undefined;
}

/**
 * Reads the trust policy that a caller gives: parsed already, or as a document.
 * @throws NotationError `ERR_ARGUMENT_INVALID` for a parsed policy of another kind or origin, a value of another type, and a
 * dialect that is not that of the parsed policy; for a document those of its parser
 */
export function readGivenPolicy<Statement extends StatementBase>(
  { trustPolicy, dialect }: Partial<GivenPolicy<Statement>>,
  kind: PolicyKind<Statement>,
): PolicyOf<Statement> {
  if (typeof trustPolicy !== 'string' && !isObject(trustPolicy)) {
    throw argumentInvalid(
      `trustPolicy must be a trust policy document, in JSON or parsed from it, or the result of ${kind.parser}`,
    );
  }
  if (!isParsed<Statement>(trustPolicy)) return parsePolicy(trustPolicy, { dialect }, kind);
  checkParsed(trustPolicy, kind);
  if (dialect === undefined || dialect === trustPolicy.dialect) return trustPolicy;
  throw argumentInvalid(`dialect must be that of the parsed trust policy: pass it to ${kind.parser}`);
}

function isParsed<Statement extends StatementBase>(
  policy: PolicyOf<Statement> | PolicyDocument,
): policy is PolicyOf<Statement> {
  return isObject(policy) && !isBytes(policy) && 'statements' in policy;
}

/** Callers may write JavaScript, and make a policy by hand. */
function checkParsed<Statement extends StatementBase>(
  { statements }: PolicyOf<Statement>,
  { parser, ownMember }: PolicyKind<Statement>,
): void {
  if (!Array.isArray(statements) || !statements.every((statement) => ownMember in Object(statement))) {
    throw argumentInvalid(`trustPolicy must be the result of ${parser}, or a document for it`);
  }
  for (const statement of statements) requireParsed(statement, parser);
}
