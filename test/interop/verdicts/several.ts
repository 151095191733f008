import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Descriptor } from '../../../src/index.ts';
import {
  acme,
  coseFor,
  jwsFor,
  NOTATION,
  pushGood,
  pushSignature,
  pushSignatureManifest,
  pushUntrusted,
  setReferrers,
} from '../support/signatures.ts';
import type { Target, VerdictCase } from '../support/verdict.ts';

const API = 'a registry with the referrers API';
const LAYOUT = 'an image layout';
const IMAGE_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** Pushes one after another, which is the order of the referrers. */
const inTurn = (...pushes: ((target: Target) => Promise<unknown>)[]) => ({
  sign: async (target: Target) => {
    for (const push of pushes) await push(target);
  },
});

const none = {
  expect: 'rejected',
  says: /signature verification failed/,
  code: 'ERR_NO_TRUSTED_SIGNATURE',
} as const;
/** The CLI gives up at the first referrer that it cannot fetch; the specification goes on to the next one. */
const goesOn = (says: RegExp) =>
  ({
    expect: { cli: 'rejected', here: 'verified', row: 'unreadable-referrer', laxer: true },
    says,
  }) as const;

const pushTampered = (target: Target) =>
  pushSignature(
    target,
    coseFor(target, {}, ([head, map, payload]) => [head, map, payload, new Uint8Array(64)]),
  );

/** A signature whose manifest has two layers. */
const pushTwoLayers = async (target: Target) => {
  const { mediaType, bytes } = jwsFor(target);
  const envelope = await target.repository.pushBlob(mediaType, bytes);
  await pushSignatureManifest(target, envelope, { manifest: { layers: [envelope, envelope] } });
};

/** A signature whose envelope the registry lost. */
const pushWithoutEnvelope = async (target: Target) => {
  const { envelope } = await pushSignature(target, coseFor(target, { annotations: { lost: 'yes' } }));
  const [host = '', ...repository] = target.scope.split('/');
  const address = `http://${host}/v2/${repository.join('/')}/blobs/${envelope.digest}`;
  const { status } = await fetch(address, { method: 'DELETE' });
  if (status !== 202) throw new Error(`the registry keeps the envelope: ${status}`);
};

const pushOfUnknownType = (target: Target) =>
  pushSignature(target, { ...jwsFor(target), mediaType: 'application/x-signature' });

/** A manifest that refers to the artifact and is not a signature. */
const pushForeign = async ({ repository, artifact }: Target) => {
  const config = await repository.pushBlob('application/vnd.example.sbom', new TextEncoder().encode('{}'));
  const manifest = {
    schemaVersion: 2,
    mediaType: IMAGE_MANIFEST,
    config,
    layers: [config],
    subject: artifact,
  };
  await repository.pushManifest(IMAGE_MANIFEST, new TextEncoder().encode(JSON.stringify(manifest)));
};

/** A signature of another artifact that the fallback tag lists for this one. */
const pushOfAnother = async (target: Target): Promise<Descriptor> => {
  const config = await target.repository.pushBlob('application/vnd.example', new TextEncoder().encode('{}'));
  const other = { schemaVersion: 2, mediaType: IMAGE_MANIFEST, config, layers: [config] };
  const artifact = await target.repository.pushManifest(
    IMAGE_MANIFEST,
    new TextEncoder().encode(JSON.stringify(other)),
  );
  const { manifest } = await pushGood({ ...target, artifact });
  return { ...manifest, artifactType: NOTATION };
};

/** Several signatures, and things next to them. */
export const severalCases: readonly VerdictCase[] = [
  { name: 'a good one before a bad one', ...inTurn(pushGood, pushTampered), expect: 'verified' },
  { name: 'a bad one before a good one', ...inTurn(pushTampered, pushGood), expect: 'verified' },
  { name: 'an untrusted one before a good one', ...inTurn(pushUntrusted, pushGood), expect: 'verified' },
  { name: 'a bad one and an untrusted one', ...inTurn(pushTampered, pushUntrusted), ...none },
  {
    name: 'two good ones',
    ...inTurn(pushGood, (target) => pushSignature(target, coseFor(target))),
    expect: 'verified',
  },
  {
    name: 'a bad one before a good one, with the referrers API',
    store: API,
    ...inTurn(pushTampered, pushGood),
    expect: 'verified',
  },
  {
    name: 'a bad one and an untrusted one, with the referrers API',
    store: API,
    ...inTurn(pushTampered, pushUntrusted),
    ...none,
  },
  {
    name: 'a bad one before a good one, in an image layout',
    store: LAYOUT,
    ...inTurn(pushTampered, pushGood),
    expect: 'verified',
  },
  {
    name: 'the metadata are those of the second one',
    ...inTurn(
      (target) => pushSignature(target, jwsFor(target, { annotations: { build: '1' } })),
      (target) => pushSignature(target, jwsFor(target, { annotations: { build: '2' } })),
    ),
    userMetadata: { build: '2' },
    expect: 'verified',
  },
  {
    name: 'a bad one, with no more than one tried',
    ...inTurn(pushTampered, pushGood),
    maxSignatures: 1,
    expect: 'rejected',
    says: /signature verification failed/,
    code: 'ERR_LIMIT_EXCEEDED',
  },
  {
    name: 'a bad one before a good one, with no more than two tried',
    ...inTurn(pushTampered, pushGood),
    maxSignatures: 2,
    expect: 'verified',
  },
  {
    name: 'something that is not a signature next to a good one',
    ...inTurn(pushForeign, pushGood),
    expect: 'verified',
  },
  {
    name: 'only something that is not a signature',
    ...inTurn(pushForeign),
    expect: 'rejected',
    says: /no signature is associated/,
    code: 'ERR_NO_SIGNATURE',
  },
  {
    name: 'an envelope of an unknown type before a good one',
    ...inTurn(pushOfUnknownType, pushGood),
    expect: 'verified',
  },
  {
    name: 'only an envelope of an unknown type',
    ...inTurn(pushOfUnknownType),
    expect: 'rejected',
    says: /failed/,
    code: 'ERR_ENVELOPE_UNSUPPORTED',
  },
  {
    name: 'one with two layers before a good one',
    ...inTurn(pushTwoLayers, pushGood),
    ...goesOn(/unable to retrieve digital signature/),
  },
  { name: 'a good one before one with two layers', ...inTurn(pushGood, pushTwoLayers), expect: 'verified' },
  {
    name: 'only one with two layers',
    ...inTurn(pushTwoLayers),
    expect: 'rejected',
    says: /unable to retrieve digital signature/,
    code: 'ERR_MANIFEST_INVALID',
  },
  {
    name: 'one without its envelope before a good one',
    ...inTurn(pushWithoutEnvelope, pushGood),
    ...goesOn(/unable to retrieve digital signature/),
  },
  {
    name: 'a good one before one without its envelope',
    ...inTurn(pushGood, pushWithoutEnvelope),
    expect: 'verified',
  },
  {
    name: 'only one without its envelope, in an image layout',
    store: LAYOUT,
    sign: async (target) => {
      const { envelope } = await pushGood(target);
      await rm(join(target.layout ?? '', 'blobs', ...envelope.digest.split(':')));
    },
    expect: 'rejected',
    says: /not found|no such file|failed/,
    code: 'ERR_NOT_FOUND',
  },
  {
    name: 'a signature of another artifact, listed for this one',
    sign: async (target) => setReferrers(target, [await pushOfAnother(target)]),
    expect: 'rejected',
    says: /content descriptor mismatch|mismatch/,
    code: 'ERR_MANIFEST_INVALID',
  },
  {
    name: 'a manifest that is listed as a signature and is not one',
    sign: async (target) => setReferrers(target, [{ ...target.artifact, artifactType: NOTATION }]),
    expect: 'rejected',
    says: /unable to retrieve digital signature/,
    code: 'ERR_MANIFEST_INVALID',
  },
  {
    name: 'the form of notation 1',
    ...inTurn((target) => pushGood(target, { form: 'config' })),
    expect: 'verified',
  },
  {
    name: 'the form of notation 2',
    ...inTurn((target) => pushGood(target, { form: 'artifactType' })),
    expect: 'verified',
  },
  {
    name: 'the form of notation 2, with the referrers API',
    store: API,
    ...inTurn((target) => pushGood(target, { form: 'artifactType' })),
    expect: 'verified',
  },
  {
    name: 'the form of notation 2, in an image layout',
    store: LAYOUT,
    ...inTurn((target) => pushGood(target, { form: 'artifactType' })),
    expect: { cli: 'rejected', here: 'verified', row: 'layout-artifact-type', laxer: true },
    says: /no signature is associated/,
  },
  {
    name: 'the retired form, in an image layout',
    store: LAYOUT,
    ...inTurn((target) => pushGood(target, { form: 'retired' })),
    expect: 'verified',
  },
  {
    name: 'no thumbprints',
    ...inTurn((target) => pushGood(target, { manifest: { annotations: {} } })),
    expect: 'verified',
  },
  {
    name: 'the thumbprints of others',
    ...inTurn((target) => pushGood(target, { chain: acme.chain.slice(1) })),
    expect: 'verified',
  },
];
