import { imageOf, segmentsOf } from './image-name.ts';
import type { PageReader } from './reader.ts';

/** Pages of containers among GitHub's packages. Only the page of a version names a tag. */
export const githubPackages: PageReader = {
  imageAt(url) {
    const [owner, name] = ownerAndName(segmentsOf(url) ?? []) ?? [];
    const tag = url.searchParams.get('tag') ?? undefined;
    if (owner === undefined || name === undefined) return undefined;
    return imageOf('ghcr.io', `${owner}/${name}`.toLowerCase(), { tag });
  },
};

/** `acme/project/pkgs/container/app/123`, or `orgs/acme/packages/container/app/123` with `package` in front of the name. */
function ownerAndName(segments: string[]): [string, string] | undefined {
  const [first = '', second = '', third, fourth, fifth = '', sixth] = segments;
  if (third === 'pkgs' && fourth === 'container') return [first, fifth];
  if ((first !== 'orgs' && first !== 'users') || third !== 'packages' || fourth !== 'container')
    return undefined;
  return [second, fifth === 'package' && sixth !== undefined ? sixth : fifth];
}
