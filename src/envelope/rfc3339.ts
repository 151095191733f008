const RFC3339 =
  /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,3})\d*)?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

/**
 * Parses an RFC 3339 time, to the millisecond; returns `undefined` for another form or a day that does not exist.
 * @see docs/specification.md, rules JWS-6, RFC-7
 */
export function parseRfc3339(text: string): Date | undefined {
  const match = text.length <= 64 ? RFC3339.exec(text) : null;
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const time = new Date(0);
  time.setUTCFullYear(year, month - 1, day);
  if (time.getUTCMonth() !== month - 1 || time.getUTCDate() !== day) return undefined;
  const offset = (match[8] === '-' ? -1 : 1) * (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0));
  const milliseconds = Number((match[7] ?? '').padEnd(3, '0'));
  time.setUTCHours(hour, minute - offset, second, milliseconds);
  return time;
}

/** Formats a time in UTC, in whole seconds (rule JWS-6). */
export function formatRfc3339(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
