import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createSigner, sign } from '../../../src/index.ts';
import { policyDocument } from '../../support/artifact.ts';
import { TestPki } from '../support/test-pki.ts';
import { CLIENTS } from './support/all-clients.ts';
import type { PullClient } from './support/clients.ts';
import { createGatewayVerifier } from './support/gateway.ts';
import { startInNode } from './support/gateways.ts';
import { pushImage } from './support/images.ts';
import { type Pushed, Scene, told } from './support/scene.ts';

const clients = {} as Record<'crane' | 'skopeo' | 'regctl' | 'docker' | 'ctr', PullClient>;
let scene: Scene;
let signed: Pushed;
let unsigned: Pushed;

beforeAll(async () => {
  scene = await Scene.create('olareg');
  signed = await scene.pushSigned('team/app', 'signed');
  unsigned = await scene.pushUnsigned('team/app', 'unsigned');
  clients.crane = await CLIENTS['crane pull']();
  clients.skopeo = await CLIENTS['skopeo copy']();
  clients.regctl = await CLIENTS['regctl image copy']();
  clients.docker = await CLIENTS['docker pull']();
  clients.ctr = await CLIENTS['ctr images pull']();
});

afterAll(async () => {
  for (const client of Object.values(clients)) await client.dispose();
  await scene.dispose();
});

describe('a manifest that an index lists', () => {
  it('is refused by its digest until the index was pulled', async () => {
    const { host } = await scene.gateway();
    const child = `${host}/team/app@${signed.platforms[0]}`;
    const before = await clients.crane.pull(child);
    expect(before).toMatchObject({ succeeded: false });
    expect(before.shown).toContain('pull the index first');
    expect(await clients.crane.pull(`${host}/team/app:signed`)).toMatchObject({ succeeded: true });
    expect(await clients.crane.pull(child)).toMatchObject({
      succeeded: true,
      digests: [signed.platforms[0]],
    });
  });

  it('passes by its own signature where the index has none', async () => {
    const pushed = await scene.pushUnsigned('team/app', 'signed-platform');
    const reference = `${scene.registry.host}/team/app@${pushed.platforms[0]}`;
    await sign(reference, { signer: await createSigner(scene.certificate), registry: scene.access });
    const { host } = await scene.gateway();
    expect(await clients.skopeo.pull(`${host}/team/app:signed-platform`)).toMatchObject({ succeeded: false });
    expect(await clients.skopeo.pull(`${host}/team/app@${pushed.platforms[0]}`)).toMatchObject({
      succeeded: true,
    });
    expect(await clients.skopeo.pull(`${host}/team/app@${pushed.platforms[1]}`)).toMatchObject({
      succeeded: false,
    });
  });

  it('is still refused in another repository', async () => {
    const copied = await pushImage(scene.access, `${scene.registry.host}/team/other`, {
      content: `${scene.registry.host}/team/app:signed`,
    });
    expect(copied.digest).toBe(signed.platforms[0]);
    const { host } = await scene.gateway();
    expect(await clients.crane.pull(`${host}/team/app:signed`)).toMatchObject({ succeeded: true });
    expect(await clients.crane.pull(`${host}/team/other@${copied.digest}`)).toMatchObject({
      succeeded: false,
    });
  });
});

describe('a signature by a certificate that was revoked', () => {
  it.each(['skopeo', 'docker'] as const)('is refused as soon as it is, and %s says why', async (name) => {
    const pki = await TestPki.create();
    onTestFinished(() => pki.dispose());
    const chain = await pki.leaf({ crl: [pki.server.url('/crl')] });
    pki.server.serve('/crl', await pki.root.crl());
    const { reference } = await scene.pushUnsigned('team/app', `revoked-${name}`);
    await sign(reference, { signer: await createSigner(chain), registry: scene.access });
    const start = () =>
      startInNode({
        upstream: scene.upstream.host,
        trustPolicy: scene.trust.trustPolicy,
        root: pki.root.issued.certificate,
      });
    const [before, after] = [await start(), await start()];
    onTestFinished(async () => void (await Promise.all([before.stop(), after.stop()])));
    expect(await clients[name].pull(`${before.host}/team/app:revoked-${name}`)).toMatchObject({
      succeeded: true,
    });

    await pki.root.revoke(chain.leaf);
    pki.server.serve('/crl', await pki.root.crl());
    const refused = await clients[name].pull(`${after.host}/team/app:revoked-${name}`);
    expect(refused).toMatchObject({ succeeded: false });
    expect(refused.shown).toMatch(/revoked/);
  });
});

describe('content that was tampered with', () => {
  const other = (bytes: ArrayBuffer) => Buffer.from(bytes).toString('latin1').replace('amd64', 'arm64');

  it.each(['skopeo', 'docker'] as const)('is refused as a manifest, to %s', async (name) => {
    const { host } = await scene.gateway();
    scene.upstream.intercept = async ({ method, path }, forward) => {
      const response = await forward();
      if (method !== 'GET' || !path.includes('/manifests/sha256:')) return response;
      return new Response(other(await response.arrayBuffer()), response);
    };
    expect(await clients[name].pull(`${host}/team/app@${signed.digest}`)).toMatchObject({ succeeded: false });
    const url = `http://${host}/v2/team/app/manifests/${signed.digest}`;
    expect(await told(await fetch(url))).toMatchObject({ status: 502, code: 'ERR_CONTENT_MISMATCH' });
  });

  it.each(['crane', 'docker', 'ctr'] as const)('is noticed in a layer by %s', async (name) => {
    const { host } = await scene.gateway();
    const pushed = await scene.pushSigned('team/app', `layer-${name}`);
    scene.upstream.intercept = async ({ path }, forward) => {
      const response = await forward();
      if (!path.includes('/blobs/') || !response.ok) return response;
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (bytes[0] === 0x1f) bytes[bytes.length >> 1] = 0xff;
      return new Response(bytes, { headers: response.headers });
    };
    expect(await clients[name].pull(`${host}/team/app@${pushed.digest}`)).toMatchObject({ succeeded: false });
  });

  it('is refused as a signature', async () => {
    const { host } = await scene.gateway();
    scene.upstream.intercept = async ({ path }, forward) => {
      const response = await forward();
      if (!path.includes('/blobs/')) return response;
      const text = Buffer.from(await response.arrayBuffer()).toString('latin1');
      return new Response(text.replace('"signature":"', '"signature":"AAAA'), { headers: response.headers });
    };
    expect(await clients.skopeo.pull(`${host}/team/app:signed`)).toMatchObject({ succeeded: false });
  });
});

describe('a tag that is moved between two requests of one pull', () => {
  it.each(['docker', 'ctr', 'skopeo'] as const)('leaves %s with what was verified', async (name) => {
    const tag = `moving-${name}`;
    const pushed = await scene.pushSigned('team/app', tag);
    const { host } = await scene.gateway();
    let moved = false;
    scene.upstream.intercept = async ({ path }, forward) => {
      const response = await forward();
      if (path.endsWith(`/manifests/${tag}`) && !moved) {
        moved = true;
        await scene.moveTag('team/app', tag, unsigned);
      }
      return response;
    };
    const pull = await clients[name].pull(`${host}/team/app:${tag}`);
    expect(pull, pull.shown).toMatchObject({ succeeded: true });
    expect([pushed.digest, ...pushed.platforms]).toEqual(expect.arrayContaining([...pull.digests]));
    expect(moved).toBe(true);
    expect(await clients[name].pull(`${host}/team/app:${tag}`)).toMatchObject({ succeeded: false });
  });
});

describe('a reference whose tag and digest disagree', () => {
  // skopeo takes no such reference.
  it.each(['crane', 'regctl', 'docker', 'ctr'] as const)(
    'is evaluated by the digest, for %s',
    async (name) => {
      const { host } = await scene.gateway();
      const [good, bad] = [
        await clients[name].pull(`${host}/team/app:unsigned@${signed.digest}`),
        await clients[name].pull(`${host}/team/app:signed@${unsigned.digest}`),
      ];
      expect(good, good.shown).toMatchObject({ succeeded: true });
      expect(bad, bad.shown).toMatchObject({ succeeded: false });
    },
  );
});

describe('a registry that names another digest than it serves', () => {
  const claim = (digest: string, when: (method: string) => boolean) => {
    scene.upstream.intercept = async ({ method, path }, forward) => {
      const response = await forward();
      if (!path.endsWith('/manifests/signed') || !when(method)) return response;
      const headers = new Headers(response.headers);
      headers.set('docker-content-digest', digest);
      return new Response(method === 'HEAD' ? null : response.body, { headers });
    };
  };

  it('is refused for a tag', async () => {
    const { host } = await scene.gateway();
    claim(unsigned.digest, () => true);
    expect(await clients.skopeo.pull(`${host}/team/app:signed`)).toMatchObject({ succeeded: false });
    expect(await told(await fetch(`http://${host}/v2/team/app/manifests/signed`))).toMatchObject({
      status: 502,
      code: 'ERR_CONTENT_MISMATCH',
    });
  });

  it.each(['docker', 'ctr'] as const)(
    'by HEAD only, gives %s what its HEAD names, if that is trusted',
    async (name) => {
      const { host } = await scene.gateway();
      claim(unsigned.digest, (method) => method === 'HEAD');
      expect(await clients[name].pull(`${host}/team/app:signed`)).not.toMatchObject({
        digests: expect.arrayContaining([unsigned.digest]),
      });
    },
  );
});

describe('a policy that is replaced in the middle of a request', () => {
  it('changes nothing for that request, and counts for the next one', async () => {
    const trusting = createGatewayVerifier(scene.trust);
    const nobody = policyDocument({
      registryScopes: ['*'],
      trustedIdentities: ['x509.subject: C=US, ST=WA, O=Nobody'],
    });
    const distrusting = createGatewayVerifier({ ...scene.trust, trustPolicy: nobody });
    let current = trusting;
    const { host } = await scene.gateway({ verifier: () => current });
    scene.upstream.intercept = async ({ path }, forward) => {
      if (path.includes('/referrers/')) current = distrusting;
      return forward();
    };
    const url = `http://${host}/v2/team/app/manifests/signed`;
    expect(await told(await fetch(url))).toMatchObject({ status: 200, digest: signed.digest });
    expect(current).toBe(distrusting);
    expect(await told(await fetch(url))).toMatchObject({ status: 403 });

    current = trusting;
    // The index passes by the policy before, its platforms no longer.
    const pull = await clients.skopeo.pull(`${host}/team/app:signed`);
    expect(pull).toMatchObject({ succeeded: false });
    expect(pull.shown).toContain('denied');
  });
});
