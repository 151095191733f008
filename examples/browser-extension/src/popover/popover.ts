// The popover of the toolbar button.
import { byId } from '../ui/dom.ts';
import { ImageBrowser } from './image-browser.ts';
import { openPanel, shownTab } from './shown-tab.ts';

void start();

async function start(): Promise<void> {
  byId('open-options').addEventListener('click', () => void chrome.runtime.openOptionsPage());
  const images = new ImageBrowser(byId('images'), chrome);
  const tabId = await shownTab(chrome);
  byId('open-panel').addEventListener('click', () => {
    void openPanel(chrome, tabId).then(() => window.close());
  });
  await images.show(tabId);
}
