import type { ExtensionApi } from '../extension-api.ts';
import { matchesPattern, type PageSetting } from '../pages/page.ts';
import { withoutPermission } from './permissions.ts';

const ID = 'pages';
const FILE = 'content/content.js';

/**
 * Has the browser run the content script on the pages of the settings that the user permits, and on those that are open now.
 * A page that is not permitted is left alone.
 */
export async function runOnPages(
  api: Pick<ExtensionApi, 'scripting' | 'permissions' | 'tabs'>,
  pages: readonly PageSetting[],
): Promise<void> {
  const patterns = [...new Set(pages.map(({ pattern }) => pattern))];
  const refused = await withoutPermission(api, patterns);
  const matches = patterns.filter((pattern) => !refused.includes(pattern));
  const [registered] = await api.scripting.getRegisteredContentScripts();
  if (registered && sameItems(registered.matches, matches)) return;
  if (registered) await api.scripting.unregisterContentScripts({ ids: [ID] });
  if (matches.length === 0) return;
  await api.scripting.registerContentScripts([{ id: ID, matches, js: [FILE], runAt: 'document_idle' }]);
  const added = matches.filter((pattern) => !registered?.matches.includes(pattern));
  await runOnOpenTabs(api, added);
}

/** The content script does nothing where it already runs. */
async function runOnOpenTabs(
  api: Pick<ExtensionApi, 'scripting' | 'tabs'>,
  patterns: readonly string[],
): Promise<void> {
  for (const { id, url } of await api.tabs.query({})) {
    if (id === undefined || url === undefined || !URL.canParse(url)) continue;
    if (!patterns.some((pattern) => matchesPattern(pattern, new URL(url)))) continue;
    try {
      await api.scripting.executeScript({ target: { tabId: id }, files: [FILE] });
    } catch (error) {
      // Some pages are closed to extensions, such as error pages and stores: the others still count.
      console.warn(`the extension cannot run in a tab: ${String(error)}`);
    }
  }
}

function sameItems(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((item) => other.includes(item));
}
