import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSigner, sign } from '../../../src/index.ts';
import { createRegistry } from '../../../src/oci/index.ts';
import { generateTestCertificate, type TestCertificate } from '../../../src/testing/index.ts';
import { bundle } from '../../node/bundle.ts';
import { policyDocument, pushImage } from '../../support/artifact.ts';
import { type RegistryServer, startRegistry } from '../../support/registry-server.ts';
import { startRedis } from '../support/redis-server.ts';

const run = promisify(execFile);

describe('verdicts in Redis', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let server: RegistryServer;
  let directory: string;
  let program: string;
  let certificate: TestCertificate;
  let reference: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'interop-verdicts-'));
    program = await bundle(fileURLToPath(new URL('verify-process.mjs', import.meta.url)), directory);
    certificate = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
  });

  beforeEach(async () => {
    [redis, server] = [await startRedis(), await startRegistry()];
    const registry = createRegistry();
    ({ reference } = await pushImage(registry, `${server.host}/team/app`));
    await sign(reference, { signer: await createSigner(certificate), registry });
    server.requests.length = 0;
    return async () => {
      await Promise.all([redis.stop().catch(() => undefined), server.close()]);
    };
  });

  afterAll(() => rm(directory, { recursive: true, force: true }));

  /** Verifies in a process of its own. */
  async function verified(level = 'strict') {
    const policy = policyDocument({ registryScopes: ['*'], signatureVerification: { level } });
    const args = [program, reference, String(redis.port), JSON.stringify(policy), certificate.root];
    const { stdout } = await run(execPath, args, { env: {}, timeout: 60_000 });
    return JSON.parse(stdout);
  }

  it('are shared by two processes, the second of which requests nothing', async () => {
    expect(await verified()).toEqual({ outcome: 'verified', cache: 'miss', notes: [] });
    server.requests.length = 0;

    expect(await verified()).toEqual({ outcome: 'verified', cache: 'hit', notes: [] });
    expect(server.requests).toEqual([]);
  });

  it('are not shared under another policy', async () => {
    await verified();

    expect(await verified('permissive')).toMatchObject({ cache: 'miss' });
  });

  it('are done without if the server is down', async () => {
    await redis.stop();

    const { outcome, cache, notes } = await verified();
    expect([outcome, cache]).toEqual(['verified', 'miss']);
    expect(notes).toHaveLength(2);
    expect(notes[0]).toMatch(/^the cache (failed|took)/);
  });
});
