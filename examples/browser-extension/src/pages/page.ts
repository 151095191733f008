// The kinds of pages on which image names are found, and the setting of one.

/** `links`: any page whose links lead to images: pull URLs, or pages of the other kinds. */
export const PAGE_KINDS = ['docker-hub', 'github-packages', 'quay', 'harbor', 'links'] as const;
export type PageKind = (typeof PAGE_KINDS)[number];

/** A page, or a group of pages, on which the extension runs. */
export interface PageSetting {
  /** A match pattern of the browser, without a port: `https://harbor.example.com/*`. */
  pattern: string;
  kind: PageKind;
  /** Of Quay and Harbor: the host of the registry, as references name it; the host of the page by default. */
  registry?: string | undefined;
}

/** The pages that are known by their address. Harbor and other installations of Quay are enabled by pattern. */
export const KNOWN_PAGES: readonly PageSetting[] = [
  { pattern: 'https://hub.docker.com/*', kind: 'docker-hub' },
  { pattern: 'https://github.com/*', kind: 'github-packages' },
  { pattern: 'https://quay.io/*', kind: 'quay' },
];

/** `scheme://host/path`, with `*.` before the host or `*` at the end of the path; Firefox knows no ports in patterns. */
const PATTERN = /^(?:https?|\*):\/\/(?:\*\.)?[a-z0-9.-]+\/[^\s*]*\*?$/;

/** Reports whether a string is a match pattern for pages of one host, or of a host and those below it. */
export function isPagePattern(pattern: string): boolean {
  return pattern.length <= 500 && PATTERN.test(pattern);
}

/** Reads a page setting; `undefined` for anything else. */
export function readPageSetting(value: unknown): PageSetting | undefined {
  const { pattern, kind, registry } = Object(value) as Partial<Record<keyof PageSetting, unknown>>;
  if (typeof pattern !== 'string' || !isPagePattern(pattern)) return undefined;
  if (registry !== undefined && typeof registry !== 'string') return undefined;
  const known = PAGE_KINDS.find((one) => one === kind);
  return known && { pattern, kind: known, ...(registry !== undefined && { registry }) };
}
