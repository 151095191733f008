import { imageName } from './image-name.ts';
import type { PageReader } from './reader.ts';

/** The schemes under which programs name images: `oci://ghcr.io/acme/chart:1.0`, `docker://alpine:3`. */
const SCHEME = /^(?:oci|docker):\/\/(?=[^/])/;

/** Links that are names of images. */
export const links: PageReader = {
  imageAt({ href }) {
    return SCHEME.test(href) ? imageName(href.replace(SCHEME, '')) : undefined;
  },
};
