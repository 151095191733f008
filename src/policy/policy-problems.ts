import { NotationError } from '../errors/index.ts';

const MAX_SHOWN = 10;
const MAX_KEPT = 1000;
const MAX_QUOTED = 300;

type ProblemCode = 'ERR_POLICY_INVALID' | 'ERR_LIMIT_EXCEEDED';

/** Takes one problem, written as the field and what is wrong with it. */
export type Report = (problem: string, code?: ProblemCode) => void;

/** One thing that is wrong with a document. */
export interface Problem {
  /** The name of the statement, where it is in one that has a name. */
  readonly statement: string | undefined;
  readonly code: ProblemCode;
  /** The place, the field and what is wrong with it. */
  readonly message: string;
}

/** Gathers what is wrong with a document, so that its author sees all of it at once. */
export class Problems {
  readonly #first: Problem[] = [];
  #count = 0;
  #code: ProblemCode = 'ERR_POLICY_INVALID';

  /** The first of them; a document can have any number. */
  get first(): readonly Problem[] {
    return this.#first;
  }

  /** A reporter for one place of the document, or for the whole of it. */
  at(place?: string, statement?: string): Report {
    return (problem, code = 'ERR_POLICY_INVALID') => {
      const message = place === undefined ? problem : `${place}: ${problem}`;
      if (this.#count++ < MAX_KEPT) this.#first.push({ statement, code, message });
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
        : `the trust policy has ${this.#count} problems:\n- ${enumerate(messages, this.#count, '\n- ')}`;
    throw new NotationError(this.#code, message);
  }
}

/** Text from outside, as a message may show it. */
export function quote(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text);
}

/** The first items of a list, and how many there are beside them. */
export function enumerate(items: readonly string[], count = items.length, separator = ', '): string {
  const more = count > MAX_SHOWN ? [`and ${count - MAX_SHOWN} more`] : [];
  return [...items.slice(0, MAX_SHOWN), ...more].join(separator);
}
