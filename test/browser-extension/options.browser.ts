import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Settings } from '../../examples/browser-extension/src/settings.ts';
import { prefer, violationsOf, walk } from './support/accessibility.ts';
import { policyFor } from './support/acme.ts';
import { chooseDirectory, eventually, press, shownText } from './support/browser.ts';
import type { Chromium } from './support/chromium.ts';
import { type Extension, inChromium } from './support/extension.ts';
import { acmeSettings, PAGES, REPOSITORIES, startWorld, TAGS, type World } from './support/world.ts';

const EDITOR = 'textarea[aria-label^="Trust policy"]';

describe('the options', () => {
  let world: World;
  let extension: Extension<Chromium>;
  let options: Page;
  let directory: string;

  beforeAll(async () => {
    world = await startWorld();
    extension = await inChromium(world.web.proxyPort);
    directory = await mkdtemp(join(tmpdir(), 'notarykit-options-'));
  });
  afterAll(async () => {
    await extension?.stop();
    await world?.stop();
    await rm(directory, { recursive: true, force: true });
  });
  beforeEach(async () => {
    await extension.configure({ pages: acmeSettings(world).pages });
    options = await extension.options();
    await options.waitForSelector(EDITOR);
  });
  afterEach(() => options.close());

  const stored = async () => (await extension.stored('local')).settings as Settings;

  async function type(text: string): Promise<void> {
    await options.focus(EDITOR);
    await options.keyboard.type(text);
  }

  describe('a trust policy that is typed', () => {
    it('says what is wrong as it is typed, and cannot be saved', async () => {
      await type('{ "version": "1.0", "trustPolicies": [ { "name": "x" } ] }');
      expect(await shownText(options, /cannot be saved/)).toMatch(/registryScopes/);
      const save = await options.$('#policy button.primary');
      expect(await save?.evaluate((button) => (button as HTMLButtonElement).disabled)).toBe(true);
      expect((await stored()).trustPolicy).toBeUndefined();
    });

    it('is linted and explained, and saved', async () => {
      const statement = policyFor('registry.example.com/team/*') as { trustPolicies: object[] };
      const policy = JSON.stringify({
        ...statement,
        trustPolicies: [{ ...statement.trustPolicies[0], signatureVerification: { level: 'audit' } }],
      });
      await type(policy);
      const text = await shownText(options, /The policy can be saved, but has 1 error/);
      expect(text).toMatch(/audit/);
      expect(text).toContain('registry.example.com/team/*');
      await options.focus('#policy input[type="text"]');
      await options.keyboard.type('registry.example.com/team/app:v1');
      await shownText(options, /acme-images/);
      await press(options, 'Save');
      await shownText(options, /was saved/);
      expect((await stored()).trustPolicy).toBe(policy);
    });

    it('changes the verdict on a page that is open', async () => {
      const page = await extension.browser.open(PAGES.quay);
      const tabId = await extension.tabOf(page);
      const image = `${REPOSITORIES.quay}:${TAGS.signed}`;
      expect((await extension.stateOf(tabId, image)).state.kind).toBe('signed-not-evaluated');
      await extension.configure(acmeSettings(world));
      await page.bringToFront();
      await eventually(async () =>
        (await extension.stateOf(tabId, image)).state.kind === 'trusted' ? true : undefined,
      );
      await page.close();
    });
  });

  describe("the import of notation's configuration", () => {
    async function configuration(files: Readonly<Record<string, string>>): Promise<string> {
      const root = await mkdtemp(join(directory, 'notation-'));
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(root, path)), { recursive: true });
        await writeFile(join(root, path), content);
      }
      return root;
    }

    it('shows what will change, and then trusts what notation trusts', async () => {
      const policy = JSON.stringify(policyFor(REPOSITORIES.quay));
      const [release = ''] = world.acme.roots;
      await chooseDirectory(
        options,
        await configuration({ 'trustpolicy.json': policy, 'truststore/x509/ca/acme/acme.pem': release }),
      );
      const text = await shownText(options, /What will change/);
      expect(text).toContain('acme-images');
      expect(text).toMatch(/ca:acme: 1 certificate added/);
      await press(options, 'Import');
      await shownText(options, /was imported/);
      expect(await stored()).toMatchObject({
        trustPolicy: policy,
        trustStores: { 'ca:acme': [{ file: 'acme.pem' }] },
      });
      const page = await extension.browser.open(PAGES.quay);
      const tabId = await extension.tabOf(page);
      const image = `${REPOSITORIES.quay}:${TAGS.signed}`;
      await eventually(async () =>
        (await extension.stateOf(tabId, image)).state.kind === 'trusted' ? true : undefined,
      );
      await page.close();
    });

    it('reads neither keys nor credentials', async () => {
      const [release = ''] = world.acme.roots;
      await chooseDirectory(
        options,
        await configuration({
          'trustpolicy.json': JSON.stringify(policyFor(REPOSITORIES.quay)),
          'truststore/x509/ca/acme/acme.pem': release,
          'localkeys/acme.key': 'SECRET-KEY',
          'config.json': '{"insecureRegistries":["SECRET-HOST"]}',
        }),
      );
      await press(options, 'Import');
      await shownText(options, /was imported/);
      expect(JSON.stringify(await extension.stored('local'))).not.toMatch(/SECRET/);
    });

    it('refuses a directory that is not one of notation', async () => {
      await chooseDirectory(options, await configuration({ 'notes.txt': 'nothing' }));
      await shownText(options, /Nothing to import|nothing|no /i);
      expect((await stored()).trustPolicy).toBeUndefined();
    });
  });

  it.each(['light', 'dark'] as const)('have no fault of accessibility in %s', async (scheme) => {
    await extension.configure(acmeSettings(world));
    await prefer(options, scheme);
    await shownText(options, /The policy is valid/);
    expect(await violationsOf(options)).toEqual([]);
  });

  it('have no fault of accessibility with a policy that is wrong', async () => {
    await type('{ "version": "1.0", "trustPolicies": [ { "name": "x" } ] }');
    await shownText(options, /cannot be saved/);
    expect(await violationsOf(options)).toEqual([]);
  });

  it('are walked through by the keyboard, and every stop has a name', async () => {
    await extension.configure(acmeSettings(world));
    await shownText(options, /The policy is valid/);
    const names = await walk(options, 200);
    expect(names.filter((name) => name.startsWith('nameless'))).toEqual([]);
    expect(names).toEqual(
      expect.arrayContaining([
        'Trust policy',
        'Trust policy, as JSON',
        'Remove the policy',
        'Choose the directory',
      ]),
    );
  });
});
