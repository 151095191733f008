import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import type { Maker } from './make.ts';

/** The sections of the table, in their order: a file of tests each. */
const SECTIONS = ['keys', 'key stores', 'chains', 'CRLs', 'OCSP responses', 'timestamps'] as const;

export type Section = (typeof SECTIONS)[number];

/** A row of the table. */
export interface Row {
  maker: Maker;
  what: string;
  here: string;
  /** The other reader with its verdict, such as `notation: verified`. */
  peer: string;
  /** Why the verdicts differ, or why the input is rejected. */
  why?: string | undefined;
}

const CACHE = fileURLToPath(new URL('../../../.cache/interop', import.meta.url));
const DOCUMENT = fileURLToPath(new URL('../../../docs/interop.md', import.meta.url));
const [BEGIN, END] = ['<!-- makers -->', '<!-- /makers -->'];
const HEADER = ['kind', 'maker', 'version', 'what', 'notarykit', 'peer', 'why'];

/** Records the rows of a file of tests, unless one of its cases fails or does not run. */
export function recordRows(section: Section, count: number): (row: Row) => void {
  const rows: Row[] = [];
  afterAll(async () => {
    if (rows.length === count) await writeFile(rowsOf(section), JSON.stringify(rows));
  });
  return (row) => rows.push(row);
}

/** Forgets the rows of the last run. */
export async function clearRows(): Promise<void> {
  await rm(join(CACHE, 'rows'), { recursive: true, force: true });
  await mkdir(join(CACHE, 'rows'), { recursive: true });
}

/** Writes the table if every section passed; under CI, requires that the committed one says the same. */
export async function publishRows(): Promise<void> {
  const sections = await Promise.all(SECTIONS.map(readRows));
  if (sections.includes(undefined)) return;
  const document = await readFile(DOCUMENT, 'utf8');
  const written = withTable(document, toTable(sections.flatMap((lines) => lines ?? [])));
  if (!process.env.CI) await writeFile(DOCUMENT, written);
  else if (withoutVersions(document) !== withoutVersions(written))
    throw new Error(`${DOCUMENT} says something else than this run: npm run interop writes it anew`);
}

/** The lines of a section in the order of makers; `undefined` if not all of its cases passed. */
async function readRows(section: Section): Promise<string[][] | undefined> {
  const content = await readFile(rowsOf(section), 'utf8').catch(() => undefined);
  if (content === undefined) return undefined;
  const lines = (JSON.parse(content) as Row[]).map(async ({ maker, what, here, peer, why = '' }) => {
    const version = await readFile(join(CACHE, 'versions', maker), 'utf8');
    return [section, maker, version.trim(), what, here, peer, why];
  });
  const order = ([, maker, , what]: string[]) => `${maker} ${what}`.toLowerCase();
  return (await Promise.all(lines)).sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

function rowsOf(section: Section): string {
  return join(CACHE, 'rows', `${section}.json`);
}

function toTable(lines: readonly string[][]): string {
  return [HEADER, HEADER.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function withTable(document: string, table: string): string {
  const [start, stop] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (start < 0 || stop < start) throw new Error(`${DOCUMENT} has no ${BEGIN} … ${END}`);
  return `${document.slice(0, start + BEGIN.length)}\n${table}\n${document.slice(stop)}`;
}

/** Other machines may have other versions of the makers. */
function withoutVersions(document: string): string {
  return document.replace(/^(\|[^|]+\|[^|]+\|)[^|]+\|/gm, '$1');
}
