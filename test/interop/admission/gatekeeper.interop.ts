import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAdmissionWebhook, createExternalDataProvider } from '../../../src/admission/index.ts';
import { evaluatorByName, image, post } from '../../admission/evaluators.ts';
import { KINDS, objectOf, podSpec, reviewOf, UID } from '../../admission/reviews.ts';
import {
  type Certificates,
  closedPort,
  createCertificates,
  Gatekeeper,
  ProviderServer,
} from './gatekeeper.ts';

let certificates: Certificates;
let provider: ProviderServer;
let gatekeeper: Gatekeeper;

beforeAll(async () => {
  certificates = await createCertificates();
  provider = await ProviderServer.start(certificates);
  gatekeeper = new Gatekeeper(certificates);
});

afterAll(async () => {
  gatekeeper?.stop();
  await provider?.stop();
  await certificates?.dispose();
});

/** Reviews a pod with images as Gatekeeper does. */
function review(images: readonly string[], changes: Record<string, unknown> = {}): Promise<string[]> {
  return reviewObject('/Pod', podSpec(...images), changes);
}

function reviewObject(kind: string, spec: unknown, changes: Record<string, unknown> = {}): Promise<string[]> {
  const { request } = reviewOf(kind, identified(kind, objectOf(kind, spec)), changes) as { request: unknown };
  return gatekeeper.review(request);
}

/** Returns an object with what says that it is one of a kind. */
function identified(kind: string, object: object): object {
  const [group, name] = kind.split('/');
  const apiVersion = group ? `${group}/v1` : 'v1';
  return { apiVersion, kind: name, metadata: { name: 'web', namespace: 'team' }, ...object };
}

/** Makes a response of a provider, which may be none of this library. */
function respond(body: unknown, status = 200): () => Promise<Response> {
  return async () =>
    new Response(typeof body === 'string' ? body : JSON.stringify(body), {
      status,
      headers: { 'content-type': 'application/json' },
    });
}

function itemsFor(items: unknown, rest: object = {}): object {
  const response = { idempotent: true, items, systemError: '', ...rest };
  return { apiVersion: 'externaldata.gatekeeper.sh/v1beta1', kind: 'ProviderResponse', response };
}

const OK = [{ key: image('app'), value: 'ok' }];

describe("Gatekeeper's constraint framework with the template of the examples", () => {
  beforeAll(() => gatekeeper.configure(provider.url));

  describe('and the provider', () => {
    beforeAll(() => {
      const options = { verifier: evaluatorByName(), deadline: 1500 };
      provider.handler = (request) => createExternalDataProvider(options).fetch(request);
    });

    it('admits a verified image, and a double of it', async () => {
      expect(await review([image('app'), image('other'), image('app')])).toEqual([]);
    });

    it('admits a warned image, and one that the policy skips', async () => {
      expect(await review([image('warned'), image('skipped')])).toEqual([]);
    });

    it.each(['unsigned', 'rejected', 'unreachable', 'private', 'broken', 'hanging'])(
      'refuses %s',
      async (name) => {
        expect(await review([image('app'), image(name)])).toEqual([expect.stringContaining(image(name))]);
      },
    );

    it('refuses what is not a reference', async () => {
      expect(await review(['Not/A/Reference'])).toEqual([expect.stringContaining('ERR_REFERENCE_INVALID')]);
    });

    it.each(Object.keys(KINDS))('reviews a %s', async (kind) => {
      expect(await reviewObject(kind, podSpec(image('app')))).toEqual([]);
      expect(await reviewObject(kind, podSpec(image('unsigned')))).toHaveLength(1);
    });

    it.each(['initContainers', 'ephemeralContainers'])('reviews %s', async (list) => {
      const spec = { ...podSpec(image('app')), [list]: [{ name: 'x', image: image('unsigned') }] };
      expect(await reviewObject('/Pod', spec)).toHaveLength(1);
    });

    it('reviews image volumes', async () => {
      const volumes = [
        { name: 'a', emptyDir: {} },
        { name: 'b', image: { reference: image('unsigned') } },
      ];
      expect(await reviewObject('/Pod', { ...podSpec(image('app')), volumes })).toHaveLength(1);
    });

    it('lets an update pass that changes no image, and a deletion', async () => {
      const object = identified('/Pod', { spec: podSpec(image('unsigned')) });
      expect(await review([image('unsigned')], { operation: 'UPDATE', oldObject: object })).toEqual([]);
      expect(await review([image('unsigned')], { operation: 'DELETE', oldObject: object })).toEqual([]);
      expect(await review([image('rejected')], { operation: 'UPDATE', oldObject: object })).toHaveLength(1);
    });

    it('makes one request for an object', async () => {
      provider.requests = 0;
      await review([image('app'), image('unsigned'), image('other')]);
      expect(provider.requests).toBe(1);
    });
  });

  describe('refuses', () => {
    const cases: [string, () => Promise<Response>][] = [
      ['an empty answer', respond({})],
      ['an answer without items', respond(itemsFor([]))],
      ['an answer without the key', respond(itemsFor([{ key: image('other'), value: 'ok' }]))],
      ['an answer with a key too many', respond(itemsFor([...OK, { key: image('other'), value: 'ok' }]))],
      ['"ok" with the status 500', respond(itemsFor(OK), 500)],
      ['"ok" with the status 403', respond(itemsFor(OK), 403)],
      ['"ok" next to a system error', respond(itemsFor(OK, { systemError: 'half of it is there' }))],
      ['"ok" and an error of the same key', respond(itemsFor([...OK, { key: image('app'), error: 'no' }]))],
      ['a value that is not "ok"', respond(itemsFor([{ key: image('app'), value: 'okay' }]))],
      ['a value that is empty', respond(itemsFor([{ key: image('app'), value: '' }]))],
      ['a value that is missing', respond(itemsFor([{ key: image('app') }]))],
      ['a value that is true', respond(itemsFor([{ key: image('app'), value: true }]))],
      ['a value that is an object', respond(itemsFor([{ key: image('app'), value: { ok: true } }]))],
      ['what is not JSON', respond('ok', 500)],
      ['an empty body', respond('')],
    ];
    it.each(cases)('%s', async (_, handler) => {
      provider.handler = respond(itemsFor(OK));
      expect(await review([image('app')])).toEqual([]);
      provider.handler = handler;
      expect(await review([image('app')])).not.toEqual([]);
    });

    it('a provider that is slower than its timeout', async () => {
      provider.handler = () => new Promise(() => undefined);
      await gatekeeper.configure(provider.url, { timeout: 1 });
      expect(await review([image('app')])).toContainEqual(expect.stringContaining('deadline'));
    });

    it('a provider that cannot be reached', async () => {
      await gatekeeper.configure(provider.url, { url: `https://127.0.0.1:${await closedPort()}/` });
      expect(await review([image('app')])).toContainEqual(expect.stringContaining('refused'));
    });

    it('a provider that requires a client certificate which it does not have', async () => {
      provider.handler = respond(itemsFor(OK));
      provider.requests = 0;
      await gatekeeper.configure(provider.url, { clientCertificate: false });
      expect(await review([image('app')])).toContainEqual(expect.stringContaining('certificate required'));
      expect(provider.requests).toBe(0);
    });
  });

  describe('and its cache', () => {
    it('admits from the cache, whose status is 0, and requests new keys only', async () => {
      const verifier = evaluatorByName();
      provider.handler = (request) => createExternalDataProvider({ verifier }).fetch(request);
      await gatekeeper.configure(provider.url, { cacheSeconds: 60 });
      expect(await review([image('app')])).toEqual([]);
      expect(await review([image('app')])).toEqual([]);
      expect(await review([image('app'), image('other')])).toEqual([]);
      expect(verifier.seen.map(({ reference }) => reference)).toEqual([image('app'), image('other')]);
    });

    it('keeps errors, and refuses with them', async () => {
      provider.handler = (request) =>
        createExternalDataProvider({ verifier: evaluatorByName() }).fetch(request);
      await gatekeeper.configure(provider.url, { cacheSeconds: 60 });
      expect(await review([image('unreachable')])).toHaveLength(1);
      provider.handler = respond(itemsFor([{ key: image('unreachable'), value: 'ok' }]));
      expect(await review([image('unreachable')])).toHaveLength(1);
    });
  });
});

describe('the types of the Kubernetes API', () => {
  async function answer(object: unknown, mode: 'validate' | 'mutate', changes: Record<string, unknown> = {}) {
    const webhook = createAdmissionWebhook({ verifier: evaluatorByName(), mode });
    const response = await webhook.fetch(post(reviewOf('/Pod', object, changes)));
    const body = Buffer.from(await response.arrayBuffer()).toString('base64');
    return gatekeeper.send({ answer: { body, object } });
  }

  it('read an answer that allows, and one that refuses', async () => {
    const { response: allowed } = await answer({ spec: podSpec(image('app')) }, 'validate');
    expect(allowed).toMatchObject({ uid: UID, allowed: true });
    const { response: refused } = await answer({ spec: podSpec(image('unsigned')) }, 'validate');
    expect(refused).toMatchObject({ uid: UID, allowed: false, status: { code: 403 } });
    const warned = await answer({ spec: podSpec(image('warned')) }, 'validate');
    expect(warned.error).toBeUndefined();
  });

  it('apply the patch that pins images', async () => {
    const volumes = [{ name: 'model', image: { reference: image('model') } }];
    const { patched, error } = await answer({ spec: { ...podSpec(image('app')), volumes } }, 'mutate');
    expect(error).toBeUndefined();
    expect(JSON.stringify(patched)).toMatch(/team\/app@sha256:a+".*team\/model@sha256:a+"/);
    expect(JSON.stringify(patched)).not.toContain(':v1');
  });

  it('read the answer to a review of another version', async () => {
    const webhook = createAdmissionWebhook({ verifier: evaluatorByName() });
    const other = { ...reviewOf('/Pod', {}), apiVersion: 'admission.k8s.io/v1beta1' };
    const body = Buffer.from(await (await webhook.fetch(post(other))).arrayBuffer()).toString('base64');
    expect(await gatekeeper.send({ answer: { body, object: {} } })).toMatchObject({
      response: { allowed: false },
    });
  });
});
