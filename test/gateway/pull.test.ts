import { beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../src/crypto/digest.ts';
import { createVerdictCache, parseReference } from '../../src/index.ts';
import { INDEX, json, MANIFEST, pushIndex, pushManifest } from '../storage/indexes.ts';
import { REPOSITORY } from '../support/artifact.ts';
import { errorOf, NAME, type Stage, setUp } from './setup.ts';

const manifest = (target: string) => `/v2/${NAME}/manifests/${target}`;

let stage: Stage;

beforeEach(async () => {
  stage = await setUp();
});

describe('the pull of a manifest', () => {
  it('passes if it is signed, by tag and by digest, with the bytes that were verified', async () => {
    await stage.sign(stage.image);
    const pull = stage.gateway();
    for (const target of ['v1', stage.image]) {
      const response = await pull(manifest(target), { headers: { accept: 'text/html' } });
      expect(response.status).toBe(200);
      expect(response.headers.get('docker-content-digest')).toBe(stage.image);
      expect(await digestOf(new Uint8Array(await response.arrayBuffer()))).toBe(stage.image);
    }
  });

  it('is refused if it is not signed, with the reason and its code in one line', async () => {
    const response = await stage.gateway()(manifest('v1'));

    expect(response.status).toBe(403);
    expect(response.headers.get('notarykit-code')).toBe('ERR_NO_SIGNATURE');
    expect(await errorOf(response)).toMatchObject({
      code: 'DENIED',
      message: `${REPOSITORY}:v1 is not trusted: ${REPOSITORY} has no signature of ${stage.image} (ERR_NO_SIGNATURE)`,
    });
  });

  it('passes for the manifests of a signed index after the index was pulled', async () => {
    await stage.sign(stage.index.digest);
    const pull = stage.gateway();
    expect((await pull(manifest(stage.amd64.digest))).status).toBe(403);
    expect((await pull(manifest('multi'))).status).toBe(200);
    expect((await pull(manifest(stage.amd64.digest))).status).toBe(200);
    expect((await pull(manifest(stage.arm64.digest), { method: 'HEAD' })).status).toBe(200);
    expect((await pull(manifest(stage.image))).status).toBe(403);
  });

  it('answers HEAD before GET, as containerd needs it', async () => {
    await stage.sign(stage.index.digest);
    const pull = stage.gateway();
    const head = await pull(manifest('multi'), { method: 'HEAD' });
    expect([head.status, head.headers.get('docker-content-digest')]).toEqual([200, stage.index.digest]);
    expect(head.headers.get('content-length')).toBe(String(stage.index.size));
    expect((await pull(manifest(stage.index.digest))).status).toBe(200);
    expect((await pull(manifest(stage.amd64.digest))).status).toBe(200);
  });

  it('lets signatures pass', async () => {
    const signature = await stage.sign(stage.image);
    const response = await stage.gateway()(manifest(signature));
    expect([response.status, response.headers.get('notarykit-verdict')]).toEqual([200, 'exempt']);
  });
});

describe('a digest that is not that of the bytes', () => {
  it.each(['GET', 'HEAD'])('refuses other bytes than those requested by digest, for %s', async (method) => {
    await stage.sign(stage.image);
    stage.upstream.switches.intercept = ({ method: sent }) =>
      new Response(sent === 'HEAD' ? null : 'other', { headers: { 'content-type': MANIFEST } });

    const response = await stage.gateway()(manifest(`sha256:${'0'.repeat(64)}`), { method });

    expect(response.status).toBe(502);
    expect(response.headers.get('notarykit-code')).toBe('ERR_CONTENT_MISMATCH');
  });

  it('refuses a header that names another digest', async () => {
    await stage.sign(stage.image);
    stage.upstream.switches.intercept = ({ method }) =>
      new Response(method === 'HEAD' ? null : '{}', {
        headers: { 'content-type': MANIFEST, 'docker-content-digest': stage.image },
      });

    expect((await stage.gateway()(manifest('v1'))).status).toBe(502);
  });

  it('makes a HEAD evaluate what its digest names, and never repeat what the upstream claims', async () => {
    await stage.sign(stage.image);
    stage.upstream.switches.intercept = ({ method }) =>
      method === 'HEAD'
        ? new Response(null, {
            headers: { 'content-type': INDEX, 'content-length': '7', 'docker-content-digest': stage.image },
          })
        : undefined;

    const response = await stage.gateway()(manifest('multi'), { method: 'HEAD' });

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(MANIFEST);
    expect(response.headers.get('content-length')).not.toBe('7');
  });

  it('refuses a manifest of another media type than the one that was verified', async () => {
    await stage.sign(stage.image);
    const pull = stage.gateway();
    const first = await pull(manifest('v1'));
    const bytes = await first.arrayBuffer();
    stage.upstream.switches.intercept = () => new Response(bytes, { headers: { 'content-type': INDEX } });

    const second = await pull(manifest('v1'));
    expect([second.status, second.headers.get('notarykit-code')]).toEqual([403, 'ERR_CONTENT_MISMATCH']);
  });
});

describe('a tag that moves', () => {
  it('is evaluated anew with each request', async () => {
    await stage.sign(stage.image);
    const pull = stage.gateway();
    expect((await pull(manifest('v1'))).status).toBe(200);
    const repository = stage.upstream.registry.repository(parseReference(REPOSITORY));
    await pushIndex(repository, [], { tag: 'v1' });

    expect((await pull(manifest('v1'))).status).toBe(403);
    expect((await pull(manifest(stage.image))).status).toBe(200);
  });
});

describe('a huge manifest', () => {
  it('is refused above 4 MiB', async () => {
    const bytes = new Uint8Array(4 * 1024 * 1024 + 1).fill(32);
    stage.upstream.switches.intercept = () => new Response(bytes, { headers: { 'content-type': MANIFEST } });

    const response = await stage.gateway()(manifest('v1'));

    expect([response.status, response.headers.get('notarykit-code')]).toEqual([502, 'ERR_LIMIT_EXCEEDED']);
  });

  it('passes at 4 MiB if it is signed', async () => {
    const repository = stage.upstream.registry.repository(parseReference(REPOSITORY));
    const empty = { schemaVersion: 2, mediaType: MANIFEST, layers: [], annotations: { pad: '' } };
    const pad = 'x'.repeat(4 * 1024 * 1024 - json(empty).length);
    const { digest, size } = await repository.pushManifest(
      MANIFEST,
      json({ ...empty, annotations: { pad } }),
    );
    await stage.sign(digest);

    const response = await stage.gateway()(manifest(digest));

    expect(response.status).toBe(200);
    expect((await response.arrayBuffer()).byteLength).toBe(size);
  });
});

describe('what passes without a verdict', () => {
  async function pushTagged(content: object, mediaType: string, tag?: string) {
    const repository = stage.upstream.registry.repository(parseReference(REPOSITORY));
    return repository.pushManifest(mediaType, json(content), { tag });
  }
  const fallback = `sha256-${'a'.repeat(64)}`;
  const entry = (changes = {}) => ({
    mediaType: MANIFEST,
    digest: `sha256:${'b'.repeat(64)}`,
    size: 2,
    artifactType: 'application/vnd.cncf.notary.signature',
    ...changes,
  });
  const index = (...manifests: object[]) => ({ schemaVersion: 2, mediaType: INDEX, manifests });

  it('is the index of referrers under a fallback tag, which covers nothing', async () => {
    await pushTagged(index(entry({ digest: stage.image, artifactType: 'application/x' })), INDEX, fallback);
    const pull = stage.gateway();
    for (const method of ['HEAD', 'GET'])
      expect((await pull(manifest(fallback), { method })).headers.get('notarykit-verdict')).toBe('exempt');

    expect((await pull(manifest(stage.image))).status).toBe(403);
  });

  it.each<[string, object]>([
    ['with an image', { artifactType: undefined }],
    [
      'with an image that has the type of its config',
      { artifactType: 'application/vnd.oci.image.config.v1+json' },
    ],
    ['with a platform', { platform: { os: 'linux', architecture: 'amd64' } }],
    ['with a member that Go reads as another', { Platform: {} }],
  ])('is not an index under such a tag %s', async (_, changes) => {
    await pushTagged(index(entry(changes)), INDEX, fallback);

    expect((await stage.gateway()(manifest(fallback))).status).toBe(403);
  });

  it('is not such an index by its digest, or under another tag', async () => {
    const { digest } = await pushTagged(index(entry()), INDEX, 'sha256-short');

    expect((await stage.gateway()(manifest('sha256-short'))).status).toBe(403);
    expect((await stage.gateway()(manifest(digest))).status).toBe(403);
  });

  it('is a signature manifest, by GET and HEAD', async () => {
    const signature = await stage.sign(stage.image);
    for (const method of ['HEAD', 'GET'])
      expect((await stage.gateway()(manifest(signature), { method })).status).toBe(200);
  });

  it.each<[string, (signature: Record<string, unknown>) => object]>([
    [
      'with a second layer',
      (one) => ({ ...one, layers: [...(one.layers as object[]), ...(one.layers as object[])] }),
    ],
    [
      'with a layer of another type',
      (one) => ({
        ...one,
        layers: [{ ...(one.layers as object[])[0], mediaType: 'application/vnd.oci.image.layer.v1.tar' }],
      }),
    ],
    [
      'with the config of an image',
      (one) => ({ ...one, config: { ...(one.config as object), digest: `sha256:${'c'.repeat(64)}` } }),
    ],
    ['with a member that Go reads as another', (one) => ({ ...one, Layers: [] })],
    ['without a subject', ({ subject, ...one }) => one],
  ])('is not what looks like a signature %s', async (_, change) => {
    const signature = await stage.sign(stage.image);
    const repository = stage.upstream.registry.repository(parseReference(REPOSITORY));
    const bytes = await repository.fetchManifest(await repository.resolve(signature));
    const content: Record<string, unknown> = JSON.parse(new TextDecoder().decode(bytes));
    const { digest } = await pushTagged(change(content), MANIFEST);

    expect((await stage.gateway()(manifest(digest))).status).toBe(403);
  });

  it('is not a runnable image that has a subject', async () => {
    const repository = stage.upstream.registry.repository(parseReference(REPOSITORY));
    const subject = await repository.resolve('v1');
    const image: object = JSON.parse(new TextDecoder().decode(await repository.fetchManifest(subject)));
    const { digest } = await pushTagged({ ...image, subject }, MANIFEST);

    expect((await stage.gateway()(manifest(digest))).status).toBe(403);
  });
});

describe('the manifests of an index', () => {
  it('are remembered for another gateway that shares the storage', async () => {
    await stage.sign(stage.index.digest);
    const storage = new Map<string, string>();
    const cache = () => createVerdictCache({ storage, secret: 'a secret of the gateways' });
    await stage.gateway({ verdictCache: cache() })(manifest('multi'));

    const other = stage.gateway({ verdictCache: cache() });

    expect((await other(manifest(stage.amd64.digest))).status).toBe(200);
    expect((await stage.gateway()(manifest(stage.amd64.digest))).status).toBe(403);
  });

  it('no longer pass when the verdict on the index does not hold', async () => {
    await stage.sign(stage.index.digest);
    let verifier = stage.verifier();
    const pull = stage.gateway({ verifier: () => verifier });
    await pull(manifest('multi'));
    expect((await pull(manifest(stage.amd64.digest))).status).toBe(200);

    verifier = stage.verifier({}, { trustedIdentities: ['x509.subject: C=DE, ST=BE, O=Other'] });

    expect((await pull(manifest(stage.amd64.digest))).status).toBe(403);
  });

  it('pass in the repository of the index only', async () => {
    await stage.sign(stage.index.digest);
    const name = 'registry.example.com/team/other';
    const other = stage.upstream.registry.repository(parseReference(name));
    const { digest } = await pushManifest(other, 'amd64');
    expect(digest).toBe(stage.amd64.digest);
    const pull = stage.gateway({ verifier: stage.verifier({}, { registryScopes: ['*'] }) });
    await pull(manifest('multi'));

    expect((await pull(`/v2/team/other/manifests/${digest}`)).status).toBe(403);
  });

  it('pass below a nested index, by the signature of the outermost', async () => {
    const repository = stage.upstream.registry.repository(parseReference(REPOSITORY));
    const outer = await pushIndex(repository, [stage.index], { tag: 'outer' });
    await stage.sign(outer.digest);
    const pull = stage.gateway();
    for (const target of ['outer', stage.index.digest, stage.amd64.digest])
      expect((await pull(manifest(target))).status, target).toBe(200);
  });

  it('do not pass by an index that is not trusted', async () => {
    const pull = stage.gateway({ mode: 'warn' });
    await pull(manifest('multi'));

    expect((await pull(manifest(stage.amd64.digest))).headers.get('notarykit-verdict')).toBe('unsigned');
  });

  it('do not pass if the index lists another artifact under their digest', async () => {
    const repository = stage.upstream.registry.repository(parseReference(REPOSITORY));
    const wrong = { ...stage.amd64, size: stage.amd64.size + 1 };
    const bad = await pushIndex(repository, [wrong], { tag: 'bad' });
    await stage.sign(bad.digest);
    const pull = stage.gateway();
    await pull(manifest('bad'));

    expect((await pull(manifest(stage.amd64.digest))).status).toBe(403);
  });
});

describe('a warm pull', () => {
  it('takes one request to the upstream, for GET and for HEAD', async () => {
    await stage.sign(stage.index.digest);
    const pull = stage.gateway();
    await pull(manifest('multi'));
    await pull(manifest(stage.amd64.digest));
    for (const [method, target] of [
      ['GET', 'multi'],
      ['HEAD', 'multi'],
      ['GET', stage.amd64.digest],
      ['HEAD', stage.index.digest],
    ] as const) {
      stage.upstream.seen.length = 0;
      const response = await pull(manifest(target), { method });
      expect(stage.upstream.lines()).toEqual([`${method} ${NAME}/manifests/${target}`]);
      expect(response.headers.get('server-timing')).toMatch(
        /^upstream;dur=[0-9.]+, verdict;dur=[0-9.]+;desc="hit"$/,
      );
    }
  });
});
