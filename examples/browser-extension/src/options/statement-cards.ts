// The statements of a trust policy in plain words, each with its findings.
import type { ActionExplanation, StatementExplanation } from 'notarykit/policy/tools';
import { type Child, element } from '../ui/dom.ts';
import { type IconName, icon } from '../ui/icons.ts';
import { countText, sentenceOf } from '../ui/words.ts';
import type { Place } from './json-places.ts';
import type { PlacedFinding, StatementView } from './policy-view.ts';

/** The most findings of one statement, or of the document, that are shown. */
const MAX_FINDINGS = 50;
const SEVERITY_WORDS = { error: 'Error', warning: 'Warning', info: 'Note' } as const;
const ACTIONS: Readonly<Record<ActionExplanation['action'], readonly [IconName, string]>> = {
  enforce: ['passed', 'enforced'],
  log: ['logged', 'only logged'],
  skip: ['skipped', 'not checked'],
};
const VALIDATIONS: Readonly<Record<ActionExplanation['validation'], string>> = {
  integrity: 'Integrity',
  authenticity: 'Authenticity',
  authenticTimestamp: 'Timestamp',
  expiry: 'Expiry',
  revocation: 'Revocation',
};

/** Shows a statement. */
export function statementCard(view: StatementView, select: (place: Place) => void): HTMLElement {
  const { name, place, scopes, explanation, findings } = view;
  return element(
    'article',
    { class: 'statement' },
    element(
      'header',
      {},
      element('h3', { class: 'wrap' }, name),
      explanation && element('span', { class: 'chip' }, `Level ${explanation.level}`),
      element(
        'button',
        { type: 'button', class: 'link', key: `show ${place.start}`, click: () => select(place) },
        'Show in the text',
      ),
    ),
    ...(explanation ? plainWords(scopes, explanation) : []),
    findingList(findings, select),
  );
}

/** Shows findings, each of which leads to its place. */
export function findingList(findings: readonly PlacedFinding[], select: (place: Place) => void): Child {
  if (findings.length === 0) return undefined;
  return element(
    'ul',
    { class: 'findings' },
    ...findings.slice(0, MAX_FINDINGS).map(({ severity, message, nextStep, place, rule }) =>
      element(
        'li',
        {},
        element(
          'button',
          {
            type: 'button',
            class: `finding tone-${severity}`,
            key: `${rule} ${place.start}`,
            click: () => select(place),
          },
          icon(severity),
          element(
            'span',
            { class: 'wrap' },
            element('strong', {}, `${SEVERITY_WORDS[severity]}: `),
            sentenceOf(message),
            element('span', { class: 'note' }, nextStep),
          ),
        ),
      ),
    ),
    findings.length > MAX_FINDINGS &&
      element('li', { class: 'note' }, `And ${countText(findings.length - MAX_FINDINGS, 'more finding')}.`),
  );
}

function plainWords(scopes: readonly string[], explanation: StatementExplanation): Child[] {
  const { level, actions, trustStores, trustedIdentities, timestamp } = explanation;
  const rows: [string, Child[]][] = [
    ['Applies to', scopes.map((scope) => line(scope === '*' ? 'Every repository' : scope))],
  ];
  if (level === 'skip') {
    rows.push(['Requires', [line('Nothing: signatures are not verified.')]]);
  } else {
    rows.push(
      [
        'Signers',
        trustedIdentities.map(({ identity, why }) =>
          line(sentenceOf(why), identity === '*' ? undefined : identity),
        ),
      ],
      [
        'Trust stores',
        trustStores
          .filter(({ stores }) => stores.length > 0)
          .map(({ stores, why }) => line(stores.join(', '), sentenceOf(why))),
      ],
      ['Timestamps', [line(sentenceOf(timestamp.why))]],
      ['Checks', [element('ul', { class: 'actions' }, ...actions.map(actionItem))]],
    );
  }
  return [
    element(
      'dl',
      { class: 'facts' },
      ...rows.flatMap(([label, values]) => [element('dt', {}, label), element('dd', {}, ...values)]),
    ),
  ];
}

function line(text: string, note?: string): HTMLElement {
  return element(
    'p',
    { class: 'wrap' },
    text,
    note !== undefined && element('span', { class: 'note' }, note),
  );
}

function actionItem({ validation, action, byLevel }: ActionExplanation): HTMLElement {
  const [look, word] = ACTIONS[action];
  return element(
    'li',
    { class: `check check-${look}` },
    icon(look),
    element(
      'span',
      {},
      `${VALIDATIONS[validation]} ${word}`,
      action !== byLevel && element('span', { class: 'note' }, ' (overridden)'),
    ),
  );
}
