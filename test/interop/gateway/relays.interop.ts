import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { policyDocument } from '../../support/artifact.ts';
import { NotationCli } from '../support/notation-cli.ts';
import { startDockerRegistry } from '../support/registries.ts';
import { CLIENTS } from './support/all-clients.ts';
import type { PullClient } from './support/clients.ts';
import { type Pushed, Scene } from './support/scene.ts';

const KINDS = ['docker-registry with a token server', 'olareg'] as const;

describe.each(KINDS)('notation verify, through the gateway, from %s', (kind) => {
  let scene: Scene;
  let cli: NotationCli;
  let signed: Pushed;

  beforeAll(async () => {
    scene = await Scene.create(kind);
    signed = await scene.pushSigned('team/signed', 'signed');
    await scene.pushUnsigned('team/signed', 'unsigned');
    cli = await NotationCli.create();
    await cli.addCertificates('ca:acme', scene.certificate.root);
    await cli.setTrustPolicy(policyDocument({ registryScopes: ['*'] }));
  });

  afterAll(async () => {
    await cli.dispose();
    await scene.dispose();
  });

  const verify = (reference: string) => {
    const { login } = scene.registry;
    const user = login ? ['-u', login.username, '-p', login.password] : [];
    return cli.run('verify', '--insecure-registry', ...user, reference);
  };

  it('verifies what is signed, by its tag and by its digest', async () => {
    const { host } = await scene.gateway();
    for (const reference of [`${host}/team/signed:signed`, `${host}/team/signed@${signed.digest}`]) {
      const { code, stdout, stderr } = await verify(reference);
      expect({ code }, stderr).toEqual({ code: 0 });
      expect(stdout).toContain(`Successfully verified signature for ${host}/team/signed@${signed.digest}`);
    }
  });

  it('is refused what is not signed', async () => {
    const { host } = await scene.gateway();
    const { code, stderr } = await verify(`${host}/team/signed:unsigned`);
    expect(code).not.toBe(0);
    expect(stderr).toContain('403');
  });
});

describe('docker-registry as a pull-through cache of the gateway', () => {
  let scene: Scene;
  let signed: Pushed;
  const clients = {} as Record<'crane' | 'docker', PullClient>;

  beforeAll(async () => {
    scene = await Scene.create('olareg');
    signed = await scene.pushSigned('team/app', 'signed');
    await scene.pushUnsigned('team/app', 'unsigned');
    clients.crane = await CLIENTS['crane pull']();
    clients.docker = await CLIENTS['docker pull']();
  });

  afterAll(async () => {
    for (const client of Object.values(clients)) await client.dispose();
    await scene.dispose();
  });

  it.each(['crane', 'docker'] as const)('gives %s what is signed, and nothing else', async (name) => {
    const gateway = await scene.gateway();
    const cache = await startDockerRegistry({ proxy: `http://${gateway.host}` });
    onTestFinished(() => cache.stop());
    const good = await clients[name].pull(`${cache.host}/team/app:signed`);
    expect(good, good.shown).toMatchObject({ succeeded: true });
    expect([signed.digest, ...signed.platforms]).toEqual(expect.arrayContaining([...good.digests]));
    expect(await clients[name].pull(`${cache.host}/team/app:unsigned`)).toMatchObject({ succeeded: false });
  });
});
