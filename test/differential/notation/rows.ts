import type { Decision } from './peer.ts';

/** Two decisions that differ. */
export interface Difference {
  /** What notarykit is in comparison with the libraries; `other status`: both refuse, with another status. */
  direction: 'stricter' | 'laxer' | 'other status' | 'other content' | 'untyped';
  ours: Decision;
  theirs: Decision;
}

/** Returns the row of docs/interop.md that explains a difference, if there is one. */
export function explain(_family: string, _difference: Difference): string | undefined {
  return undefined;
}
