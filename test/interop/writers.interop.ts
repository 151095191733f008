import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { createRegistry, listSignatures } from '../../src/index.ts';
import { generateTestCertificate } from '../../src/testing/index.ts';
import { pushImage } from '../support/artifact.ts';
import { NotationCli } from './support/notation-cli.ts';

const run = promisify(execFile);
const WRITERS = 8;

describe('programs of their own that sign one image at the same moment', () => {
  beforeAll(() => run('npm', ['run', '--silent', 'build']), 180_000);

  it.each([1, 2, 3])(
    'lose nothing of each other in a registry without the referrers API, round %d',
    async () => {
      const registry = createRegistry();
      const name = `${inject('hosts').tagRegistry}/writers/${crypto.randomUUID()}`;
      const { reference } = await pushImage(registry, name);
      const folder = await mkdtemp(join(tmpdir(), 'interop-writers-'));
      try {
        const file = join(folder, 'certificate.json');
        await writeFile(file, JSON.stringify(await generateTestCertificate({ name: 'writer.example' })));
        const start = String(Date.now() + 3000);
        const program = ['test/interop/support/writer.mjs', reference, file, start];
        const writers = Array.from({ length: WRITERS }, () => run(process.execPath, program));
        const signed = (await Promise.all(writers)).map(({ stdout }) => stdout.trim());
        const listed: string[] = [];
        for await (const { digest } of listSignatures(reference, { registry })) listed.push(digest);
        expect(new Set(signed).size).toBe(WRITERS);
        expect(listed.sort()).toEqual(signed.sort());
        await expectListedByCli(reference, signed);
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  );
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
