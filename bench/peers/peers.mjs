// Measures notarykit next to the libraries of the notation CLI, on the same bytes: see docs/speed.md.
//   --only TEXT   the rows whose id has the text
//   --rounds N    15 by default; a third of the time of a run does not depend on it
//   --record      commits the figures that are lower than the committed ones: table.json and docs/speed.md
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv } from 'node:process';
import { parseArgs } from 'node:util';
import { measureRows, missedBy, overBudgetOf } from './figures.mjs';
import { writePage } from './page.mjs';
import { MEASUREMENTS } from './rows.mjs';

const TABLE = new URL('table.json', import.meta.url);

export async function measurePeers() {
  const { only, record, ...amounts } = options();
  const table = JSON.parse(await readFile(TABLE, 'utf8'));
  const chosen = table.filter(({ id }) => id.includes(only));
  const directory = await mkdtemp(join(tmpdir(), 'notarykit-peers-'));
  const rows = [];
  try {
    for (const { ids, measure } of MEASUREMENTS) {
      const wanted = chosen.filter(({ id }) => ids.includes(id));
      if (wanted.length > 0)
        rows.push(...(await measureRows(wanted, () => measure({ directory, ...amounts }))));
    }
  } finally {
    await rm(directory, { recursive: true });
  }
  if (record) await commit(lowered(table, rows));
  return { rows, missed: missedBy(rows), overBudget: overBudgetOf(rows) };
}

function lowered(table, rows) {
  const measured = new Map(rows.map(({ id, figure }) => [id, figure]));
  return table.map((row) => ({
    ...row,
    committed: Math.min(row.committed, measured.get(row.id) ?? row.committed),
  }));
}

async function commit(table) {
  await writeFile(TABLE, `${JSON.stringify(table, null, 2)}\n`);
  await writePage(table);
}

function options() {
  const { values } = parseArgs({
    args: argv.slice(2),
    options: {
      peers: { type: 'boolean' },
      json: { type: 'boolean' },
      only: { type: 'string', default: '' },
      record: { type: 'boolean' },
      rounds: { type: 'string', default: '15' },
    },
  });
  const rounds = Number(values.rounds);
  if (!(Number.isInteger(rounds) && rounds > 0)) throw new Error('--rounds must be an integer above 0');
  return {
    only: values.only,
    record: values.record,
    rounds,
    sweeps: Math.ceil(rounds / 5),
    processes: rounds,
  };
}

export function printPeers({ rows, missed }) {
  console.log('notarykit next to the libraries of the notation CLI (medians; below 1 is ahead)');
  console.log(`${'what'.padEnd(90)}     ours     base          figure   committed   must be   stretch`);
  for (const row of rows)
    console.log(`${row.what.padEnd(90)} ${row.missing ? `not measured: ${row.missing}` : figuresOf(row)}`);
  if (missed.length > 0) console.log(`"must be" is missed by ${missed.length} rows: ${missed.join(', ')}`);
}

function figuresOf({ ours, base, unit, figure, committed, mustBe, stretch }) {
  const amounts = [ours, base].map((amount) => (amount === undefined ? '-' : amount.toFixed(3)).padStart(8));
  const limits = [committed, mustBe, stretch].map((limit) => String(limit ?? '').padStart(9));
  const verdict = figure > mustBe ? '  missed' : '';
  return `${amounts.join(' ')} ${unit.padEnd(5)} ${figure.toFixed(2).padStart(9)} ${limits.join(' ')}${verdict}`;
}
