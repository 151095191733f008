// The popover of the toolbar button.
import { byId } from '../ui/dom.ts';
import { ImageBrowser } from './image-browser.ts';
import { openPanel, shownTab } from './shown-tab.ts';

const tabId = await shownTab(chrome);

byId('open-options').addEventListener('click', () => {
  void chrome.runtime.openOptionsPage();
});
byId('open-panel').addEventListener('click', () => {
  void openPanel(chrome, tabId).then(() => window.close());
});

await new ImageBrowser(byId('images'), chrome).show(tabId);
