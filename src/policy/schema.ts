import { lazy } from '../encoding/lazy.ts';
import * as s from '../encoding/schema.ts';
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
  s.strictObject({
    version: s.oneOf('1.0'),
    trustPolicies: s.array(s.unknown(), { min: 1, max: MAX_STATEMENTS }),
  }),
);

const string = () => s.string({ max: MAX_STRING });

/**
 * The fields of statements of both kinds, without the rules between fields. The reference writes `null` for absent
 * lists.
 * @see docs/specification.md, rules TP-16, TP-19, TP-20, TP-22
 */
function sharedFields() {
  const enforceOrLog = s.optional(s.oneOf('enforce', 'log'));
  return {
    name: s.string({ min: 1, max: MAX_STRING }),
    signatureVerification: s.strictObject({
      level: s.oneOf('strict', 'permissive', 'audit', 'skip'),
      override: s.nullish(
        s.strictObject({
          authenticity: enforceOrLog,
          authenticTimestamp: enforceOrLog,
          expiry: enforceOrLog,
          revocation: s.optional(s.oneOf('enforce', 'log', 'skip')),
        }),
      ),
      verifyTimestamp: s.nullish(s.oneOf('always', 'afterCertExpiry')),
    }),
    trustStores: s.nullish(s.array(string(), { max: MAX_STORES })),
    trustedIdentities: s.nullish(s.array(string(), { max: MAX_IDENTITIES })),
  };
}

/** A statement for OCI artifacts (rule TP-5). */
export const statementSchema = /* @__PURE__ */ lazy(() =>
  s.strictObject({
    ...sharedFields(),
    registryScopes: s.array(string(), { min: 1, max: MAX_SCOPES }),
  }),
);

/** A statement for blobs. */
export const blobStatementSchema = /* @__PURE__ */ lazy(() =>
  s.strictObject({ ...sharedFields(), globalPolicy: s.optional(s.boolean()) }),
);

/** The fields that statements of both kinds have, with the right types. */
export type RawStatement = Omit<s.Infer<ReturnType<typeof statementSchema>>, 'registryScopes'>;

/** Returns the value if it has the shape of the schema; else reports every problem and returns `undefined`. */
export function checkShape<T>(schema: s.Schema<T>, given: unknown, report: Report): T | undefined {
  const read = s.readShape(schema, given);
  if (!read.faults) return read.value;
  for (const fault of read.faults) {
    const code = fault.problem.kind === 'long' ? 'ERR_LIMIT_EXCEEDED' : undefined;
    report(fault.path, describe(fault), code);
  }
  return undefined;
}

function describe({ problem, value }: s.Fault): string {
  switch (problem.kind) {
    case 'unknown':
      return `has unknown members: ${enumerate(problem.names.map(explainKey))}`;
    case 'choice':
      return `${found(value)}; write ${problem.choices.map((choice) => JSON.stringify(choice)).join(' or ')}`;
    case 'type':
      return `${found(value)}; write ${EXPECTED[problem.expected] ?? `an ${problem.expected}`}`;
    case 'long':
      return `has more than ${problem.max} ${problem.unit}`;
    case 'empty':
      return 'is empty';
    case 'rule':
      return problem.message;
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
