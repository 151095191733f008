import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENTS } from './support/all-clients.ts';
import type { PullClient } from './support/clients.ts';
import type { FetchServer } from './support/fetch-server.ts';
import { type Pushed, Scene, told } from './support/scene.ts';

type Name = keyof typeof CLIENTS;
const NAMES = Object.keys(CLIENTS) as Name[];

let scene: Scene;
let signed: Pushed;
const clients = new Map<Name, PullClient>();

beforeAll(async () => {
  scene = await Scene.create('docker-registry with a token server');
  signed = await scene.pushSigned('team/signed', 'v1');
  for (const name of NAMES) clients.set(name, await CLIENTS[name]());
});

afterAll(async () => {
  for (const client of clients.values()) await client.dispose();
  await scene.dispose();
});

function clientOf(name: Name): PullClient {
  const client = clients.get(name);
  if (client === undefined) throw new Error(`${name} is not ready`);
  return client;
}

/** What a server says, without what is its own. */
const said = ({ host }: { host: string }, text: string) =>
  text
    .replaceAll(host, 'HOST')
    .replace(/\d{4}[-/]\d\d[-/]\d\d[T ][\d:.]+Z?/g, 'TIME')
    .replace(/elapsed: \S+ s/g, 'elapsed');

describe('a private image, for an anonymous caller', () => {
  it.each(NAMES)('is to %s what the registry itself says about it', async (name) => {
    const gateway = await scene.gateway();
    for (const reference of ['team/signed:v1', `team/signed@${signed.digest}`, 'team/missing:v1']) {
      const [by, direct] = [
        await clientOf(name).pull(`${gateway.host}/${reference}`),
        await clientOf(name).pull(`${scene.registry.host}/${reference}`),
      ];
      expect(by).toMatchObject({ succeeded: false, digests: [] });
      expect(said(gateway, by.shown)).toBe(said(scene.registry, direct.shown));
    }
  });

  const PATHS = [
    '/v2/',
    '/v2/team/signed/manifests/v1',
    '/v2/team/signed/manifests/missing',
    '/v2/team/missing/manifests/v1',
    '/v2/team/signed/tags/list',
    `/v2/team/signed/blobs/sha256:${'0'.repeat(64)}`,
  ];

  it.each(PATHS)('is told nothing by %s', async (path) => {
    const gateway = await scene.gateway();
    const request = async ({ host }: { host: string }, method: string) => {
      const response = await fetch(`http://${host}${path}`, { method });
      const { headers } = response;
      return { ...(await told(response)), challenge: headers.get('www-authenticate') };
    };
    for (const method of ['GET', 'HEAD']) {
      const seen = await request(gateway, method);
      expect(seen).toMatchObject({ status: 401, challenge: expect.stringContaining('Bearer realm=') });
      expect(seen).toEqual(await request(scene.registry, method));
    }
    // Each request was the caller's own: nothing was requested for the gateway.
    expect(scene.upstream.seen).toEqual([`GET ${path}`, `HEAD ${path}`]);
  });

  it('is no less private after somebody who may pull it has done so', async () => {
    const gateway = await scene.gateway();
    const { login } = scene.registry;
    const image = `${gateway.host}/team/signed:v1`;
    expect(await clientOf('crane pull').pull(image, { ...(login && { login }) })).toMatchObject({
      succeeded: true,
    });
    expect(await clientOf('crane pull').pull(image)).toMatchObject({ succeeded: false });
    const wrong = { username: 'robot', password: 'battery staple' };
    expect(await clientOf('crane pull').pull(image, { login: wrong })).toMatchObject({ succeeded: false });
  });
});

describe('a token that expires', () => {
  /** From the first request for such a path on, the registry takes the token of that request no longer. */
  function expireAt(when: (path: string) => boolean): void {
    let expired: string | null = null;
    scene.upstream.intercept = async ({ path, headers }, forward) => {
      const authorization = headers.get('authorization');
      if (when(path)) expired ??= authorization;
      if (authorization === expired) headers.delete('authorization');
      return forward();
    };
  }

  async function pullWith(name: Name, { host }: FetchServer) {
    const { login } = scene.registry;
    return clientOf(name).pull(`${host}/team/signed:v1`, { ...(login && { login }) });
  }

  /** Each blob needs a token: crane and oras get another one, skopeo does not. Others request blobs in any order. */
  const OUTCOMES = [
    ['crane pull', true],
    ['oras cp -r', true],
    ['skopeo copy', false],
  ] as const;

  it.each(OUTCOMES)(
    'between the manifest and the blobs, ends for %s as without the gateway',
    async (name, succeeded) => {
      const gateway = await scene.gateway();
      // Otherwise the envelope would be the first blob: the gateway needs it.
      await pullWith('crane pull', gateway);
      for (const host of [gateway, scene.upstream]) {
        expireAt((path) => path.includes('/blobs/'));
        const pull = await pullWith(name, host);
        expect(pull, pull.shown).toMatchObject({ succeeded });
      }
    },
  );

  const whileEvaluating = () =>
    expireAt((path) => path.includes('/manifests/sha256-') || path.includes('/referrers/'));

  it('while the gateway evaluates signatures, lets crane get another one', async () => {
    const gateway = await scene.gateway();
    whileEvaluating();
    const pull = await pullWith('crane pull', gateway);
    expect(pull, pull.shown).toMatchObject({ succeeded: true });
  });

  // A HEAD needs the manifest for its verdict: then the registry itself says that the token has expired.
  it.each([
    ['GET', 'ERR_REGISTRY_UNAUTHORIZED'],
    ['HEAD', null],
  ])('while the gateway evaluates signatures, is challenged by %s', async (method, code) => {
    const gateway = await scene.gateway();
    const url = `http://${gateway.host}/v2/team/signed/manifests/v1`;
    const challenged = await fetch(url);
    const challenge = challenged.headers.get('www-authenticate');
    const headers = { authorization: `Bearer ${await scene.token(challenged)}` };
    expect(await told(await fetch(url, { method, headers }))).toMatchObject({ status: 200 });
    const other = await scene.gateway();
    whileEvaluating();
    const refused = await fetch(url.replace(gateway.host, other.host), { method, headers });
    expect(refused.headers.get('www-authenticate')).toBe(challenge);
    expect(await told(refused)).toMatchObject({ status: 401, code });
  });
});
