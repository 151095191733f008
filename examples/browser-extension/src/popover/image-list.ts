// The images that a page names, the worst first.
import type { TabImage } from '../messages.ts';
import { element } from '../ui/dom.ts';
import { icon } from '../ui/icons.ts';
import { byUrgency, countStates, countText, iconOf, toneOf, wordsOf } from '../ui/words.ts';
import { nameParts, shortName } from './image-view.ts';

/** Shows images as buttons that open them. */
export function imageList(
  title: string,
  images: readonly TabImage[],
  omitted: number,
  open: (image: string) => void,
): HTMLElement {
  return element(
    'section',
    { class: 'images', 'aria-labelledby': 'images-title' },
    element('h2', { id: 'images-title' }, title, element('span', { class: 'count' }, String(images.length))),
    element('p', { class: 'note' }, countStates(images)),
    element(
      'ul',
      { class: 'rows', keydown: moveFocus },
      ...byUrgency(images).map((image) => row(image, open)),
    ),
    omitted > 0 &&
      element('p', { class: 'note' }, `Left out: ${countText(omitted, 'more image')} of the page.`),
  );
}

function row(image: TabImage, open: (image: string) => void): HTMLElement {
  const name = nameParts(image.image);
  return element(
    'li',
    {},
    element(
      'button',
      {
        type: 'button',
        class: `row tone-${toneOf(image)}`,
        key: `open ${image.image}`,
        click: () => open(image.image),
      },
      icon(iconOf(image)),
      element(
        'span',
        { class: 'row-text' },
        element('span', { class: 'row-name', title: image.image }, shortName(name)),
        element('span', { class: 'note' }, `${wordsOf(image).word} · ${name.registry}`),
      ),
      icon('forward'),
    ),
  );
}

/** Arrow keys move from image to image, so that a long list need not be walked through by the tab key. */
function moveFocus(event: Event): void {
  const { key, target, currentTarget } = event as KeyboardEvent;
  const step = { ArrowDown: 1, ArrowUp: -1 }[key];
  if (step === undefined) return;
  event.preventDefault();
  const rows = [...(currentTarget as HTMLElement).querySelectorAll('button')];
  const index = rows.indexOf(target as HTMLButtonElement);
  rows[index + step]?.focus();
}
