import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  Parser,
  type YAMLMap,
} from 'yaml';
import { quote } from '../errors/quote.ts';
import { fileInvalid, limitExceeded, type Place } from './found.ts';

const MAX_DOCUMENTS = 10_000;
const MAX_DEPTH = 100;
/** The limit of aliases that are followed in a file: an alias of aliases counts each time. */
const MAX_ALIASES = 10_000;
/** The limit of visits of items and members: one that is reached by an alias is visited each time. */
const MAX_VISITS = 4_000_000;

const MERGE = '<<';

/** A node of YAML that is not an alias. */
export type YamlNode = Exclude<Node, { type: 'ALIAS' }>;

/** A member of a mapping. */
export interface Member {
  name: string;
  key: Node;
  value: Node | undefined;
}

/**
 * A file of YAML documents, of which nodes are read with their places. Aliases and merge keys (`<<`) are followed, up to a
 * limit: an alias bomb is an error, not a lot of work.
 *
 * The `maxAliasCount` of yaml guards only its conversion to values, which loses the places, and each alias that it resolves
 * walks the whole document.
 */
export class YamlFile {
  readonly documents: readonly (YamlNode | undefined)[];
  readonly #file: string;
  readonly #lines = new LineCounter();
  readonly #targets = new Map<Node, Node>();
  readonly #members = new Map<YAMLMap, ReadonlyMap<string, Member>>();
  #followed = 0;
  #visited = 0;

  constructor(text: string, file: string) {
    this.#file = file;
    const documents = this.#compose(text);
    for (const document of documents) this.#check(document);
    this.documents = documents.map(({ contents }) => this.follow(contents));
  }

  /** Where a node starts. */
  placeOf(node: Node): Place {
    const { line, col } = this.#lines.linePos(node.range?.[0] ?? 0);
    return { line, column: col };
  }

  /** Returns a node, or what it is an alias of; `undefined` of one that is missing or null. */
  follow(node: unknown): YamlNode | undefined {
    let target = node;
    while (isAlias(target)) {
      if (++this.#followed > MAX_ALIASES)
        throw limitExceeded(this.#file, `has more than ${MAX_ALIASES} aliases`);
      target = this.#targets.get(target);
    }
    if (isScalar(target)) return target.value === null ? undefined : target;
    return isMap(target) || isSeq(target) ? target : undefined;
  }

  /** Returns the value of a member of a mapping, whether it is its own or merged. */
  get(map: Node | undefined, name: string): YamlNode | undefined {
    if (!isMap(map)) return undefined;
    for (const source of this.#withMerged(map)) {
      const member = this.#own(source).get(name);
      if (member) return this.follow(member.value);
    }
    return undefined;
  }

  /** Returns the items of a sequence; none of anything else. */
  items(node: Node | undefined): YamlNode[] {
    if (!isSeq(node)) return [];
    this.#visit(node.items.length);
    return node.items.map((item) => this.follow(item)).filter((item) => item !== undefined);
  }

  /** Returns the members of a mapping: its own, then those that it merges and does not have. */
  members(map: Node | undefined): Member[] {
    if (!isMap(map)) return [];
    const members = new Map<string, Member>();
    for (const source of this.#withMerged(map)) {
      const own = this.#own(source);
      this.#visit(own.size);
      for (const [name, member] of own) if (name !== MERGE && !members.has(name)) members.set(name, member);
    }
    return [...members.values()];
  }

  /** A mapping, and the mappings that it merges, in the order of their precedence. */
  *#withMerged(map: YAMLMap): Generator<YAMLMap> {
    yield map;
    const merge = this.#own(map).get(MERGE);
    const target = merge && this.follow(merge.value);
    for (const source of isSeq(target) ? this.items(target) : [target]) {
      if (isMap(source)) yield* this.#withMerged(source);
    }
  }

  #own(map: YAMLMap): ReadonlyMap<string, Member> {
    const own = this.#members.get(map) ?? new Map(membersOf(map).map((member) => [member.name, member]));
    this.#members.set(map, own);
    return own;
  }

  #visit(nodes: number): void {
    this.#visited += nodes;
    if (this.#visited > MAX_VISITS) throw limitExceeded(this.#file, 'repeats too much by aliases');
  }

  /** The string of a scalar. */
  text(node: Node | undefined): string | undefined {
    return isScalar(node) && typeof node.value === 'string' ? node.value : undefined;
  }

  #compose(text: string): Document[] {
    const parser = new Parser(this.#lines.addNewLine);
    const composer = new Composer({ uniqueKeys: false, logLevel: 'silent' });
    const documents: Document[] = [];
    const add = (composed: Iterable<Document>) => {
      for (const document of composed) documents.push(document);
      if (documents.length > MAX_DOCUMENTS) {
        throw limitExceeded(this.#file, `has more than ${MAX_DOCUMENTS} documents`);
      }
    };
    for (const token of parser.parse(text)) {
      // The composer calls itself for what is nested.
      if (isDeeper(token, MAX_DEPTH)) throw limitExceeded(this.#file, `is nested deeper than ${MAX_DEPTH}`);
      add(composer.next(token));
    }
    add(composer.end());
    return documents;
  }

  /** Rejects a document with faults, and notes what each of its aliases stands for. */
  #check(document: Document): void {
    const [error] = document.errors;
    if (error) throw this.#invalid(error.pos[0], error.code.toLowerCase().replaceAll('_', ' '), error);
    const anchors = new Map<string, Node>();
    const open: unknown[] = [document.contents];
    // In the order of the document: an alias stands for the last anchor of its name before it.
    while (open.length > 0) {
      const node = open.pop();
      if (isPair(node)) open.push(node.value, node.key);
      if (isAlias(node)) this.#resolve(node, anchors);
      if (!isMap(node) && !isSeq(node) && !isScalar(node)) continue;
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
      if (isMap(node)) this.#checkUnique(node);
      if (!isScalar(node)) for (let i = node.items.length - 1; i >= 0; i--) open.push(node.items[i]);
    }
  }

  #resolve(alias: Node & { source: string }, anchors: ReadonlyMap<string, Node>): void {
    const target = anchors.get(alias.source);
    if (!target)
      throw this.#invalid(alias.range?.[0], `the anchor of the alias ${quote(alias.source)} is missing`);
    this.#targets.set(alias, target);
  }

  /** Some programs take the first of two members of a name, some the last one. yaml compares each with each. */
  #checkUnique(map: YAMLMap): void {
    const names = new Set<string>();
    for (const { name, key } of membersOf(map)) {
      if (names.has(name)) throw this.#invalid(key.range?.[0], `${quote(name)} is there twice`);
      names.add(name);
    }
  }

  #invalid(offset = 0, reason: string, cause?: unknown): Error {
    const { line, col } = this.#lines.linePos(offset);
    return fileInvalid(this.#file, `is not valid YAML at line ${line}, column ${col}: ${reason}`, cause);
  }
}

function membersOf(map: YAMLMap): Member[] {
  return map.items.flatMap(({ key, value }) =>
    isScalar(key) ? [{ name: String(key.value), key, value: isNode(value) ? value : undefined }] : [],
  );
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isAlias(value) || isMap(value) || isSeq(value);
}

/** Whether a token of the parser is nested deeper than a limit. */
function isDeeper(token: CST.Token, limit: number): boolean {
  const open: { token: CST.Token; depth: number }[] = [{ token, depth: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    if (next.depth > limit) return true;
    for (const child of children(next.token)) open.push({ token: child, depth: next.depth + 1 });
  }
  return false;
}

function children(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value ? [token.value] : [];
  if (!('items' in token)) return [];
  return token.items.flatMap(({ key, value }) =>
    [key, value].filter((child) => child !== undefined && child !== null),
  );
}
