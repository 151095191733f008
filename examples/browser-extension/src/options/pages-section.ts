// The pages on which the extension runs. Each needs a permission of the browser, which only the user can give.
import type { ExtensionApi } from '../extension-api.ts';
import { isPagePattern, KNOWN_PAGES, type PageKind, type PageSetting } from '../pages/page.ts';
import { byId, element, replaceContent } from '../ui/dom.ts';
import { field, focusFirstProblem, form, select } from '../ui/field.ts';
import { icon } from '../ui/icons.ts';
import { hostOf } from '../ui/words.ts';
import type { Notices } from './notices.ts';
import { addPage, removePage } from './page-settings.ts';
import { isRegistryHost } from './registry-settings.ts';
import type { SettingsStore } from './settings-store.ts';

const KIND_NAMES: Readonly<Record<PageKind, string>> = {
  'docker-hub': 'Docker Hub',
  'github-packages': 'GitHub packages',
  quay: 'Quay',
  harbor: 'Harbor',
  links: 'Other page with links to images',
};
const OWN_KINDS = ['harbor', 'quay', 'links'] as const satisfies readonly PageKind[];

/** Shows the section of the pages. */
export function showPages(store: SettingsStore, notices: Notices, { permissions }: ExtensionApi): void {
  const list = element('ul', { class: 'items' });
  byId('pages').append(list, pageForm(enable));
  let version = 0;
  const show = async () => {
    const own = ++version;
    const { pages } = store.settings;
    const unused = KNOWN_PAGES.filter(({ pattern }) => !pages.some((page) => page.pattern === pattern));
    const items = await Promise.all(
      pages.map(async (page) => enabledItem(page, await permissions.contains({ origins: [page.pattern] }))),
    );
    if (own === version) replaceContent(list, ...items, ...unused.map(unusedItem));
  };
  store.watch(() => void show());
  permissions.onAdded.addListener(() => void show());
  permissions.onRemoved.addListener(() => void show());

  /** The browser accepts a request for a permission only as the first thing in the handler of a click. */
  async function enable(page: PageSetting): Promise<boolean> {
    try {
      if (!(await permissions.request({ origins: [page.pattern] }))) {
        notices.fail(
          `Access to ${hostOf(page.pattern)} was not allowed, so the extension does not run there.`,
        );
        return false;
      }
      await store.change((settings) => addPage(settings, page));
      notices.say(`The extension runs on ${page.pattern} now.`);
      return true;
    } catch (error) {
      notices.fail(error);
      return false;
    }
  }

  function enabledItem(page: PageSetting, permitted: boolean): HTMLElement {
    const { pattern, kind, registry } = page;
    const remove = () =>
      void notices.attempt(async () => {
        await store.change((settings) => removePage(settings, pattern));
        await permissions.remove({ origins: [pattern] });
      }, `The extension no longer runs on ${pattern}.`);
    return element(
      'li',
      { class: 'item' },
      icon('pages'),
      element(
        'div',
        { class: 'item-text' },
        element('strong', { class: 'wrap' }, pattern),
        element(
          'span',
          { class: 'note wrap' },
          `${KIND_NAMES[kind]}${registry === undefined ? '' : `, registry ${registry}`}`,
        ),
        element(
          'span',
          { class: `check note check-${permitted ? 'passed' : 'failed'}` },
          icon(permitted ? 'passed' : 'failed'),
          permitted ? 'Enabled' : 'Access to the host is not allowed',
        ),
      ),
      !permitted &&
        element(
          'button',
          { type: 'button', class: 'primary', key: `allow ${pattern}`, click: () => void enable(page) },
          icon('lock'),
          'Allow',
        ),
      element(
        'button',
        { type: 'button', key: `remove ${pattern}`, 'aria-label': `Remove ${pattern}`, click: remove },
        icon('remove'),
        'Remove',
      ),
    );
  }

  function unusedItem(page: PageSetting): HTMLElement {
    return element(
      'li',
      { class: 'item' },
      icon('pages'),
      element(
        'div',
        { class: 'item-text' },
        element('strong', {}, KIND_NAMES[page.kind]),
        element('span', { class: 'note wrap' }, page.pattern),
      ),
      element(
        'button',
        {
          type: 'button',
          key: `enable ${page.pattern}`,
          'aria-label': `Enable on ${KIND_NAMES[page.kind]}`,
          click: () => void enable(page),
        },
        icon('lock'),
        'Enable',
      ),
    );
  }
}

function pageForm(enable: (page: PageSetting) => Promise<boolean>): HTMLElement {
  const pattern = field(
    'Address of the pages',
    element('input', { type: 'text', placeholder: 'https://harbor.example.com/*', spellcheck: 'false' }),
    'End it with * to match every address that starts like it. It has no port: it matches every port of the host.',
  );
  const kind = field('Kind of page', select(OWN_KINDS.map((one) => [one, KIND_NAMES[one]] as const)));
  const registry = field(
    'Registry of the images',
    element('input', { type: 'text', placeholder: 'the host of the page', spellcheck: 'false' }),
    'Only if the images of the page are in a registry with another host or port.',
  );
  const showRegistry = () => {
    registry.row.hidden = kind.input.value === 'links';
  };
  kind.input.addEventListener('change', showRegistry);
  const fields = [pattern, kind, registry];
  const add = () => {
    for (const one of fields) one.fail();
    const host = registry.row.hidden ? '' : registry.input.value.trim();
    if (!isPagePattern(pattern.input.value.trim())) {
      pattern.fail('Write a pattern such as https://harbor.example.com/*, without a port.');
    }
    if (host !== '' && !isRegistryHost(host))
      registry.fail('Write a host such as registry.example.com:5000.');
    if (focusFirstProblem(fields)) return;
    const chosen = OWN_KINDS.find((one) => one === kind.input.value) ?? 'links';
    const page = {
      pattern: pattern.input.value.trim(),
      kind: chosen,
      ...(host !== '' && { registry: host }),
    };
    void enable(page).then((enabled) => {
      if (enabled) pattern.input.value = registry.input.value = '';
    });
  };
  return form(
    add,
    element('h3', {}, 'Add pages'),
    element('div', { class: 'columns' }, pattern.row, kind.row),
    registry.row,
    element(
      'div',
      { class: 'buttons' },
      element('button', { type: 'submit', class: 'primary' }, icon('add'), 'Add and allow'),
    ),
  );
}
