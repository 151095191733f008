// The side panel: the popover of the tab that is active, with more room, and as long as the user wants.
import { ImageBrowser } from '../popover/image-browser.ts';
import { shownTab } from '../popover/shown-tab.ts';
import { byId } from '../ui/dom.ts';

byId('open-options').addEventListener('click', () => void chrome.runtime.openOptionsPage());
const images = new ImageBrowser(byId('images'), chrome);
chrome.tabs.onActivated.addListener(() => void showActive());
void showActive();

async function showActive(): Promise<void> {
  await images.show(await shownTab(chrome));
}
