// Changes of the pages on which the extension runs.
import type { PageSetting } from '../pages/page.ts';
import type { Settings } from '../settings.ts';

/** Adds a page, in place of one with the same pattern. */
export function addPage(settings: Settings, page: PageSetting): Settings {
  return { ...settings, pages: [...withoutPage(settings, page.pattern), page] };
}

export function removePage(settings: Settings, pattern: string): Settings {
  return { ...settings, pages: withoutPage(settings, pattern) };
}

function withoutPage({ pages }: Settings, pattern: string): PageSetting[] {
  return pages.filter((page) => page.pattern !== pattern);
}
