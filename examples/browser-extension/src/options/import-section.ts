// Import of notation's configuration: the directory is chosen or dropped, and what would change is shown first.
import { byId, type Child, element } from '../ui/dom.ts';
import { icon } from '../ui/icons.ts';
import { messageOf } from '../ui/message-of.ts';
import { countText } from '../ui/words.ts';
import {
  applyImport,
  changesNothing,
  type ImportPlan,
  type PickedFile,
  planImport,
} from './notation-import.ts';
import type { Notices } from './notices.ts';
import { chosenFiles, droppedFiles } from './picked-files.ts';
import type { SettingsStore } from './settings-store.ts';

const CHANGES = {
  new: 'It becomes your trust policy.',
  replaces: 'It replaces your current trust policy.',
  same: 'It is already your trust policy.',
} as const;

/** Shows the section of the import. */
export function showImport(store: SettingsStore, notices: Notices): void {
  const plan = element('div', { class: 'plan', 'aria-live': 'polite' });
  const input = element('input', {
    type: 'file',
    id: 'notation-directory',
    class: 'hidden-text',
    multiple: true,
    webkitdirectory: true,
    change: () => void show(() => chosenFiles(input)),
  });
  const area = element(
    'div',
    {
      class: 'drop',
      dragover: (event) => {
        event.preventDefault();
        area.classList.add('dropping');
      },
      dragleave: () => area.classList.remove('dropping'),
      drop: (event) => {
        event.preventDefault();
        area.classList.remove('dropping');
        const { dataTransfer } = event as DragEvent;
        if (dataTransfer) void show(() => droppedFiles(dataTransfer));
      },
    },
    icon('import'),
    element('p', {}, 'Drop the directory or its files here'),
    input,
    element('label', { class: 'button', for: 'notation-directory' }, 'Choose the directory'),
  );
  byId('import').append(area, plan);

  async function show(pick: () => readonly PickedFile[] | Promise<readonly PickedFile[]>): Promise<void> {
    try {
      const files = await pick();
      if (files.length === 0) return;
      showPlan(await planImport(files, store.settings));
    } catch (error) {
      plan.replaceChildren(element('p', { class: 'problem' }, icon('error'), messageOf(error)));
    } finally {
      input.value = '';
    }
  }

  function showPlan(found: ImportPlan): void {
    const { policy } = found;
    const withPolicy = element('input', { type: 'checkbox', id: 'with-policy', checked: true });
    const nothing = changesNothing(found);
    const apply = async () => {
      const before = store.settings;
      const edit = applyImport(found, Boolean(policy) && withPolicy.checked);
      const undo = () => store.change(() => before);
      if (await notices.attempt(() => store.change(edit), 'The configuration was imported.', undo)) {
        plan.replaceChildren();
      }
    };
    const heading = element('h3', { tabindex: -1 }, nothing ? 'Nothing to import' : 'What will change');
    plan.replaceChildren(
      element(
        'article',
        { class: 'statement' },
        heading,
        element(
          'ul',
          { class: 'changes' },
          ...policyLine(found, withPolicy),
          ...storeLines(found),
          ...omittedLines(found),
        ),
        element(
          'div',
          { class: 'buttons' },
          !nothing &&
            element('button', { type: 'button', class: 'primary', click: () => void apply() }, 'Import'),
          element(
            'button',
            { type: 'button', click: () => plan.replaceChildren() },
            nothing ? 'Close' : 'Cancel',
          ),
        ),
      ),
    );
    heading.focus();
  }
}

function policyLine({ policy }: ImportPlan, withPolicy: HTMLInputElement): Child[] {
  if (!policy) return [change('skipped', 'No trust policy for images was found.')];
  const { path, statements, removed, change: kind } = policy;
  const names = listed(statements);
  const gone = removed.length > 0 ? ` It removes these statements: ${listed(removed)}.` : '';
  const text = `Trust policy ${path} with ${countText(statements.length, 'statement')}: ${names}. ${CHANGES[kind]}${gone}`;
  if (kind !== 'replaces') return [change(kind === 'new' ? 'add' : 'skipped', text)];
  return [
    element(
      'li',
      {},
      element(
        'div',
        { class: 'choice' },
        withPolicy,
        element('label', { for: withPolicy.id, class: 'wrap' }, text),
      ),
    ),
  ];
}

/** The most names that are listed. */
const MAX_NAMES = 10;

function listed(names: readonly string[]): string {
  const more = names.length > MAX_NAMES ? [`and ${names.length - MAX_NAMES} more`] : [];
  return [...names.slice(0, MAX_NAMES), ...more].join(', ');
}

function storeLines({ stores }: ImportPlan): Child[] {
  return stores.map(({ store, added, present }) => {
    const there = present > 0 ? ` You already have ${countText(present, 'certificate')} of it.` : '';
    return added.length > 0
      ? change('add', `Trust store ${store}: ${countText(added.length, 'certificate')} added.${there}`)
      : change('skipped', `Trust store ${store}: nothing new.`);
  });
}

function omittedLines({ omitted }: ImportPlan): Child[] {
  return omitted.map(({ path, why }) => change('warning', `${path} is left out: ${why}`));
}

function change(look: 'add' | 'skipped' | 'warning', text: string): HTMLElement {
  return element('li', { class: 'change' }, icon(look), element('span', { class: 'wrap' }, text));
}
