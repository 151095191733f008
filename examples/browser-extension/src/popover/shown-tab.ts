// Which tab popover and side panel are about.
import type { ExtensionApi } from '../extension-api.ts';

/** Returns the active tab of the window, or the one that the address of the popover names: `popover.html?tab=7`. */
export async function shownTab({ tabs }: Pick<ExtensionApi, 'tabs'>): Promise<number> {
  const named = new URLSearchParams(location.search).get('tab');
  if (named !== null) return Number(named);
  const [tab] = await tabs.query({ active: true, currentWindow: true });
  return tab?.id ?? -1;
}

/** Opens the side panel, which Firefox calls a sidebar. Only in a handler of a click: nothing may be awaited before. */
export async function openPanel({ sidePanel, sidebarAction }: ExtensionApi, tabId: number): Promise<void> {
  if (sidePanel) await sidePanel.open({ tabId });
  else await sidebarAction?.open();
}
