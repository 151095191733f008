import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CLIENTS } from './support/all-clients.ts';
import type { PullClient } from './support/clients.ts';
import { startInWorkerd } from './support/gateways.ts';
import { type Pushed, Scene } from './support/scene.ts';

let scene: Scene;
let signed: Pushed;
let crane: PullClient;

beforeAll(async () => {
  scene = await Scene.create('olareg');
  signed = await scene.pushSigned('team/app', 'signed');
  crane = await CLIENTS['crane pull']();
});

afterAll(async () => {
  await crane.dispose();
  await scene.dispose();
});

describe.each(['a KV namespace', 'the Cache API'] as const)('isolates that share %s', (storage) => {
  it('share the verdict on an index, and which manifests it lists', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'interop-isolates-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const settings = { upstream: scene.upstream.host, ...scene.trust };
    const start = () => startInWorkerd(settings, storage, directory);

    const first = await start();
    const index = await crane.pull(`${first.host}/team/app:signed`, { https: true });
    expect(index, index.shown).toMatchObject({ succeeded: true });
    await first.stop();
    scene.upstream.seen.length = 0;

    const second = await start();
    const child = await crane.pull(`${second.host}/team/app@${signed.platforms[0]}`, { https: true });
    await second.stop();
    expect(child, child.shown).toMatchObject({ succeeded: true });
    expect(scene.upstream.seen.filter((request) => request.includes('/referrers/'))).toEqual([]);
  });
});
