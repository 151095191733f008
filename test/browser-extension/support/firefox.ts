import { type Browser, launch, type Page } from 'puppeteer-core';
import { type BrowserUnderTest, eventually, type Start } from './browser.ts';
import { programPath } from './programs.ts';

/** The part of WebDriver BiDi that puppeteer does not offer: scripts in the window of the browser itself. */
interface BidiConnection {
  send(method: string, parameters: object): Promise<{ result: unknown }>;
}

const CLOSING_TIME = 10_000;
const UUID = '11111111-2222-4333-8444-555555555555';

/** Firefox with the extension. Its pages are opened by the window, since WebDriver must not navigate to them. */
export class Firefox implements BrowserUnderTest {
  readonly #browser: Browser;
  readonly #id: string;

  private constructor(browser: Browser, id: string) {
    this.#browser = browser;
    this.#id = id;
  }

  /** @param id - The id in the manifest of the extension. */
  static async start({ extension, proxyPort }: Start, id: string): Promise<Firefox> {
    const proxy = Object.fromEntries(
      ['http', 'ssl'].flatMap((kind) => [
        [`network.proxy.${kind}`, '127.0.0.1'],
        [`network.proxy.${kind}_port`, proxyPort],
      ]),
    );
    const browser = await launch({
      browser: 'firefox',
      executablePath: programPath('firefox-esr'),
      headless: true,
      enableExtensions: true,
      acceptInsecureCerts: true,
      args: ['--remote-allow-system-access'],
      extraPrefsFirefox: {
        'network.proxy.type': 1,
        ...proxy,
        'network.proxy.allow_hijacking_localhost': true,
        'extensions.webextensions.uuids': JSON.stringify({ [id]: UUID }),
        // A request for a permission is granted as if the user had agreed.
        'extensions.webextOptionalPermissionPrompts': false,
      },
    });
    await browser.installExtension(extension);
    return new Firefox(browser, id);
  }

  async open(url: string): Promise<Page> {
    const page = await this.#browser.newPage();
    await page.goto(url, { waitUntil: 'domcontentloaded' });
    return page;
  }

  openExtensionPage(path: string): Promise<Page> {
    return this.#openTab(path, true);
  }

  /** The popover in a tab in the background, so that the active tab is the page. */
  async openPopover(page: Page): Promise<Page> {
    await page.bringToFront();
    const { default_popup: path } = await this.#inWindow<{ default_popup: string }>(
      `WebExtensionPolicy.getByID(${JSON.stringify(this.#id)}).extension.manifest.action`,
    );
    return this.#openTab(path, false);
  }

  /** Grants origins, as the user does on the page of the extension in the manager of add-ons. */
  async grant(origins: readonly string[]): Promise<void> {
    await this.#changePermissions('add', origins);
  }

  async revoke(origins: readonly string[]): Promise<void> {
    await this.#changePermissions('remove', origins);
  }

  /** Closes the browser, or ends it if it does not close: on a busy machine it may wait for itself. */
  async stop(): Promise<void> {
    const late = setTimeout(() => this.#browser.process()?.kill('SIGKILL'), CLOSING_TIME);
    try {
      await this.#browser.close();
    } finally {
      clearTimeout(late);
    }
  }

  async #openTab(path: string, selected: boolean): Promise<Page> {
    const before = new Set(await this.#browser.pages());
    const url = path.startsWith('moz-extension:') ? path : `moz-extension://${UUID}/${path}`;
    await this.#inWindow(
      `(() => {
         const triggeringPrincipal = Services.scriptSecurityManager.getSystemPrincipal();
         const tab = gBrowser.addTab(${JSON.stringify(url)}, { triggeringPrincipal });
         if (${selected}) gBrowser.selectedTab = tab;
       })()`,
    );
    const page = await eventually(async () => (await this.#browser.pages()).find((one) => !before.has(one)));
    await eventually(async () =>
      (await page.evaluate(
        () => location.protocol === 'moz-extension:' && document.readyState === 'complete',
      ))
        ? true
        : undefined,
    );
    return page;
  }

  async #changePermissions(change: 'add' | 'remove', origins: readonly string[]): Promise<void> {
    const id = JSON.stringify(this.#id);
    await this.#inWindow(
      `(async () => {
         const { ExtensionPermissions } = ChromeUtils.importESModule('resource://gre/modules/ExtensionPermissions.sys.mjs');
         const { extension } = WebExtensionPolicy.getByID(${id});
         await ExtensionPermissions.${change}(${id}, { origins: ${JSON.stringify(origins)}, permissions: [] }, extension);
       })()`,
    );
  }

  /** Evaluates an expression in the window of the browser; its value, or that of its promise, must be JSON. */
  async #inWindow<T>(expression: string): Promise<T> {
    const { connection } = this.#browser as unknown as { connection: BidiConnection };
    const { result: tree } = await connection.send('browsingContext.getTree', { 'moz:scope': 'chrome' });
    const [{ context } = { context: '' }] = (tree as { contexts: { context: string }[] }).contexts;
    const { result } = await connection.send('script.evaluate', {
      expression: `(async () => JSON.stringify(await (${expression})))()`,
      target: { context },
      awaitPromise: true,
    });
    const evaluated = result as { result?: { value?: string }; exceptionDetails?: { text: string } };
    if (evaluated.exceptionDetails) throw new Error(evaluated.exceptionDetails.text);
    return evaluated.result?.value === undefined ? (undefined as T) : JSON.parse(evaluated.result.value);
  }
}
