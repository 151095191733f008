import { imageOf, segmentsOf } from './image-name.ts';
import type { NamedImage, PageReader } from './reader.ts';

/** Where a page of Harbor is: its address has the number of the project, and not its name. */
export interface HarborPlace {
  project: string;
  repository: string;
  /** The digest of the artifact; of a manifest that an index lists, that of the index. */
  digest?: string | undefined;
  /** Whether the page is about what an index lists. */
  inIndex: boolean;
}

/** Pages of artifacts in Harbor, version 2. */
export const harbor: PageReader = {
  imageAt(url, registry) {
    const place = harborPlace(url);
    // Only the registry knows the name that belongs to a number.
    return place && !isNumber(place.project) ? imageOfHarbor(place, place.project, registry) : undefined;
  },

  *marked(document, url, registry): Generator<NamedImage> {
    const place = harborPlace(url);
    const project = place && (isNumber(place.project) ? projectOf(document) : place.project);
    // What an index lists has no signature of its own.
    if (!place || project === undefined || place.inIndex) return;
    const repository = `${project}/${place.repository}`;
    for (const element of document.querySelectorAll('clr-dg-row a.digest')) {
      const image = imageOf(registry, repository, { digest: element.getAttribute('title') ?? undefined });
      if (image !== undefined) yield { image, element };
    }
    for (const element of document.querySelectorAll('artifact-tag clr-dg-row .pull > span[title]')) {
      const image = imageOf(registry, repository, { tag: element.getAttribute('title') ?? undefined });
      if (image !== undefined) yield { image, element };
    }
  },
};

/** Reads `harbor/projects/1/repositories/app/artifacts-tab/depth/sha256:…/artifacts/sha256:…`, and shorter ones. */
export function harborPlace(url: URL): HarborPlace | undefined {
  const [root, projects, project, repositories, encoded, ...rest] = segmentsOf(url) ?? [];
  if (root !== 'harbor' || projects !== 'projects' || repositories !== 'repositories') return undefined;
  if (project === undefined || encoded === undefined) return undefined;
  const after = (name: string) => (rest.includes(name) ? rest[rest.indexOf(name) + 1] : undefined);
  const index = after('depth')?.split('-')[0];
  // Harbor encodes the slashes of a repository twice.
  const repository = encoded.replaceAll(/%2f/gi, '/');
  return { project, repository, digest: index ?? after('artifacts'), inIndex: index !== undefined };
}

/** Returns the image of a page of Harbor once the name of the project is known. */
export function imageOfHarbor(
  { repository, digest }: HarborPlace,
  project: string,
  registry: string,
): string | undefined {
  return imageOf(registry, `${project}/${repository}`, { digest });
}

/** Reports whether a project is named by its number. */
export function isNumber(project: string): boolean {
  return /^\d+$/.test(project);
}

/** The name of the project, which is the second link of the path at the top of the page. */
function projectOf(document: ParentNode): string | undefined {
  const [, project] = document.querySelectorAll('.breadcrumb > a, .arrow-block > a');
  return project?.textContent?.trim() || undefined;
}
