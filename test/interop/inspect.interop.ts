import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { inspect, parseReference } from '../../src/index.ts';
import { type ForgedName, forgeChain } from '../support/forge.ts';
import type { Envelope } from './support/forge-envelope.ts';
import { expectSameInspection, signaturesIn } from './support/inspection.ts';
import { NotationCli } from './support/notation-cli.ts';
import { coseFor, jwsFor, pushGood, pushSignature } from './support/signatures.ts';
import { createStore, type Store, type StoredArtifact } from './support/stores.ts';
import type { Target } from './support/verdict.ts';

const ATTRIBUTES = { 'com.example.text': 'a text', 'com.example.number': -12 };
const seconds = (offset: number) => new Date(Math.floor(Date.now() / 1000 + offset) * 1000);

/** Signed content in addition to that of the matrix. */
const SIGNATURES: readonly [name: string, make: (target: Target) => Envelope][] = [
  [
    'extended attributes of a JWS',
    (target) => jwsFor(target, { protected: { ...ATTRIBUTES, 'com.example.yes': true } }),
  ],
  ['extended attributes of a COSE', (target) => coseFor(target, { protected: { ...ATTRIBUTES, 99: 'x' } })],
  [
    'an unknown critical attribute',
    (target) => jwsFor(target, { protected: ATTRIBUTES, critical: ['com.example.text'] }),
  ],
  [
    'the scheme of an authority, in JWS',
    (target) => jwsFor(target, { authenticSigningTime: seconds(-60), expiry: seconds(60) }),
  ],
  [
    'the scheme of an authority, in COSE',
    (target) => coseFor(target, { authenticSigningTime: seconds(-60), expiry: seconds(60) }),
  ],
  [
    'a signature that has expired',
    (target) => coseFor(target, { signingTime: seconds(-60), expiry: seconds(-30) }),
  ],
  [
    'user metadata with signs that JSON escapes',
    (target) => jwsFor(target, { annotations: { 'a<&>': '"\\\u2028é' } }),
  ],
  [
    'no signing agent',
    (target) => jwsFor(target, { unprotected: { 'io.cncf.notary.signingAgent': undefined } }),
  ],
  ['a signature that is wrong', (target) => jwsFor(target, {}, (parts) => ({ ...parts, signature: 'AAAA' }))],
  [
    'a time with fractions',
    (target) => jwsFor(target, { protected: { 'io.cncf.notary.signingTime': '2026-01-02T03:04:05.678Z' } }),
  ],
];

/** Subjects of certificates. */
const NAMES: readonly [name: string, subject: ForgedName][] = [
  [
    'every attribute that has a name',
    [
      ['CN', 'cn'],
      ['SERIALNUMBER', 'sn'],
      ['C', 'US'],
      ['L', 'l'],
      ['ST', 'st'],
      ['STREET', 'street'],
      ['O', 'o'],
      ['OU', 'ou'],
      ['POSTALCODE', 'pc'],
    ],
  ],
  [
    'values that must be escaped',
    [
      ['C', 'US'],
      ['O', ' a, b; "c" + <d> \\ # = '],
      ['CN', '#é 株式会社'],
    ],
  ],
];

describe('inspect shows what notation inspect shows', () => {
  let store: Store;
  let cli: NotationCli;

  beforeAll(async () => {
    store = await createStore('a registry without the referrers API', inject('hosts'));
    cli = await NotationCli.create();
  });

  afterAll(async () => {
    await store.dispose();
    await cli.dispose();
  });

  it.each(SIGNATURES)('of %s', async (name, make) => {
    const artifact = await store.push(`inspect/signatures/${slug(name)}`);
    const target = await targetOf(artifact);
    await pushSignature(target, make(target));
    await expectSameInspection(artifact, cli);
  });

  it.each(NAMES)('of %s', async (name, subject) => {
    const artifact = await store.push(`inspect/names/${slug(name)}`);
    const target = await targetOf(artifact);
    const { chain } = forgeChain({ leaf: { subject }, root: { subject } });
    await pushSignature(target, jwsFor(target, { chain }), { chain });
    await expectSameInspection(artifact, cli);
  });

  it('of several signatures, in order', async () => {
    const artifact = await store.push('inspect/several');
    const target = await targetOf(artifact);
    await pushGood(target);
    await pushSignature(target, coseFor(target, { annotations: { build: '2' } }));
    await pushSignature(target, jwsFor(target, { annotations: { build: '3' } }));
    await expectSameInspection(artifact, cli, 3);
  });

  it('of a timestamp that cannot be read, except for the words', async () => {
    const artifact = await store.push('inspect/timestamp');
    const target = await targetOf(artifact);
    const unprotected = { 'io.cncf.notary.timestampSignature': 'AAAA' };
    await pushSignature(target, jwsFor(target, { unprotected }));
    const { code, stdout } = await artifact.inspect(cli);
    const failed = (error: unknown) => ({ unsignedAttributes: { timestampSignature: { error } } });
    expect({ code, signatures: signaturesIn(stdout) }).toMatchObject({
      code: 0,
      signatures: [failed(expect.stringContaining('failed to parse timestamp'))],
    });
    expect(await here(artifact)).toMatchObject([failed({ code: 'ERR_TIMESTAMP_INVALID' })]);
  });

  it('of a signature that cannot be read, which is not omitted here', async () => {
    const artifact = await store.push('inspect/unreadable');
    const target = await targetOf(artifact);
    await pushSignature(target, { mediaType: 'application/cose', bytes: Uint8Array.of(1) });
    await pushGood(target);
    const { code, stdout } = await artifact.inspect(cli);
    const [unreadable, ...readable] = await here(artifact);
    expect(unreadable).toMatchObject({ error: { code: 'ERR_ENVELOPE_INVALID' } });
    expect({ code, signatures: signaturesIn(stdout) }).toEqual({ code: 1, signatures: readable });
  });
});

function here({ reference, registry }: StoredArtifact): ReturnType<typeof inspect> {
  return inspect(reference, { registry });
}

async function targetOf({ reference, scope, registry }: StoredArtifact): Promise<Target> {
  const parsed = parseReference(reference);
  const repository = registry.repository(parsed);
  return { artifact: await repository.resolve(parsed.digest ?? ''), repository, scope };
}

function slug(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}
