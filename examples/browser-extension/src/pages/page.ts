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

/** Reports whether the address of a page matches a pattern, by the rules of the browser; ports do not count. */
export function matchesPattern(pattern: string, { protocol, hostname, pathname, search }: URL): boolean {
  const [, scheme, below, host, path = ''] = /^([a-z*]+):\/\/(\*\.)?([^/]+)(\/.*)$/.exec(pattern) ?? [];
  if (host === undefined) return false;
  if (scheme === '*' ? !['http:', 'https:'].includes(protocol) : protocol !== `${scheme}:`) return false;
  if (hostname !== host && !(below && hostname.endsWith(`.${host}`))) return false;
  const address = pathname + search;
  return path.endsWith('*') ? address.startsWith(path.slice(0, -1)) : address === path;
}

/** Returns the setting by which the extension runs on a page, if it does; the first one that matches counts. */
export function pageSettingFor(pages: readonly PageSetting[], url: URL): PageSetting | undefined {
  return pages.find(({ pattern }) => matchesPattern(pattern, url));
}
