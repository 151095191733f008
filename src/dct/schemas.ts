import { isBase64 } from '../encoding/base64.ts';
import { lazy } from '../encoding/lazy.ts';
import * as s from '../encoding/schema.ts';
import { parseRfc3339 } from '../envelope/rfc3339.ts';

/** Limits of what one file lists; real ones have a few. */
const MAX_SIGNATURES = 256;
const MAX_KEY_IDS = 256;
const MAX_DELEGATIONS = 1000;

const base64 = () => s.refine(s.string(), isBase64, 'base64 expected');
const positive = () => s.refine(s.size(), (value) => value > 0, 'a number above 0 expected');

/** A file of metadata: what is signed, and its signatures. */
export const signedSchema = /* @__PURE__ */ lazy(() =>
  s.object({
    signed: s.looseObject({}),
    signatures: s.array(s.object({ keyid: s.string(), method: s.string(), sig: base64() }), {
      min: 1,
      max: MAX_SIGNATURES,
    }),
  }),
);

/** The members that all roles have. */
const common = <const T extends string>(type: T) => ({
  _type: s.oneOf(type),
  version: positive(),
  expires: s.refine(s.string(), (text) => parseRfc3339(text) !== undefined, 'a time expected (RFC 3339)'),
});

const keySchema = () => s.object({ keytype: s.string(), keyval: s.object({ public: base64() }) });

const roleMembers = () => ({
  keyids: s.array(s.string(), { max: MAX_KEY_IDS }),
  threshold: positive(),
});

export const rootSchema = /* @__PURE__ */ lazy(() =>
  s.object({
    ...common('Root'),
    keys: s.record(keySchema()),
    roles: s.record(s.object(roleMembers())),
  }),
);

const fileSchema = () => s.object({ length: s.size(), hashes: s.record(s.string()) });

export const timestampSchema = /* @__PURE__ */ lazy(() =>
  s.object({ ...common('Timestamp'), meta: s.record(fileSchema()) }),
);

export const snapshotSchema = /* @__PURE__ */ lazy(() =>
  s.object({ ...common('Snapshot'), meta: s.record(fileSchema()) }),
);

/** Go writes `null` for an empty list. */
export const targetsSchema = /* @__PURE__ */ lazy(() =>
  s.object({
    ...common('Targets'),
    targets: s.nullish(
      s.record(
        s.object({
          length: s.size(),
          hashes: s.nullish(s.record(s.unknown())),
          custom: s.optional(s.unknown()),
        }),
      ),
    ),
    delegations: s.nullish(
      s.object({
        keys: s.nullish(s.record(keySchema())),
        roles: s.nullish(
          s.array(s.object({ name: s.string(), paths: s.nullish(s.array(s.string())), ...roleMembers() }), {
            max: MAX_DELEGATIONS,
          }),
        ),
      }),
    ),
  }),
);

/** The names whose spelling in other letters notary's programs would take for them. */
export const KNOWN_MEMBERS: readonly string[] = [
  '_type',
  'version',
  'expires',
  'keys',
  'roles',
  'meta',
  'targets',
  'delegations',
];

export type KeyDocument = s.Infer<ReturnType<typeof keySchema>>;
export type RoleDocument = { keyids: string[]; threshold: number };
export type RootDocument = s.Infer<ReturnType<typeof rootSchema>>;
export type TargetsDocument = s.Infer<ReturnType<typeof targetsSchema>>;
export type FileDocument = s.Infer<ReturnType<typeof fileSchema>>;
