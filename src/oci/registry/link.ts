const LINK = /<([^<>]*)>([^<]*)/g;
const RELATION = /;\s*rel\s*=\s*"?([^";,]*)/i;

/**
 * Returns the URL of the next page in a Link header, as it is written there.
 * @see https://www.rfc-editor.org/rfc/rfc8288#section-3
 */
export function nextLink(header: string | null): string | undefined {
  for (const [, url, parameters = ''] of header?.matchAll(LINK) ?? []) {
    const relations = RELATION.exec(parameters)?.[1]?.toLowerCase().split(/\s+/);
    if (relations?.includes('next')) return url;
  }
  return undefined;
}
