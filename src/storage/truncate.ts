/** Characters of one outside string that a report or an inspection shows. */
const MAX_TEXT = 1024;
const MAX_ENTRIES = 100;

/** Truncates an outside string for a report that may contain thousands. It is copied: a slice would keep all of it alive. */
export function truncate(text: string): string {
  return text.length <= MAX_TEXT ? text : `${[...text.slice(0, MAX_TEXT)].join('')}…`;
}

/** Truncates user metadata: keys, values and the number of entries. */
export function truncateRecord(record: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(record).slice(0, MAX_ENTRIES);
  return Object.fromEntries(entries.map(([key, value]) => [truncate(key), truncate(value)]));
}
