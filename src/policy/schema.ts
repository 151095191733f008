import * as z from 'zod/mini';
import { lazy } from '../encoding/lazy.ts';
import { quote } from '../errors/quote.ts';
import { enumerate, type Report } from './policy-problems.ts';

const MAX_STATEMENTS = 1000;
const MAX_SCOPES = 10_000;
const MAX_STORES = 100;
/** Every identity is compared with every other. */
const MAX_IDENTITIES = 256;
const MAX_STRING = 8192;

const EXPECTED: Readonly<Record<string, string>> = { string: 'a string', boolean: 'true or false' };

/**
 * The document without the content of its statements, so that one bad statement does not hide the others.
 * @see docs/specification.md, rules TP-3, TP-4
 */
export const documentSchema = /* @__PURE__ */ lazy(() =>
  z.strictObject({
    version: z.literal('1.0'),
    trustPolicies: z.array(z.unknown()).check(z.minLength(1), z.maxLength(MAX_STATEMENTS)),
  }),
);

const string = () => z.string().check(z.maxLength(MAX_STRING));

/**
 * The fields of statements of both kinds, without the rules between fields. The reference writes `null` for absent
 * lists.
 * @see docs/specification.md, rules TP-16, TP-19, TP-20, TP-22
 */
function sharedFields() {
  const enforceOrLog = z.optional(z.enum(['enforce', 'log']));
  return {
    name: string().check(z.minLength(1)),
    signatureVerification: z.strictObject({
      level: z.enum(['strict', 'permissive', 'audit', 'skip']),
      override: z.nullish(
        z.strictObject({
          authenticity: enforceOrLog,
          authenticTimestamp: enforceOrLog,
          expiry: enforceOrLog,
          revocation: z.optional(z.enum(['enforce', 'log', 'skip'])),
        }),
      ),
      verifyTimestamp: z.nullish(z.enum(['always', 'afterCertExpiry'])),
    }),
    trustStores: z.nullish(z.array(string()).check(z.maxLength(MAX_STORES))),
    trustedIdentities: z.nullish(z.array(string()).check(z.maxLength(MAX_IDENTITIES))),
  };
}

/** A statement for OCI artifacts (rule TP-5). */
export const statementSchema = /* @__PURE__ */ lazy(() =>
  z.strictObject({
    ...sharedFields(),
    registryScopes: z.array(string()).check(z.minLength(1), z.maxLength(MAX_SCOPES)),
  }),
);

/** A statement for blobs. */
export const blobStatementSchema = /* @__PURE__ */ lazy(() =>
  z.strictObject({ ...sharedFields(), globalPolicy: z.optional(z.boolean()) }),
);

/** The fields that statements of both kinds have, with the right types. */
export type RawStatement = Omit<z.infer<ReturnType<typeof statementSchema>>, 'registryScopes'>;

/** Returns the value if it has the shape of the schema; else reports every problem and returns `undefined`. */
export function checkShape<T>(schema: z.ZodMiniType<T>, value: unknown, report: Report): T | undefined {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    report(
      `${fieldName(issue.path)} ${describe(issue)}`,
      issue.code === 'too_big' ? 'ERR_LIMIT_EXCEEDED' : undefined,
    );
  }
  return undefined;
}

function fieldName(path: readonly PropertyKey[]): string {
  const steps = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`));
  return steps.join('').slice(1) || 'it';
}

function describe(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return `has unknown members: ${enumerate(issue.keys.map(explainKey))}`;
    case 'invalid_value':
      return `${found(issue.input)}; write ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'invalid_type':
      return `${found(issue.input)}; write ${EXPECTED[issue.expected] ?? `an ${issue.expected}`}`;
    case 'too_big':
      return `has more than ${issue.maximum} ${issue.origin === 'string' ? 'characters' : 'items'}`;
    default:
      return 'is empty';
  }
}

function found(input: unknown): string {
  if (input === undefined) return 'is missing';
  if (typeof input === 'string') return `is ${quote(input)}`;
  if (Array.isArray(input)) return 'is an array';
  if (input === null || typeof input === 'number' || typeof input === 'boolean') return `is ${input}`;
  return typeof input === 'object' ? 'is an object' : `is a ${typeof input}`;
}

function explainKey(key: string): string {
  return key === 'integrity' ? '"integrity" (it cannot be overridden)' : quote(key);
}
