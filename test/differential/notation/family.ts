import type { Decision, Task } from './peer.ts';
import type { Random } from './random.ts';

/** One case: what the libraries get, and what notarykit decides about the same bytes. */
export interface Case {
  task: Task;
  decide: () => Promise<Decision>;
}

/** Cases of one kind. */
export interface Family {
  name: string;
  /** What the libraries are told before the first case. */
  setup?: Task;
  /** Makes the case that follows from these choices. */
  make(random: Random): Case;
}
