import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policyFor } from './support/acme.ts';
import { BROWSERS, type Extension } from './support/extension.ts';
import { acmeSettings, PAGES, REPOSITORIES, startWorld, TAGS, type World } from './support/world.ts';

const VERDICTS = {
  [TAGS.signed]: 'trusted',
  [TAGS.expired]: 'warned',
  [TAGS.unsigned]: 'unsigned',
  [TAGS.stranger]: 'rejected',
  [TAGS.revocable]: 'trusted',
  [TAGS.revoked]: 'rejected',
};

/** The states of all tags of a repository. */
function statesIn(repository: string, verdicts: Readonly<Record<string, string>> = VERDICTS) {
  return Object.fromEntries(Object.entries(verdicts).map(([tag, kind]) => [`${repository}:${tag}`, kind]));
}

/** The page of Quay that is about one image. */
const ABOUT_SIGNED = `https://quay.io/repository/acme/app?tab=tags&tag=${TAGS.signed}`;
const ROUNDS = 5;

describe.each(BROWSERS)('the extension in %s', (name, start) => {
  let world: World;
  let extension: Extension;

  beforeAll(async () => {
    world = await startWorld();
    extension = await start(world.web.proxyPort);
  });
  afterAll(async () => {
    await extension?.stop();
    await world?.stop();
  });

  async function statesOn(url: string): Promise<Record<string, string>> {
    const page = await extension.browser.open(url);
    // The address of the page of Docker Hub names an image, too, which does not exist.
    const named = Object.keys(VERDICTS).length + (url === PAGES.dockerHub ? 1 : 0);
    const states = await extension.settled(await extension.tabOf(page), named);
    await page.close();
    return states;
  }

  it('says before there is a policy which images are signed, and verifies none', async () => {
    await extension.configure({ pages: acmeSettings(world).pages });
    const signed = 'signed-not-evaluated';
    expect(await statesOn(PAGES.quay)).toMatchObject(
      statesIn(REPOSITORIES.quay, {
        [TAGS.signed]: signed,
        [TAGS.unsigned]: 'unsigned',
        [TAGS.stranger]: signed,
        [TAGS.revoked]: signed,
      }),
    );
    expect(world.web.seen('cdn.quay.io')).toEqual([]);
    expect(world.web.seen('ocsp.acme.example')).toEqual([]);
  });

  it.each(['dockerHub', 'githubPackages', 'quay', 'custom'] as const)(
    'evaluates the images that a page names: %s',
    async (kind) => {
      await extension.configure(acmeSettings(world));
      const repository = kind === 'custom' ? REPOSITORIES.quay : REPOSITORIES[kind];
      expect(await statesOn(PAGES[kind])).toMatchObject(statesIn(repository));
    },
  );

  it('evaluates the artifacts of a page of Harbor', async () => {
    await extension.configure(acmeSettings(world));
    const states = await statesOn(PAGES.harbor);
    expect(Object.keys(states)).toContain(`${REPOSITORIES.harbor}@${world.digests.harbor[TAGS.signed]}`);
    expect(Object.values(states).sort()).toEqual(Object.values(VERDICTS).sort());
  });

  it('cannot tell anything about images in a registry that is down', async () => {
    await extension.configure(acmeSettings(world));
    const site = world.web.unplug('ghcr.io');
    const states = await statesOn(PAGES.githubPackages);
    world.web.serve('ghcr.io', site);
    expect(new Set(Object.values(states))).toEqual(new Set(['cannot-tell']));
  });

  it('rejects images to which no statement of the policy applies', async () => {
    const other = JSON.stringify(policyFor('registry.example.com/other'));
    await extension.configure({ ...acmeSettings(world), trustPolicy: other });
    expect(await statesOn(PAGES.quay)).toMatchObject({
      [`${REPOSITORIES.quay}:${TAGS.signed}`]: 'rejected',
    });
  });

  it('shows the first badge, and prints how long it took', async () => {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      // Under another policy no verdict is known.
      const trustPolicy = `${acmeSettings(world).trustPolicy}${' '.repeat(round + 1)}`;
      await extension.configure({ ...acmeSettings(world), trustPolicy });
      const begin = performance.now();
      const page = await extension.browser.open(ABOUT_SIGNED);
      const tabId = await extension.tabOf(page);
      expect(await extension.firstBadge(tabId)).toBe('✓');
      times.push(Math.round(performance.now() - begin));
      await page.close();
    }
    const sorted = times.toSorted((one, other) => one - other);
    console.log(`${name}: first badge after ${sorted[ROUNDS >> 1]} ms (${sorted[0]} to ${sorted.at(-1)})`);
  });

  it('tells by whom an image was signed, since when, and by which statement it is trusted', async () => {
    await extension.configure(acmeSettings(world));
    const page = await extension.browser.open(PAGES.quay);
    const { state } = await extension.stateOf(
      await extension.tabOf(page),
      `${REPOSITORIES.quay}:${TAGS.signed}`,
    );
    await page.close();
    expect(state).toMatchObject({
      kind: 'trusted',
      digest: world.digests.quay[TAGS.signed],
      signer: expect.stringContaining('CN=release.acme.example'),
      policy: { statement: 'acme-images', level: expect.stringContaining('strict') },
    });
    expect(Date.parse(state.signedAt ?? '')).toBeLessThanOrEqual(Date.now());
  });
});
