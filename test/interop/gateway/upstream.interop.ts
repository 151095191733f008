import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSigner, sign } from '../../../src/index.ts';
import { freePort } from '../support/registries.ts';
import { CLIENTS } from './support/all-clients.ts';
import type { PullClient } from './support/clients.ts';
import { type Containerd, createContainerd } from './support/containerd.ts';
import { pushImage } from './support/images.ts';
import { createPodman, type Podman } from './support/podman.ts';
import { Scene, told } from './support/scene.ts';

const REGISTRY = 'registry.example.com';
const clients = {} as Record<'skopeo' | 'regctl' | 'docker', PullClient>;
let containerd: Containerd;
let podman: Podman;
let scene: Scene;

beforeAll(async () => {
  scene = await Scene.create('olareg');
  await scene.pushSigned('team/app', 'signed');
  await scene.pushUnsigned('team/app', 'unsigned');
  clients.skopeo = await CLIENTS['skopeo copy']();
  clients.regctl = await CLIENTS['regctl image copy']();
  clients.docker = await CLIENTS['docker pull']();
  containerd = await createContainerd();
  podman = await createPodman();
});

afterAll(async () => {
  for (const client of [...Object.values(clients), containerd, podman]) await client.dispose();
  await scene.dispose();
});

describe('a registry that is down', () => {
  it('is said so to skopeo, docker and ctr', async () => {
    const { host } = await scene.gateway({ upstreams: `127.0.0.1:${await freePort()}` });
    const expected = { status: 503, code: 'ERR_REGISTRY_UNREACHABLE' };
    expect(await told(await fetch(`http://${host}/v2/team/app/manifests/signed`))).toMatchObject(expected);
    for (const client of [clients.skopeo, clients.docker, containerd]) {
      const pull = await client.pull(`${host}/team/app:signed`);
      expect(pull).toMatchObject({ succeeded: false });
      expect(pull.shown).toContain('503');
    }
  });

  it('lets nothing pass if only its signatures cannot be had', async () => {
    const { host } = await scene.gateway();
    scene.upstream.intercept = async ({ path }, forward) =>
      path.includes('/referrers/') ? new Response('down', { status: 503 }) : forward();
    const response = await fetch(`http://${host}/v2/team/app/manifests/signed`);
    expect(response.headers.get('retry-after')).not.toBeNull();
    expect(await told(response)).toMatchObject({ status: 503, verdict: 'undecided' });
    expect(await containerd.pull(`${host}/team/app:signed`)).toMatchObject({ succeeded: false });
  });
});

describe('a registry that is slow', () => {
  it('is given up, and said so to skopeo and ctr', async () => {
    const { host } = await scene.gateway({ timeout: 200 });
    scene.upstream.intercept = ({ path }, forward) =>
      path.includes('/manifests/') ? new Promise(() => {}) : forward();
    expect(await told(await fetch(`http://${host}/v2/team/app/manifests/signed`))).toMatchObject({
      status: 503,
      code: 'ERR_TIMEOUT',
    });
    for (const client of [clients.skopeo, containerd]) {
      const pull = await client.pull(`${host}/team/app:signed`);
      expect(pull).toMatchObject({ succeeded: false });
      expect(pull.shown).toContain('503');
    }
  });
});

describe('a connection that is cut in the middle of a layer', () => {
  it.each(['regctl', 'docker', 'ctr'] as const)('is resumed by %s, through the gateway', async (name) => {
    const repository = `${scene.registry.host}/team/large-${name}`;
    const image = await pushImage(scene.access, repository, { tag: 'v1', layerBytes: 3_000_000 });
    await sign(`${repository}@${image.digest}`, {
      signer: await createSigner(scene.certificate),
      registry: scene.access,
    });
    const { host } = await scene.gateway();
    const ranges: (string | null)[] = [];
    scene.upstream.intercept = async ({ path, headers }, forward) => {
      const response = await forward();
      const isLayer = path.includes('/blobs/') && Number(response.headers.get('content-length')) > 1_000_000;
      if (!isLayer) return response;
      ranges.push(headers.get('range'));
      return ranges.length > 1 ? response : cutAt(1_000_000, response);
    };
    const pull = await (name === 'ctr' ? containerd : clients[name]).pull(`${host}/team/large-${name}:v1`);
    expect(pull, pull.shown).toMatchObject({ succeeded: true });
    // The gateway itself looks at the beginning of a part's whole.
    expect(ranges.slice(0, 2)).toEqual([null, expect.stringMatching(/^bytes=\d+-/)]);
  });

  function cutAt(length: number, response: Response): Response {
    let passed = 0;
    const cut = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        passed += chunk.length;
        if (passed < length) controller.enqueue(chunk);
        else controller.error(new Error('cut'));
      },
    });
    return new Response(response.body?.pipeThrough(cut) ?? null, response);
  }
});

describe('a registry that containerd mirrors by the gateway', () => {
  const upstreams = () => [{ registry: REGISTRY, url: `http://${scene.upstream.host}` }];

  it('is named by ns, so that what is signed passes and nothing else', async () => {
    const { host } = await scene.gateway({ upstreams: upstreams() });
    await containerd.mirror(REGISTRY, `http://${host}`);
    const [good, bad] = [
      await containerd.pull(`${REGISTRY}/team/app:signed`),
      await containerd.pull(`${REGISTRY}/team/app:unsigned`),
    ];
    expect(good, good.shown).toMatchObject({ succeeded: true });
    expect(bad, bad.shown).toMatchObject({ succeeded: false });
  });

  it('is refused if the gateway does not have it', async () => {
    const { host } = await scene.gateway({ upstreams: upstreams() });
    await containerd.mirror('other.example.com', `http://${host}`);
    const pull = await containerd.pull('other.example.com/team/app:signed');
    expect(pull).toMatchObject({ succeeded: false });
    expect(pull.shown).toContain('403 Forbidden');
    expect(scene.upstream.seen).toEqual([]);
  });
});

describe('a mirror that refuses an image', () => {
  it('is gone around by containerd and podman if they know another place', async () => {
    const { host } = await scene.gateway();
    const registry = scene.registry.host;
    await containerd.mirror('open.example.com', `http://${host}`, `http://${registry}`);
    expect(await containerd.pull('open.example.com/team/app:unsigned')).toMatchObject({ succeeded: true });
    await podman.mirror('open.example.com', registry, [host]);
    expect(await podman.pull('open.example.com/team/app:unsigned')).toMatchObject({ succeeded: true });
  });

  it('has the last word if it is the only place that podman knows', async () => {
    const { host } = await scene.gateway();
    await podman.mirror('closed.example.com', host, []);
    expect(await podman.pull('closed.example.com/team/app:signed')).toMatchObject({ succeeded: true });
    expect(await podman.pull('closed.example.com/team/app:unsigned')).toMatchObject({ succeeded: false });
  });
});
