import type { Decision, Question } from './peer.ts';
import type { Random } from './random.ts';

/** One case: what the libraries are asked, and what notarykit decides about the same bytes. */
export interface Case {
  question: Question;
  decide: () => Promise<Decision>;
}

/** Cases of one kind. */
export interface Family {
  name: string;
  /** What the libraries are told before the first case. */
  setup?: Question;
  /** Makes the case that follows from these choices. */
  make(random: Random): Case;
}
