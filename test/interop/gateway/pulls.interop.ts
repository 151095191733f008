import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRegistry, createSigner, type Registry, sign } from '../../../src/index.ts';
import { generateTestCertificate, type TestCertificate } from '../../../src/testing/index.ts';
import { policyDocument } from '../../support/artifact.ts';
import { CLIENTS } from './support/all-clients.ts';
import type { PullClient, PullOptions } from './support/clients.ts';
import type { FetchServer } from './support/fetch-server.ts';
import { RUNTIMES } from './support/gateways.ts';
import { pushIndex } from './support/images.ts';
import { UPSTREAMS, type UpstreamRegistry } from './support/registries.ts';

const names = <Name extends string>(values: Record<Name, unknown>) => Object.keys(values) as Name[];
const combinations = [
  { runtime: 'Node', upstream: 'docker-registry with a token server' },
  { runtime: 'Node', upstream: 'olareg' },
  { runtime: 'workerd, with a KV namespace', upstream: 'docker-registry with a token server' },
  { runtime: 'workerd, with the Cache API', upstream: 'olareg' },
] as const;

const clients = new Map<string, PullClient>();
let certificate: TestCertificate;

beforeAll(async () => {
  certificate = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
  for (const name of names(CLIENTS)) clients.set(name, await CLIENTS[name]());
});

afterAll(async () => {
  for (const client of clients.values()) await client.dispose();
});

describe.each(combinations)('through $runtime, from $upstream', ({ runtime, upstream }) => {
  let registry: UpstreamRegistry;
  let gateway: FetchServer;
  let options: PullOptions;
  let signed: { index: string; platforms: readonly string[] };
  let unsigned: string;

  beforeAll(async () => {
    registry = await UPSTREAMS[upstream]();
    const { host, login } = registry;
    const push = createRegistry(login && { credentials: { [host]: login } });
    signed = await pushSigned(push, `${host}/team/signed`);
    unsigned = (await pushIndex(push, `${host}/team/unsigned`, { tag: 'v1' })).index.digest;
    const trustPolicy = policyDocument({ registryScopes: ['*'] });
    gateway = await RUNTIMES[runtime]({ upstream: host, trustPolicy, root: certificate.root });
    options = { ...(login && { login }), https: gateway.https === true };
  });

  afterAll(async () => {
    await gateway.stop();
    await registry.stop();
  });

  async function pushSigned(push: Registry, name: string) {
    const { index, children } = await pushIndex(push, name, { tag: 'v1' });
    await sign(`${name}@${index.digest}`, { signer: await createSigner(certificate), registry: push });
    return { index: index.digest, platforms: children.map(({ digest }) => digest) };
  }

  describe.each(names(CLIENTS))('%s', (name) => {
    const pull = (reference: string, more: PullOptions = options) => {
      const client = clients.get(name);
      if (client === undefined) throw new Error(`${name} is not ready`);
      return client.pull(`${gateway.host}/${reference}`, more);
    };

    it('pulls a signed image by its tag', async () => {
      const { shown, ...pulled } = await pull('team/signed:v1');
      expect(pulled, shown).toMatchObject({ succeeded: true });
      expect([signed.index, signed.platforms[0]]).toContain(pulled.digests[0]);
    });

    it('pulls the platform that it is told to', async () => {
      const { shown, ...pulled } = await pull('team/signed:v1', { ...options, platform: 'linux/arm64' });
      expect(pulled, shown).toMatchObject({ succeeded: true });
      // Some keep the index, too.
      expect([signed.index, signed.platforms[1]]).toContain(pulled.digests[0]);
    });

    it('pulls a signed image by its digest', async () => {
      const { shown, ...pulled } = await pull(`team/signed@${signed.index}`);
      expect(pulled, shown).toMatchObject({ succeeded: true });
    });

    it.each(['v1', 'digest'])('is refused an unsigned image by %s', async (how) => {
      const pulled = await pull(how === 'v1' ? 'team/unsigned:v1' : `team/unsigned@${unsigned}`);
      expect(pulled).toMatchObject({ succeeded: false, digests: [] });
    });
  });
});
