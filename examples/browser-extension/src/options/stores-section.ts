// The trust stores: certificates from files, with what they say.

import type { StoredCertificate } from '../settings.ts';
import { byId, element, replaceContent } from '../ui/dom.ts';
import { field, focusFirstProblem, form, select } from '../ui/field.ts';
import { icon } from '../ui/icons.ts';
import { messageOf } from '../ui/message-of.ts';
import { countText, dateText, subjectText } from '../ui/words.ts';
import {
  addCertificates,
  type CertificateView,
  isStoreName,
  MAX_CERTIFICATE_FILE,
  newCertificates,
  readCertificateFile,
  removeCertificate,
  STORE_TYPES,
  viewCertificate,
} from './certificates.ts';
import type { Notices } from './notices.ts';
import type { SettingsStore } from './settings-store.ts';

/** Shows the section of the trust stores. */
export function showStores(store: SettingsStore, notices: Notices): void {
  const list = element('div', { class: 'stores' });
  byId('stores').append(list, addForm(store, notices));
  let version = 0;
  store.watch(({ trustStores }) => {
    const own = ++version;
    void Promise.all(
      Object.entries(trustStores).map(([name, certificates]) =>
        storeCard(name, certificates, store, notices),
      ),
    ).then((cards) => {
      if (own !== version) return;
      replaceContent(
        list,
        ...(cards.length > 0 ? cards : [element('p', { class: 'note' }, 'There are no trust stores yet.')]),
      );
    });
  });
}

async function storeCard(
  name: string,
  certificates: readonly StoredCertificate[],
  store: SettingsStore,
  notices: Notices,
): Promise<HTMLElement> {
  const now = new Date();
  const items = await Promise.all(
    certificates.map(async (stored) => {
      const remove = () =>
        void notices.attempt(
          () => store.change(removeCertificate(name, stored)),
          `${stored.file} was removed from ${name}.`,
          () => store.change(addCertificates(name, [stored])),
        );
      try {
        return certificateItem(await viewCertificate(stored, now), remove);
      } catch (error) {
        return brokenItem(stored, messageOf(error), remove);
      }
    }),
  );
  return element(
    'article',
    { class: 'statement' },
    element(
      'header',
      {},
      element('h3', { class: 'code' }, name),
      element('span', { class: 'chip' }, countText(certificates.length, 'certificate')),
    ),
    element('ul', { class: 'certificates' }, ...items),
  );
}

function certificateItem(view: CertificateView, remove: () => void): HTMLElement {
  const { subject, issuer, notBefore, notAfter, validity, fingerprint, stored } = view;
  const valid = validity === 'valid';
  return element(
    'li',
    {},
    element('p', { class: 'wrap' }, element('strong', {}, subjectText(subject))),
    element(
      'dl',
      { class: 'facts small' },
      element('dt', {}, 'Validity'),
      element(
        'dd',
        { class: `check check-${valid ? 'passed' : 'logged'}` },
        icon(valid ? 'passed' : 'logged'),
        `${validity.charAt(0).toUpperCase()}${validity.slice(1)}: ${dateText(notBefore)} to ${dateText(notAfter)}`,
      ),
      element('dt', {}, 'Issuer'),
      element('dd', { class: 'wrap' }, issuer === subject ? 'Itself' : subjectText(issuer)),
      element('dt', {}, 'SHA-256'),
      element('dd', { class: 'code' }, fingerprint),
      element('dt', {}, 'File'),
      element('dd', { class: 'wrap' }, stored.file),
    ),
    removeButton(stored, subject, remove),
  );
}

function brokenItem(stored: StoredCertificate, problem: string, remove: () => void): HTMLElement {
  return element(
    'li',
    {},
    element('p', { class: 'problem' }, icon('error'), `${stored.file}: ${problem}`),
    removeButton(stored, stored.file, remove),
  );
}

function removeButton({ pem }: StoredCertificate, name: string, remove: () => void): HTMLElement {
  return element(
    'button',
    { type: 'button', key: `remove ${pem}`, 'aria-label': `Remove ${name}`, click: remove },
    icon('remove'),
    'Remove',
  );
}

function addForm(store: SettingsStore, notices: Notices): HTMLElement {
  const type = field('Trusted as', select(STORE_TYPES));
  const name = field(
    'Name of the store',
    element('input', { type: 'text', placeholder: 'acme', spellcheck: 'false', autocomplete: 'off' }),
    'The name after the colon in the trust policy, such as acme of ca:acme.',
  );
  const files = field(
    'Certificate files',
    element('input', { type: 'file', multiple: true, accept: '.crt,.cer,.pem,.der' }),
    'PEM or DER. Only root certificates or CAs that you trust.',
  );
  const fields = [type, name, files];
  const add = async () => {
    for (const one of fields) one.fail();
    if (!isStoreName(name.input.value)) {
      name.fail('Write letters, digits, "_", "." and "-".');
    }
    const chosen = [...(files.input.files ?? [])];
    if (chosen.length === 0) files.fail('Choose at least one file.');
    if (focusFirstProblem(fields)) return;
    const key = `${type.input.value}:${name.input.value}`;
    try {
      const read = (await Promise.all(chosen.map((file) => readFile(key, file)))).flat();
      const added = newCertificates(store.settings.trustStores[key] ?? [], read);
      await store.change(addCertificates(key, added));
      files.input.value = '';
      notices.say(
        added.length > 0
          ? `${countText(added.length, 'certificate')} added to ${key}.`
          : `The store ${key} has these certificates already.`,
      );
    } catch (error) {
      files.fail(messageOf(error));
      files.input.focus();
    }
  };
  return form(
    () => void add(),
    element('h3', {}, 'Add certificates'),
    element('div', { class: 'columns' }, type.row, name.row),
    files.row,
    element(
      'div',
      { class: 'buttons' },
      element('button', { type: 'submit', class: 'primary' }, icon('add'), 'Add'),
    ),
  );
}

/** @throws Error that names the file */
async function readFile(store: string, file: File): Promise<StoredCertificate[]> {
  if (file.size > MAX_CERTIFICATE_FILE) throw new Error(`${file.name}: the file is larger than 4 MiB`);
  try {
    return await readCertificateFile(store, file.name, new Uint8Array(await file.arrayBuffer()));
  } catch (error) {
    throw new Error(`${file.name}: ${messageOf(error)}`, { cause: error });
  }
}
