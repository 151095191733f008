// The signatures of an image with every check, for those who want to know more.
import type { CheckSummary, ImageDetails, SignatureSummary } from '../state.ts';
import { type Child, element } from '../ui/dom.ts';
import { type IconName, icon } from '../ui/icons.ts';
import { CHECK_WORDS, countText, RESULT_WORDS, sentenceOf, subjectText, timeText } from '../ui/words.ts';

/** Shows the signatures that were tried, closed at first. */
export function signaturesOf({ image, signatures }: ImageDetails): Child {
  if (signatures.length === 0) return undefined;
  const evaluated = signatures.some(({ outcome }) => outcome !== undefined);
  return element(
    'details',
    { class: 'signatures', key: `signatures of ${image}` },
    element(
      'summary',
      { key: `summary of ${image}` },
      `${countText(signatures.length, 'signature')}${evaluated ? ' and what was checked' : ''}`,
    ),
    ...signatures.map((signature, index) => signatureCard(signature, index + 1)),
  );
}

function signatureCard(signature: SignatureSummary, number: number): HTMLElement {
  const { outcome, signer, issuer, trustedIdentity, signedAt, timestamp, expiry, signingAgent, digest } =
    signature;
  const lines: [label: string, value: string | undefined][] = [
    [outcome === 'verified' ? 'Signer' : 'Claimed signer', signer && subjectText(signer)],
    ['Issued by', issuer && subjectText(issuer)],
    [
      'Trusted as',
      trustedIdentity === '*' ? 'anyone with a certificate from the trust store' : trustedIdentity,
    ],
    ['Signed', signedAt && timeText(signedAt)],
    ['Timestamp', timestamp && timeText(timestamp)],
    ['Expires', expiry && timeText(expiry)],
    ['Made with', signingAgent && `${signingAgent} (not covered by the signature)`],
    ['Digest', digest],
  ];
  const rows = lines.flatMap(([label, value]) =>
    value === undefined || value === ''
      ? []
      : [element('dt', {}, label), element('dd', { class: label === 'Digest' ? 'code' : 'wrap' }, value)],
  );
  return element(
    'section',
    { class: 'signature' },
    element('h3', {}, `Signature ${number}${outcome ? OUTCOMES[outcome] : ', not verified'}`),
    element('dl', { class: 'facts small' }, ...rows),
    element('ul', { class: 'checks' }, ...signature.checks.map(checkLine)),
    signature.checks.length === 0 &&
      signature.reason &&
      element('p', { class: 'note' }, sentenceOf(signature.reason.message)),
  );
}

const OUTCOMES: Readonly<Record<NonNullable<SignatureSummary['outcome']>, string>> = {
  verified: ' is accepted',
  rejected: ' is not accepted',
};

/** A failure that the policy only logs is not a failure of the signature. */
function checkLine({ name, action, result, reason }: CheckSummary): HTMLElement {
  const logged = result === 'failed' && action === 'log';
  const look: IconName = logged ? 'logged' : result === 'notRun' ? 'skipped' : result;
  return element(
    'li',
    { class: `check check-${look}` },
    icon(look),
    element(
      'span',
      {},
      CHECK_WORDS[name],
      element('span', { class: 'result' }, logged ? 'Failed, only logged' : RESULT_WORDS[result]),
      result === 'failed' && reason && element('span', { class: 'note' }, sentenceOf(reason.message)),
    ),
  );
}
