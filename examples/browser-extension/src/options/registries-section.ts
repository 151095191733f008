// The registries that need credentials or plain HTTP.
import type { RegistryCredential, RegistrySetting } from '../settings.ts';
import { byId, element, replaceContent } from '../ui/dom.ts';
import { field, focusFirstProblem, form, select } from '../ui/field.ts';
import { icon } from '../ui/icons.ts';
import type { Notices } from './notices.ts';
import { describeCredential, isRegistryHost, removeRegistry, setRegistry } from './registry-settings.ts';
import type { SettingsStore } from './settings-store.ts';

const SIGN_IN = [
  ['anonymous', 'No, anonymously'],
  ['password', 'With a user name and a password or token'],
  ['token', 'With a refresh token (identity token)'],
] as const;

/** Shows the section of the registries. */
export function showRegistries(store: SettingsStore, notices: Notices): void {
  const list = element('ul', { class: 'items' });
  const added = registryForm(store, notices);
  byId('registries').append(list, added.row);
  store.watch(({ registries }) => {
    const items = registries.map((registry) => registryItem(registry, store, notices, added.edit));
    const none = element(
      'li',
      { class: 'items-none note' },
      'Every registry is reached over HTTPS, anonymously.',
    );
    replaceContent(list, ...(items.length > 0 ? items : [none]));
  });
}

function registryItem(
  registry: RegistrySetting,
  store: SettingsStore,
  notices: Notices,
  edit: (registry: RegistrySetting) => void,
): HTMLElement {
  const { host, credential, plainHttp } = registry;
  const remove = () =>
    void notices.attempt(
      () => store.change(removeRegistry(host)),
      `${host} and its credentials were removed.`,
      () => store.change(setRegistry(registry)),
    );
  return element(
    'li',
    { class: 'item' },
    icon(credential ? 'lock' : 'registry'),
    element(
      'div',
      { class: 'item-text' },
      element('strong', { class: 'wrap' }, host),
      element('span', { class: 'note wrap' }, describeCredential(credential)),
      plainHttp &&
        element('span', { class: 'check check-logged note' }, icon('logged'), 'Plain HTTP: not encrypted'),
    ),
    element(
      'button',
      { type: 'button', key: `edit ${host}`, 'aria-label': `Change ${host}`, click: () => edit(registry) },
      'Change',
    ),
    element(
      'button',
      { type: 'button', key: `remove ${host}`, 'aria-label': `Remove ${host}`, click: remove },
      icon('remove'),
      'Remove',
    ),
  );
}

function registryForm(
  store: SettingsStore,
  notices: Notices,
): { row: HTMLElement; edit: (registry: RegistrySetting) => void } {
  const host = field(
    'Registry',
    element('input', {
      type: 'text',
      placeholder: 'registry.example.com',
      spellcheck: 'false',
      autocomplete: 'off',
    }),
    'Host and port, as image names have them. Docker Hub is docker.io, GitHub packages are ghcr.io.',
  );
  const signIn = field('Sign in', select(SIGN_IN));
  const username = field(
    'User name',
    element('input', { type: 'text', spellcheck: 'false', autocomplete: 'off' }),
  );
  const secret = field(
    'Password or token',
    element('input', { type: 'password', autocomplete: 'new-password' }),
    'A token that can only read is enough. It is never shown again.',
  );
  const plainHttp = element('input', { type: 'checkbox', id: 'plain-http' });
  const showFields = () => {
    username.row.hidden = signIn.input.value !== 'password';
    secret.row.hidden = signIn.input.value === 'anonymous';
  };
  signIn.input.addEventListener('change', showFields);
  showFields();
  const fields = [host, signIn, username, secret];
  const clear = () => {
    for (const { input } of [host, username, secret]) input.value = '';
    signIn.input.value = 'anonymous';
    plainHttp.checked = false;
    showFields();
  };
  const save = async () => {
    for (const one of fields) one.fail();
    const name = host.input.value.trim();
    if (!isRegistryHost(name))
      host.fail('Write a host such as registry.example.com or localhost:5000, without https://.');
    const known = store.settings.registries.find((registry) => registry.host === name)?.credential;
    const credential = readCredential(
      signIn.input.value,
      username.input.value.trim(),
      secret.input.value,
      known,
    );
    if (credential === 'incomplete') {
      if (signIn.input.value === 'password' && username.input.value.trim() === '')
        username.fail('Write the user name.');
      if (secret.input.value === '') secret.fail('Write the password or token.');
    }
    if (focusFirstProblem(fields) || credential === 'incomplete') return;
    const registry: RegistrySetting = {
      host: name,
      ...(credential && { credential }),
      ...(plainHttp.checked && { plainHttp: true }),
    };
    if (await notices.attempt(() => store.change(setRegistry(registry)), `${name} was saved.`)) clear();
  };
  const row = form(
    () => void save(),
    element('h3', {}, 'Add or change a registry'),
    element('div', { class: 'columns' }, host.row, signIn.row),
    element('div', { class: 'columns' }, username.row, secret.row),
    element(
      'div',
      { class: 'choice' },
      plainHttp,
      element(
        'label',
        { for: 'plain-http' },
        'Plain HTTP, for a registry of your own network. Anyone on the way can read and change it.',
      ),
    ),
    element(
      'div',
      { class: 'buttons' },
      element('button', { type: 'submit', class: 'primary' }, 'Save the registry'),
    ),
  );
  return {
    row,
    edit({ host: name, credential, plainHttp: plain = false }) {
      host.input.value = name;
      signIn.input.value = credential ? ('identityToken' in credential ? 'token' : 'password') : 'anonymous';
      username.input.value = credential && 'username' in credential ? credential.username : '';
      secret.input.value = '';
      plainHttp.checked = plain;
      showFields();
      host.input.focus();
    },
  };
}

/** An empty secret keeps the one that is stored, if the rest is the same. */
function readCredential(
  signIn: string,
  username: string,
  secret: string,
  known: RegistryCredential | undefined,
): RegistryCredential | undefined | 'incomplete' {
  if (signIn === 'anonymous') return undefined;
  if (signIn === 'token') {
    if (secret !== '') return { identityToken: secret };
    return known && 'identityToken' in known ? known : 'incomplete';
  }
  if (username === '') return 'incomplete';
  if (secret !== '') return { username, password: secret };
  return known && 'username' in known && known.username === username ? known : 'incomplete';
}
