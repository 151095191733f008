import { describe, expect, it } from 'vitest';
import type { TrustState } from '../../src/dct/state.ts';
import { verifyTrustData } from '../../src/dct/verify-trust-data.ts';
import {
  type ForgedDelegation,
  type ForgedTrustContent,
  forgeBaseKeys,
  forgeTrust,
  forgeTrustKey,
  NOW,
  sourceOf,
} from '../support/forge-trust.ts';

const DIGEST = 'cd'.repeat(32);
const keys = forgeBaseKeys();
const alice = forgeTrustKey('ecdsa');
const bob = forgeTrustKey('ecdsa');
const failsWith = (code: string) => expect.objectContaining({ code });

const verify = (content: ForgedTrustContent, state?: TrustState) =>
  verifyTrustData(sourceOf(forgeTrust({ keys, ...content })), {
    clock: () => NOW,
    pinning: { firstUse: true },
    state,
  });
const verifyDelegations = (...delegations: ForgedDelegation[]) => verify({ delegations });
const namesOf = (collection: Awaited<ReturnType<typeof verify>>) =>
  collection.tags.map(({ role, tag }) => `${role} ${tag}`);

describe('a delegation', () => {
  it('signs tags with its own keys', async () => {
    const releases = { name: 'targets/releases', keys: [alice], tags: { v1: DIGEST } };
    const collection = await verifyDelegations(releases);
    expect(collection.roles.at(-1)).toMatchObject({
      name: 'targets/releases',
      keyIds: [alice.id],
      signedBy: [alice.id],
      paths: [''],
    });
    expect(namesOf(collection)).toEqual(['targets/releases v1']);
  });

  it('of the layout of docker trust has its tags twice, in the releases and under the name of the signer', async () => {
    const tags = { v1: DIGEST };
    const collection = await verifyDelegations(
      { name: 'targets/alice', keys: [alice], tags },
      { name: 'targets/releases', keys: [alice], tags },
    );
    expect(namesOf(collection)).toEqual(['targets/alice v1', 'targets/releases v1']);
  });

  it('signs only tags that begin with one of its paths', async () => {
    const tags = { 'rel-1': DIGEST, v1: DIGEST, main: DIGEST, 'a-rel-1': DIGEST };
    const collection = await verifyDelegations({
      name: 'targets/a',
      keys: [alice],
      paths: ['rel-', 'v'],
      tags,
    });
    expect(namesOf(collection)).toEqual(['targets/a rel-1', 'targets/a v1']);
  });

  it.each([[[]], [null]])('with the paths %j signs nothing', async (paths) => {
    const collection = await verifyDelegations({
      name: 'targets/a',
      keys: [alice],
      paths,
      tags: { v1: DIGEST },
    });
    expect(collection.roles.at(-1)?.name).toBe('targets/a');
    expect(collection.tags).toEqual([]);
  });

  it('may delegate, within its own paths', async () => {
    const inner = {
      name: 'targets/a/b',
      keys: [bob],
      paths: ['rel-1', 'v'],
      tags: { 'rel-1.0': DIGEST, v1: DIGEST },
    };
    const collection = await verifyDelegations({
      name: 'targets/a',
      keys: [alice],
      paths: ['rel-'],
      tags: {},
      delegations: [inner],
    });
    expect(collection.roles.at(-1)).toMatchObject({ name: 'targets/a/b', paths: ['rel-1'] });
    expect(namesOf(collection)).toEqual(['targets/a/b rel-1.0']);
  });

  it('comes after all that are nearer to the owners', async () => {
    const inner = { name: 'targets/a/b', keys: [bob], tags: { v1: DIGEST } };
    const collection = await verifyDelegations(
      { name: 'targets/a', keys: [alice], tags: { v1: DIGEST }, delegations: [inner] },
      { name: 'targets/c', keys: [alice], tags: { v1: DIGEST } },
    );
    expect(namesOf(collection)).toEqual(['targets/a v1', 'targets/c v1', 'targets/a/b v1']);
  });

  it('that has signed nothing is listed as such, and is no failure', async () => {
    const collection = await verifyDelegations({ name: 'targets/a', keys: [alice] });
    expect(collection.unpublished).toEqual(['targets/a']);
    expect(collection.roles.map(({ name }) => name)).not.toContain('targets/a');
  });

  it('needs its threshold of distinct keys', async () => {
    const role = { name: 'targets/a', keys: [alice, bob], threshold: 2, tags: { v1: DIGEST } };
    expect(namesOf(await verifyDelegations(role))).toEqual(['targets/a v1']);
    const { rejected } = await verifyDelegations({ ...role, signers: [alice, alice] });
    expect(rejected).toMatchObject([{ name: 'targets/a', reason: { code: 'ERR_DCT_THRESHOLD' } }]);
  });

  it.each([
    ['ERR_DCT_THRESHOLD', { signers: [bob] }],
    ['ERR_DCT_EXPIRED', { expires: '2026-05-01T00:00:00Z' }],
  ])('that fails with %s is passed over with those below it; others are trusted', async (code, flaw) => {
    const inner = { name: 'targets/a/b', keys: [alice], tags: { v1: DIGEST } };
    const collection = await verifyDelegations(
      { name: 'targets/a', keys: [alice], tags: { v1: DIGEST }, delegations: [inner], ...flaw },
      { name: 'targets/c', keys: [bob], tags: { v1: DIGEST } },
    );
    expect(collection.rejected).toMatchObject([{ name: 'targets/a', reason: { code } }]);
    expect(namesOf(collection)).toEqual(['targets/c v1']);
  });

  it('that is malformed spoils the whole, even if it is not signed by its keys', async () => {
    const delegations = [{ name: 'targets/a', keys: [alice], signers: [bob], tags: {} }];
    const change = (role: string, signed: Record<string, unknown>) =>
      role === 'targets/a' ? { ...signed, version: 0 } : signed;
    await expect(verify({ delegations, change })).rejects.toEqual(failsWith('ERR_DCT_METADATA_INVALID'));
  });

  it('must not be older than before', async () => {
    const role = { name: 'targets/a', keys: [alice], tags: { v1: DIGEST } };
    const { state } = await verifyDelegations({ ...role, version: 5 });
    const older = { delegations: [{ ...role, version: 4 }] };
    await expect(verify(older, state)).rejects.toEqual(failsWith('ERR_DCT_ROLLBACK'));
    const unsigned = { delegations: [{ ...role, version: 4, signers: [bob] }] };
    await expect(verify(unsigned, state)).rejects.toEqual(failsWith('ERR_DCT_ROLLBACK'));
  });

  it('that was removed may begin again', async () => {
    const role = { name: 'targets/a', keys: [alice], tags: { v1: DIGEST } };
    const { state } = await verifyDelegations({ ...role, version: 5 });
    const removed = await verify({}, state);
    expect(removed.state.versions).not.toHaveProperty('targets/a');
    await expect(verify({ delegations: [role] }, removed.state)).resolves.toBeDefined();
  });

  it('that is passed over, or is not published, may not begin again', async () => {
    const role = { name: 'targets/a', keys: [alice], tags: { v1: DIGEST } };
    const { state } = await verifyDelegations({ ...role, version: 5 });
    const { tags: _, ...unpublished } = role;
    for (const now of [unpublished, { ...role, version: 6, signers: [bob] }]) {
      const later = await verify({ delegations: [now] }, state);
      expect(later.state.versions['targets/a']).toBe(5);
    }
  });

  it.each([
    ['itself', 'targets/a', 'targets/a'],
    ['the role above it', 'targets/a', 'targets'],
  ])('to %s is a circle', async (_, name, to) => {
    const role = { name, keys: [alice], tags: {}, delegations: [{ name: to, keys: [alice] }] };
    await expect(verifyDelegations(role)).rejects.toEqual(failsWith('ERR_DCT_DELEGATION_CYCLE'));
  });

  it('from the owners to themselves is a circle, and so are two to the same role', async () => {
    const owners = verifyDelegations({ name: 'targets', keys: [alice] });
    await expect(owners).rejects.toEqual(failsWith('ERR_DCT_DELEGATION_CYCLE'));
    const twice = verifyDelegations({ name: 'targets/a', keys: [alice] }, { name: 'targets/a', keys: [bob] });
    await expect(twice).rejects.toEqual(failsWith('ERR_DCT_DELEGATION_CYCLE'));
  });

  it.each([
    'targets/a/b',
    'root',
    'targets/A',
    'targets/../a',
    'targets//a',
    'targets/',
    `targets/${'a'.repeat(250)}`,
  ])('from the owners to %s is malformed', async (name) => {
    const failed = verifyDelegations({ name, keys: [alice] });
    await expect(failed).rejects.toEqual(failsWith('ERR_DCT_METADATA_INVALID'));
  });

  it('is one of 1000 at most', async () => {
    const many = Array.from({ length: 999 }, (_, i) => ({ name: `targets/a${i}`, keys: [alice] }));
    const inner = [{ name: 'targets/b/c', keys: [alice] }];
    const last = { name: 'targets/b', keys: [alice], tags: {} };
    expect((await verifyDelegations(...many, last)).unpublished).toHaveLength(999);
    const exceeded = verifyDelegations(...many, { ...last, delegations: inner });
    await expect(exceeded).rejects.toEqual(failsWith('ERR_LIMIT_EXCEEDED'));
  });

  it('costs one request', async () => {
    const source = sourceOf(
      forgeTrust({ keys, delegations: [{ name: 'targets/releases', keys: [alice], tags: { v1: DIGEST } }] }),
    );
    await verifyTrustData(source, { clock: () => NOW, pinning: { firstUse: true } });
    expect(source.requests).toHaveLength(5);
  });
});
