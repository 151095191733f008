import { imageOf, segmentsOf } from './image-name.ts';
import type { PageReader } from './reader.ts';

const DIGEST = /^sha256-[0-9a-f]{64}$/;

/**
 * Pages of Docker Hub. The page of a repository is about the image that `docker pull` takes without a tag. The page of the
 * layers of one platform is about the tag: the signature of the index covers its platforms.
 */
export const dockerHub: PageReader = {
  imageAt(url) {
    const [kind, ...rest] = segmentsOf(url) ?? [];
    switch (kind) {
      case '_':
        return imageIn(['library', ...rest.slice(0, 1)], 'latest');
      case 'r':
        return imageIn(rest.slice(0, 2), 'latest');
      case 'layers':
        return imageOfLayers(rest);
      case 'repository':
        return rest[0] === 'docker' ? imageOfOwnRepository(rest.slice(1)) : undefined;
      default:
        return undefined;
    }
  },
};

/** `library/alpine/3.20/images/sha256-…`, or with a short name of the repository in front. */
function imageOfLayers(segments: string[]): string | undefined {
  const end = segments.indexOf('images');
  const names = end < 0 ? segments : segments.slice(0, end);
  if (names.length !== 3 && !(names.length === 4 && end > 0)) return undefined;
  return imageIn(names.slice(-3, -1), names.at(-1));
}

/** `acme/app`, `acme/app/tags` or `acme/app/tags/v1/sha256-…`. */
function imageOfOwnRepository([namespace = '', name = '', tab, tag, digest = '']: string[]):
  | string
  | undefined {
  return imageIn([namespace, name], tab === 'tags' && DIGEST.test(digest) ? tag : 'latest');
}

function imageIn(names: string[], tag: string | undefined): string | undefined {
  return names.length === 2 ? imageOf('docker.io', names.join('/'), { tag }) : undefined;
}
