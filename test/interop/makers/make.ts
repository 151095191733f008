import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KeyPair } from '../support/notation-cli.ts';
import { runWell } from '../support/run.ts';
import { TOOL_PATH, type Tool } from '../support/tools.ts';

/** What is made. */
export type Kind = 'key' | 'pkcs12' | 'chain' | 'crl' | 'ocsp' | 'timestamp';

/** A program that takes a kind, a variant and a directory, which has the input and gets the output. */
type Program = readonly [tool: Tool, ...args: string[]];

const script = (name: string): Program => [
  'bash',
  fileURLToPath(new URL(`programs/${name}.sh`, import.meta.url)),
];

/** The programs by the names of the makers. */
const PROGRAMS = {
  'Bouncy Castle': ['bouncy-castle', 'BC'],
  JDK: ['bouncy-castle', 'JDK'],
  GnuTLS: script('gnutls'),
  NSS: script('nss'),
  cfssl: script('cfssl'),
  'easy-rsa': script('easy-rsa'),
  certomancer: ['python-maker', 'certomancer'],
  pyHanko: ['python-maker', 'pyhanko'],
  cryptography: ['python-maker', 'cryptography'],
  digitorus: ['digitorus'],
  rcgen: ['rcgen-maker'],
} as const satisfies Record<string, Program>;

export type Maker = keyof typeof PROGRAMS;

/** The input of a maker, by the names of files: PEM of keys and certificates, and data. */
export type MakerFiles = Readonly<Record<string, string | Uint8Array>>;

/** The files of keys with their certificates. */
export function filesOf(
  pairs: Readonly<Record<string, { privateKey: string; certificate: string }>>,
): MakerFiles {
  return Object.fromEntries(
    Object.entries(pairs).flatMap(([name, { privateKey, certificate }]) => [
      [`${name}.key`, privateKey],
      [`${name}.crt`, certificate],
    ]),
  );
}

/** The bytes that a maker makes. */
export function make(maker: Maker, kind: Kind, variant: string, files: MakerFiles = {}): Promise<Buffer> {
  return inDirectory(async (directory) => {
    await run(maker, kind, variant, directory, files);
    return readFile(join(directory, 'out'));
  });
}

/** A chain with a new key that a maker makes, and its root. */
export function makeChain(maker: Maker, variant: string): Promise<KeyPair & { root: string }> {
  return inDirectory(async (directory) => {
    await run(maker, 'chain', variant, directory, {});
    const [privateKey, certificates, root] = await Promise.all(
      ['leaf.key', 'leaf.crt', 'root.crt'].map((name) => readFile(join(directory, name), 'utf8')),
    );
    return { privateKey: privateKey ?? '', certificates: certificates ?? '', root: root ?? '' };
  });
}

async function run(
  maker: Maker,
  kind: Kind,
  variant: string,
  directory: string,
  files: MakerFiles,
): Promise<void> {
  await Promise.all(
    Object.entries(files).map(([name, content]) => writeFile(join(directory, name), content)),
  );
  const [tool, ...args] = PROGRAMS[maker];
  await runWell(tool, [...args, kind, variant, directory], { PATH: TOOL_PATH, HOME: directory });
}

async function inDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'interop-maker-'));
  try {
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
