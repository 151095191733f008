import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAdmissionWebhook, createExternalDataProvider } from '../../src/admission/index.ts';
import { readPullSecret } from '../../src/admission/pull-secrets.ts';
import { encodeBase64 } from '../../src/encoding/base64.ts';
import { encodeUtf8 } from '../../src/encoding/bytes.ts';
import { NotationError } from '../../src/errors/index.ts';
import { rejection } from '../support/artifact.ts';
import { byteLength, post } from './evaluators.ts';
import { KINDS, type Review, reviewOf, UID } from './reviews.ts';

/** Nothing is signed: whatever is admitted was not looked at. */
const verifier = {
  evaluate: async (reference: unknown): Promise<never> => {
    throw new NotationError('ERR_NO_SIGNATURE', `no signature of ${reference}`);
  },
};
const webhooks = (['validate', 'mutate'] as const).map((mode) => createAdmissionWebhook({ verifier, mode }));
const provider = createExternalDataProvider({ verifier });

const name = fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('app', 'alpine:latest', '../x', ' '));
const container = fc.oneof(
  fc.record({ name, image: name }, { requiredKeys: [] }),
  fc.jsonValue({ maxDepth: 2 }),
);
const list = fc.oneof(
  fc.array(container, { maxLength: 3 }),
  fc.constant(null),
  fc.jsonValue({ maxDepth: 1 }),
);
const pod = fc.record(
  {
    containers: list,
    initContainers: list,
    ephemeralContainers: list,
    volumes: fc.array(fc.record({ name, image: fc.oneof(fc.record({ reference: name }), fc.jsonValue()) })),
    imagePullSecrets: list,
    serviceAccountName: fc.jsonValue({ maxDepth: 1 }),
  },
  { requiredKeys: [] },
);

/** Returns the images that a pod certainly has. */
function imagesIn(spec: unknown): unknown[] {
  const { containers, initContainers, ephemeralContainers } = Object(spec) as Record<string, unknown>;
  return [containers, initContainers, ephemeralContainers]
    .flatMap((list) => (Array.isArray(list) ? list : []))
    .map((container) => Object(container).image)
    .filter((image) => typeof image === 'string' && image !== '');
}

describe('a webhook', () => {
  it('answers every review with its UID, and admits no pod that has an image', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(KINDS)), pod, async (kind, spec) => {
        const object = (KINDS[kind] ?? []).reduceRight<unknown>((value, name) => ({ [name]: value }), spec);
        for (const webhook of webhooks) {
          const answer = await webhook.fetch(post(reviewOf(kind, object)));
          const { response } = (await answer.json()) as Review;
          if (JSON.stringify(object).includes('__proto__')) {
            expect(response.allowed).toBe(false);
            continue;
          }
          expect(answer.status).toBe(200);
          expect(response.uid).toBe(UID);
          if (imagesIn(spec).length > 0) expect(response.allowed).toBe(false);
          if (!response.allowed) expect(byteLength(response.status?.message ?? '')).toBeLessThanOrEqual(1024);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('answers any document without admitting it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string()), async (body) => {
        for (const webhook of webhooks) {
          const answer = await webhook.fetch(post(body));
          expect(answer.status).toBe(400);
          expect(((await answer.json()) as Review).response.allowed).toBe(false);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('a provider', () => {
  it('answers each of any keys with an error if nothing is signed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(name, fc.string({ unit: 'binary' }))), async (keys) => {
        const body = {
          apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
          kind: 'ProviderRequest',
          request: { keys },
        };
        const answer = await provider.fetch(post(body));
        const { response } = (await answer.json()) as {
          response: { items: { key: string; error?: string }[] };
        };
        expect(response.items.map(({ key }) => key)).toEqual(keys);
        for (const item of response.items) {
          expect(Object.keys(item)).toEqual(['key', 'error']);
          expect(byteLength(item.error ?? '')).toBeLessThanOrEqual(1024);
          expect(item.error).not.toMatch(/\p{C}/u);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('readPullSecret', () => {
  it('reads any document, or rejects it without showing it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (document) => {
        const data = { '.dockerconfigjson': encodeBase64(encodeUtf8(document)) };
        const read = async () => readPullSecret({ type: 'kubernetes.io/dockerconfigjson', data }, 'pull');
        const result = await read().catch((error: unknown) => error);
        if (Array.isArray(result)) return;
        expect(await rejection(read())).toMatchObject({
          code: 'ERR_REGISTRY_UNAUTHORIZED',
          message: expect.stringMatching(/^the pull secret "pull" is malformed$/),
        });
      }),
      { numRuns: 300 },
    );
  });
});
