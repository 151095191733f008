import type { TabImage } from '../../../examples/browser-extension/src/messages.ts';
import type { ImageState, StateKind } from '../../../examples/browser-extension/src/state.ts';

export const DIGEST = `sha256:${'0'.repeat(64)}`;

/** Makes an image that was evaluated. */
export function done(
  kind: StateKind,
  image = 'registry.example.com/team/app:v1',
  changes: Partial<ImageState> = {},
): TabImage {
  const evaluatedAt = '2026-11-28T11:58:00Z';
  const state = { kind, evaluatedAt, reasons: [], needs: [], retryable: false, ...changes };
  return { image, progress: 'done', state };
}
