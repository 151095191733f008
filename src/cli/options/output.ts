import type { Flags } from '../flags.ts';

/** Flags of commands that print data for programs. */
export const DATA_FLAGS = {
  output: {
    kind: 'text',
    short: 'o',
    value: 'format',
    choices: ['text', 'tree', 'json'],
    summary: 'the format of the output; text by default',
  },
} as const satisfies Flags;
