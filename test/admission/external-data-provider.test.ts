import { describe, expect, it } from 'vitest';
import { createExternalDataProvider, type ExternalDataProviderOptions } from '../../src/admission/index.ts';
import { NotationError } from '../../src/errors/index.ts';
import { rejection } from '../support/artifact.ts';
import { byteLength, DIGEST, evaluatorByName, image, post, REGISTRY } from './evaluators.ts';

interface Answer {
  apiVersion: string;
  kind: string;
  response: {
    idempotent: boolean;
    systemError: string;
    items: { key: string; value?: string; error?: string }[];
  };
}

function requestFor(keys: unknown): unknown {
  return { apiVersion: 'externaldata.gatekeeper.sh/v1beta1', kind: 'ProviderRequest', request: { keys } };
}

async function answerTo(request: Request, options: Partial<ExternalDataProviderOptions> = {}) {
  const response = await createExternalDataProvider({ verifier: evaluatorByName(), ...options }).fetch(
    request,
  );
  const answer = (await response.json()) as Answer;
  return { status: response.status, headers: response.headers, answer, ...answer.response };
}

async function itemsFor(keys: readonly string[], options?: Partial<ExternalDataProviderOptions>) {
  return (await answerTo(post(requestFor(keys)), options)).items;
}

describe('createExternalDataProvider', () => {
  it('answers "ok" for a verified image', async () => {
    const { status, answer } = await answerTo(post(requestFor([image('app')])));
    expect(status).toBe(200);
    expect(answer).toEqual({
      apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
      kind: 'ProviderResponse',
      response: { idempotent: true, items: [{ key: image('app'), value: 'ok' }], systemError: '' },
    });
  });

  it.each(['unsigned', 'rejected', 'unreachable', 'private', 'broken'])(
    'answers %s with an error and no value',
    async (name) => {
      const [item] = await itemsFor([image(name)]);
      expect(item).toEqual({ key: image(name), error: expect.stringContaining(image(name)) });
    },
  );

  it('answers each key, in order, and each double', async () => {
    const keys = [
      image('app'),
      'not a reference',
      image('unsigned'),
      image('app'),
      '',
      '__proto__',
      'constructor',
    ];
    expect((await itemsFor(keys)).map(({ key }) => key)).toEqual(keys);
  });

  it('evaluates a key that is there twice once, in whatever spelling', async () => {
    const verifier = evaluatorByName();
    await itemsFor(
      ['alpine', 'docker.io/library/alpine:latest', 'alpine', 'index.docker.io/library/alpine'],
      { verifier },
    );
    expect(verifier.seen.map(({ reference }) => reference)).toEqual(['docker.io/library/alpine:latest']);
  });

  it('answers a request without keys with no items', async () => {
    expect(await answerTo(post(requestFor([])))).toMatchObject({ status: 200, items: [], systemError: '' });
    expect(await answerTo(post(requestFor(null)))).toMatchObject({ status: 200, items: [], systemError: '' });
  });

  it('says what it admits with a reservation after "ok: "', async () => {
    const [warned, skipped] = await itemsFor([image('warned'), image('skipped')]);
    expect(warned?.value).toMatch(/^ok: .*warning.*ERR_SIGNATURE_EXPIRED/);
    expect(skipped?.value).toMatch(/^ok: .*trust policy skips it/);
  });

  it('admits only the classes that it is told to', async () => {
    const items = await itemsFor([image('app'), image('warned'), image('skipped')], { admit: ['verified'] });
    expect(items.map(({ value }) => value)).toEqual(['ok', undefined, undefined]);
    expect(items[2]?.error).toContain('the trust policy skips it');
  });

  it('admits what could not be decided if it is told to fail open, and says so', async () => {
    const items = await itemsFor([image('unreachable'), image('hanging')], { fail: 'open', deadline: 20 });
    for (const { value, error } of items) {
      expect(error).toBeUndefined();
      expect(value).toMatch(/^ok: .*admitted without a verdict \(fail open\)/);
    }
  });

  it('refuses what is unsigned, rejected or not a reference even if it fails open', async () => {
    const items = await itemsFor([image('unsigned'), image('rejected'), 'Not/A/Reference'], { fail: 'open' });
    expect(items.map(({ value }) => value)).toEqual([undefined, undefined, undefined]);
  });

  it('answers at its deadline, with what is decided by then', async () => {
    const items = await itemsFor([image('hanging'), image('app')], { deadline: 30 });
    expect(items[0]?.error).toContain('ERR_TIMEOUT');
    expect(items[1]?.value).toBe('ok');
  });

  it('stops evaluations at its deadline', async () => {
    const verifier = evaluatorByName();
    await itemsFor([image('hanging')], { verifier, deadline: 20 });
    expect(verifier.seen[0]?.options.signal?.aborted).toBe(true);
  });

  it('stops when the caller leaves', async () => {
    const controller = new AbortController();
    const request = post(requestFor([image('hanging')]), { signal: controller.signal });
    const answer = answerTo(request, { deadline: 25_000 });
    controller.abort();
    expect((await answer).items.every(({ value }) => value === undefined)).toBe(true);
  });

  it('writes errors of at most 1,024 bytes, also for names of 4 kB and of several bytes a character', async () => {
    const keys = [
      `${REGISTRY}/${'a'.repeat(4096)}`,
      `${REGISTRY}/${'é'.repeat(4096)}:v1`,
      image(`unsigned${'x'.repeat(200)}`),
    ];
    for (const { key, error = '' } of await itemsFor(keys)) {
      expect(keys).toContain(key);
      expect(byteLength(error)).toBeLessThanOrEqual(1024);
      expect(error).toMatch(/ERR_/);
    }
  });

  it('answers 1,000 keys', async () => {
    const keys = Array.from({ length: 1000 }, (_, index) =>
      image(index % 2 ? `app${index}` : `unsigned${index}`),
    );
    const items = await itemsFor(keys, { deadline: 25_000 });
    expect(items.map(({ key }) => key)).toEqual(keys);
    expect(items.filter(({ value }) => value === 'ok')).toHaveLength(500);
  });

  it('takes the current evaluator once a request', async () => {
    let calls = 0;
    const verifier = () => {
      calls++;
      return evaluatorByName();
    };
    await itemsFor([image('app'), image('other')], { verifier });
    expect(calls).toBe(1);
  });

  it('refuses each image if there is no evaluator', async () => {
    const verifier = () => {
      throw new NotationError('ERR_POLICY_NOT_FOUND', 'there is no policy yet');
    };
    const [item] = await itemsFor([image('app')], { verifier });
    expect(item).toEqual({ key: image('app'), error: expect.stringContaining('there is no policy yet') });
  });

  it('tells what became of a request, and does not depend on the listener', async () => {
    const events: unknown[] = [];
    const onEvent = (event: unknown) => {
      events.push(event);
      throw new Error('the listener fails');
    };
    expect(await itemsFor([image('app')], { onEvent })).toEqual([{ key: image('app'), value: 'ok' }]);
    expect(events).toMatchObject([
      {
        source: 'provider',
        mode: 'validate',
        status: 200,
        decisions: [{ class: 'verified', digest: DIGEST }],
      },
    ]);
  });

  describe('that mutates', () => {
    const mode = 'mutate' as const;

    it('answers with the digest in place of the tag', async () => {
      const items = await itemsFor([image('app'), 'alpine'], { mode });
      expect(items).toEqual([
        { key: image('app'), value: `${REGISTRY}/team/app@${DIGEST}` },
        { key: 'alpine', value: `docker.io/library/alpine@${DIGEST}` },
      ]);
    });

    it('leaves a pinned image as it is, so that mutating again changes nothing', async () => {
      const [first] = await itemsFor([image('app')], { mode });
      const key = first?.value ?? '';
      expect(await itemsFor([key], { mode })).toEqual([{ key, value: key }]);
    });

    it('answers with an error, and never with a digest, for an image that is not admitted', async () => {
      const items = await itemsFor([image('unsigned'), image('unreachable')], { mode });
      for (const item of items) expect(item).toEqual({ key: item.key, error: expect.any(String) });
    });

    it('leaves an image that it admits without a verdict as it is', async () => {
      const key = image('unreachable');
      expect(await itemsFor([key], { mode, fail: 'open' })).toEqual([{ key, value: key }]);
    });
  });

  describe('refuses, without any item,', () => {
    const good = requestFor([image('app')]);
    const cases: [string, Request, number][] = [
      [
        'another version',
        post({ ...(good as object), apiVersion: 'externaldata.gatekeeper.sh/v1alpha1' }),
        400,
      ],
      ['another kind', post({ ...(good as object), kind: 'ProviderResponse' }), 400],
      ['keys that are not strings', post(requestFor([1])), 400],
      ['keys that are not a list', post(requestFor('alpine')), 400],
      ['what is not JSON', post('{"apiVersion":'), 400],
      ['a member that is there twice', post('{"kind":"ProviderRequest","kind":"ProviderRequest"}'), 400],
      ['an empty body', post(''), 400],
      ['another content type', post(good, { headers: { 'content-type': 'text/plain' } }), 415],
      [
        'a compressed body',
        post(good, { headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } }),
        415,
      ],
      ['another method', new Request('https://admission.example/'), 405],
      ['10,001 keys', post(requestFor(Array(10_001).fill('a'))), 400],
    ];
    it.each(cases)('%s', async (_, request, status) => {
      const refused = await answerTo(request, { fail: 'open' });
      expect(refused).toMatchObject({ status, items: [], systemError: expect.stringMatching(/./) });
      expect(byteLength(refused.systemError)).toBeLessThanOrEqual(1024);
    });

    it('10 MiB that are announced, before any of them is read', async () => {
      let pulled = 0;
      const body = new ReadableStream({ pull: () => void pulled++ }, { highWaterMark: 0 });
      const headers = new Headers({
        'content-type': 'application/json',
        'content-length': String(10 * 2 ** 20),
      });
      const request = {
        method: 'POST',
        url: 'https://admission.example/',
        headers,
        body,
      } as unknown as Request;
      expect(await answerTo(request)).toMatchObject({ status: 413, items: [] });
      expect(pulled).toBe(0);
    });

    it('10 MiB that are not announced, before all of them is read', async () => {
      let sent = 0;
      const body = new ReadableStream({
        pull(controller) {
          sent += 65_536;
          controller.enqueue(new Uint8Array(65_536).fill(0x20));
          if (sent >= 10 * 2 ** 20) controller.close();
        },
      });
      const headers = new Headers({ 'content-type': 'application/json' });
      const request = {
        method: 'POST',
        url: 'https://admission.example/',
        headers,
        body,
      } as unknown as Request;
      expect(await answerTo(request)).toMatchObject({ status: 413, items: [] });
      expect(sent).toBeLessThan(6 * 2 ** 20);
    });

    it('a body that does not end before the deadline', async () => {
      const body = new ReadableStream({ pull: () => new Promise(() => undefined) });
      const headers = new Headers({ 'content-type': 'application/json' });
      const request = {
        method: 'POST',
        url: 'https://admission.example/',
        headers,
        body,
      } as unknown as Request;
      expect(await answerTo(request, { deadline: 20 })).toMatchObject({ status: 408, items: [] });
    });
  });

  it.each([
    ['no verifier', { verifier: undefined }],
    ['a verifier without evaluate', { verifier: {} }],
    ['another mode', { mode: 'both' }],
    ['another way to fail', { fail: 'maybe' }],
    ['a class that is never admitted', { admit: ['unsigned'] }],
    ['a deadline that is not a time', { deadline: 0 }],
    ['a listener that is not a function', { onEvent: 'log' }],
  ])('is not made with %s', async (_, wrong) => {
    const options = { verifier: evaluatorByName(), ...wrong } as unknown as ExternalDataProviderOptions;
    expect(await rejection((async () => createExternalDataProvider(options))())).toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
    });
  });
});
