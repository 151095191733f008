import { NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';

const MAX_ENUMERATED = 10;
const MAX_KEPT = 1000;

type ProblemCode = 'ERR_POLICY_INVALID' | 'ERR_LIMIT_EXCEEDED';

/** Where a value is in a document: names of members and indexes of arrays; empty for the whole document. */
export type Path = readonly (string | number)[];

/** Takes what is wrong with a field. */
export type Report = (field: Path, problem: string, code?: ProblemCode) => void;

/** One thing that is wrong with a document. */
export interface PolicyProblem {
  /** The name of the statement, if the problem is in one that has a name. */
  readonly statement: string | undefined;
  /** The faulty field. */
  readonly path: Path;
  /** The place, the field and what is wrong with it. */
  readonly message: string;
}

/** Collects what is wrong with a document, so that its author sees all of it at once. */
export class PolicyProblems {
  readonly #first: PolicyProblem[] = [];
  #count = 0;
  #code: ProblemCode = 'ERR_POLICY_INVALID';

  /** The first problems: a document can have any number. */
  get first(): readonly PolicyProblem[] {
    return this.#first;
  }

  /** Returns a reporter for the fields of the document. */
  inDocument(): Report {
    return this.#below([], '', undefined);
  }

  /** Returns a reporter for the fields of a statement, which has a name or is named by its place. */
  inStatement(path: Path, name: string | undefined): Report {
    const place = name === undefined ? fieldName(path) : `statement ${quote(name)}`;
    return this.#below(path, `${place}: `, name);
  }

  #below(path: Path, prefix: string, statement: string | undefined): Report {
    return (field, problem, code = 'ERR_POLICY_INVALID') => {
      const message = `${prefix}${fieldName(field)} ${problem}`;
      if (this.#count++ < MAX_KEPT) this.#first.push({ statement, path: [...path, ...field], message });
      if (code !== 'ERR_POLICY_INVALID') this.#code = code;
    };
  }

  /** @throws NotationError with every problem, if there is one */
  throwIfAny(): void {
    if (this.#count === 0) return;
    const messages = this.#first.map(({ message }) => message);
    const message =
      this.#count === 1
        ? `the trust policy is invalid: ${messages[0]}`
        : `the trust policy has ${this.#count} problems:\n- ${enumerate(messages, '\n- ', this.#count)}`;
    throw new NotationError(this.#code, message);
  }
}

function fieldName(path: Path): string {
  const steps = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`));
  return steps.join('').replace(/^\./, '') || 'it';
}

/** Lists names from outside for a message: the first ones, quoted, and how many more there are. */
export function quoteList(names: readonly string[]): string {
  return enumerate(names.map((name) => quote(name)));
}

/** Joins the first items of a list, and says how many more there are. */
export function enumerate(items: readonly string[], separator = ', ', count = items.length): string {
  const more = count > MAX_ENUMERATED ? [`and ${count - MAX_ENUMERATED} more`] : [];
  return [...items.slice(0, MAX_ENUMERATED), ...more].join(separator);
}
