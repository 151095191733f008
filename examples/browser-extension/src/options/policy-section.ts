// The trust policy: written as JSON, explained and checked as it is typed, stored when it is valid.
import { explainTrustPolicy } from 'notarykit/policy/tools';
import { byId, element, replaceContent, replaceLive } from '../ui/dom.ts';
import { field } from '../ui/field.ts';
import { icon } from '../ui/icons.ts';
import { countText } from '../ui/words.ts';
import type { Place } from './json-places.ts';
import type { Notices } from './notices.ts';
import { PolicyEditor } from './policy-editor.ts';
import { type PolicyView, viewPolicy } from './policy-view.ts';
import type { SettingsStore } from './settings-store.ts';
import { findingList, statementCard } from './statement-cards.ts';
import { triedImage } from './tried-image.ts';

/** How long typing must pause before the text is examined, in milliseconds. */
const PAUSE = 150;

/** The most statements that are shown in plain words. */
const MAX_CARDS = 100;

const TEMPLATE = {
  version: '1.0',
  trustPolicies: [
    {
      name: 'production',
      registryScopes: ['registry.example.com/team/*'],
      signatureVerification: { level: 'strict' },
      trustStores: ['ca:acme'],
      trustedIdentities: ['x509.subject: C=US, ST=WA, O=Acme'],
    },
  ],
};

/** Shows the section of the trust policy. */
export class PolicySection {
  readonly #store: SettingsStore;
  readonly #notices: Notices;
  readonly #editor = new PolicyEditor('Trust policy, as JSON', 'policy-status');
  readonly #status = element('p', { id: 'policy-status', class: 'status', role: 'status' });
  readonly #findings = element('div');
  readonly #statements = element('div', { class: 'statements' });
  readonly #tried = element('div', { class: 'tried', 'aria-live': 'polite' });
  readonly #reference = field(
    'Try an image',
    element('input', {
      type: 'text',
      placeholder: 'registry.example.com/team/app:v1',
      spellcheck: 'false',
      input: () => this.#try(),
    }),
    'Shows which statement applies to it, and why.',
  );
  readonly #save = element(
    'button',
    { type: 'button', class: 'primary', click: () => void this.#saveText() },
    'Save',
  );
  readonly #template = element(
    'button',
    { type: 'button', click: () => this.#write(JSON.stringify(TEMPLATE, null, 2)) },
    'Start with an example',
  );
  readonly #remove = element(
    'button',
    { type: 'button', click: () => void this.#removeStored() },
    'Remove the policy',
  );
  #stored: string | undefined;
  #view: PolicyView | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The number of the latest text: an examination of an older one shows nothing. */
  #version = 0;

  constructor(store: SettingsStore, notices: Notices) {
    this.#store = store;
    this.#notices = notices;
    this.#editor.input.addEventListener('input', () => this.#later());
    byId('policy').append(
      this.#editor.row,
      this.#status,
      this.#findings,
      element('div', { class: 'buttons' }, this.#save, this.#template, this.#remove),
      this.#reference.row,
      this.#tried,
      this.#statements,
    );
    store.watch(({ trustPolicy }) => {
      const untouched = this.#editor.input.value === (this.#stored ?? '');
      this.#stored = trustPolicy;
      if (untouched) this.#editor.input.value = trustPolicy ?? '';
      void this.#examine();
    });
  }

  #write(text: string): void {
    this.#editor.input.value = text;
    this.#editor.input.focus();
    void this.#examine();
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#examine(), PAUSE);
  }

  async #examine(): Promise<void> {
    const version = ++this.#version;
    const text = this.#editor.input.value;
    const view = text.trim() === '' ? undefined : await viewPolicy(text, this.#store.settings.trustStores);
    if (version === this.#version) this.#show(view);
  }

  #show(view: PolicyView | undefined): void {
    this.#view = view;
    const { findings = [], statements = [] } = view ?? {};
    const all = [...findings, ...statements.flatMap((statement) => statement.findings)];
    const select = (place: Place) => this.#editor.select(place);
    this.#editor.mark(all);
    replaceContent(this.#findings, findingList(findings, select));
    replaceContent(
      this.#statements,
      ...statements.slice(0, MAX_CARDS).map((statement) => statementCard(statement, select)),
      statements.length > MAX_CARDS && `And ${countText(statements.length - MAX_CARDS, 'more statement')}.`,
    );
    const changed = this.#editor.input.value !== (this.#stored ?? '');
    this.#save.disabled = !changed || !view?.policy;
    this.#template.hidden = view !== undefined;
    this.#remove.hidden = this.#stored === undefined;
    const [look, words] = statusOf(view, all, changed);
    replaceLive(this.#status, icon(look), words);
    this.#try();
  }

  /** Explains which statement applies to the image that the user named. */
  #try(): void {
    const reference = this.#reference.input.value.trim();
    const policy = this.#view?.policy;
    this.#tried.hidden = reference === '' || !policy;
    if (this.#tried.hidden || !policy) return;
    replaceLive(this.#tried, ...triedImage(explainTrustPolicy(policy, reference)));
  }

  async #saveText(): Promise<void> {
    const trustPolicy = this.#editor.input.value;
    const saved = this.#store.change((settings) => ({ ...settings, trustPolicy }));
    await this.#notices.attempt(() => saved, 'The trust policy was saved. Images are checked again.');
    await this.#examine();
  }

  async #removeStored(): Promise<void> {
    const before = this.#stored;
    this.#editor.input.value = '';
    await this.#notices.attempt(
      () => this.#store.change(({ trustPolicy: _, ...settings }) => settings),
      'The trust policy was removed.',
      () => this.#restore(before),
    );
    await this.#examine();
  }

  async #restore(trustPolicy: string | undefined): Promise<void> {
    if (trustPolicy === undefined) return;
    await this.#store.change((settings) => ({ ...settings, trustPolicy }));
  }
}

function statusOf(
  view: PolicyView | undefined,
  findings: readonly { severity: string }[],
  changed: boolean,
): ['passed' | 'info' | 'warning' | 'error', string] {
  if (!view) {
    return ['info', 'There is no trust policy. Signatures are listed, and nothing is verified.'];
  }
  const saved = changed ? 'It is not saved yet.' : 'It is saved.';
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  if (!view.policy) return ['error', `${countText(errors, 'error')}: the policy cannot be saved.`];
  if (errors > 0)
    return ['warning', `The policy can be saved, but has ${countText(errors, 'error')}. ${saved}`];
  const others = findings.length;
  return [
    'passed',
    `The policy is valid${others > 0 ? `, with ${countText(others, 'finding')}` : ''}. ${saved}`,
  ];
}
