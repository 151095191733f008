import type { Settings } from '../settings.ts';

const ADDRESS = /^(?:\d+\.\d+\.\d+\.\d+|\[[0-9a-f:.]+\])$/;
const LOCALHOST = /^(?:.+\.)?localhost$/;

/**
 * Reports whether a page may have an image evaluated. A page from elsewhere must not send the extension to this machine or to the
 * devices next to it: a registry that is named by an address, or `localhost`, counts only on a page that is named so itself, or if
 * the settings name it.
 */
export function mayName(image: string, page: URL, { registries, pages }: Settings): boolean {
  const registry = image.slice(0, image.indexOf('/'));
  // URL writes every spelling of an address in the same way.
  if (!isInside(new URL(`https://${registry}`)) || isInside(page)) return true;
  return registries.some(({ host }) => host === registry) || pages.some((one) => one.registry === registry);
}

function isInside({ hostname }: URL): boolean {
  return ADDRESS.test(hostname) || LOCALHOST.test(hostname);
}
