/**
 * The shape of a document from outside. The functions of this file make schemas out of schemas, so that a document has
 * one description, from which both its type and its checks follow.
 */
export interface Schema<out T> {
  /** Returns the part of a value that the schema describes: of the type `T`, unless it adds a fault. */
  (value: unknown, found: Findings): unknown;
  /** Carries the type; never set. */
  readonly type?: () => T;
}

/** The type of the values that conform to a schema. */
export type Infer<S> = S extends Schema<infer T> ? T : never;

/** A part of a value that does not conform to its schema. */
export interface Fault {
  /** The names and indexes that lead to the part. */
  readonly path: readonly (string | number)[];
  readonly value: unknown;
  readonly problem: Problem;
}

type Problem =
  | { readonly kind: 'type'; readonly expected: string }
  | { readonly kind: 'choice'; readonly choices: readonly unknown[] }
  | { readonly kind: 'unknown'; readonly names: readonly string[] }
  | { readonly kind: 'empty' }
  | { readonly kind: 'long'; readonly max: number; readonly unit: 'characters' | 'items' }
  | { readonly kind: 'rule'; readonly message: string };

/** The faults found so far, and the path to the part that is being read. */
interface Findings {
  readonly faults: Fault[];
  readonly path: (string | number)[];
}

type Members = Readonly<Record<string, Schema<unknown>>>;
type OptionalNames<M> = { [K in keyof M]: undefined extends Infer<M[K]> ? K : never }[keyof M];
type Merged<T> = { [K in keyof T]: T[K] };
type MembersOf<M> = Merged<
  { -readonly [K in Exclude<keyof M, OptionalNames<M>>]: Infer<M[K]> } & {
    -readonly [K in OptionalNames<M>]?: Infer<M[K]>;
  }
>;

interface Length {
  readonly min?: 1;
  readonly max?: number;
}

/** Returns the value as the schema describes it, or every fault. */
export function readShape<T>(
  schema: Schema<T>,
  given: unknown,
): { value: T; faults?: never } | { faults: readonly [Fault, ...Fault[]] } {
  const found: Findings = { faults: [], path: [] };
  const value = schema(given, found);
  const [first, ...others] = found.faults;
  return first ? { faults: [first, ...others] } : { value: value as T };
}

export function unknown(): Schema<unknown> {
  return (value) => value;
}

export function string(length: Length = {}): Schema<string> {
  return (value, found) => {
    if (typeof value !== 'string') return mistyped('string', value, found);
    checkLength(value, length, 'characters', found);
    return value;
  };
}

export function boolean(): Schema<boolean> {
  return (value, found) => (typeof value === 'boolean' ? value : mistyped('boolean', value, found));
}

/** A finite number. */
export function number(): Schema<number> {
  return (value, found) => (Number.isFinite(value) ? value : mistyped('number', value, found));
}

/** A size or a count: a whole number, not negative, that JavaScript holds exactly. */
export function size(): Schema<number> {
  const isSize = (value: number) => Number.isSafeInteger(value) && value >= 0;
  return refine(number(), isSize, 'a whole number from 0 to 2^53 - 1 expected');
}

/** One of several values. */
export function oneOf<const T extends readonly (string | number)[]>(...choices: T): Schema<T[number]> {
  return (value, found) =>
    choices.some((choice) => choice === value) ? value : add(found, value, { kind: 'choice', choices });
}

/** A value that also satisfies a rule. A value of another shape is not checked against it. */
export function refine<T>(schema: Schema<T>, rule: (value: T) => boolean, message: string): Schema<T> {
  return (given, found) => {
    const before = found.faults.length;
    const value = schema(given, found);
    if (found.faults.length === before && !rule(value as T)) add(found, given, { kind: 'rule', message });
    return value;
  };
}

export function optional<T>(schema: Schema<T>): Schema<T | undefined> {
  return (value, found) => (value === undefined ? value : schema(value, found));
}

export function nullable<T>(schema: Schema<T>): Schema<T | null> {
  return (value, found) => (value === null ? value : schema(value, found));
}

export function nullish<T>(schema: Schema<T>): Schema<T | null | undefined> {
  return optional(nullable(schema));
}

/** A value of any of several shapes, which `expected` names. */
export function either<const S extends readonly Schema<unknown>[]>(
  expected: string,
  ...schemas: S
): Schema<Infer<S[number]>> {
  return (value, found) => {
    for (const schema of schemas) {
      const read = readShape(schema, value);
      if (!read.faults) return read.value;
    }
    return mistyped(expected, value, found);
  };
}

export function array<T>(item: Schema<T>, length: Length = {}): Schema<T[]> {
  return (value, found) => {
    if (!Array.isArray(value)) return mistyped('array', value, found);
    if (!checkLength(value, length, 'items', found)) return value;
    return value.map((entry, index) => readPart(item, entry, index, found));
  };
}

/** An object with any names. */
export function record<T>(member: Schema<T>, name: Schema<string> = string()): Schema<Record<string, T>> {
  return (value, found) => {
    if (!isPlainObject(value)) return mistyped('record', value, found);
    const read: Record<string, unknown> = {};
    for (const [key, part] of Object.entries(value)) {
      // Assigned to an object it would become its prototype.
      if (key === '__proto__') continue;
      readPart(name, key, key, found);
      read[key] = readPart(member, part, key, found);
    }
    return read;
  };
}

/** An object of which only the members described are kept. */
export function object<M extends Members>(members: M): Schema<MembersOf<M>> {
  return (value, found) =>
    isObject(value) ? readMembers(members, value, found) : mistyped('object', value, found);
}

/** An object whose other members are kept as they are. */
export function looseObject<M extends Members>(members: M): Schema<MembersOf<M> & Record<string, unknown>> {
  return (value, found) => {
    if (!isObject(value)) return mistyped('object', value, found);
    const read = readMembers(members, value, found);
    for (const name of otherNames(value, members)) if (name !== '__proto__') read[name] = value[name];
    return read;
  };
}

/** An object without other members. */
export function strictObject<M extends Members>(members: M): Schema<MembersOf<M>> {
  return (value, found) => {
    if (!isObject(value)) return mistyped('object', value, found);
    const read = readMembers(members, value, found);
    const names = otherNames(value, members);
    if (names.length > 0) add(found, value, { kind: 'unknown', names });
    return read;
  };
}

function readMembers(members: Members, value: Readonly<Record<string, unknown>>, found: Findings) {
  const read: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(members)) {
    const member = readPart(schema, value[name], name, found);
    if (member !== undefined || name in value) read[name] = member;
  }
  return read;
}

function otherNames(value: object, members: Members): string[] {
  return Object.keys(value).filter((name) => !Object.hasOwn(members, name));
}

function readPart(schema: Schema<unknown>, value: unknown, key: string | number, found: Findings): unknown {
  found.path.push(key);
  const read = schema(value, found);
  found.path.pop();
  return read;
}

/** Reports whether the length is within its limits. */
function checkLength(
  value: { readonly length: number },
  { min, max = Number.POSITIVE_INFINITY }: Length,
  unit: 'characters' | 'items',
  found: Findings,
): boolean {
  if (min === 1 && value.length === 0) add(found, value, { kind: 'empty' });
  if (value.length > max) add(found, value, { kind: 'long', max, unit });
  return value.length <= max;
}

function mistyped(expected: string, value: unknown, found: Findings): undefined {
  add(found, value, { kind: 'type', expected });
}

function add({ faults, path }: Findings, value: unknown, problem: Problem): void {
  faults.push({ path: [...path], value, problem });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reports whether a value is an object without a class, also one of another realm. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (!isObject(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
