import { describe, expect, it } from 'vitest';
import { type InventoryEntry, type InventoryOptions, inventory } from '../../src/dct/inventory.ts';
import { inventoryEvaluations } from '../../src/dct/inventory-evaluations.ts';
import { createTrustServer } from '../../src/dct/server.ts';
import { NotationError } from '../../src/errors/index.ts';
import { createMemoryRegistry, parseReference } from '../../src/oci/index.ts';
import { formatJson, formatTable } from '../../src/report/index.ts';
import type { VerificationReport } from '../../src/verifier/report.ts';
import { forgeBaseKeys, forgeTrust, forgeTrustKey, NOW } from '../support/forge-trust.ts';
import { serveTrust } from '../support/trust-server.ts';

const APP = 'registry.example.com/team/app';
const WEB = 'registry.example.com/team/web';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const usual = { clock: () => NOW, pinning: { firstUse: true } };
const alice = forgeTrustKey('ecdsa');

/** A registry with an image under two tags, and its digest as hexadecimal. */
async function registryWithImage() {
  const registry = createMemoryRegistry();
  const repository = registry.repository(parseReference(`${APP}:v1`));
  const manifest = new TextEncoder().encode(
    '{"schemaVersion":2,"config":{"mediaType":"text/plain"},"layers":[]}',
  );
  const { digest } = await repository.pushManifest(MANIFEST, manifest, { tag: 'v1' });
  await repository.pushManifest(MANIFEST, manifest, { tag: 'moved' });
  return { registry, digest, hex: digest.slice('sha256:'.length) };
}

function serve(...trusts: Parameters<typeof serveTrust>[0]) {
  const { url, fetch, requests } = serveTrust(trusts);
  return { requests, source: createTrustServer({ url, fetch }).source };
}

async function collect(guns: Iterable<string>, options: InventoryOptions): Promise<InventoryEntry[]> {
  const entries: InventoryEntry[] = [];
  for await (const entry of inventory(guns, { ...usual, ...options })) entries.push(entry);
  return entries.sort((a, b) => (a.gun < b.gun ? -1 : 1));
}

describe('an inventory', () => {
  it('lists the tags of each GUN with what the registry serves', async () => {
    const { registry, digest, hex } = await registryWithImage();
    const tags = { v1: hex, moved: 'ab'.repeat(32), gone: hex, 'not/a/tag': hex };
    const [entry] = await collect([APP], { ...serve(forgeTrust({ gun: APP, tags })), registry });
    if (!entry || entry.reason) throw new Error('the entry failed');
    expect(entry.tags.map(({ tag, served }) => [tag, served])).toEqual([
      ['gone', { status: 'missing' }],
      ['moved', { status: 'changed', digest }],
      [
        'not/a/tag',
        { status: 'unknown', reason: expect.objectContaining({ code: 'ERR_REFERENCE_INVALID' }) },
      ],
      ['v1', { status: 'same' }],
    ]);
    expect(entry.roles.map(({ name }) => name)).toEqual(['root', 'timestamp', 'snapshot', 'targets']);
  });

  it('without a registry looks up nothing', async () => {
    const [entry] = await collect([APP], serve(forgeTrust({ gun: APP, tags: { v1: 'ab'.repeat(32) } })));
    expect(entry).toMatchObject({ tags: [{ tag: 'v1' }] });
    expect(JSON.stringify(entry)).not.toContain('served');
  });

  it('lists a GUN that is not trusted with the reason, and goes on', async () => {
    const app = forgeTrust({ gun: APP, expires: { timestamp: '2026-05-01T00:00:00Z' } });
    const entries = await collect([APP, WEB, '../x'], serve(app, forgeTrust({ gun: WEB })));
    expect(entries.map(({ gun, reason }) => [gun, reason?.code])).toEqual([
      ['../x', 'ERR_ARGUMENT_INVALID'],
      [APP, 'ERR_DCT_FREEZE'],
      [WEB, undefined],
    ]);
  });

  it('takes four requests for a GUN, and one for each delegation', async () => {
    const delegations = [{ name: 'targets/releases', keys: [alice], tags: {} }];
    const keys = forgeBaseKeys(APP);
    const served = serve(forgeTrust({ gun: APP, keys, delegations }), forgeTrust({ gun: WEB }));
    await collect([APP, WEB], served);
    expect(served.requests.filter((path) => path.includes(APP))).toHaveLength(5);
    expect(served.requests.filter((path) => path.includes(WEB))).toHaveLength(4);
  });

  it('evaluates the Notation signatures of a tag, which resolves it', async () => {
    const { digest, hex } = await registryWithImage();
    const evaluated: string[] = [];
    const evaluate = async (reference: string): Promise<VerificationReport> => {
      evaluated.push(reference);
      if (reference.endsWith(':gone')) throw new NotationError('ERR_NOT_FOUND', 'no such tag');
      if (reference.endsWith(':down')) throw new NotationError('ERR_REGISTRY_UNREACHABLE', 'no answer');
      const artifact = { mediaType: MANIFEST, digest, size: 2 };
      return { reference, artifact, outcome: 'verified', warnings: [], signatures: [] };
    };
    const tags = { v1: hex, gone: hex, down: hex };
    const [entry] = await collect([APP], { ...serve(forgeTrust({ gun: APP, tags })), evaluate });
    if (!entry || entry.reason) throw new Error('the entry failed');
    expect(entry.tags.map(({ tag, served, report }) => [tag, served?.status, report?.outcome])).toEqual([
      ['down', 'unknown', undefined],
      ['gone', 'missing', undefined],
      ['v1', 'same', 'verified'],
    ]);
    expect(evaluated.sort()).toEqual([`${APP}:down`, `${APP}:gone`, `${APP}:v1`]);
  });

  it('does not hide a defect of what the caller gives', async () => {
    const evaluate = async () => {
      throw new TypeError('a defect');
    };
    const given = { ...serve(forgeTrust({ gun: APP, tags: { v1: 'ab'.repeat(32) } })), evaluate };
    await expect(collect([APP], given)).rejects.toThrow(TypeError);
  });

  it('stops when the signal is aborted', async () => {
    const given = { ...serve(forgeTrust({ gun: APP })), signal: AbortSignal.abort() };
    await expect(collect([APP], given)).rejects.toMatchObject({ code: 'ERR_ABORTED' });
  });

  it.each([{ concurrency: 0 }, { concurrency: 65 }, { concurrency: 1.5 }, { source: undefined }])(
    'rejects the options %j',
    async (options) => {
      const given = { ...serve(), ...options } as InventoryOptions;
      await expect(collect([APP], given)).rejects.toMatchObject({ code: 'ERR_ARGUMENT_INVALID' });
    },
  );
});

describe('the evaluations of an inventory', () => {
  it('say of each tag whether what is served is what is signed', async () => {
    const { registry, hex } = await registryWithImage();
    const expired = { name: 'targets/old', keys: [alice], expires: '2026-05-01T00:00:00Z', tags: {} };
    const open = { name: 'targets/a', keys: [alice], tags: { test: hex } };
    const tags = { v1: hex, moved: 'ab'.repeat(32), gone: hex };
    const app = forgeTrust({ gun: APP, tags, delegations: [expired, open] });
    const entries = await collect([APP, WEB], { ...serve(app), registry });
    const { results } = JSON.parse(formatJson(inventoryEvaluations(entries)));
    expect(
      results.map((result: { reference: string; class: string; error?: { code: string } }) => [
        result.reference,
        result.class,
        result.error?.code,
      ]),
    ).toEqual([
      [`${APP}:gone`, 'undecided', 'ERR_NOT_FOUND'],
      [`${APP}:moved`, 'rejected', 'ERR_DCT_DIVERGED'],
      [`${APP}:v1`, 'verified', undefined],
      [`${APP}:test`, 'rejected', 'ERR_DCT_TAG_UNTRUSTED'],
      [APP, 'rejected', 'ERR_DCT_EXPIRED'],
      [WEB, 'undecided', 'ERR_NOT_FOUND'],
    ]);
    expect(formatTable(inventoryEvaluations(entries))).toContain(
      '6 evaluated: 1 verified, 3 rejected, 2 undecided',
    );
  });
});
