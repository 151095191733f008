/** Characters of a text of outside data that a report or inspection holds. */
const MAX_TEXT = 1024;
const MAX_ENTRIES = 100;

/**
 * A text of outside data at a length of which there may be thousands. It is built anew: a slice would keep the
 * whole text in memory.
 */
export function brief(text: string): string {
  return text.length <= MAX_TEXT ? text : `${[...text.slice(0, MAX_TEXT)].join('')}…`;
}

/** User metadata, likewise. */
export function briefRecord(record: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(record).slice(0, MAX_ENTRIES);
  return Object.fromEntries(entries.map(([key, value]) => [brief(key), brief(value)]));
}
