const LINK = /<([^<>]*)>([^<]*)/g;
const RELATION = /;\s*rel\s*=\s*"?([^";,]*)/i;

/** Returns the URL of the next page that a Link header names, as it is written there (RFC 8288). */
export function nextLink(header: string | null): string | undefined {
  for (const [, address, parameters = ''] of header?.matchAll(LINK) ?? []) {
    const relations = RELATION.exec(parameters)?.[1]?.toLowerCase().split(/\s+/);
    if (relations?.includes('next')) return address;
  }
  return undefined;
}
