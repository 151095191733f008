import { describe, expect, it } from 'vitest';
import { jsonPointer } from '../../src/admission/pod-images.ts';
import { DIGEST, image, REGISTRY } from './evaluators.ts';
import { applyPatch, KINDS, objectOf, podSpec, reviewOf, send, sendPod } from './reviews.ts';

const mode = 'mutate' as const;

function pinned(name: string): string {
  return `${REGISTRY}/team/${name}@${DIGEST}`;
}

describe('a webhook that mutates', () => {
  it.each(Object.keys(KINDS))('pins the images of a %s', async (kind) => {
    const object = objectOf(kind, podSpec(image('app'), image('other')));
    const { allowed, patch, review } = await send(reviewOf(kind, object), { mode });
    expect(allowed).toBe(true);
    expect(review.response.patchType).toBe('JSONPatch');
    expect(applyPatch(object, patch)).toEqual(objectOf(kind, podSpec(pinned('app'), pinned('other'))));
  });

  it('pins init and ephemeral containers and image volumes, and leaves everything else as it is', async () => {
    const make = (name: (name: string) => string) => ({
      initContainers: [{ name: 'init', image: name('init'), env: [{ name: 'IMAGE', value: image('init') }] }],
      containers: [{ name: 'a', image: name('a') }],
      ephemeralContainers: [{ name: 'debug', image: name('debug') }],
      volumes: [
        { name: 'none', emptyDir: {} },
        { name: 'model', image: { reference: name('model') } },
      ],
      hostNetwork: true,
    });
    const spec = make(image);
    const { patch } = await sendPod(spec, { mode });
    expect(applyPatch({ spec }, patch)).toEqual({ spec: make(pinned) });
  });

  it('changes nothing the second time', async () => {
    const { allowed, patch, review } = await sendPod(podSpec(pinned('app')), { mode });
    expect(allowed).toBe(true);
    expect(patch).toBeUndefined();
    expect(review.response.patchType).toBeUndefined();
  });

  it('writes out the registry of a short name', async () => {
    const object = { spec: podSpec('alpine') };
    const { patch } = await sendPod(object.spec, { mode });
    expect(applyPatch(object, patch)).toEqual({ spec: podSpec(`docker.io/library/alpine@${DIGEST}`) });
  });

  it('does not pin what it refuses', async () => {
    const { allowed, patch } = await sendPod(podSpec(image('app'), image('unsigned')), { mode });
    expect(allowed).toBe(false);
    expect(patch).toBeUndefined();
  });

  it('leaves an image that it admits without a verdict as it is', async () => {
    const object = { spec: podSpec(image('unreachable'), image('app')) };
    const { patch, warnings } = await sendPod(object.spec, { mode, fail: 'open' });
    expect(applyPatch(object, patch)).toEqual({ spec: podSpec(image('unreachable'), pinned('app')) });
    expect(warnings).toHaveLength(1);
  });

  it('leaves images that an update does not change as they are', async () => {
    const object = { spec: podSpec(image('app'), image('new')) };
    const changes = { operation: 'UPDATE', oldObject: { spec: podSpec(image('app'), image('old')) } };
    const { patch } = await sendPod(object.spec, { mode }, changes);
    expect(applyPatch(object, patch)).toEqual({ spec: podSpec(image('app'), pinned('new')) });
  });

  it('pins a dry run, too', async () => {
    expect((await sendPod(podSpec(image('app')), { mode }, { dryRun: true })).patch).toBeDefined();
  });

  it('pins 1,000 containers', async () => {
    const names = Array.from({ length: 1000 }, (_, index) => `app-${index}`);
    const object = { spec: podSpec(...names.map((name) => image(name))) };
    const { patch } = await sendPod(object.spec, { mode, deadline: 25_000 });
    expect(applyPatch(object, patch)).toEqual({ spec: podSpec(...names.map(pinned)) });
  });
});

describe('jsonPointer', () => {
  it('escapes "~" and "/" (RFC 6901, section 5)', () => {
    expect(jsonPointer(['a/b', 'm~n', '', 0, '~1'])).toBe('/a~1b/m~0n//0/~01');
    expect(jsonPointer([])).toBe('');
  });
});
