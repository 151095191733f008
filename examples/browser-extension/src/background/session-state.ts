// What the background must not forget when the browser stops it: the tabs, and the states of images. All of it is in memory
// too; the storage of the session is written behind it, and read once.
import type { StorageArea } from '../extension-api.ts';
import type { PageSetting } from '../pages/page.ts';
import type { ImageDetails } from '../state.ts';

/** The most images whose details are kept. */
const MAX_DETAILS = 500;
const TAB = 'tab:';
const DETAILS = 'details:';

/** A tab with a page on which the extension runs. */
export interface TabRecord {
  url: string;
  page: PageSetting;
  address?: string | undefined;
  images: string[];
  omitted: number;
  visible: string[];
  /** Images that the user wants to be evaluated now, whatever is known. */
  requested: string[];
}

export class SessionState {
  readonly tabs = new Map<number, TabRecord>();
  readonly #details = new Map<string, ImageDetails>();
  readonly #area: StorageArea;

  /** @param area - `chrome.storage.session`. */
  constructor(area: StorageArea) {
    this.#area = area;
  }

  /** Reads what was stored before the worker was stopped. */
  async load(): Promise<void> {
    for (const [key, value] of Object.entries(await this.#area.get(null))) {
      if (key.startsWith(TAB)) this.tabs.set(Number(key.slice(TAB.length)), value as TabRecord);
      if (key.startsWith(DETAILS)) this.#details.set(key.slice(DETAILS.length), value as ImageDetails);
    }
  }

  async setTab(tabId: number, tab: TabRecord): Promise<void> {
    this.tabs.set(tabId, tab);
    await this.#area.set({ [TAB + tabId]: tab });
  }

  async deleteTab(tabId: number): Promise<void> {
    if (this.tabs.delete(tabId)) await this.#area.remove(TAB + tabId);
  }

  detailsOf(image: string): ImageDetails | undefined {
    return this.#details.get(image);
  }

  async setDetails(details: ImageDetails): Promise<void> {
    const { image } = details;
    this.#details.delete(image);
    this.#details.set(image, details);
    const [oldest] = this.#details.keys();
    if (this.#details.size > MAX_DETAILS && oldest !== undefined)
      await this.forget((one) => one.image === oldest);
    await this.#area.set({ [DETAILS + image]: details });
  }

  /** Forgets the details of the images of which `matches` is true. */
  async forget(matches: (details: ImageDetails) => boolean): Promise<void> {
    const images = [...this.#details.values()].filter(matches).map(({ image }) => image);
    for (const image of images) this.#details.delete(image);
    if (images.length > 0) await this.#area.remove(images.map((image) => DETAILS + image));
  }
}
