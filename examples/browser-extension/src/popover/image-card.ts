// One image: its state in a word, by whom it is signed, why, and what to do.
import type { ImageDetails } from '../state.ts';
import { type Child, element } from '../ui/dom.ts';
import { icon } from '../ui/icons.ts';
import { hostOf, sentenceOf } from '../ui/words.ts';
import type { Fact, ImageView, NameParts } from './image-view.ts';
import { signaturesOf } from './signatures.ts';

/** What the user can do with an image. */
export interface ImageActions {
  /** Called in the handler of the click, as the browser requires for requesting permissions. */
  allow(origins: readonly string[]): void;
  retry(): void;
  copy(text: string, what: string): void;
  openOptions(): void;
}

/** Shows an image. */
export function imageCard(
  view: ImageView,
  details: ImageDetails | undefined,
  busy: boolean,
  actions: ImageActions,
): HTMLElement {
  const { tone, look, word, meaning, name } = view;
  return element(
    'article',
    { class: `card tone-${tone}`, 'aria-labelledby': 'image-state' },
    element(
      'header',
      { class: 'state' },
      element('span', { class: 'seal' }, icon(look)),
      element(
        'div',
        {},
        element('h2', { id: 'image-state', tabindex: -1, key: 'state' }, word),
        nameOf(name),
      ),
    ),
    element('p', { class: 'meaning' }, meaning),
    reasonsOf(view),
    view.facts.length > 0 && element('dl', { class: 'facts' }, ...view.facts.flatMap(factRow)),
    pullOf(view, actions),
    nextOf(view, busy, actions),
    details && signaturesOf(details),
    details?.text !== undefined && copyReport(details.text, actions),
  );
}

/** Writes a name with its parts marked; it may break after each of them. */
export function nameOf({ registry, repository, version }: NameParts): HTMLElement {
  return element(
    'p',
    { class: 'name' },
    element('span', { class: 'registry' }, registry === '' ? '' : `${registry}/`),
    element('wbr'),
    element('span', {}, repository),
    element('span', { class: 'version' }, version),
  );
}

function factRow({ label, value, note }: Fact): Child[] {
  return [
    element('dt', {}, label),
    element(
      'dd',
      {},
      element('span', { class: 'wrap' }, value),
      note !== undefined && element('span', { class: 'note wrap' }, note),
    ),
  ];
}

function reasonsOf({ reasons, reasonsTitle }: ImageView): Child {
  if (reasons.length === 0) return undefined;
  return element(
    'section',
    { class: 'reasons' },
    element('h3', {}, reasonsTitle),
    element(
      'ul',
      {},
      ...reasons.map(({ message, code }) =>
        element('li', {}, element('span', { class: 'wrap' }, sentenceOf(message)), element('code', {}, code)),
      ),
    ),
  );
}

function pullOf({ pull }: ImageView, { copy }: ImageActions): Child {
  if (!pull) return undefined;
  return element(
    'section',
    { class: 'pull' },
    element('h3', {}, pull.label),
    element(
      'div',
      { class: 'copyable' },
      element('code', { class: 'code' }, pull.reference),
      element(
        'button',
        {
          type: 'button',
          class: 'icon-button',
          key: 'copy digest',
          title: 'Copy',
          'aria-label': 'Copy the reference by digest',
          click: () => copy(pull.reference, 'The reference'),
        },
        icon('copy'),
      ),
    ),
  );
}

function nextOf(
  { steps, needs, optionsFor, retryHelps, tone }: ImageView,
  busy: boolean,
  actions: ImageActions,
): Child {
  const { allow, retry, openOptions } = actions;
  const check = () => busy || retry();
  const buttons = [
    needs.length > 0 && allowButton(needs, allow),
    optionsFor !== undefined &&
      element(
        'button',
        { type: 'button', class: 'primary', key: 'open options', click: openOptions },
        icon('policy'),
        optionsFor,
      ),
    element(
      'button',
      {
        type: 'button',
        class: retryHelps ? 'primary' : undefined,
        key: 'retry',
        'aria-disabled': busy ? 'true' : undefined,
        click: check,
      },
      icon('retry'),
      tone === 'pending' ? 'Check now' : 'Check again',
    ),
  ];
  return element(
    'section',
    { class: 'next' },
    steps.length > 0 && element('h3', {}, 'What to do'),
    ...steps.map((step) => element('p', {}, step)),
    element('div', { class: 'buttons' }, ...buttons),
  );
}

/** A button that requests exactly these permissions. */
export function allowButton(
  origins: readonly string[],
  allow: (origins: readonly string[]) => void,
): HTMLElement {
  const [first = '', ...others] = origins;
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  return element(
    'button',
    {
      type: 'button',
      class: 'primary',
      key: 'allow',
      'aria-label': `Allow access to ${origins.map(hostOf).join(', ')}`,
      click: () => allow(origins),
    },
    icon('lock'),
    element('span', { class: 'wrap' }, `Allow ${hostOf(first)}${more}`),
  );
}

function copyReport(text: string, { copy }: ImageActions): HTMLElement {
  return element(
    'button',
    { type: 'button', class: 'link', key: 'copy report', click: () => copy(text, 'The report') },
    icon('copy'),
    'Copy the full report',
  );
}
