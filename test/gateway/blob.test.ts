import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { isManifestContent } from '../../src/gateway/blob.ts';
import { parseReference } from '../../src/index.ts';
import { REPOSITORY } from '../support/artifact.ts';
import { errorOf, NAME, type Stage, setUp } from './setup.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const MANIFEST = '{"schemaVersion":2,"config":{},"layers":[]}';

let stage: Stage;

beforeEach(async () => {
  stage = await setUp();
});

/** Stores a blob, and returns its path. */
async function push(content: string | Uint8Array): Promise<string> {
  const bytes = typeof content === 'string' ? utf8(content) : content;
  const repository = stage.upstream.registry.repository(parseReference(REPOSITORY));
  return `/v2/${NAME}/blobs/${(await repository.pushBlob('application/octet-stream', bytes)).digest}`;
}

/** Lets the upstream answer with a stream. */
function stream(bytes: Uint8Array, headers: Record<string, string> = {}): void {
  stage.upstream.switches.intercept = () =>
    new Response(
      new ReadableStream({
        start(controller) {
          for (let at = 0; at < bytes.length; at += 65_536) controller.enqueue(bytes.slice(at, at + 65_536));
          controller.close();
        },
      }),
      { headers },
    );
}

describe('a blob with the content of a manifest', () => {
  it('is refused: a registry may serve as a blob what was refused as a manifest', async () => {
    const response = await stage.gateway()(await push(MANIFEST));

    expect(response.status).toBe(403);
    expect(await errorOf(response)).toMatchObject({
      code: 'DENIED',
      message: expect.stringContaining('pull it as a manifest'),
    });
  });

  it('is refused if the upstream does not say how long it is', async () => {
    const path = await push(MANIFEST);
    stream(utf8(MANIFEST));

    expect((await stage.gateway()(path)).status).toBe(403);
  });

  it.each(['bytes=0-', 'bytes=1-', 'bytes=0-3,5-'])('is refused in parts: %s', async (range) => {
    const path = await push(MANIFEST);
    const part = (headers: HeadersInit) => new Response(MANIFEST.slice(1), { status: 206, headers });
    stage.upstream.switches.intercept = ({ headers }) =>
      headers.has('range')
        ? part(range.includes(',') ? {} : { 'content-range': `bytes 1-42/${MANIFEST.length}` })
        : undefined;

    expect((await stage.gateway()(path, { headers: { range } })).status).toBe(403);
  });

  it('is refused if an upstream sends a part of it, although the whole was requested', async () => {
    stage.upstream.switches.intercept = () => new Response(MANIFEST, { status: 206 });

    expect((await stage.gateway()(await push(MANIFEST))).status).toBe(503);
  });

  it.each([{}, { 'content-length': '100' }])(
    'is not kept open if it does not arrive: %j',
    async (headers) => {
      const path = await push(MANIFEST);
      const cancelled = new Promise<void>((cancel) => {
        const endless = new ReadableStream({
          start: (controller) => controller.enqueue(utf8('{')),
          cancel: () => cancel(),
        });
        stage.upstream.switches.intercept = () => new Response(endless, { headers });
      });

      expect((await stage.gateway({ timeout: 20 })(path)).status).toBe(503);
      await expect(cancelled).resolves.toBeUndefined();
    },
  );

  it.each(['warn', 'audit'] as const)('passes under %s', async (mode) => {
    const response = await stage.gateway({ mode })(await push(MANIFEST));

    expect(await response.text()).toBe(MANIFEST);
  });
});

describe('another blob', () => {
  it('passes in parts, without a second request if it is larger than a manifest may be', async () => {
    const small = await push('{"a":[]}');
    const large = await push(new Uint8Array(5 * 1024 * 1024));
    const pull = stage.gateway();
    for (const [path, requests] of [
      [small, 2],
      [large, 1],
    ] as const) {
      stage.upstream.seen.length = 0;
      const response = await pull(path, { headers: { range: 'bytes=5-' } });
      const length = Number(response.headers.get('content-length'));

      expect(response.status).toBe(206);
      expect((await response.arrayBuffer()).byteLength).toBe(length);
      expect(stage.upstream.seen).toHaveLength(requests);
    }
  });

  it('passes with its length, if it is JSON', async () => {
    const config = '{"architecture":"amd64","rootfs":{"type":"layers"}}';
    const response = await stage.gateway()(await push(config));

    expect(response.headers.get('content-length')).toBe(String(config.length));
    expect(await response.text()).toBe(config);
  });

  it('passes whole if it is longer than a manifest may be, and its length is not known', async () => {
    const bytes = utf8(`{"layers":[],"config":"${'a'.repeat(5 * 1024 * 1024)}"}`);
    const path = await push('{}');
    stream(bytes);

    const received = new Uint8Array(await (await stage.gateway()(path)).arrayBuffer());
    expect(received.length).toBe(bytes.length);
    expect(received.at(-1)).toBe(bytes.at(-1));
  });

  it('is not read before it passes if its length is more than a manifest may have', async () => {
    const path = await push('{}');
    let pulled = 0;
    stage.upstream.switches.intercept = () =>
      new Response(
        new ReadableStream(
          {
            pull(controller) {
              pulled += 1;
              controller.enqueue(new Uint8Array(1024));
            },
          },
          { highWaterMark: 0 },
        ),
        { headers: { 'content-length': String(100 * 1024 * 1024) } },
      );

    const response = await stage.gateway()(path);
    expect(response.status).toBe(200);
    expect(pulled).toBeLessThanOrEqual(1);
    await response.body?.cancel();
  });

  it('is not read as a whole before it passes if it is not JSON, so that a client can go on after a cut', async () => {
    const path = await push('{}');
    let cut = () => {};
    stage.upstream.switches.intercept = () =>
      new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new Uint8Array(100).fill(0x1f));
            cut = () => controller.error(new Error('cut'));
          },
        }),
        { headers: { 'content-length': '200' } },
      );

    const response = await stage.gateway()(path);
    cut();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe('200');
    await expect(response.arrayBuffer()).rejects.toThrow();
  });

  it('is an error of the upstream if it does not arrive in time', async () => {
    const path = await push('{}');
    stage.upstream.switches.intercept = () =>
      new Response(new ReadableStream({ pull: () => new Promise(() => undefined) }), {
        headers: { 'content-length': '10' },
      });

    const response = await stage.gateway({ timeout: 20 })(path);
    expect(response.status).toBe(503);
    expect(await errorOf(response)).toMatchObject({ message: expect.stringContaining('ERR_TIMEOUT') });
  });
});

describe('isManifestContent', () => {
  it.each([
    ['an index', '{"manifests":[]}'],
    ['an image manifest', MANIFEST],
    ['an image manifest after spaces', ` \n${MANIFEST}`],
    ['members in another case', '{"LAYERS":[],"Config":{}}'],
    ['members that Go reads as others', '{"layer\u017f":[],"config":{}}'],
    ['members in more than one spelling', '{"layers":[],"LAYERS":null,"config":{}}'],
    ['an artifact manifest', '{"blobs":[],"artifactType":"a/b"}'],
    ['a manifest of version 1', '{"fsLayers":[]}'],
  ])('recognises %s', (_what, text) => {
    expect(isManifestContent(utf8(text))).toBe(true);
  });

  it.each([
    ['a config', '{"rootfs":{"diff_ids":[]},"history":[]}'],
    ['a list', '[{"layers":[],"config":{}}]'],
    ['what is not JSON', '{"layers":[],"config":'],
    ['nothing', ''],
  ])('does not take %s for one', (_what, text) => {
    expect(isManifestContent(utf8(text))).toBe(false);
  });

  it('takes any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => !isManifestContent(bytes)));
  });
});
