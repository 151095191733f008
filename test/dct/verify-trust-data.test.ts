import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type VerifyTrustDataOptions, verifyTrustData } from '../../src/dct/verify-trust-data.ts';
import { NotationError } from '../../src/errors/index.ts';
import {
  describeFile,
  type ForgedTrust,
  forgeBaseKeys,
  forgeTrust,
  forgeTrustKey,
  GUN,
  NOW,
  signTrust,
  sourceOf,
  tagEntry,
  writeTrust,
} from '../support/forge-trust.ts';

const DIGEST = 'ab'.repeat(32);
const keys = forgeBaseKeys();
const usual = { clock: () => NOW, pinning: { firstUse: true } };

const verify = (trust: Pick<ForgedTrust, 'gun' | 'files'>, options: VerifyTrustDataOptions = {}) =>
  verifyTrustData(sourceOf(trust), { ...usual, ...options });
const forge = (content: Parameters<typeof forgeTrust>[0] = {}) => forgeTrust({ keys, ...content });
/** The metadata of a GUN with other files in the place of some. */
const withFiles = (trust: ForgedTrust, files: Record<string, Uint8Array>) => ({
  ...trust,
  files: { ...trust.files, ...files },
});
const failsWith = (code: string) => expect.objectContaining({ code });

describe('the verification of trust data', () => {
  it('returns the tags with their digests and roles', async () => {
    const { gun, tags } = await verify(forge({ tags: { v2: DIGEST, v1: tagEntry(DIGEST, 42) } }));
    expect(gun).toBe(GUN);
    expect(tags).toEqual([
      { tag: 'v1', role: 'targets', digest: `sha256:${DIGEST}`, size: 42 },
      { tag: 'v2', role: 'targets', digest: `sha256:${DIGEST}`, size: 528 },
    ]);
  });

  it('returns the roles with their keys, and the time until which all are valid', async () => {
    const expires = { snapshot: '2026-06-02T00:00:00+02:00' };
    const { roles, validUntil } = await verify(forge({ expires, versions: { targets: 7 } }));
    expect(roles.map(({ name }) => name)).toEqual(['root', 'timestamp', 'snapshot', 'targets']);
    expect(roles[3]).toEqual({
      name: 'targets',
      version: 7,
      expires: '2026-06-10T12:00:00.123Z',
      threshold: 1,
      keyIds: keys.targets.map(({ id }) => id),
      signedBy: keys.targets.map(({ id }) => id),
      paths: [''],
    });
    expect(validUntil).toBe('2026-06-01T22:00:00.000Z');
  });

  it('returns plain data', async () => {
    const collection = await verify(forge({ tags: { v1: { ...tagEntry(DIGEST), custom: { a: [1] } } } }));
    expect(JSON.parse(JSON.stringify(collection))).toEqual(collection);
    expect(collection.tags[0]?.custom).toEqual({ a: [1] });
  });

  it('needs four files, each by the hash that is signed', async () => {
    const source = sourceOf(forge());
    await verifyTrustData(source, usual);
    expect(source.requests.map(({ role }) => role)).toEqual(['root', 'timestamp', 'snapshot', 'targets']);
    expect(source.requests.slice(2).every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256 ?? ''))).toBe(true);
  });

  it.each(['root', 'timestamp', 'snapshot', 'targets'])('fails if there is no %s', async (role) => {
    const { [role]: _, ...files } = forge().files;
    await expect(verify({ gun: GUN, files })).rejects.toEqual(failsWith('ERR_NOT_FOUND'));
  });

  it('rejects the name of a repository that no server has', async () => {
    await expect(verify({ gun: '../app', files: {} })).rejects.toEqual(failsWith('ERR_ARGUMENT_INVALID'));
  });

  it('is bounded in time', async () => {
    const source = { gun: GUN, read: () => new Promise<never>(() => undefined) };
    const verified = verifyTrustData(source, { ...usual, limits: { time: 20 } });
    await expect(verified).rejects.toEqual(failsWith('ERR_TIMEOUT'));
  });
});

describe('metadata of Docker Content Trust', () => {
  it.each(['timestamp', 'snapshot', 'targets', 'root'] as const)(
    'is rejected if the %s is not signed by its key',
    async (role) => {
      const trust = forge({ signers: { [role]: [forgeTrustKey('ecdsa')] } });
      await expect(verify(trust)).rejects.toEqual(failsWith('ERR_DCT_THRESHOLD'));
    },
  );

  it.each(['timestamp', 'snapshot', 'targets', 'root'] as const)(
    'is rejected if the %s was changed after it was signed',
    async (role) => {
      const changeFile = (name: string, bytes: Uint8Array) =>
        name === role
          ? new TextEncoder().encode(new TextDecoder().decode(bytes).replace('"version":1', '"version":2'))
          : bytes;
      await expect(verify(forge({ changeFile }))).rejects.toEqual(failsWith('ERR_DCT_THRESHOLD'));
    },
  );

  it.each([
    ['timestamp', 'ERR_DCT_FREEZE'],
    ['snapshot', 'ERR_DCT_EXPIRED'],
    ['targets', 'ERR_DCT_EXPIRED'],
    ['root', 'ERR_DCT_EXPIRED'],
  ] as const)('is rejected once the %s has expired', async (role, code) => {
    const trust = forge({ expires: { [role]: NOW.toISOString() } });
    await expect(verify(trust)).rejects.toEqual(failsWith(code));
    await expect(verify(trust, { clock: () => new Date(NOW.getTime() - 1) })).resolves.toBeDefined();
  });

  it.each(['timestamp', 'snapshot', 'targets', 'root'] as const)(
    'is rejected if the %s is older than before',
    async (role) => {
      const { state } = await verify(forge({ versions: { [role]: 3 } }));
      const older = forge({ versions: { [role]: 2 } });
      await expect(verify(older, { state })).rejects.toEqual(failsWith('ERR_DCT_ROLLBACK'));
    },
  );

  it('is accepted again at the same versions, without being pinned', async () => {
    const trust = forge({ versions: { targets: 3 } });
    const { state } = await verify(trust);
    const again = await verify(trust, { state, pinning: undefined });
    expect(again.state).toEqual(state);
    expect(state.versions).toEqual({ root: 1, timestamp: 1, snapshot: 1, targets: 3 });
  });

  it.each(['snapshot', 'targets', 'root'] as const)(
    'is rejected if the %s is another one than that which is signed, of the same key',
    async (role) => {
      const other = forge({ tags: { v1: DIGEST } });
      const trust = forge({ expires: { [role]: '2026-06-10T14:00:00.999999999+02:00' } });
      const mixed = withFiles(trust, { [role]: other.files[role] ?? new Uint8Array() });
      const code = role === 'root' ? 'ERR_DCT_MIX_AND_MATCH' : expect.stringMatching(/MIX_AND_MATCH|ENDLESS/);
      await expect(verify(mixed)).rejects.toEqual(expect.objectContaining({ code }));
    },
  );

  it('is rejected if a file is shorter than is signed', async () => {
    const trust = forge();
    const snapshot = trust.files.snapshot?.subarray(0, -1) ?? new Uint8Array();
    const failed = verify(withFiles(trust, { snapshot }));
    await expect(failed).rejects.toEqual(failsWith('ERR_DCT_MIX_AND_MATCH'));
  });

  it('is rejected if the SHA-512 is another one than is signed', async () => {
    const change = (role: string, signed: Record<string, unknown>) =>
      role === 'timestamp' ? { ...signed, meta: { snapshot: withoutSha512(signed) } } : signed;
    await expect(verify(forge({ change }))).rejects.toEqual(failsWith('ERR_DCT_MIX_AND_MATCH'));
  });

  it('is rejected if the metadata of another GUN is served', async () => {
    const other = forgeTrust({ gun: 'registry.example.com/team/other' });
    const served = verify({ gun: GUN, files: other.files });
    await expect(served).rejects.toEqual(failsWith('ERR_DCT_ROOT_UNTRUSTED'));
    const mixed = withFiles(forge(), { timestamp: other.files.timestamp ?? new Uint8Array() });
    await expect(verify(mixed)).rejects.toEqual(failsWith('ERR_DCT_THRESHOLD'));
  });

  it.each(['snapshot', 'targets'])(
    'is not read further than the length of the %s that is signed',
    async (role) => {
      const trust = forge();
      const length = trust.files[role]?.length ?? 0;
      const endless = withFiles(trust, { [role]: new Uint8Array(2 ** 20).fill(0x20) });
      const source = sourceOf(endless);
      await expect(verifyTrustData(source, usual)).rejects.toEqual(failsWith('ERR_DCT_ENDLESS_DATA'));
      expect(source.requests.at(-1)).toMatchObject({ role, maxBytes: length });
    },
  );

  it('is rejected if the root has 100 MiB, of which no more than 4 are read', async () => {
    const source = sourceOf(withFiles(forge(), { root: new Uint8Array(100 * 1024 * 1024) }));
    await expect(verifyTrustData(source, usual)).rejects.toEqual(failsWith('ERR_DCT_TOO_LARGE'));
    expect(source.requests).toEqual([{ role: 'root', version: undefined, maxBytes: 4 * 1024 * 1024 }]);
  });

  it('is rejected if the timestamp has more than 1 MiB', async () => {
    const trust = withFiles(forge(), { timestamp: new Uint8Array(2 ** 20 + 1) });
    await expect(verify(trust)).rejects.toEqual(failsWith('ERR_DCT_TOO_LARGE'));
  });

  it('is not requested if the length that is signed exceeds the limit of the role', async () => {
    const change = (role: string, signed: Record<string, unknown>) =>
      role === 'timestamp'
        ? { ...signed, meta: { snapshot: { ...describeFile(new Uint8Array()), length: 2 ** 30 } } }
        : signed;
    const source = sourceOf(forge({ change }));
    await expect(verifyTrustData(source, usual)).rejects.toEqual(failsWith('ERR_DCT_TOO_LARGE'));
    expect(source.requests.map(({ role }) => role)).toEqual(['root', 'timestamp']);
  });

  it.each([
    ['is not JSON', 'timestamp', '{"signed":'],
    ['has no signatures', 'timestamp', '{"signed":{},"signatures":[]}'],
    [
      'has a signature that is not base64',
      'timestamp',
      '{"signed":{},"signatures":[{"keyid":"","method":"","sig":"*"}]}',
    ],
    ['has a fraction', 'timestamp', '{"signed":{"a":0.5},"signatures":[{"keyid":"","method":"","sig":""}]}'],
    ['names a member twice', 'timestamp', '{"signed":{"a":1,"a":2},"signatures":[]}'],
    [
      'has its signatures under another spelling, too',
      'timestamp',
      '{"signed":{},"Signatures":[],"signatures":[{"keyid":"","method":"","sig":""}]}',
    ],
  ])('is rejected if it %s', async (_, role, text) => {
    const trust = withFiles(forge(), { [role]: new TextEncoder().encode(text) });
    await expect(verify(trust)).rejects.toEqual(failsWith('ERR_DCT_METADATA_INVALID'));
  });

  it.each([
    ['timestamp', 'is of another type', { _type: 'Snapshot' }],
    ['timestamp', 'has no version', { version: 0 }],
    ['timestamp', 'has a malformed time', { expires: 'tomorrow' }],
    ['timestamp', 'does not list the snapshot', { meta: {} }],
    ['timestamp', 'lists the snapshot without a SHA-256', { meta: { snapshot: { hashes: {}, length: 1 } } }],
    ['timestamp', 'has the version in another spelling, too', { Version: 9 }],
    ['snapshot', 'does not list the targets', { meta: { root: describeFile(new Uint8Array()) } }],
    ['snapshot', 'does not list the root', { meta: {} }],
    ['targets', 'is of another type', { _type: 'Root' }],
    ['root', 'is of another type', { _type: 'root' }],
    ['root', 'lacks a role', { roles: {} }],
    ['root', 'lacks the keys', { keys: {} }],
  ])('is rejected if the %s %s, although it is signed', async (role, _, members) => {
    const change = (name: string, signed: Record<string, unknown>) =>
      name === role ? { ...signed, ...members } : signed;
    await expect(verify(forge({ change }))).rejects.toEqual(failsWith('ERR_DCT_METADATA_INVALID'));
  });

  it.each([
    ['no hash', { hashes: {}, length: 1 }],
    ['only another hash', { hashes: { sha512: btoa('\0'.repeat(64)) }, length: 1 }],
    ['a hash of another length', { hashes: { sha256: btoa('\0'.repeat(31)) }, length: 1 }],
    ['a hash that is not base64', { hashes: { sha256: DIGEST }, length: 1 }],
  ])('has a tag that cannot be used if it has %s, and no other', async (_, entry) => {
    const { tags } = await verify(forge({ tags: { bad: entry, good: DIGEST } }));
    expect(tags[0]).toMatchObject({ tag: 'bad', reason: { code: 'ERR_DCT_TARGET_INVALID' } });
    expect(tags[0]).not.toHaveProperty('digest');
    expect(tags[1]).toMatchObject({ tag: 'good', digest: `sha256:${DIGEST}` });
  });

  it('may have thresholds above 1, which need distinct keys', async () => {
    const [first, second] = [forgeTrustKey('ecdsa'), forgeTrustKey('ecdsa')];
    const content = { keys: { ...keys, targets: [first, second] }, thresholds: { targets: 2 } };
    const both = await verify(forge(content));
    expect(both.roles[3]?.signedBy).toEqual([first.id, second.id]);
    for (const signers of [[first], [first, first]]) {
      const failed = verify(forge({ ...content, signers: { targets: signers } }));
      await expect(failed).rejects.toEqual(failsWith('ERR_DCT_THRESHOLD'));
    }
  });

  it('counts a key once that is listed in two forms', async () => {
    const plain = forgeTrustKey('ecdsa');
    const certified = forgeTrustKey('ecdsa-x509', { key: plain.key });
    const content = { keys: { ...keys, targets: [plain, certified] }, thresholds: { targets: 2 } };
    await expect(verify(forge(content))).rejects.toEqual(failsWith('ERR_DCT_THRESHOLD'));
  });

  it('ignores signatures of keys that the role does not have', async () => {
    const trust = forge({ signers: { targets: [forgeTrustKey('ecdsa'), ...keys.targets] } });
    expect((await verify(trust)).roles[3]?.signedBy).toEqual(keys.targets.map(({ id }) => id));
  });
});

function withoutSha512(signed: Record<string, unknown>): object {
  const { snapshot } = signed.meta as { snapshot: { hashes: object } };
  return { ...snapshot, hashes: { ...snapshot.hashes, sha512: btoa('\0'.repeat(64)) } };
}

describe('a change of one byte of any file', () => {
  const trust = forge({
    tags: { v1: DIGEST },
    delegations: [{ name: 'targets/releases', keys: [forgeTrustKey('ecdsa')], tags: { v2: DIGEST } }],
  });
  const names = ['root', 'timestamp', 'snapshot', 'targets', 'targets/releases'];

  it('makes no other tag trusted', async () => {
    const { tags } = await verify(trust);
    const change = fc.tuple(fc.constantFrom(...names), fc.nat(), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(change, async ([name, position, value]) => {
        const changed = Uint8Array.from(trust.files[name] ?? []);
        changed[position % changed.length] = value;
        const verified = await verify(withFiles(trust, { [name]: changed })).catch((error) => error);
        if (verified instanceof NotationError) return;
        expect(verified.tags).toEqual(tags);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a trust state', () => {
  it.each([
    ['of another GUN', { gun: 'registry.example.com/team/other', root: '', versions: {} }],
    ['of another shape', { gun: GUN, root: 1, versions: {} }],
    ['whose root is not metadata', { gun: GUN, root: '{}', versions: {} }],
  ])('%s is rejected', async (_, state) => {
    const failed = verify(forge(), { state: state as never });
    await expect(failed).rejects.toEqual(failsWith('ERR_DCT_METADATA_INVALID'));
  });

  it('keeps the root as it was read', async () => {
    const trust = forge();
    const { state } = await verify(trust);
    expect(new TextEncoder().encode(state.root)).toEqual(trust.files.root);
  });
});

describe('a signature that two writers of JSON see differently', () => {
  it('covers the canonical form, however the file is written', async () => {
    const trust = forge();
    const { signed } = JSON.parse(new TextDecoder().decode(trust.files.timestamp));
    const timestamp = new TextEncoder().encode(
      JSON.stringify({ signatures: keys.timestamp.map((key) => signTrust(signed, key)), signed }, null, 2),
    );
    await expect(verify(withFiles(trust, { timestamp }))).resolves.toBeDefined();
    const other = writeTrust(
      { ...signed, version: 2 },
      keys.timestamp.map((key) => signTrust(signed, key)),
    );
    const failed = verify(withFiles(trust, { timestamp: other }));
    await expect(failed).rejects.toEqual(failsWith('ERR_DCT_THRESHOLD'));
  });
});
