import type { ExtensionApi } from '../extension-api.ts';
import type { StateKind } from '../state.ts';

/** How the toolbar shows a state. Each has a character of its own, so that colour alone says nothing. */
const BADGES: Readonly<Record<StateKind, { text: string; color: string; words: string }>> = {
  trusted: { text: '✓', color: '#1a7f37', words: 'is trusted' },
  warned: { text: '!', color: '#9a6700', words: 'is accepted with warnings' },
  unsigned: { text: '–', color: '#57606a', words: 'is not signed' },
  rejected: { text: '✗', color: '#b42318', words: 'is rejected' },
  'cannot-tell': { text: '?', color: '#57606a', words: 'has no verdict' },
  'signed-not-evaluated': {
    text: '…',
    color: '#1f4e8c',
    words: 'is signed, but there is no trust policy yet',
  },
};
const TITLE = 'notarykit';

/**
 * Shows the state of the image that the address of a tab names on the button in the toolbar, where no page can imitate it.
 * @param image - `undefined` if the address names none: then there is no badge.
 */
export async function showInToolbar(
  api: Pick<ExtensionApi, 'action'>,
  tabId: number,
  image: string | undefined,
  kind: StateKind | undefined,
): Promise<void> {
  const badge = image !== undefined && kind ? BADGES[kind] : undefined;
  const shown = Promise.all([
    api.action.setBadgeText({ tabId, text: badge?.text ?? '' }),
    api.action.setTitle({ tabId, title: badge ? `${TITLE}: ${image} ${badge.words}` : TITLE }),
    ...(badge ? [api.action.setBadgeBackgroundColor({ tabId, color: badge.color })] : []),
  ]);
  // The tab may have been closed in the meantime.
  await shown.catch(() => {});
}
