export function markdownOf(table: readonly Record<string, string | number>[]): string;
