// The side panel: the popover of the tab that is active, with more room, and as long as the user wants.
import { ImageBrowser } from '../popover/image-browser.ts';
import { shownTab } from '../popover/shown-tab.ts';
import { byId } from '../ui/dom.ts';

byId('open-options').addEventListener('click', () => {
  void chrome.runtime.openOptionsPage();
});

const browser = new ImageBrowser(byId('images'), chrome);
const showActive = async () => browser.show(await shownTab(chrome));
chrome.tabs.onActivated.addListener(() => void showActive());
void showActive();
