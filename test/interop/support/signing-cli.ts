import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, inject } from 'vitest';
import type { TestCertificate } from '../../../src/testing/index.ts';
import { NotationCli } from './notation-cli.ts';
import { policy } from './verdict.ts';

/** The name of the key of the CLI. */
export const KEY = 'acme';
/** For commands of the CLI on a registry of this machine. */
export const INSECURE = '--insecure-registry';

/** The keys and the directory of the tests of a file. */
export interface SigningCli {
  /** The chain that both sides sign with and trust. */
  readonly key: TestCertificate;
  readonly cli: NotationCli;
  /** Removed after the tests. */
  readonly directory: string;
  /** Runs a command of the CLI that must succeed, and returns its output. */
  succeed(...args: readonly string[]): Promise<string>;
}

/** The CLI with a key that it trusts everywhere, and a directory, for the tests of the file that calls it. */
export function useSigningCli(): SigningCli {
  const key = inject('chains')['EC-256']['leaf + root'];
  let made: { cli: NotationCli; directory: string } | undefined;

  beforeAll(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'interop-'));
    const cli = await NotationCli.create();
    made = { cli, directory };
    await cli.addKey(KEY, key);
    await cli.addCertificates('ca:acme', key.root);
    await cli.setTrustPolicy(policy('*'));
  });

  afterAll(async () => {
    await made?.cli.dispose();
    if (made) await rm(made.directory, { recursive: true, force: true });
  });

  const get = () => {
    if (made) return made;
    throw new Error('the CLI is there while tests run only');
  };
  return {
    key,
    get cli() {
      return get().cli;
    },
    get directory() {
      return get().directory;
    },
    async succeed(...args) {
      const { code, stdout, stderr } = await get().cli.run(...args);
      if (code === 0) return stdout;
      throw new Error(`notation ${args.join(' ')} failed with ${code}: ${stderr}`);
    },
  };
}
