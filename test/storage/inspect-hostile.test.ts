import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createSigner,
  type InspectedSignature,
  inspect,
  type Registry,
  type Signer,
  sign,
} from '../../src/index.ts';
import { parseReference } from '../../src/oci/index.ts';
import { storeSignature } from '../../src/storage/signatures.ts';
import { generateTestCertificate } from '../../src/testing/index.ts';
import { type Cbor, Pairs } from '../envelope/cbor.ts';
import { epoch, forgeCose, forgeJws, SIGNING_TIME } from '../envelope/forged.ts';
import { pushImage, REPOSITORY } from '../support/artifact.ts';

let signer: Signer;
let registry: Registry;
let reference: string;
let digest: string;

beforeAll(async () => {
  signer = await createSigner(await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' }));
});

beforeEach(async () => {
  ({ registry, reference, digest } = await pushImage());
});

/** Stores an envelope as a signature of the image, and returns its inspected signed attributes. */
async function inspectEnvelope(
  mediaType: 'application/cose' | 'application/jose+json',
  bytes: Uint8Array,
): Promise<InspectedSignature['signedAttributes']> {
  ({ registry, reference, digest } = await pushImage());
  const repository = registry.repository(parseReference(REPOSITORY));
  const subject = await repository.resolve(digest);
  const content = { mediaType, bytes, subject, certificates: [], signingTime: new Date(0) };
  await storeSignature(repository, { ...content, form: 'artifactType' });
  const [inspection] = await inspect(reference, { registry });
  expect(inspection).not.toHaveProperty('error');
  return inspection && 'signedAttributes' in inspection ? inspection.signedAttributes : {};
}

describe('an extended attribute', () => {
  it.each<[string, Cbor, string]>([
    ['a text', 'x', 'x'],
    ['a negative integer of 64 bits', -(2 ** 40), '-1099511627776'],
    ['a list', [1, ['x', null]], '[1,["x",null]]'],
    ['nothing', null, 'null'],
    ['bytes', Uint8Array.of(1, 2), 'AQI='],
    ['bytes in a list', [Uint8Array.of(1, 2)], '["AQI="]'],
    ['a large integer in a list', [2 ** 50], '[1125899906842624]'],
    ['a time', epoch(0), '1970-01-01T00:00:00Z'],
    [
      'a map',
      new Pairs([
        ['a', 1],
        [2, 'b'],
      ]),
      '{"2":"b","a":1}',
    ],
  ])('of COSE that is %s is shown as text', async (_, value, shown) => {
    const bytes = forgeCose({ headers: [['attribute', value]] });
    expect((await inspectEnvelope('application/cose', bytes)).attribute).toBe(shown);
  });

  it.each([
    ['a list', [1, ['x']], '[1,["x"]]'],
    ['an object', { a: null }, '{"a":null}'],
    ['nothing', null, 'null'],
    ['true', true, 'true'],
  ])('of JWS that is %s is shown as text', async (_, value, shown) => {
    const bytes = forgeJws({ headers: { attribute: value } });
    expect((await inspectEnvelope('application/jose+json', bytes)).attribute).toBe(shown);
  });

  it('with the name under which another one is shown does not replace it', async () => {
    const bytes = forgeJws({ headers: { signingScheme: 'x', signingTime: 'never' } });
    expect(await inspectEnvelope('application/jose+json', bytes)).toEqual({
      signingScheme: 'notary.x509',
      signingTime: SIGNING_TIME,
    });
  });
});

describe('an inspection', () => {
  it('truncates the name of the signing agent', async () => {
    await sign(reference, { signer, registry, signingAgent: 'x'.repeat(50_000) });
    const [inspection] = await inspect(reference, { registry });
    expect(inspection).toMatchObject({ unsignedAttributes: { signingAgent: `${'x'.repeat(1024)}…` } });
  });
});

describe('a repository that fails on one signature', () => {
  it.each([
    ['a TypeError', new TypeError('size of undefined')],
    ['something that is not an error', 'no'],
  ])('with %s does not hide the others', async (_, thrown) => {
    const first = await sign(reference, { signer, registry });
    const second = await sign(reference, { signer, registry, format: 'cose' });
    const failing: Registry = {
      repository(parsed) {
        const repository = registry.repository(parsed);
        return {
          ...repository,
          fetchManifest: (descriptor, ...rest) =>
            descriptor.digest === first.signature.digest
              ? Promise.reject(thrown)
              : repository.fetchManifest(descriptor, ...rest),
        };
      },
    };
    const [broken, good] = await inspect(reference, { registry: failing });
    expect(broken).toMatchObject({
      digest: first.signature.digest,
      error: { code: 'ERR_REGISTRY_RESPONSE' },
    });
    expect(good).toMatchObject({ digest: second.signature.digest, mediaType: 'application/cose' });
  });
});
