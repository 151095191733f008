// The behaviour suite, in any runtime: the unit tests that do not need Node, and those of loopback/.
import { files } from 'suite:files';
import { type Ability, probeAbilities } from './abilities.ts';
import { useHost } from './loopback/host.ts';
import { probeQuirks } from './quirks.ts';
import { provideRsaKeys } from './shims/node-crypto.ts';
import type { RsaKey } from './shims/rsa.ts';
import { provideVectors } from './shims/vectors.ts';
import { type FileResult, runFile } from './shims/vitest.ts';

/** The values that the host passes: see host/server.ts. */
interface Fixtures {
  otherOrigin: string;
  rsaKeys: RsaKey[];
  vectors: Record<string, string>;
}

export interface SuiteReport {
  files: FileResult[];
  abilities: Ability[];
  quirks: Ability[];
  milliseconds: number;
}

/**
 * Runs everything.
 * @param host - The origin of the server that the loopback tests talk to, and that has the fixtures.
 * @param only - Runs only the files whose path contains this string.
 */
export async function runSuite(host: string, only = ''): Promise<SuiteReport> {
  const start = Date.now();
  const fixtures = (await (await fetch(`${host}/fixtures.json`)).json()) as Fixtures;
  provideRsaKeys(fixtures.rsaKeys);
  provideVectors(fixtures.vectors);
  useHost(host);
  const results: FileResult[] = [];
  for (const [file, evaluate] of files) {
    if (file.includes(only)) results.push(await runFile(file, evaluate));
  }
  return {
    files: results,
    abilities: await probeAbilities(host, fixtures.otherOrigin),
    quirks: await probeQuirks(host),
    milliseconds: Date.now() - start,
  };
}
