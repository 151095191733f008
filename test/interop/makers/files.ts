import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ErrorCode, isNotationError } from '../../../src/index.ts';
import { type Issued, OpensslAuthority, type OpensslKey } from '../support/openssl-authority.ts';
import { run } from '../support/run.ts';
import { filesOf, type Kind, type Maker, make } from './make.ts';
import { recordRows, type Section } from './table.ts';

export const PASSPHRASE = 'correct horse';
const KEYS: readonly OpensslKey[] = ['EC-521', 'RSA-2048'];

/** A file that both sides read. */
export interface FileCase {
  maker: Maker;
  variant: string;
  /** The kinds of key that it is about; several by default. */
  keys?: readonly OpensslKey[];
  /** What becomes of a file that not both read: here an error code, or `read`; and why. */
  unlike?: { here: ErrorCode | 'read'; openssl: 'read' | 'refused'; why: string };
}

/** A file, and the certificates of its key. */
export interface MadeFile {
  content: Buffer;
  /** Where it is. */
  path: string;
  leaf: Issued;
  authority: Issued;
}

/** Reads the file of each case, here and with a peer, for each kind of key; records what becomes of it. */
export function describeFileCases(
  section: Section,
  kind: Kind,
  cases: readonly FileCase[],
  /** It rejects where a file cannot be read; and the arguments of openssl, which fails then. */
  read: { here: (made: MadeFile) => Promise<unknown>; byOpenssl: (made: MadeFile) => readonly string[] },
): void {
  const record = recordRows(section, cases.length);
  let directory: string;
  let authority: OpensslAuthority;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'interop-files-'));
    authority = await OpensslAuthority.root(directory, 'Root');
  });

  afterAll(() => rm(directory, { recursive: true, force: true }));

  describe(`${section} that others make`, () => {
    const named = cases.map((made) => ({ ...made, what: [made.variant, ...(made.keys ?? [])].join(', ') }));
    it.each(named)('$what, by $maker', async ({ maker, variant, keys = KEYS, unlike, what }) => {
      const expected = { here: unlike?.here ?? 'read', openssl: unlike?.openssl ?? 'read' };
      for (const key of keys) {
        const made = await makeFile(maker, variant, key);
        const found = { here: await verdictHere(read.here(made)), openssl: await verdictOfOpenssl(made) };
        expect(found, key).toEqual(expected);
      }
      record({ maker, what, here: expected.here, peer: `openssl: ${expected.openssl}`, why: unlike?.why });
    });
  });

  async function verdictOfOpenssl(made: MadeFile): Promise<'read' | 'refused'> {
    const { code } = await run('openssl', read.byOpenssl(made));
    return code === 0 ? 'read' : 'refused';
  }

  async function makeFile(maker: Maker, variant: string, key: OpensslKey): Promise<MadeFile> {
    const leaf = await authority.issue('signer', {
      key,
      extensions: { keyUsage: 'critical,digitalSignature', extendedKeyUsage: 'codeSigning' },
    });
    const content = await make(maker, kind, variant, filesOf({ ca: authority.issued, leaf }));
    const path = `${leaf.keyPath}.made`;
    await writeFile(path, content);
    return { content, path, leaf, authority: authority.issued };
  }
}

async function verdictHere(reading: Promise<unknown>): Promise<string> {
  try {
    await reading;
    return 'read';
  } catch (error) {
    if (isNotationError(error)) return error.code;
    throw error;
  }
}
