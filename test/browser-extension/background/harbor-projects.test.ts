import { describe, expect, it } from 'vitest';
import { imageOfHarborAddress } from '../../../examples/browser-extension/src/background/harbor-projects.ts';
import { createFakeArea } from '../support/fake-browser.ts';
import { digestOf } from '../support/read.ts';

const PAGE = { pattern: 'https://harbor.example.com/*', kind: 'harbor' } as const;
const REPOSITORY = '/harbor/projects/7/repositories/app/artifacts-tab';

function setUp(respond: () => Response, registries: object[] = []) {
  const session = createFakeArea();
  const sent: Request[] = [];
  const settings = { trustStores: {}, pages: [PAGE], registries: registries as [] };
  const imageAt = (url: string, page: { pattern: string; kind: 'harbor'; registry?: string } = PAGE) =>
    imageOfHarborAddress(new URL(url), page, {
      settings,
      session,
      fetch: async (input, init) => {
        sent.push(new Request(input, init));
        return respond();
      },
    });
  return { imageAt, sent, session };
}

const artifact = `https://harbor.example.com${REPOSITORY}/artifacts/${digestOf(1)}`;

describe('the image of an address of Harbor', () => {
  it('has the name that the API gives the project, which is requested once', async () => {
    const { imageAt, sent } = setUp(() => Response.json({ project_id: 7, name: 'team' }));
    expect(await imageAt(artifact)).toBe(`harbor.example.com/team/app@${digestOf(1)}`);
    expect(await imageAt(artifact.replace(digestOf(1), digestOf(2)))).toBe(
      `harbor.example.com/team/app@${digestOf(2)}`,
    );
    expect(sent.map(({ url }) => url)).toEqual(['https://harbor.example.com/api/v2.0/projects/7']);
  });

  it('is not requested for a page that is about no artifact', async () => {
    const { imageAt, sent } = setUp(() => Response.json({ name: 'team' }));
    expect(await imageAt(`https://harbor.example.com${REPOSITORY}`)).toBeUndefined();
    expect(sent).toEqual([]);
  });

  it.each([
    ['the project is private', () => new Response(null, { status: 401 })],
    ['the name is not a string', () => Response.json({ name: 7 })],
    ['the name names another repository', () => Response.json({ name: 'team@sha256:00' })],
    ['the response is long', () => Response.json({ name: 'team', more: 'x'.repeat(70_000) })],
  ])('is not known if %s', async (_, respond) => {
    expect(await setUp(respond).imageAt(artifact)).toBeUndefined();
  });

  it('is requested with the credential of the host of the page, over HTTPS', async () => {
    const { imageAt, sent } = setUp(
      () => Response.json({ name: 'team' }),
      [{ host: 'harbor.example.com', credential: { username: 'robot$team+ci', password: 'größe' } }],
    );
    await imageAt(artifact);
    const header = `Basic ${Buffer.from('robot$team+ci:größe').toString('base64')}`;
    expect(sent[0]?.headers.get('authorization')).toBe(header);
  });

  it('is requested without the credential of another host, and without any over HTTP', async () => {
    const { imageAt, sent } = setUp(
      () => new Response(null, { status: 401 }),
      [
        { host: 'registry.example.com', credential: { username: 'me', password: 'secret' } },
        { host: 'harbor.example.com', credential: { username: 'me', password: 'secret' } },
      ],
    );
    await imageAt(artifact.replace('https:', 'http:'));
    await imageAt(artifact.replace('harbor.', 'console.'), { ...PAGE, registry: 'registry.example.com' });
    expect(sent.map(({ headers }) => headers.get('authorization'))).toEqual([null, null]);
  });
});
