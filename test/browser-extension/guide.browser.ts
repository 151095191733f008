import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../interop/support/registries.ts';
import { chooseDirectory, eventually, press, shownText } from './support/browser.ts';
import { type Extension, inChromium, inFirefox } from './support/extension.ts';
import { forwardTo, Web } from './support/web.ts';

const GUIDE = readFileSync('docs/guides/browser.md', 'utf8');
const [, COMMANDS = '', PRINTED = ''] =
  /### From nothing to a verdict\n[\s\S]*?```sh\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/.exec(GUIDE) ?? [];

/** Starts the last command of the guide; returns the lines that it prints. */
async function startLast(port: number): Promise<{ child: ChildProcess; lines: string[] }> {
  const [program = '', ...args] = COMMANDS.trim().split('\n').at(-1)?.split(' ') ?? [];
  const child = spawn(program, args, {
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  await eventually(async () => (lines.length === PRINTED.trim().split('\n').length ? true : undefined));
  return { child, lines };
}

describe('the guide, literally', () => {
  let web: Web;
  let child: ChildProcess;
  let lines: string[];
  /** The port of the guide may be in use on this machine. */
  let host: string;

  beforeAll(async () => {
    const port = await freePort();
    ({ child, lines } = await startLast(port));
    host = `127.0.0.1:${port}`;
    web = await Web.start();
    web.serve(host, forwardTo(host));
  });
  afterAll(async () => {
    await web?.stop();
    child?.kill();
  });

  it('has only commands of this repository, which print what it says', () => {
    const commands = COMMANDS.trim().split('\n');
    expect(commands.slice(0, 2)).toEqual(['npm ci', 'npm run build']);
    expect(commands).toHaveLength(4);
    for (const command of commands.slice(2)) {
      expect(existsSync(command.replace('node ', '')), command).toBe(true);
    }
    expect(lines.join('\n')).toBe(PRINTED.trim().replace('127.0.0.1:8123', host));
  });

  it('builds what it tells the reader to load', () => {
    const [command = ''] = COMMANDS.trim().split('\n').slice(2);
    execFileSync(process.execPath, command.split(' ').slice(1));
    for (const [, path = ''] of GUIDE.matchAll(/`(examples\/browser-extension\/dist\/[^`]+)`/g)) {
      expect(existsSync(path), path).toBe(true);
    }
  });

  /** Does steps 2 to 5; Firefox grants what a click requests, in Chromium it was granted before. */
  async function follow(extension: Extension): Promise<void> {
    const options = await extension.options();
    await (await options.waitForSelector('#pages input[type="text"]'))?.type('http://127.0.0.1/*');
    await options.select('#pages select', 'links');
    await press(options, 'Add and allow');
    await shownText(options, /runs on http:\/\/127\.0\.0\.1\/\* now/);

    const page = await extension.browser.open(`http://${host}/`);
    const tabId = await extension.tabOf(page);
    const before = await extension.settled(tabId, 3);
    const signed = 'signed-not-evaluated';
    expect(Object.values(before).sort()).toEqual([signed, signed, 'unsigned']);

    await options.bringToFront();
    await chooseDirectory(options, lines[1]?.split(': ')[1] ?? '');
    await press(options, 'Import');
    await shownText(options, /was imported/);

    await page.bringToFront();
    await eventually(async () => {
      const { state } = await extension.stateOf(tabId, `${host}/acme/app:trusted`);
      return state.kind === 'trusted' ? true : undefined;
    });
    expect(await extension.settled(tabId, 3)).toEqual({
      [`${host}/acme/app:trusted`]: 'trusted',
      [`${host}/acme/app:unsigned`]: 'unsigned',
      [`${host}/acme/app:rejected`]: 'rejected',
    });
  }

  it.each([
    ['Firefox', inFirefox, []],
    ['Chromium', inChromium, ['http://127.0.0.1/*']],
  ] as const)('leads from nothing to the verdicts in %s', async (_, start, granted) => {
    const extension = await start(web.proxyPort, granted);
    try {
      await follow(extension);
    } finally {
      await extension.stop();
    }
  });
});
