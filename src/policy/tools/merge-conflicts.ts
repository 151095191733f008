import { quote } from '../../errors/quote.ts';
import { enumerate, quoteList } from '../policy-problems.ts';
import type { StatementBase } from '../types.ts';

/** A statement, and the number of its document, counted from one. */
export interface MergeEntry<Statement> {
  readonly statement: Statement;
  readonly document: number;
}

/** The values that only one statement of a policy may have, and what happens to a statement that loses them. */
export interface Claims<Statement> {
  /** Returns the values of a statement, apart from its name, that no other may have. */
  exclusive(statement: Statement): readonly string[];
  /** The field that contains these values. */
  readonly exclusiveField: string;
  /** Returns the statement without values that others have taken; `undefined` if nothing is left of it. */
  without(statement: Statement, taken: ReadonlySet<string>): Statement | undefined;
  /** Returns the statement under another name; `undefined` if it must keep its name. */
  rename(statement: Statement, name: string): Statement | undefined;
}

/** Returns the names and values that several statements have, in a sentence each. */
export function findConflicts<Statement extends StatementBase>(
  entries: readonly MergeEntry<Statement>[],
  claims: Claims<Statement>,
): string[] {
  const { exclusive, exclusiveField } = claims;
  return [
    ...findShared('name', entries, ({ name }) => [name]),
    ...findShared(exclusiveField, entries, exclusive),
  ];
}

/** Finds the values of a field that several statements have. */
function findShared<Statement extends StatementBase>(
  field: string,
  entries: readonly MergeEntry<Statement>[],
  valuesOf: (statement: Statement) => readonly string[],
): string[] {
  const users = new Map<string, MergeEntry<Statement>[]>();
  for (const entry of entries) {
    for (const value of valuesOf(entry.statement)) {
      const known = users.get(value);
      if (known) known.push(entry);
      else users.set(value, [entry]);
    }
  }
  return [...users]
    .filter(([, { length }]) => length > 1)
    .map(([value, found]) => `${field} ${quote(value)} is in ${enumerate(found.map(describe))}`);
}

/** Lets the first or the last document decide; the remaining statements keep the order of the entries. */
export function resolveConflicts<Statement extends StatementBase>(
  entries: readonly MergeEntry<Statement>[],
  claims: Claims<Statement>,
  lastWins: boolean,
): { statements: Statement[]; resolved: string[] } {
  const resolution = new Resolution(entries, claims);
  for (const entry of byPrecedence(entries, lastWins)) resolution.add(entry);
  return resolution;
}

/** Sorts by document only: statements of one document keep their order. */
function byPrecedence<Statement>(
  entries: readonly MergeEntry<Statement>[],
  lastWins: boolean,
): readonly MergeEntry<Statement>[] {
  return lastWins ? [...entries].sort((one, other) => other.document - one.document) : entries;
}

class Resolution<Statement extends StatementBase> {
  readonly resolved: string[] = [];
  readonly #kept = new Map<MergeEntry<Statement>, Statement>();
  readonly #names = new Set<string>();
  readonly #taken = new Set<string>();
  readonly #entries: readonly MergeEntry<Statement>[];
  readonly #claims: Claims<Statement>;
  readonly #allNames: ReadonlySet<string>;

  constructor(entries: readonly MergeEntry<Statement>[], claims: Claims<Statement>) {
    this.#entries = entries;
    this.#claims = claims;
    this.#allNames = new Set(entries.map(({ statement }) => statement.name));
  }

  get statements(): Statement[] {
    return this.#entries.flatMap((entry) => this.#kept.get(entry) ?? []);
  }

  add(entry: MergeEntry<Statement>): void {
    const statement = this.#named(entry, this.#unclaimed(entry));
    if (!statement) return;
    this.#names.add(statement.name);
    for (const value of this.#claims.exclusive(statement)) this.#taken.add(value);
    this.#kept.set(entry, statement);
  }

  #unclaimed(entry: MergeEntry<Statement>): Statement | undefined {
    const { exclusive, exclusiveField, without } = this.#claims;
    const lost = exclusive(entry.statement).filter((value) => this.#taken.has(value));
    if (lost.length === 0) return entry.statement;
    const left = without(entry.statement, this.#taken);
    const what = `${exclusiveField} ${quoteList(lost)}`;
    this.resolved.push(
      left
        ? `${describe(entry)} is without ${what}`
        : `${describe(entry)} is left out: it is without ${what}`,
    );
    return left;
  }

  #named(entry: MergeEntry<Statement>, statement: Statement | undefined): Statement | undefined {
    if (!statement || !this.#names.has(statement.name)) return statement;
    const name = this.#freeName(statement.name, entry.document);
    const renamed = this.#claims.rename(statement, name);
    this.resolved.push(
      renamed
        ? `${describe(entry)} is called ${quote(name)}: its name is taken`
        : `${describe(entry)} is left out: its name is taken`,
    );
    return renamed;
  }

  /** Returns a name that no document uses. */
  #freeName(name: string, document: number): string {
    let number = document;
    while (this.#allNames.has(`${name} (${number})`) || this.#names.has(`${name} (${number})`)) number++;
    return `${name} (${number})`;
  }
}

function describe({ statement, document }: MergeEntry<StatementBase>): string {
  return `the statement ${quote(statement.name)} of document ${document}`;
}
