import { describe, expect, it } from 'vitest';
import { type AdmissionWebhookOptions, createAdmissionWebhook } from '../../src/admission/index.ts';
import { NotationError } from '../../src/errors/index.ts';
import { rejection } from '../support/artifact.ts';
import { byteLength, DIGEST, evaluatorByName, image, post, REGISTRY } from './evaluators.ts';
import { KINDS, objectOf, podSpec, reviewOf, send, sendPod, UID } from './reviews.ts';

describe('createAdmissionWebhook', () => {
  it('allows a pod whose images are verified, and echoes the UID', async () => {
    const { status, review } = await sendPod(podSpec(image('app')));
    expect(status).toBe(200);
    expect(review).toEqual({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: {
        uid: UID,
        allowed: true,
        auditAnnotations: {
          outcome: 'admitted',
          images: `container "c0": ${image('app')}@${DIGEST} verified`,
        },
      },
    });
  });

  it.each(Object.keys(KINDS))('reviews the pod of a %s', async (kind) => {
    expect(await send(reviewOf(kind, objectOf(kind, podSpec(image('app')))))).toMatchObject({
      allowed: true,
    });
    expect(await send(reviewOf(kind, objectOf(kind, podSpec(image('unsigned')))))).toMatchObject({
      allowed: false,
      status: { status: 'Failure', code: 403, reason: 'Forbidden' },
    });
  });

  it.each(['containers', 'initContainers', 'ephemeralContainers'])('reviews %s', async (list) => {
    const spec = { ...podSpec(image('app')), [list]: [{ name: 'x', image: image('unsigned') }] };
    expect((await sendPod(spec)).allowed).toBe(false);
  });

  it('reviews image volumes, and no others', async () => {
    const volumes = [
      { name: 'data', emptyDir: {} },
      { name: 'model', image: { reference: image('unsigned'), pullPolicy: 'IfNotPresent' } },
    ];
    const { allowed, status } = await sendPod({ ...podSpec(image('app')), volumes });
    expect(allowed).toBe(false);
    expect(String(Object(status).message ?? status)).toContain('volume "model"');
  });

  it('allows objects of kinds without a pod, deletions and connections', async () => {
    const verifier = evaluatorByName();
    const unsigned = { spec: podSpec(image('unsigned')) };
    expect(await send(reviewOf('/ConfigMap', unsigned), { verifier })).toMatchObject({ allowed: true });
    for (const operation of ['DELETE', 'CONNECT']) {
      const gone = { operation, object: null, oldObject: unsigned };
      expect(await send(reviewOf('/Pod', null, gone), { verifier })).toMatchObject({ allowed: true });
    }
    expect(verifier.seen).toEqual([]);
  });

  it.each([
    ['no specification', {}],
    ['containers that are not a list', { spec: { containers: 'none' } }],
    ['a container that is not an object', { spec: { containers: ['alpine'] } }],
    ['an image that is not a string', { spec: { containers: [{ name: 'a', image: 1 }] } }],
  ])('refuses a pod with %s', async (_, object) => {
    expect(await send(reviewOf('/Pod', object))).toMatchObject({
      uid: UID,
      allowed: false,
      status: { code: 400 },
    });
  });

  it('leaves an image open that a template does not name', async () => {
    const spec = { containers: [{ name: 'a' }, { name: 'b', image: '' }, { name: 'c', image: null }] };
    expect((await send(reviewOf('apps/Deployment', objectOf('apps/Deployment', spec)))).allowed).toBe(true);
  });

  describe('for an update', () => {
    const update = { operation: 'UPDATE' };
    const old = (spec: unknown) => ({ ...update, oldObject: { spec } });

    it('passes unchanged images without evaluating them', async () => {
      const verifier = evaluatorByName();
      const spec = { ...podSpec(image('unsigned'), image('rejected')), nodeName: 'a' };
      const before = {
        containers: [...(podSpec(image('unsigned'), image('rejected')).containers as [])].reverse(),
      };
      expect(await sendPod(spec, { verifier }, old(before))).toMatchObject({
        allowed: true,
        auditAnnotations: { outcome: 'no image changes' },
      });
      expect(verifier.seen).toEqual([]);
    });

    it('evaluates only images that change', async () => {
      const verifier = evaluatorByName();
      await sendPod(
        podSpec(image('unsigned'), image('app')),
        { verifier },
        old(podSpec(image('unsigned'), image('other'))),
      );
      expect(verifier.seen.map(({ reference }) => reference)).toEqual([image('app')]);
    });

    it('refuses an image that moves to another container', async () => {
      const spec = podSpec(image('app'), image('unsigned'));
      expect((await sendPod(spec, {}, old(podSpec(image('unsigned'), image('app'))))).allowed).toBe(false);
    });

    it('refuses an ephemeral container that is added', async () => {
      const spec = podSpec(image('unsigned'));
      const debug = { ...spec, ephemeralContainers: [{ name: 'debug', image: image('rejected') }] };
      const { allowed, status } = await sendPod(
        debug,
        {},
        { ...old(spec), subResource: 'ephemeralcontainers' },
      );
      expect(allowed).toBe(false);
      expect(Object(status).message).toContain('ephemeral container "debug"');
    });

    it('tells long names of containers apart', async () => {
      const containers = (last: string) => [{ name: `${'x'.repeat(300)}${last}`, image: image('unsigned') }];
      expect(
        (await sendPod({ containers: containers('b') }, {}, old({ containers: containers('a') }))).allowed,
      ).toBe(false);
    });

    it('evaluates everything without the old object', async () => {
      expect((await sendPod(podSpec(image('unsigned')), {}, { ...update, oldObject: null })).allowed).toBe(
        false,
      );
    });
  });

  describe('answers a person', () => {
    it('which container has which image, why it is refused, and what to do', async () => {
      const { review } = await sendPod(podSpec(image('app'), image('unsigned')));
      expect(review.response.status?.message).toBe(
        `container "c1": the image "${image('unsigned')}" is refused: this is ERR_NO_SIGNATURE (ERR_NO_SIGNATURE). ` +
          'Sign the image, or use one that is signed.',
      );
    });

    it('about several images in one message', async () => {
      const { review } = await sendPod(podSpec(image('unsigned'), image('unreachable')));
      const { message, code } = review.response.status ?? {};
      expect(message).toMatch(
        /^2 images are refused: container "c0": .*; container "c1": .*could not be verified/,
      );
      expect(code).toBe(403);
    });

    it('in at most 1,024 bytes about a pod with 1,000 containers', async () => {
      const images = Array.from({ length: 1000 }, (_, index) => image(`unsigned-${index}`));
      const { review } = await sendPod(podSpec(...images), { deadline: 25_000 });
      const { message = '' } = review.response.status ?? {};
      expect(byteLength(message)).toBeLessThanOrEqual(1024);
      expect(message).toMatch(/^1000 images are refused: container "c0": .*; and \d+ more\. Sign the image/);
      expect(byteLength(review.response.auditAnnotations?.images ?? '')).toBeLessThanOrEqual(1024);
    });

    it.each([
      ['4 kB', `${REGISTRY}/${'a'.repeat(4096)}:v1`],
      ['4 kB of characters of three bytes', `${REGISTRY}/${'€'.repeat(4096)}`],
      ['escape sequences', `${REGISTRY}/\u001b[31m\nallowed: true`],
    ])('in at most 1,024 printable bytes about a name of %s', async (_, name) => {
      const { allowed, review } = await sendPod(podSpec(name, name, image('unsigned')));
      const { message = '' } = review.response.status ?? {};
      expect(allowed).toBe(false);
      expect(byteLength(message)).toBeLessThanOrEqual(1024);
      expect(message).not.toMatch(/\p{C}/u);
    });

    it('that a retry can help if no verdict was reached', async () => {
      const { review } = await sendPod(podSpec(image('unreachable')));
      expect(review.response.status).toMatchObject({
        code: 503,
        reason: 'ServiceUnavailable',
        message: expect.stringMatching(/could not be verified \(fail closed\).*Try again/),
      });
    });

    it('with warnings that are short and few', async () => {
      const images = Array.from({ length: 100 }, (_, index) => image(`warned-${index}-${'x'.repeat(150)}`));
      const { allowed, warnings = [] } = await sendPod(podSpec(...images), { deadline: 25_000 });
      expect(allowed).toBe(true);
      expect(warnings).toHaveLength(13);
      expect(warnings.at(-1)).toBe('and 88 more images with warnings');
      for (const warning of warnings) expect(byteLength(warning)).toBeLessThanOrEqual(256);
    });
  });

  it('warns about an image that is admitted although a check failed', async () => {
    const { allowed, warnings } = await sendPod(podSpec(image('warned'), image('app')));
    expect(allowed).toBe(true);
    expect(warnings).toEqual([expect.stringMatching(/^container "c0": .*ERR_SIGNATURE_EXPIRED/)]);
  });

  it('refuses warned images if only verified ones are admitted', async () => {
    expect((await sendPod(podSpec(image('warned')), { admit: ['verified'] })).allowed).toBe(false);
  });

  it('fails open if it is told to, and says so in a warning and in the audit log', async () => {
    const { allowed, warnings, auditAnnotations } = await sendPod(podSpec(image('unreachable')), {
      fail: 'open',
    });
    expect(allowed).toBe(true);
    expect(warnings?.[0]).toContain('admitted without a verdict (fail open)');
    expect(auditAnnotations?.outcome).toBe('admitted without a verdict (fail open)');
  });

  it('refuses what is unsigned, rejected or no reference even if it fails open', async () => {
    for (const name of [image('unsigned'), image('rejected'), 'Not/A/Reference']) {
      expect((await sendPod(podSpec(name), { fail: 'open' })).allowed).toBe(false);
    }
  });

  it('refuses at its deadline what has no verdict', async () => {
    const { allowed, review } = await sendPod(podSpec(image('app'), image('hanging')), { deadline: 20 });
    expect(allowed).toBe(false);
    expect(review.response.status?.message).toContain('ERR_TIMEOUT');
  });

  it('answers before a shorter timeout of the API server', async () => {
    const spec = podSpec(image('hanging'));
    const review = reviewOf('/Pod', { spec });
    const options = { deadline: 25_000 };
    const { allowed } = await send(review, options, 'https://admission.example/validate?timeout=30ms');
    expect(allowed).toBe(false);
  });

  it('evaluates an image once, whatever its spellings in the pod', async () => {
    const verifier = evaluatorByName();
    await sendPod(podSpec('alpine', 'docker.io/alpine', 'alpine:latest'), { verifier });
    expect(verifier.seen.map(({ reference }) => reference)).toEqual(['docker.io/library/alpine:latest']);
  });

  it('reviews a dry run as it would be', async () => {
    const events: unknown[] = [];
    const options = { onEvent: (event: unknown) => events.push(event) };
    expect((await sendPod(podSpec(image('unsigned')), options, { dryRun: true })).allowed).toBe(false);
    expect(events).toMatchObject([{ status: 200, review: { dryRun: true, namespace: 'team', kind: 'Pod' } }]);
  });

  describe('with a verifier for a namespace', () => {
    const refusing = evaluatorByName();
    const namespaces = {
      strict: { evaluate: () => refusing.evaluate(image('rejected')) },
      late: () => evaluatorByName(),
    };

    it('decides by it in that namespace only', async () => {
      const answers = await Promise.all(
        ['strict', 'late', 'team', '', 'constructor', '__proto__'].map((namespace) =>
          sendPod(podSpec(image('app')), { namespaces }, { namespace }),
        ),
      );
      expect(answers.map(({ allowed }) => allowed)).toEqual([false, true, true, true, true, true]);
    });

    it('is not made with what cannot decide', async () => {
      const wrong = { namespaces: { team: {} } } as unknown as AdmissionWebhookOptions;
      const make = async () => createAdmissionWebhook({ ...wrong, verifier: evaluatorByName() });
      expect(await rejection(make())).toMatchObject({
        code: 'ERR_ARGUMENT_INVALID',
        message: expect.stringContaining('namespaces["team"]'),
      });
    });
  });

  it('refuses if there is no verifier yet', async () => {
    const verifier = () => {
      throw new NotationError('ERR_POLICY_NOT_FOUND', 'there is no policy yet');
    };
    expect((await sendPod(podSpec(image('app')), { verifier, fail: 'open' })).allowed).toBe(false);
  });

  describe('never allows', () => {
    const good = reviewOf('/Pod', { spec: podSpec(image('app')) });
    const cases: [string, () => Request, number][] = [
      ['admission.k8s.io/v1beta1', () => post({ ...good, apiVersion: 'admission.k8s.io/v1beta1' }), 400],
      ['admission.k8s.io/v2', () => post({ ...good, apiVersion: 'admission.k8s.io/v2' }), 400],
      ['another kind', () => post({ ...good, kind: 'ConversionReview' }), 400],
      ['a review without a request', () => post({ ...good, request: null }), 400],
      ['another operation', () => post(reviewOf('/Pod', {}, { operation: 'PATCH' })), 400],
      ['a UID that is not a string', () => post(reviewOf('/Pod', {}, { uid: 1 })), 400],
      ['what is not JSON', () => post('allowed'), 400],
      ['another content type', () => post(good, { headers: { 'content-type': 'application/yaml' } }), 415],
      ['no content type', () => post(good, { headers: {} }), 415],
      ['another method', () => new Request('https://admission.example/'), 405],
      ['10 MiB', () => post(`${JSON.stringify(good)}${' '.repeat(10 * 2 ** 20)}`), 413],
    ];

    it.each(cases)('%s', async (_, request, status) => {
      const answer = await send(request(), { fail: 'open' });
      expect(answer.status).toMatchObject({ code: status });
      expect(answer.allowed).toBe(false);
    });

    it('a review of another version, and echoes its UID', async () => {
      expect((await send({ ...good, apiVersion: 'admission.k8s.io/v1beta1' })).uid).toBe(UID);
    });
  });
});
