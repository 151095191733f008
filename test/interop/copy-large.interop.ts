import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createRegistry, createSigner, parseReference, sign } from '../../src/index.ts';
import { bundleProgram } from './support/bundle.ts';
import { INSECURE, useSigningCli } from './support/signing-cli.ts';

// The peak memory is reported for a whole process only, so each copy runs in a process of its own.

const MEBIBYTE = 1024 * 1024;
const LAYER = 200 * MEBIBYTE;
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const run = promisify(execFile);
const { tagRegistry, craneRegistry, olareg } = inject('hosts');
const registry = createRegistry();
const signing = useSigningCli();

let directory: string;
let program: string;
let digest: string;
let layer: string;
/** KiB that the copy of an empty image takes. */
let floor: number;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'interop-large-'));
  program = await bundleProgram('copier', directory);
  const { digest: small } = await pushSigned('large/small', 100);
  ({ digest, layer } = await pushSigned('large/source', LAYER));
  floor = await copy(`${tagRegistry}/large/small@${small}`, `${craneRegistry}/large/small`);
});

afterAll(() => rm(directory, { recursive: true, force: true }));

async function pushSigned(name: string, size: number): Promise<{ digest: string; layer: string }> {
  const repository = registry.repository(parseReference(`${tagRegistry}/${name}`));
  const config = await repository.pushBlob('text/plain', new TextEncoder().encode('{}'));
  const layer = await repository.pushBlob('application/octet-stream', randomBytes(size));
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config, layers: [layer] });
  const pushed = await repository.pushManifest(MANIFEST, new TextEncoder().encode(manifest));
  const signer = await createSigner(signing.key);
  const reference = `${tagRegistry}/${name}@${pushed.digest}`;
  await sign(reference, { signer, registry, manifestForm: 'config' });
  return { digest: pushed.digest, layer: layer.digest };
}

/** KiB of memory that the process had at its peak. */
async function copy(from: string, to: string): Promise<number> {
  return Number((await run(process.execPath, [program, from, to])).stdout);
}

describe('an image with a layer of 200 MiB', () => {
  it('is copied without being held as a whole, from registry to layout to registry', async () => {
    const layout = join(directory, 'layout');
    const inLayout = `layout:${layout},layout.example.com/large`;
    const peaks = [
      await copy(`${tagRegistry}/large/source@${digest}`, inLayout),
      await copy(`${inLayout}@${digest}`, `${olareg}/large/copy`),
      await copy(`${olareg}/large/copy@${digest}`, `${craneRegistry}/large/copy`),
    ];
    const more = peaks.map((peak) => Math.round((peak - floor) / 1024));
    console.log(`MiB next to the ${Math.round(floor / 1024)} of an image of no size: ${more.join(', ')}`);
    // Garbage that is not collected yet counts; a layer in memory as a whole takes more than twice its size.
    expect(Math.max(...more)).toBeLessThan(150);
    const flags = ['verify', '--scope', 'layout.example.com/large', '--oci-layout', `${layout}@${digest}`];
    expect(await signing.succeed(...flags)).toContain('Successfully verified');
    for (const host of [olareg, craneRegistry]) {
      const reference = `${host}/large/copy@${digest}`;
      expect(await signing.succeed('verify', INSECURE, reference)).toContain('Successfully verified');
      const stored = await fetch(`http://${host}/v2/large/copy/blobs/${layer}`, { method: 'HEAD' });
      expect(Number(stored.headers.get('content-length'))).toBe(LAYER);
    }
  });

  it('is not sent at all to another repository of the same registry', async () => {
    const target = `${tagRegistry}/large/mounted`;
    const begun = Date.now();
    const peak = await copy(`${tagRegistry}/large/source@${digest}`, target);
    const took = Date.now() - begun;
    console.log(`mounted in ${took} ms, ${Math.round((peak - floor) / 1024)} MiB more`);
    expect(peak - floor).toBeLessThan(16 * 1024);
    expect(await signing.succeed('verify', INSECURE, `${target}@${digest}`)).toContain('Successfully');
  });
});
