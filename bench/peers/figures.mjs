// The figures of rows, next to those that are committed and to the goals.

/** How far beyond its committed figure a row may be twice in a run. */
const TOLERANCE = 1.5;

/**
 * Measures rows, and once more if one is far beyond its committed figure: then its better figure counts.
 * @param measure - Returns what each row costs by its `id`: `ours`, what it is compared with as `base` if there is something,
 * and the unit; or why it is `missing`.
 */
export async function measureRows(wanted, measure) {
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
    const figure = rounded(base === undefined ? ours : ours / base);
    if (!Number.isFinite(figure)) throw new Error(`${row.id} was not measured: ${ours} to ${base} ${unit}`);
    return { ...row, ours, base, unit, figure };
  });
}

function rounded(number) {
  return Number(number.toFixed(2));
}

function isBeyond({ figure, committed }) {
  return figure > committed * TOLERANCE;
}

/** The rows that miss what they must be. */
export function missedBy(rows) {
  return rows.filter(({ figure, mustBe }) => figure > mustBe).map(({ id }) => id);
}

/** The rows whose figure was too high both times. */
export function overBudgetOf(rows) {
  return rows
    .filter(isBeyond)
    .map(({ id, figure, committed }) => `${id}: ${figure}, twice beyond ${TOLERANCE} x ${committed}`);
}
