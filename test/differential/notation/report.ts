import { mkdir, writeFile } from 'node:fs/promises';
import type { Findings } from './compare-families.ts';

const DIRECTORY = new URL('../../../.cache/differential/', import.meta.url);

interface Run {
  seed: number;
  first: number;
  scale: number;
  seconds: number;
}

/** The differences that nothing explains: one line for each kind, with how often it was found and the first case. */
export function summarize({ open }: Findings): string[] {
  const kinds = new Map<string, { count: number; index: number }>();
  for (const { index, difference } of open) {
    const { direction, ours, theirs, fields = '' } = difference;
    const texts = [ours, theirs].map(({ verdict, reason }) => `${verdict} ${general(reason ?? '')}`);
    const kind = [direction, fields, ...texts].join(' | ');
    const known = kinds.get(kind);
    if (known) known.count++;
    else kinds.set(kind, { count: 1, index });
  }
  return [...kinds]
    .sort(([, a], [, b]) => b.count - a.count)
    .map(([kind, { count, index }]) => `${count} times (case ${index}): ${kind}`);
}

/** A message without what differs from case to case. */
function general(message: string): string {
  return message
    .replace(/"[^"]*"/g, '"…"')
    .replace(/\b[0-9a-f]*\d[0-9a-f.:TZ-]*\b/g, 'N')
    .slice(0, 300);
}

/** Writes the table of a run for docs/differential.md, and everything that is open, to .cache/differential. */
export async function writeFindings(all: readonly Findings[], run: Run): Promise<void> {
  await mkdir(DIRECTORY, { recursive: true });
  await writeFile(
    new URL('open.json', DIRECTORY),
    JSON.stringify(
      all.map(({ family, open }) => ({ family, open })),
      null,
      1,
    ),
  );
  const table = tableOf(all);
  await writeFile(new URL('table.md', DIRECTORY), table);
  console.log(
    `seed ${run.seed}, first case ${run.first}, scale ${run.scale}, ${run.seconds.toFixed(0)} s\n\n${table}`,
  );
}

function tableOf(all: readonly Findings[]): string {
  const lines = ['| of | cases | both accept | direction | row | count |', '|---|---|---|---|---|---|'];
  for (const { family, cases, accepted, explained, crashed } of all) {
    lines.push(`| ${family} | ${cases} | ${accepted} | | | |`);
    for (const [key, count] of [...explained].sort()) {
      const [direction, row] = key.split('\t');
      lines.push(`| | | | ${direction} | \`${row}\` | ${count} |`);
    }
    if (crashed > 0) lines.push(`| | | | crashed | the libraries | ${crashed} |`);
  }
  return `${lines.join('\n')}\n`;
}
