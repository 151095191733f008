// The hosts that the user allowed: those of pages, and of registries, storage and revocation services that images needed.
import type { ExtensionApi } from '../extension-api.ts';
import { byId, element, replaceContent } from '../ui/dom.ts';
import { icon } from '../ui/icons.ts';
import { hostOf } from '../ui/words.ts';
import type { Notices } from './notices.ts';

/** Shows the section of the hosts. */
export function showHosts(notices: Notices, { permissions }: Pick<ExtensionApi, 'permissions'>): void {
  const list = element('ul', { class: 'items' });
  byId('hosts').append(list);
  let version = 0;
  const show = async () => {
    const own = ++version;
    const { origins = [] } = await permissions.getAll();
    if (own !== version) return;
    const none = element('li', { class: 'items-none note' }, 'You have not allowed any host.');
    replaceContent(list, ...(origins.length > 0 ? [...origins].sort().map(hostItem) : [none]));
  };
  permissions.onAdded.addListener(() => void show());
  permissions.onRemoved.addListener(() => void show());
  void show();

  function hostItem(origin: string): HTMLElement {
    const host = hostOf(origin);
    const revoke = () =>
      void notices.attempt(async () => {
        await permissions.remove({ origins: [origin] });
      }, `The extension no longer has access to ${host}.`);
    return element(
      'li',
      { class: 'item' },
      icon('lock'),
      element('strong', { class: 'item-text wrap' }, host),
      element(
        'button',
        { type: 'button', key: `revoke ${origin}`, 'aria-label': `Revoke access to ${host}`, click: revoke },
        icon('remove'),
        'Revoke',
      ),
    );
  }
}
