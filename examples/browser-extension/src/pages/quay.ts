import { imageOf, segmentsOf } from './image-name.ts';
import type { NamedImage, PageReader } from './reader.ts';

/** Pages of Quay, below any path: the ones of today, whose tables have links, and the earlier ones, whose tables have none. */
export const quay: PageReader = {
  imageAt(url, registry) {
    const { repository, tag, digest } = placeAt(url) ?? {};
    return repository === undefined ? undefined : imageOf(registry, repository, { tag, digest });
  },

  *marked(document, url, registry): Generator<NamedImage> {
    const { repository } = placeAt(url) ?? {};
    if (repository === undefined) return;
    for (const element of document.querySelectorAll('#tagsTable .tag-span')) {
      const image = imageOf(registry, repository, { tag: element.textContent?.trim() });
      if (image !== undefined) yield { image, element };
    }
  },
};

/**
 * `repository/acme/app/tag/v1`, `repository/acme/app/manifest/sha256:…`, or the repository with the tag as a parameter. The
 * digest of a platform is a parameter of its tag: the signature of the tag's index covers it.
 */
function placeAt(url: URL): { repository: string; tag?: string; digest?: string } | undefined {
  const segments = segmentsOf(url) ?? [];
  const rest = segments.slice(segments.indexOf('repository') + 1);
  if (rest.length === segments.length || rest.length < 2) return undefined;
  const [kind, name = ''] = rest.slice(-2);
  const repository = rest.slice(0, -2).join('/');
  if (rest.length > 3 && kind === 'tag') return { repository, tag: name };
  if (rest.length > 3 && kind === 'manifest') return { repository, digest: name };
  const tag = url.searchParams.get('tag');
  return { repository: rest.join('/'), ...(tag && { tag }) };
}
