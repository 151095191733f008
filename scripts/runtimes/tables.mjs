// The results of the run as tables: on the terminal and in docs/runtimes.md.
import { readFileSync, writeFileSync } from 'node:fs';

const MAX_SHOWN = 10;
const RUNTIMES = { file: 'docs/runtimes.md', begin: '<!-- runtimes -->', end: '<!-- /runtimes -->' };
const NODE_ONLY = { file: 'docs/runtimes.md', begin: '<!-- node-only -->', end: '<!-- /node-only -->' };
const ABILITIES = { file: 'docs/runtimes.md', begin: '<!-- abilities -->', end: '<!-- /abilities -->' };
const QUIRKS = { file: 'docs/runtimes.md', begin: '<!-- quirks -->', end: '<!-- /quirks -->' };

export function printReport({ name, version, passed, failures, error, milliseconds = 0 }) {
  const seconds = (milliseconds / 1000).toFixed(0);
  console.log(
    error
      ? `${name}: FAILED\n${error}`
      : `${name} (${version}): ${passed} passed, ${failures.length} failed, ${seconds} s`,
  );
  for (const { file, test, error: reason } of failures.slice(0, MAX_SHOWN)) {
    console.log(`  ${file}: ${test}\n    ${reason}`);
  }
  if (failures.length > MAX_SHOWN) console.log(`  and ${failures.length - MAX_SHOWN} more`);
}

/** Writes the tables into their places. */
export function writeTables(run) {
  for (const [place, table] of tablesOf(run)) {
    writeFileSync(place.file, replaced(readFileSync(place.file, 'utf8'), place, table));
  }
}

/**
 * Prints which committed tables differ from this run. Versions and numbers of tests may differ, and tests that
 * run in Node only may have been added.
 */
export function checkTables(run) {
  for (const [place, table] of tablesOf(run)) {
    if (place === NODE_ONLY) continue;
    const text = readFileSync(place.file, 'utf8');
    if (withoutNumbers(text) === withoutNumbers(replaced(text, place, table))) continue;
    console.error(`${place.file} differs from this run: npm run runtimes writes it again`);
    process.exitCode = 1;
  }
}

function withoutNumbers(text) {
  return text.replace(/\d[\d.-]*/g, '0').replace(/ +/g, ' ');
}

function replaced(text, { file, begin, end }, table) {
  const [start, stop] = [text.indexOf(begin), text.indexOf(end)];
  if (start < 0 || stop < start) throw new Error(`${file} has no ${begin} … ${end}`);
  return `${text.slice(0, start + begin.length)}\n${table}\n${text.slice(stop)}`;
}

function tablesOf({ results, suite }) {
  return [
    [RUNTIMES, runtimesTable(results)],
    [ABILITIES, abilitiesTable(results, 'abilities')],
    [QUIRKS, abilitiesTable(results, 'quirks')],
    [NODE_ONLY, filesTable(suite)],
  ];
}

function runtimesTable(results) {
  const rows = results.map(({ name, version, passed }) => `| ${name} | ${version} | ${passed} |`);
  return ['| runtime | version | behaviours that passed |', '|---|---|---|', ...rows].join('\n');
}

/**
 * One row an ability, one column a runtime.
 * @param key - The member of a report that lists them.
 */
function abilitiesTable(results, key) {
  const names = results[0][key].map(({ name }) => name);
  const rows = names.map((name) => {
    const cells = results.map((result) => (result[key].find((one) => one.name === name).able ? 'yes' : 'no'));
    return `| ${name} | ${cells.join(' | ')} |`;
  });
  const head = results.map(({ name }) => name);
  return [`| | ${head.join(' | ')} |`, `|---${'|---'.repeat(head.length)}|`, ...rows].join('\n');
}

function filesTable({ needs }) {
  const rows = [...needs].map(([file, missing]) => `| \`${file}\` | ${missing.join(', ')} |`);
  return ['| test file that runs in Node only | because it needs |', '|---|---|', ...rows].join('\n');
}
