// Reads which images a page names: from its address, its links, and where the structure of the page is public from that. The
// page is not trusted: what it names are questions, and there is a limit to each.
import { dockerHub } from './docker-hub.ts';
import { githubPackages } from './github-packages.ts';
import { harbor } from './harbor.ts';
import { links } from './links.ts';
import { KNOWN_PAGES, matchesPattern, type PageKind, type PageSetting } from './page.ts';
import { quay } from './quay.ts';
import type { NamedImage, PageReader } from './reader.ts';

/** The most images of a page. */
export const MAX_IMAGES = 200;
/** The most elements of one image that are watched and marked. */
const MAX_ELEMENTS = 5;
/** The most links that are read, and the longest one. */
const MAX_LINKS = 5000;
const MAX_URL = 2000;

const READERS: Readonly<Record<PageKind, PageReader>> = {
  'docker-hub': dockerHub,
  'github-packages': githubPackages,
  quay,
  harbor,
  links,
};

/** The images of a page. */
export interface PageContent {
  /** The elements that stand for each image, in the order of the page; of the image of the address there may be none. */
  images: Map<string, Element[]>;
  /** How many more images there are, as far as the page was read. */
  omitted: number;
}

/** Returns the image that the address of a page names, if it names one. */
export function imageAt(url: URL, page: PageSetting): string | undefined {
  return READERS[page.kind].imageAt(url, registryOf(url, page));
}

/** Finds the images that a page names. */
export function readPage(document: ParentNode, url: URL, page: PageSetting): PageContent {
  const images = new Map<string, Element[]>();
  const omitted = new Set<string>();
  const ofAddress = imageAt(url, page);
  if (ofAddress !== undefined) images.set(ofAddress, []);
  for (const { image, element } of namedImages(document, url, page)) {
    const elements = images.get(image);
    if (elements) {
      if (elements.length < MAX_ELEMENTS) elements.push(element);
    } else if (images.size < MAX_IMAGES) {
      images.set(image, [element]);
    } else {
      omitted.add(image);
    }
  }
  return { images, omitted: omitted.size };
}

/**
 * The host of the registry whose images a page shows, as references name it: of Docker Hub and GitHub the one that there is.
 */
export function registryOf(url: URL, { registry }: PageSetting): string {
  return registry ?? url.host;
}

function* namedImages(document: ParentNode, url: URL, page: PageSetting): Generator<NamedImage> {
  yield* READERS[page.kind].marked?.(document, url, registryOf(url, page)) ?? [];
  let count = 0;
  for (const element of document.querySelectorAll('a[href]')) {
    if (count++ === MAX_LINKS) return;
    const href = element.getAttribute('href') ?? '';
    if (href.length > MAX_URL || !URL.canParse(href, url)) continue;
    const image = imageOfLink(new URL(href, url), url, page);
    if (image !== undefined) yield { image, element };
  }
}

/** Returns the image of a link: to a page of the same site, to a page of a known site, or one that is a name. */
function imageOfLink(link: URL, url: URL, page: PageSetting): string | undefined {
  if (link.origin === url.origin && link.origin !== 'null') return imageAt(link, page);
  const known = KNOWN_PAGES.find(({ pattern }) => matchesPattern(pattern, link));
  return known ? imageAt(link, known) : links.imageAt(link, '');
}
