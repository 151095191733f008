// What popover and side panel show of a tab: the image of its address first, then the other images of the page, each of
// which can be opened.
import type { ExtensionApi } from '../extension-api.ts';
import { type Notice, send, type TabImage, type TabState } from '../messages.ts';
import { addPage, removePage } from '../options/page-settings.ts';
import { loadSettings, saveSettings } from '../settings.ts';
import type { ImageDetails } from '../state.ts';
import { type Child, element, replaceContent } from '../ui/dom.ts';
import { icon } from '../ui/icons.ts';
import { messageOf } from '../ui/message-of.ts';
import { hostOf, wordsOf } from '../ui/words.ts';
import { allowButton, type ImageActions, imageCard } from './image-card.ts';
import { imageList } from './image-list.ts';
import { nameParts, shortName, viewOf } from './image-view.ts';
import { disabledPage, emptyPage } from './no-images.ts';

/** Shows one tab after the other. */
export class ImageBrowser {
  readonly #api: ExtensionApi;
  readonly #main: HTMLElement;
  readonly #live: HTMLElement;
  #tabId = -1;
  #tab: TabState | undefined;
  #needed: readonly string[] = [];
  #details: ImageDetails | undefined;
  /** The image that the user opened from the list. */
  #opened: string | undefined;
  #problem: string | undefined;
  #announced = '';
  #loading: Promise<void> | undefined;
  #stale = false;

  /** @param root - What is in it is replaced. */
  constructor(root: HTMLElement, api: ExtensionApi) {
    this.#api = api;
    this.#main = element('main');
    this.#live = element('div', { class: 'hidden-text', role: 'status', 'aria-live': 'polite' });
    root.replaceChildren(this.#main, this.#live);
    api.runtime.onMessage.addListener((message) => {
      const { type, tabId } = message as Notice & { tabId?: number };
      if (type === 'tab-changed' && tabId === this.#tabId) void this.#refresh();
      return undefined;
    });
  }

  /** Shows a tab, and its changes from then on. */
  async show(tabId: number): Promise<void> {
    if (tabId !== this.#tabId) this.#opened = undefined;
    this.#tabId = tabId;
    await this.#refresh();
  }

  /** Loads once at a time: what changes meanwhile is loaded afterwards. */
  #refresh(): Promise<void> {
    this.#stale = true;
    this.#loading ??= this.#loadUntilCurrent().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #loadUntilCurrent(): Promise<void> {
    while (this.#stale) {
      this.#stale = false;
      try {
        await this.#load();
        this.#problem = undefined;
      } catch (error) {
        this.#problem = messageOf(error);
      }
      this.#render();
    }
  }

  async #load(): Promise<void> {
    const tabId = this.#tabId;
    const [tab, { origins }] = await Promise.all([
      send(this.#api, { type: 'state-of-tab', tabId }),
      send(this.#api, { type: 'permissions-needed', tabId }),
    ]);
    this.#tab = tab;
    this.#needed = origins;
    const shown = this.#shown();
    this.#details = shown?.state && (await send(this.#api, { type: 'details', image: shown.image }));
  }

  /** The image whose card is shown: the opened one, or else that of the address. */
  #shown(): TabImage | undefined {
    const { images = [], address } = this.#tab ?? {};
    const wanted = this.#opened ?? address ?? (images.length === 1 ? images[0]?.image : undefined);
    return images.find(({ image }) => image === wanted);
  }

  #render(): void {
    replaceContent(
      this.#main,
      this.#problem === undefined ? undefined : problemBox(this.#problem),
      ...this.#content(),
    );
    this.#announce();
  }

  #content(): Child[] {
    const tab = this.#tab;
    if (!tab) return [];
    if (!tab.page)
      return [disabledPage(tab.suggestion, { enable: this.#enable, openOptions: this.#openOptions })];
    if (tab.images.length === 0) return [emptyPage()];
    const shown = this.#shown();
    if (shown && this.#opened !== undefined) return [this.#backButton(), this.#card(shown)];
    const others = tab.images.filter((image) => image !== shown);
    return [
      shown && this.#card(shown),
      !shown && this.#allowAll(),
      others.length > 0 &&
        imageList(shown ? 'Also on this page' : 'Images on this page', others, tab.omitted, this.#open),
    ];
  }

  #card(shown: TabImage): HTMLElement {
    const details = this.#details?.image === shown.image ? this.#details : undefined;
    const busy = shown.progress === 'evaluating' || shown.progress === 'waiting';
    return imageCard(viewOf(shown, new Date()), details, busy, this.#actions(shown.image));
  }

  #backButton(): HTMLElement {
    const click = () => void this.#select(undefined);
    return element(
      'button',
      { type: 'button', class: 'link back', key: 'back', click },
      icon('back'),
      'All images of this page',
    );
  }

  /** One button for what all images of the page need. */
  #allowAll(): Child {
    if (this.#needed.length === 0) return undefined;
    return element(
      'section',
      { class: 'banner' },
      element(
        'p',
        {},
        `Some images cannot be checked without access to ${this.#needed.map(hostOf).join(', ')}.`,
      ),
      allowButton(this.#needed, (origins) => void this.#allow(origins)),
    );
  }

  #open = (image: string): void => void this.#select(image);

  async #select(image: string | undefined): Promise<void> {
    const previous = this.#opened;
    this.#opened = image;
    await this.#refresh();
    const key = image === undefined ? `open ${previous}` : 'state';
    [...this.#main.querySelectorAll<HTMLElement>('[data-key]')]
      .find((one) => one.getAttribute('data-key') === key)
      ?.focus();
  }

  #actions(image: string): ImageActions {
    return {
      allow: (origins) => void this.#allow(origins, image),
      retry: () => void this.#attempt(() => this.#retry(image)),
      copy: (text, what) => void this.#attempt(() => this.#copy(text, what)),
      openOptions: this.#openOptions,
    };
  }

  #openOptions = (): void => void this.#attempt(() => this.#api.runtime.openOptionsPage());

  async #copy(text: string, what: string): Promise<void> {
    await navigator.clipboard.writeText(text);
    this.#show(`${what} was copied.`);
  }

  async #retry(image: string): Promise<void> {
    this.#show(`${shortName(nameParts(image))} is checked again.`);
    await send(this.#api, { type: 'retry', tabId: this.#tabId, image });
    await this.#refresh();
  }

  /** The request must be the first thing that the handler of the click does. */
  async #allow(origins: readonly string[], image?: string): Promise<void> {
    await this.#attempt(async () => {
      const granted = await this.#api.permissions.request({ origins: [...origins] });
      const hosts = origins.map(hostOf).join(', ');
      if (!granted) return this.#show(`Access to ${hosts} was not allowed.`);
      this.#show(`Access to ${hosts} is allowed.`);
      if (image !== undefined) return this.#retry(image);
      await this.#refresh();
    });
  }

  /** Stores the page while the browser prompts: a prompt closes the popover, and with it what would happen afterwards. */
  #enable = async (): Promise<void> => {
    const page = this.#tab?.suggestion;
    if (!page) return;
    await this.#attempt(async () => {
      const request = this.#api.permissions.request({ origins: [page.pattern] });
      const { local } = this.#api.storage;
      await saveSettings(local, addPage(await loadSettings(local), page));
      if (await request) return this.#refresh();
      await saveSettings(local, removePage(await loadSettings(local), page.pattern));
      this.#show(`Access to ${hostOf(page.pattern)} was not allowed.`);
    });
  };

  async #attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.#problem = messageOf(error);
      this.#render();
      this.#say(this.#problem);
    }
  }

  /** Says the state of the shown image each time that it is another one. */
  #announce(): void {
    const shown = this.#shown();
    if (!shown) return;
    const sentence = `${shortName(nameParts(shown.image))}: ${wordsOf(shown).word}`;
    if (sentence !== this.#announced) this.#say(sentence);
    this.#announced = sentence;
  }

  /** Says something to screen readers; others see it anyway. */
  #say(text: string): void {
    this.#live.className = 'hidden-text';
    this.#live.replaceChildren(element('span', {}, text));
  }

  /** Says what an action has done, to everybody. */
  #show(text: string): void {
    this.#say(text);
    this.#live.className = 'said';
  }
}

function problemBox(problem: string): HTMLElement {
  return element('p', { class: 'problem', role: 'alert' }, icon('error'), element('span', {}, problem));
}
