import { describe, expect, it } from 'vitest';
import { createMemoryTrustStateStore } from '../../src/dct/state.ts';
import { listTrustedTags, type TrustedTagOptions, verifyTag } from '../../src/dct/trusted-tags.ts';
import {
  type ForgedTrustContent,
  forgeBaseKeys,
  forgeRootKey,
  forgeTrust,
  forgeTrustKey,
  GUN,
  NOW,
  sourceOf,
} from '../support/forge-trust.ts';

const A = 'aa'.repeat(32);
const B = 'bb'.repeat(32);
const keys = forgeBaseKeys();
const alice = forgeTrustKey('ecdsa');
const bob = forgeTrustKey('ecdsa');
const usual = { clock: () => NOW, pinning: { firstUse: true } };
const failsWith = (code: string) => expect.objectContaining({ code });

const served = (content: ForgedTrustContent) => sourceOf(forgeTrust({ keys, ...content }));
const verify = (content: ForgedTrustContent, options: TrustedTagOptions = {}, tag = 'v1') =>
  verifyTag(served(content), tag, { ...usual, ...options });
const delegation = (name: string, tags: Record<string, string>, signer = alice) => ({
  name: `targets/${name}`,
  keys: [signer],
  tags,
});

describe('verifyTag', () => {
  it('returns what is signed, by whom, and until when', async () => {
    const delegations = [
      delegation('alice', { v1: A }),
      delegation('bob', { v1: A }, bob),
      delegation('releases', { v1: A }),
    ];
    expect(await verify({ delegations })).toEqual({
      gun: GUN,
      tag: 'v1',
      digest: `sha256:${A}`,
      size: 528,
      role: 'targets/releases',
      roles: ['targets/alice', 'targets/bob', 'targets/releases'],
      signers: ['alice', 'bob'],
      keyIds: [alice.id],
      validUntil: '2026-06-10T12:00:00.123Z',
      conflicts: [],
    });
  });

  it('prefers the releases to the owners, and names what others signed', async () => {
    const delegations = [delegation('alice', { v1: B }), delegation('releases', { v1: A })];
    const tag = await verify({ tags: { v1: B }, delegations });
    expect(tag).toMatchObject({ digest: `sha256:${A}`, roles: ['targets/releases'], signers: [] });
    expect(tag.conflicts).toEqual([
      { role: 'targets', digest: `sha256:${B}` },
      { role: 'targets/alice', digest: `sha256:${B}` },
    ]);
  });

  it('takes the entry of the owners if the releases have none', async () => {
    const delegations = [delegation('alice', { v1: B }), delegation('releases', { v2: A })];
    expect(await verify({ tags: { v1: A }, delegations })).toMatchObject({
      role: 'targets',
      keyIds: [keys.targets[0]?.id],
    });
  });

  it('rejects a tag that nobody signed', async () => {
    await expect(verify({ tags: { v2: A } })).rejects.toEqual(failsWith('ERR_DCT_TAG_UNTRUSTED'));
  });

  it('rejects a tag that only another delegation signed, unless it is in roles', async () => {
    const delegations = [delegation('alice', { v1: A })];
    await expect(verify({ delegations })).rejects.toEqual(failsWith('ERR_DCT_TAG_UNTRUSTED'));
    const tag = await verify({ delegations }, { roles: ['targets/alice'] });
    expect(tag.digest).toBe(`sha256:${A}`);
  });

  it('rejects a tag that a role below the releases signed, even if the owners signed it', async () => {
    const inner = { name: 'targets/releases/x', keys: [bob], tags: { v1: B } };
    const releases = { ...delegation('releases', {}), delegations: [inner] };
    const failed = verify({ tags: { v1: A }, delegations: [releases] });
    await expect(failed).rejects.toEqual(failsWith('ERR_DCT_TAG_UNTRUSTED'));
  });

  it('rejects a tag without a digest, and does not take the entry of another role', async () => {
    const releases = { name: 'targets/releases', keys: [alice], tags: { v1: { hashes: {}, length: 1 } } };
    const failed = verify({ tags: { v1: A }, delegations: [releases] });
    await expect(failed).rejects.toEqual(failsWith('ERR_DCT_TARGET_INVALID'));
  });

  it('is valid no longer than the roles that it depends on', async () => {
    const releases = { ...delegation('releases', { v1: A }), expires: '2026-06-05T00:00:00Z' };
    const other = { ...delegation('alice', { v1: A }), expires: '2026-06-03T00:00:00Z' };
    const { validUntil } = await verify({ delegations: [releases, other] });
    expect(validUntil).toBe('2026-06-05T00:00:00.000Z');
  });

  it('returns the data of the signer', async () => {
    const entry = { hashes: { sha256: btoa('\xaa'.repeat(32)) }, length: 9, custom: { note: 'x' } };
    expect(await verify({ tags: { v1: entry } })).toMatchObject({ size: 9, custom: { note: 'x' } });
  });

  it.each(['constructor', '__proto__', 'toString'])('finds no tag %s that nobody signed', async (tag) => {
    await expect(verify({ tags: { v1: A } }, {}, tag)).rejects.toEqual(failsWith('ERR_DCT_TAG_UNTRUSTED'));
  });

  it.each([[[]], [['root']], [['targets/A']], ['targets']])('rejects the roles %j', async (roles) => {
    const failed = verify({ tags: { v1: A } }, { roles: roles as string[] });
    await expect(failed).rejects.toEqual(failsWith('ERR_ARGUMENT_INVALID'));
  });
});

describe('a store of trust states', () => {
  it('makes older metadata known', async () => {
    const store = createMemoryTrustStateStore();
    await verify({ tags: { v1: A }, versions: { targets: 2 } }, { store });
    const failed = verify({ tags: { v1: A } }, { store });
    await expect(failed).rejects.toEqual(failsWith('ERR_DCT_ROLLBACK'));
  });

  it('keeps the root that was trusted on first use', async () => {
    const store = createMemoryTrustStateStore();
    await verify({ tags: { v1: A } }, { store });
    const other = { tags: { v1: B }, keys: { root: [forgeRootKey()] } };
    await expect(verify(other, { store })).rejects.toEqual(failsWith('ERR_DCT_THRESHOLD'));
    await expect(verify({ tags: { v1: A } }, { store, pinning: undefined })).resolves.toBeDefined();
  });

  it('is not written if the metadata is not trusted', async () => {
    const store = createMemoryTrustStateStore();
    await expect(verify({}, { store, pinning: undefined })).rejects.toBeDefined();
    expect(await store.load(GUN)).toBeUndefined();
  });

  it('that returns something else is rejected', async () => {
    const store = { load: async () => 'state' as never, save: async () => undefined };
    await expect(verify({}, { store })).rejects.toEqual(failsWith('ERR_DCT_METADATA_INVALID'));
  });
});

describe('listTrustedTags', () => {
  it('lists the tags that are trusted by name, and the others with the reason', async () => {
    const releases = {
      name: 'targets/releases',
      keys: [alice],
      tags: { v2: A, v1: A, bad: { hashes: {}, length: 1 } },
    };
    const delegations = [releases, delegation('bob', { test: B }, bob)];
    const source = served({ tags: { old: B }, delegations });
    const { tags, untrusted, collection } = await listTrustedTags(source, usual);
    expect(tags.map(({ tag, role }) => [tag, role])).toEqual([
      ['old', 'targets'],
      ['v1', 'targets/releases'],
      ['v2', 'targets/releases'],
    ]);
    expect(untrusted.map(({ tag, reason }) => [tag, reason.code])).toEqual([
      ['bad', 'ERR_DCT_TARGET_INVALID'],
      ['test', 'ERR_DCT_TAG_UNTRUSTED'],
    ]);
    expect(collection.gun).toBe(GUN);
  });

  it('agrees with verifyTag', async () => {
    const content = { tags: { v1: B }, delegations: [delegation('releases', { v1: A })] };
    const { tags } = await listTrustedTags(served(content), usual);
    expect(tags).toEqual([await verify(content)]);
  });
});
