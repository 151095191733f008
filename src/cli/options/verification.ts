import type { Flags } from '../flags.ts';
import { DIALECT_FLAGS } from './policy.ts';

/** The limit of notation. */
const MAX_SIGNATURES = 100;

/** Flags of commands that verify. */
export const VERIFICATION_FLAGS = {
  'user-metadata': {
    kind: 'pairs',
    short: 'm',
    value: 'key=value',
    summary: 'what the signature must say',
  },
  'plugin-config': {
    kind: 'pairs',
    value: 'key=value',
    summary: 'passed to the verification plugin that a signature names',
  },
  'max-signatures': {
    kind: 'count',
    value: 'count',
    summary: `try at most so many signatures of an artifact; ${MAX_SIGNATURES} by default`,
  },
  ...DIALECT_FLAGS,
  platform: {
    kind: 'text',
    value: 'platform',
    summary: 'which manifest of an image index to verify, such as linux/arm64, or all',
  },
} as const satisfies Flags;
