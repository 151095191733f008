// Measures notarykit next to the libraries of the notation CLI, on the same bytes: see docs/speed.md.
//   --only TEXT   the rows whose id has the text
//   --record      writes the figures that are lower than the committed ones into table.json
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv } from 'node:process';
import { parseArgs } from 'node:util';
import { MEASUREMENTS } from './rows.mjs';

const TABLE = new URL('table.json', import.meta.url);
/** How far beyond its committed figure a row may be twice in a run. */
const TOLERANCE = 1.5;
const AMOUNTS = { rounds: 15, sweeps: 3, processes: 11 };

export async function measurePeers() {
  const { only, record } = options();
  const table = JSON.parse(await readFile(TABLE, 'utf8'));
  const chosen = table.filter(({ id }) => id.includes(only));
  const directory = await mkdtemp(join(tmpdir(), 'notarykit-peers-'));
  const rows = [];
  try {
    for (const { ids, measure } of MEASUREMENTS) {
      const wanted = chosen.filter(({ id }) => ids.includes(id));
      if (wanted.length > 0)
        rows.push(...(await measureRows(wanted, () => measure({ directory, ...AMOUNTS }))));
    }
  } finally {
    await rm(directory, { recursive: true });
  }
  if (record) await writeFile(TABLE, lowered(table, rows));
  return {
    rows,
    missed: rows.filter(({ figure, mustBe }) => figure > mustBe).map(({ id }) => id),
    overBudget: rows
      .filter(isBeyond)
      .map(({ id, figure, committed }) => `${id}: ${figure} twice beyond ${TOLERANCE} x ${committed}`),
  };
}

/** Measures again what is far beyond its committed figure: the better one counts. */
async function measureRows(wanted, measure) {
  const first = rowsOf(wanted, await measure());
  if (!first.some(isBeyond)) return first;
  const again = rowsOf(wanted, await measure());
  return first.map((row, i) => (isBeyond(row) && again[i].figure < row.figure ? again[i] : row));
}

/** The figure of a row is a ratio where there is something to compare with. */
function rowsOf(wanted, costs) {
  return wanted.map((row) => {
    const { missing, ours, base, unit } = costs[row.id];
    if (missing) return { ...row, missing };
    return { ...row, ours, base, unit, figure: rounded(base === undefined ? ours : ours / base) };
  });
}

function rounded(number) {
  return Number(number.toFixed(2));
}

function isBeyond({ figure, committed }) {
  return figure > committed * TOLERANCE;
}

function lowered(table, rows) {
  const measured = new Map(rows.map(({ id, figure }) => [id, figure]));
  const lines = table.map((row) => ({
    ...row,
    committed: Math.min(
      row.committed ?? Number.POSITIVE_INFINITY,
      measured.get(row.id) ?? Number.POSITIVE_INFINITY,
    ),
  }));
  return `${JSON.stringify(lines, null, 2)}\n`;
}

function options() {
  const { values } = parseArgs({
    args: argv.slice(2),
    options: {
      peers: { type: 'boolean' },
      json: { type: 'boolean' },
      only: { type: 'string', default: '' },
      record: { type: 'boolean' },
    },
  });
  return values;
}

export function printPeers({ rows, missed }) {
  console.log('notarykit next to the libraries of the notation CLI (medians; below 1 is ahead)');
  console.log(`${'what'.padEnd(82)}     ours     base          figure   committed   must be   stretch`);
  for (const row of rows)
    console.log(`${row.what.padEnd(82)} ${row.missing ? `not measured: ${row.missing}` : figuresOf(row)}`);
  if (missed.length > 0) console.log(`"must be" is missed by ${missed.length} rows: ${missed.join(', ')}`);
}

function figuresOf({ ours, base, unit, figure, committed, mustBe, stretch }) {
  const amounts = [ours, base].map((amount) => (amount === undefined ? '-' : amount.toFixed(3)).padStart(8));
  const limits = [committed, mustBe, stretch].map((limit) => String(limit ?? '').padStart(9));
  const verdict = figure > mustBe ? '  missed' : '';
  return `${amounts.join(' ')} ${unit.padEnd(5)} ${figure.toFixed(2).padStart(9)} ${limits.join(' ')}${verdict}`;
}
