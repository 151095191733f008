// The files of recorded/ are written by scripts/trust-fixtures.
import { describe, expect, it } from 'vitest';
import { createTrustServer, listTrustedTags, verifyTrustData } from '../../src/dct/index.ts';
import type { TrustPinning } from '../../src/dct/pinning.ts';
import type { MetadataSource } from '../../src/dct/source.ts';
import { createMemoryTrustStateStore } from '../../src/dct/state.ts';
import { isNotationError } from '../../src/errors/index.ts';
import { serveTrust } from '../support/trust-server.ts';
import forged from './recorded/forged.json' with { type: 'json' };
import recorded from './recorded/notary.json' with { type: 'json' };

type Files = Readonly<Record<string, string | undefined>>;

/** A state of recorded/forged.json. */
interface RecordedState {
  name: string;
  gun: string;
  pinning: TrustPinning;
  files: Files;
  before?: Files;
  expected: string | { tag: string; role: string; digest: string }[];
}

function sourceOf(gun: string, files: Files): MetadataSource {
  return {
    gun,
    async read({ role, version, maxBytes }) {
      const text = files[version === undefined ? role : `${version}.${role}`];
      return text === undefined ? undefined : new TextEncoder().encode(text).subarray(0, maxBytes + 1);
    },
  };
}

const shortened = ({ tag, role, digest }: { tag: string; role: string; digest: string }) => ({
  tag,
  role,
  digest,
});

describe('recorded metadata', () => {
  const clock = () => new Date(forged.now);
  const states = forged.states as readonly RecordedState[];

  it.each(states.map((state) => [state.name, state] as const))(
    'with %s has its verdict',
    async (_, state) => {
      const { gun, pinning, files, before, expected } = state;
      const store = createMemoryTrustStateStore();
      if (before) await listTrustedTags(sourceOf(gun, before), { clock, pinning, store });
      const verdict = await listTrustedTags(sourceOf(gun, files), { clock, pinning, store }).then(
        ({ tags }) => tags.map(shortened),
        (error: unknown) => (isNotationError(error) ? error.code : error),
      );
      expect(verdict).toEqual(expected);
    },
  );
});

describe('metadata of notary-server', () => {
  const clock = () => new Date(recorded.now);
  const pinning = { firstUse: true };
  const source = sourceOf(recorded.gun, recorded.files);

  /** Some runtimes have no Ed25519, with which the server signs. */
  async function verdictOf<T>(work: Promise<T>): Promise<T | undefined> {
    try {
      return await work;
    } catch (error) {
      if (isNotationError(error, 'ERR_RUNTIME_UNSUPPORTED') && !(await hasEd25519())) return undefined;
      throw error;
    }
  }

  it('has the tags that notary lists, but for those of roles that Docker does not use', async () => {
    const verified = await verdictOf(listTrustedTags(source, { clock, pinning }));
    if (!verified) return;
    const { tags, untrusted } = verified;
    const [other, ...listed] = recorded.list.docker;
    expect(tags.map(shortened)).toEqual(listed);
    expect(untrusted).toMatchObject([{ tag: other?.tag, reason: { code: 'ERR_DCT_TAG_UNTRUSTED' } }]);
  });

  it('has the tags that notary lists of another role', async () => {
    const verified = await verdictOf(listTrustedTags(source, { clock, pinning, roles: ['targets/bob'] }));
    if (verified) expect(verified.tags.map(shortened)).toEqual(recorded.list.bob);
  });

  it('is followed from before its roots were rotated', async () => {
    const first = await verdictOf(
      verifyTrustData(sourceOf(recorded.gun, recorded.before), { clock, pinning }),
    );
    if (!first) return;
    const { roles } = await verifyTrustData(source, { clock, state: first.state });
    expect(first.roles[0]?.version).toBe(1);
    expect(roles[0]?.version).toBeGreaterThan(3);
  });

  it('has a change feed, which lists the GUN', async () => {
    const { url, fetch } = serveTrust([], { feed: recorded.feed.records });
    expect(await createTrustServer({ url, fetch }).guns()).toEqual([recorded.gun]);
  });
});

async function hasEd25519(): Promise<boolean> {
  return globalThis.crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']).then(
    () => true,
    () => false,
  );
}
