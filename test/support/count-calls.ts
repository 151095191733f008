import { vi } from 'vitest';

/** Counts the keys that are imported and the signatures that are verified, until `vi.unstubAllGlobals`. */
export function countCalls() {
  const { crypto } = globalThis;
  const { subtle } = crypto;
  let counts = { imported: 0, verified: 0 };
  const counted = new Proxy(subtle, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        if (name === 'importKey') counts.imported++;
        if (name === 'verify') counts.verified++;
        return member.apply(target, args);
      };
    },
  });
  const getRandomValues = crypto.getRandomValues.bind(crypto);
  vi.stubGlobal('crypto', { subtle: counted, getRandomValues });
  return {
    /** Returns the numbers since the last call. */
    reset() {
      const last = counts;
      counts = { imported: 0, verified: 0 };
      return last;
    },
  };
}
