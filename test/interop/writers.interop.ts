import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createRegistry, listSignatures } from '../../src/index.ts';
import { generateTestCertificate } from '../../src/testing/index.ts';
import { pushImage } from '../support/artifact.ts';
import { bundleProgram } from './support/bundle.ts';
import { startDelayingProxy } from './support/delaying-proxy.ts';
import { NotationCli } from './support/notation-cli.ts';

const run = promisify(execFile);
const WRITERS = 8;
const { tagRegistry, apiRegistry, craneRegistry, olareg } = inject('hosts');

let directory: string;
let program: string;
let certificate: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'interop-writers-'));
  program = await bundleProgram('writer', directory);
  certificate = join(directory, 'certificate.json');
  await writeFile(certificate, JSON.stringify(await generateTestCertificate({ name: 'writer.example' })));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

const REGISTRIES = [
  ['without the referrers API', 0, tagRegistry],
  ['without the referrers API', 0, tagRegistry],
  ['without the referrers API', 20, tagRegistry],
  ['without the referrers API', 100, tagRegistry],
  ['of crane', 0, craneRegistry],
  ['of crane', 20, craneRegistry],
  ['with the referrers API', 0, apiRegistry],
  ['of olareg', 0, olareg],
  ['of olareg', 100, olareg],
] as const;

describe('programs of their own that sign one image at the same moment', () => {
  it.each(REGISTRIES)('lose no entry in a registry %s, %d ms away', async (_, delay, host) => {
    const registry = createRegistry();
    const proxy = await startDelayingProxy(host, delay);
    try {
      const repository = `writers/${crypto.randomUUID()}`;
      const { digest } = await pushImage(registry, `${host}/${repository}`);
      const start = String(Date.now() + 3000);
      const writer = [program, `${proxy.host}/${repository}@${digest}`, certificate, start];
      const writers = Array.from({ length: WRITERS }, () => run(process.execPath, writer));
      const signed = (await Promise.all(writers)).map(({ stdout }) => stdout.trim());
      const reference = `${host}/${repository}@${digest}`;
      const listed: string[] = [];
      for await (const { digest } of listSignatures(reference, { registry })) listed.push(digest);
      expect(new Set(signed).size).toBe(WRITERS);
      expect(listed.sort()).toEqual(signed.sort());
      await expectListedByCli(reference, signed);
    } finally {
      proxy.close();
    }
  });
});

async function expectListedByCli(reference: string, digests: readonly string[]): Promise<void> {
  const cli = await NotationCli.create();
  try {
    const { stdout } = await cli.run('list', '--insecure-registry', reference);
    expect(digests.filter((digest) => !stdout.includes(digest))).toEqual([]);
  } finally {
    await cli.dispose();
  }
}
