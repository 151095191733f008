import { type Browser, type Extension, launch, type Page } from 'puppeteer-core';
import { type BrowserUnderTest, eventually, type Start } from './browser.ts';
import { programPath } from './programs.ts';

/** Chromium with the extension: its pages, its popover as the toolbar opens it, and its worker. */
export class Chromium implements BrowserUnderTest {
  readonly id: string;
  readonly #browser: Browser;
  readonly #extension: Extension;

  private constructor(browser: Browser, extension: Extension) {
    this.#browser = browser;
    this.#extension = extension;
    this.id = extension.id;
  }

  static async start({ extension, proxyPort }: Start): Promise<Chromium> {
    const browser = await launch({
      executablePath: programPath('chromium'),
      pipe: true,
      enableExtensions: true,
      acceptInsecureCerts: true,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--disable-background-networking',
        '--disable-component-update',
        '--force-color-profile=srgb',
        '--disable-lcd-text',
        '--lang=en-US',
        '--ignore-certificate-errors',
        `--proxy-server=127.0.0.1:${proxyPort}`,
        '--proxy-bypass-list=<-loopback>',
      ],
      defaultViewport: { width: 1000, height: 700 },
    });
    const id = await browser.installExtension(extension);
    const installed = await eventually(async () => (await browser.extensions()).get(id));
    return new Chromium(browser, installed);
  }

  async open(url: string): Promise<Page> {
    const page = await this.#browser.newPage();
    await page.goto(url, { waitUntil: 'domcontentloaded' });
    return page;
  }

  openExtensionPage(path: string): Promise<Page> {
    return this.open(`chrome-extension://${this.id}/${path}`);
  }

  async openPopover(page: Page): Promise<Page> {
    await page.bringToFront();
    const before = new Set(await this.#extension.pages());
    await this.#extension.triggerAction(page);
    return eventually(async () => (await this.#extension.pages()).find((one) => !before.has(one)));
  }

  /** Runs a function in the worker of the extension, which it wakes if need be. */
  async inWorker<T>(work: (argument: never) => T | Promise<T>, argument?: unknown): Promise<T> {
    const worker = await eventually(async () => (await this.#extension.workers())[0]);
    return (await worker.evaluate(work as (argument: unknown) => T, argument)) as T;
  }

  /** Stops the worker as the browser does to save memory, and waits until it is gone. */
  async stopWorker(): Promise<void> {
    const page = await this.openExtensionPage('manifest.json');
    const session = await page.createCDPSession();
    const stopped = new Promise<void>((resolve) => {
      session.on('ServiceWorker.workerVersionUpdated', ({ versions }) => {
        if (versions.some(({ runningStatus }) => runningStatus === 'stopped')) resolve();
      });
    });
    await session.send('ServiceWorker.enable');
    await session.send('ServiceWorker.stopAllWorkers');
    await stopped;
    await page.close();
  }

  async stop(): Promise<void> {
    await this.#browser.close();
  }
}
