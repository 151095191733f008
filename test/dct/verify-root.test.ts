import { describe, expect, it } from 'vitest';
import type { TrustPinning } from '../../src/dct/pinning.ts';
import type { TrustState } from '../../src/dct/state.ts';
import { verifyTrustData } from '../../src/dct/verify-trust-data.ts';
import {
  type ForgedTrust,
  type ForgedTrustContent,
  forgeBaseKeys,
  forgeRootKey,
  forgeTrust,
  forgeTrustKey,
  GUN,
  NOW,
  sourceOf,
} from '../support/forge-trust.ts';

const keys = forgeBaseKeys();
const [first, second, third] = [keys.root[0] ?? forgeRootKey(), forgeRootKey(), forgeRootKey()];
const clock = () => NOW;

/** The extension basicConstraints of a CA, DER. */
const CA_CONSTRAINTS = Uint8Array.from([
  0x30, 0x0f, 0x06, 0x03, 0x55, 0x1d, 0x13, 0x01, 0x01, 0xff, 0x04, 0x05, 0x30, 0x03, 0x01, 0x01, 0xff,
]);

const forge = (version: number, content: ForgedTrustContent = {}) =>
  forgeTrust({ ...content, keys: { ...keys, ...content.keys }, versions: { root: version } });
const verify = (trust: Pick<ForgedTrust, 'gun' | 'files'>, state?: TrustState, pinning?: TrustPinning) =>
  verifyTrustData(sourceOf(trust), { clock, state, pinning });
const stateOf = async (trust: ForgedTrust) => (await verify(trust, undefined, { firstUse: true })).state;
const failsWith = (code: string) => expect.objectContaining({ code });

/** The newest metadata, with the roots before it. */
const withRoots = (newest: ForgedTrust, ...before: ForgedTrust[]) => ({
  ...newest,
  files: Object.assign(
    { ...newest.files },
    ...before.map(({ files: { root, timestamp, snapshot, targets, ...versions } }) => versions),
  ),
});

describe('the rotation of a root', () => {
  const one = forge(1);
  const two = forge(2, { keys: { root: [second] }, signers: { root: [first, second] } });
  const three = forge(3, { keys: { root: [third] }, signers: { root: [second, third] } });

  it('is followed version by version', async () => {
    const source = sourceOf(withRoots(three, one, two));
    const { roles, state } = await verifyTrustData(source, { clock, state: await stateOf(one) });
    expect(roles[0]).toMatchObject({ name: 'root', version: 3, signedBy: [third.id] });
    expect(state.versions.root).toBe(3);
    expect(source.requests.map(({ role, version }) => [role, version])).toEqual([
      ['root', undefined],
      ['root', 2],
      ['timestamp', undefined],
      ['snapshot', undefined],
      ['targets', undefined],
    ]);
  });

  it('of one version needs no other root', async () => {
    const { roles } = await verify(two, await stateOf(one));
    expect(roles[0]).toMatchObject({ version: 2, signedBy: [second.id] });
  });

  it('must skip no version', async () => {
    const failed = verify(three, await stateOf(one));
    await expect(failed).rejects.toEqual(failsWith('ERR_DCT_ROOT_SKIPPED'));
  });

  it('must skip no version, even if the old keys signed the newest one', async () => {
    const signedByAll = forge(3, { keys: { root: [third] }, signers: { root: [first, second, third] } });
    const failed = verify(signedByAll, await stateOf(one));
    await expect(failed).rejects.toEqual(failsWith('ERR_DCT_ROOT_SKIPPED'));
  });

  it('rejects a version that is in the file of another one', async () => {
    const served = withRoots(three, { ...two, files: { '2.root': three.files.root ?? new Uint8Array() } });
    const failed = verify(served, await stateOf(one));
    await expect(failed).rejects.toEqual(failsWith('ERR_DCT_ROOT_SKIPPED'));
  });

  it.each([
    ['only by the new key', [second]],
    ['only by the old key', [first]],
    ['by other keys', [third]],
  ])('is rejected if it is signed %s', async (_, root) => {
    const failed = verify(forge(2, { keys: { root: [second] }, signers: { root } }), await stateOf(one));
    await expect(failed).rejects.toEqual(failsWith('ERR_DCT_THRESHOLD'));
  });

  it('needs the threshold of the old root and that of the new one', async () => {
    const pair = forge(1, { keys: { root: [first, second] }, thresholds: { root: 2 } });
    const state = await stateOf(pair);
    const next = (signers: ForgedTrust['keys']['root'], threshold: number) =>
      verify(
        forge(2, {
          keys: { root: [second, third] },
          thresholds: { root: threshold },
          signers: { root: signers },
        }),
        state,
      );
    await expect(next([first, second], 1)).resolves.toBeDefined();
    await expect(next([first, second, third], 2)).resolves.toBeDefined();
    await expect(next([second, third], 2)).rejects.toEqual(failsWith('ERR_DCT_THRESHOLD'));
    await expect(next([first, second], 2)).rejects.toEqual(failsWith('ERR_DCT_THRESHOLD'));
  });

  it('may pass through a root that has expired', async () => {
    const expires = { root: '2026-01-01T00:00:00Z' };
    const expired = forge(2, { keys: { root: [second] }, signers: { root: [first, second] }, expires });
    await expect(verify(withRoots(three, expired), await stateOf(one))).resolves.toBeDefined();
  });

  it('does not go on without end', async () => {
    const failed = verify(forge(1_000_000), await stateOf(one));
    await expect(failed).rejects.toEqual(failsWith('ERR_DCT_TOO_LARGE'));
  });

  it('is not bound to what was pinned', async () => {
    const { state } = await verify(one, undefined, { certificates: { [GUN]: [first.id] } });
    await expect(verify(two, state, { certificates: { [GUN]: [first.id] } })).resolves.toBeDefined();
  });
});

describe('a root key', () => {
  it.each([
    ['is for another GUN', forgeRootKey('registry.example.com/team/other')],
    ['has expired', forgeRootKey(GUN, { notAfter: new Date('2026-05-31') })],
    ['is not valid within a day', forgeRootKey(GUN, { notBefore: new Date('2026-06-02T12:00:01Z') })],
    ['is a CA', forgeRootKey(GUN, { extensions: [CA_CONSTRAINTS] })],
    ['has no certificate', forgeTrustKey('ecdsa')],
    [
      'has two common names',
      forgeRootKey(GUN, {
        subject: [
          ['CN', 'a'],
          ['CN', GUN],
        ],
      }),
    ],
  ])('that %s does not count', async (_, key) => {
    const failed = verify(forge(1, { keys: { root: [key] } }), undefined, { firstUse: true });
    await expect(failed).rejects.toEqual(failsWith('ERR_DCT_ROOT_UNTRUSTED'));
  });

  it.each([
    ['of the GUN', GUN],
    ['of a prefix', 'registry.example.com/team/*'],
    ['of every GUN', '*'],
  ])('may have the common name %s', async (_, name) => {
    const trust = forge(1, { keys: { root: [forgeRootKey(name)] } });
    await expect(verify(trust, undefined, { firstUse: true })).resolves.toBeDefined();
  });

  it('may begin to be valid within a day', async () => {
    const key = forgeRootKey(GUN, { notBefore: new Date('2026-06-02T11:59:59Z') });
    await expect(
      verify(forge(1, { keys: { root: [key] } }), undefined, { firstUse: true }),
    ).resolves.toBeDefined();
  });
});
