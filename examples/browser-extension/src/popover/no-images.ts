// What is shown if there is no image to show.
import type { PageSetting } from '../pages/page.ts';
import { element } from '../ui/dom.ts';
import { icon } from '../ui/icons.ts';
import { hostOf } from '../ui/words.ts';

/** What the user can do on a page that is not enabled. */
export interface PageActions {
  /** Called in the handler of the click. */
  enable(): void;
  openOptions(): void;
}

/** Shows that the extension does not look at this page, and how it would. */
export function disabledPage(
  suggestion: PageSetting | undefined,
  { enable, openOptions }: PageActions,
): HTMLElement {
  const host = suggestion && hostOf(suggestion.pattern);
  return element(
    'section',
    { class: 'empty' },
    icon('pages'),
    element('h2', {}, 'Not enabled on this page'),
    element(
      'p',
      {},
      host
        ? `The extension reads image names on ${host} only if you allow it.`
        : 'If this page names images, add its address in the options.',
    ),
    element(
      'div',
      { class: 'buttons' },
      host !== undefined &&
        element(
          'button',
          { type: 'button', class: 'primary', key: 'enable', click: enable },
          icon('lock'),
          `Enable on ${host}`,
        ),
      element(
        'button',
        { type: 'button', class: host ? undefined : 'primary', key: 'add page', click: openOptions },
        icon('settings'),
        'Open the options',
      ),
    ),
  );
}

/** Shows that the page names no image. */
export function emptyPage(): HTMLElement {
  return element(
    'section',
    { class: 'empty' },
    icon('unsigned'),
    element('h2', {}, 'No images on this page'),
    element('p', {}, 'Neither the address of the page nor its links name an image.'),
  );
}
