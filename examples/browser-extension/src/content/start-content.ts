// The content script: reads which images the page names and which of them are in view, and says so to the background. It decides
// nothing, and it puts nothing into the page but hints on Quay and Harbor.
import type { ExtensionApi } from '../extension-api.ts';
import { type Notice, type Requests, type RequestType, send } from '../messages.ts';
import { readPage } from '../pages/read-page.ts';
import type { StateKind } from '../state.ts';
import { Hints } from './hints.ts';

/** Milliseconds that a page may change before it is read again. */
const SETTLE = 300;
/** How far beyond the edge of the window an image counts as in view. */
const MARGIN = '100px';

/** Watches the page as long as the extension is there. */
export async function startContent(api: Pick<ExtensionApi, 'runtime'>, document: Document): Promise<void> {
  const page = await send(api, { type: 'page-opened' });
  if (!page) return;
  const hints = page.kind === 'quay' || page.kind === 'harbor' ? new Hints() : undefined;
  const names = new Map<Element, string>();
  const inView = new Set<Element>();
  let said = { seen: '', visible: '' };
  let timer: ReturnType<typeof setTimeout> | undefined;

  const views = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) inView.add(target);
        else inView.delete(target);
      }
      void sayVisible();
    },
    { rootMargin: MARGIN },
  );
  const changes = new MutationObserver(readSoon);

  function readSoon(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      void read();
    }, SETTLE);
  }

  async function read(): Promise<void> {
    if (!page) return;
    const { images, omitted } = readPage(document, new URL(document.location.href), page);
    const elements = new Map([...images].flatMap(([image, all]) => all.map((one) => [one, image] as const)));
    for (const element of names.keys()) {
      if (elements.has(element)) continue;
      views.unobserve(element);
      inView.delete(element);
      names.delete(element);
    }
    for (const [element, image] of elements) {
      if (!names.has(element)) views.observe(element);
      names.set(element, image);
    }
    hints?.place(images);
    const list = [...images.keys()];
    const text = JSON.stringify([document.location.href, list, omitted]);
    if (text !== said.seen) {
      said = { seen: text, visible: '' };
      await say({ type: 'seen', images: list, omitted });
    }
    await sayVisible();
  }

  async function sayVisible(): Promise<void> {
    const images = [...new Set([...inView].flatMap((element) => names.get(element) ?? []))];
    const text = JSON.stringify(images);
    if (text === said.visible) return;
    said.visible = text;
    await say({ type: 'visible', images });
  }

  /** Once the extension was updated or removed, this script has no background any more. */
  async function say<Type extends RequestType>(message: { type: Type } & Requests[Type]['message']) {
    if (api.runtime.id) await send(api, message);
    else stop();
  }

  function stop(): void {
    clearTimeout(timer);
    views.disconnect();
    changes.disconnect();
    hints?.remove();
  }

  api.runtime.onMessage.addListener((message) => {
    const notice = message as Notice;
    if (notice.type === 'states') hints?.show(notice.states as Record<string, StateKind>);
    return undefined;
  });
  addEventListener('pagehide', () => void say({ type: 'page-closed' }));
  addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return;
    said = { seen: '', visible: '' };
    readSoon();
  });
  addEventListener('popstate', readSoon);
  changes.observe(document, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ['href', 'title'],
  });
  await read();
}
