import { NotationError } from '../errors/index.ts';
import { quote } from '../errors/quote.ts';

const MAX_ENUMERATED = 10;
const MAX_KEPT = 1000;

type ProblemCode = 'ERR_POLICY_INVALID' | 'ERR_LIMIT_EXCEEDED';

/** Takes one problem, written as the field and what is wrong with it. */
export type Report = (problem: string, code?: ProblemCode) => void;

/** One thing that is wrong with a document. */
export interface PolicyProblem {
  /** The name of the statement, if the problem is in one that has a name. */
  readonly statement: string | undefined;
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

  /** Returns a reporter for one place of the document, or for the whole document. */
  at(place?: string, statement?: string): Report {
    return (problem, code = 'ERR_POLICY_INVALID') => {
      const message = place === undefined ? problem : `${place}: ${problem}`;
      if (this.#count++ < MAX_KEPT) this.#first.push({ statement, message });
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

/** Lists names from outside for a message: the first ones, quoted, and how many more there are. */
export function quoteList(names: readonly string[]): string {
  return enumerate(names.map((name) => quote(name)));
}

/** Joins the first items of a list, and says how many more there are. */
export function enumerate(items: readonly string[], separator = ', ', count = items.length): string {
  const more = count > MAX_ENUMERATED ? [`and ${count - MAX_ENUMERATED} more`] : [];
  return [...items.slice(0, MAX_ENUMERATED), ...more].join(separator);
}
