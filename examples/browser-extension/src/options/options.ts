// The options page.
import { byId, element } from '../ui/dom.ts';
import { icon } from '../ui/icons.ts';
import { messageOf } from '../ui/message-of.ts';
import { showHosts } from './hosts-section.ts';
import { showImport } from './import-section.ts';
import { Notices } from './notices.ts';
import { showPages } from './pages-section.ts';
import { PolicySection } from './policy-section.ts';
import { showRegistries } from './registries-section.ts';
import { SettingsStore } from './settings-store.ts';
import { showStores } from './stores-section.ts';

void start();

async function start(): Promise<void> {
  try {
    const store = await SettingsStore.open(chrome.storage);
    const notices = new Notices(byId('notices'));
    new PolicySection(store, notices);
    showStores(store, notices);
    showRegistries(store, notices);
    showPages(store, notices, chrome);
    showHosts(notices, chrome);
    showImport(store, notices);
  } catch (error) {
    byId('sections').replaceChildren(
      element(
        'p',
        { class: 'problem', role: 'alert' },
        icon('error'),
        `The settings cannot be read: ${messageOf(error)}`,
      ),
    );
  }
}
