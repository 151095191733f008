import { onTestFinished, vi } from 'vitest';

/** Counts the keys that are imported and the signatures that are verified, until the test ends. */
export function countCalls() {
  const { subtle } = crypto;
  const imported = vi.spyOn(subtle, 'importKey');
  const verified = vi.spyOn(subtle, 'verify');
  onTestFinished(() => {
    imported.mockRestore();
    verified.mockRestore();
  });
  return {
    /** Returns the numbers since the last call. */
    reset() {
      const counts = { imported: imported.mock.calls.length, verified: verified.mock.calls.length };
      imported.mockClear();
      verified.mockClear();
      return counts;
    },
  };
}
