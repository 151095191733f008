import type { Evaluation } from '../../verifier/evaluation-result.ts';
import type { Flags } from '../flags.ts';
import { oneOf } from './policy.ts';

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

/** Writes evaluations in one format. */
export type Format = (evaluations: Iterable<Evaluation>) => string;

/** The formats of verdicts for programs, each loaded when it is used. */
const FORMATS = {
  json: async (): Promise<Format> => (await import('../../report/format-json.ts')).formatJson,
  sarif: async (): Promise<Format> => (await import('../../report/format-sarif.ts')).formatSarif,
  junit: async (): Promise<Format> => (await import('../../report/format-junit.ts')).formatJunit,
  github: async (): Promise<Format> =>
    (await import('../../report/format-github.ts')).formatGithubAnnotations,
  markdown: async (): Promise<Format> => (await import('../../report/format-markdown.ts')).formatMarkdown,
  html: async (): Promise<Format> => (await import('../../report/format-html.ts')).formatHtml,
  metrics: async (): Promise<Format> =>
    (await import('../../report/format-open-metrics.ts')).formatOpenMetrics,
};

type FormatName = keyof typeof FORMATS;
const NAMES = Object.keys(FORMATS) as FormatName[];

/** A flag of commands that print verdicts. */
export const VERDICT_FLAGS = {
  output: {
    kind: 'text',
    short: 'o',
    value: 'format',
    choices: ['text', ...NAMES],
    summary: 'the format of the verdicts; text by default',
  },
} as const satisfies Flags;

/** Returns what writes verdicts for programs; nothing for text, which is printed as verdicts are reached. */
export async function formatFor(output: string | undefined): Promise<Format | undefined> {
  const name = output === 'text' ? undefined : oneOf(NAMES, output);
  return name && FORMATS[name]();
}
