import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { createRegistry } from '../../src/index.ts';
import { pushImage } from '../support/artifact.ts';
import { NotationCli } from './support/notation-cli.ts';
import { packPlugin } from './support/plugin-files.ts';
import type { Outcome } from './support/run.ts';

/** notation uses plain HTTP for this host by default. */
const host = inject('hosts').tagRegistry.replace('127.0.0.1', 'localhost');
const ABSENT = `sha256:${'0'.repeat(64)}`;

/** Both programs run the same lines, each with a configuration and an image of its own. */
interface Side {
  cli: NotationCli;
  /** The name of the repository. */
  repository: string;
  digest: string;
  run(args: readonly string[]): Promise<Outcome>;
}

let notation: Side;
let notarykit: Side;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'interop-command-'));
  notation = await createSide((cli) => (args) => cli.run(...args));
  notarykit = await createSide((cli) => (args) => runHere(cli, args));
  const capabilities = ['SIGNATURE_GENERATOR.RAW'];
  const plugin = await packPlugin(directory, 'tar.gz', { name: 'acme', capabilities });
  await rename(plugin, join(directory, 'notation-acme.tar.gz'));
  const statement = {
    name: 'all',
    registryScopes: ['*'],
    signatureVerification: { level: 'strict' },
    trustStores: ['ca:acme.example'],
    trustedIdentities: ['*'],
  };
  await writeFile(
    join(directory, 'policy.json'),
    JSON.stringify({ version: '1.0', trustPolicies: [statement] }),
  );
  await writeFile(join(directory, 'invalid.json'), '{"version":"1.0","trustPolicies":[{"name":"all"}]}');
});

afterAll(async () => {
  await Promise.all([notation.cli.dispose(), notarykit.cli.dispose(), rm(directory, { recursive: true })]);
});

beforeEach(() => {
  vi.unstubAllEnvs();
});

async function createSide(make: (cli: NotationCli) => Side['run']): Promise<Side> {
  const cli = await NotationCli.create();
  const repository = `${host}/command/${crypto.randomUUID()}`;
  const { digest } = await pushImage(createRegistry(), repository.replace('localhost', '127.0.0.1'));
  return { cli, repository, digest, run: make(cli) };
}

/** Runs the command in this process. */
async function runHere({ configDirectory }: NotationCli, args: readonly string[]): Promise<Outcome> {
  vi.stubEnv('NOTATION_CONFIG', configDirectory);
  vi.stubEnv('NOTATION_LIBEXEC', join(dirname(configDirectory), 'libexec'));
  vi.stubEnv('DOCKER_CONFIG', join(dirname(configDirectory), 'docker'));
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end();
  const { signal } = new AbortController();
  const code = await run(args, { stdin, stdout, stderr, env: process.env, signal });
  const text = (stream: PassThrough) => String(stream.read() ?? '');
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/**
 * The documented command lines of the CLI, in an order in which each finds what it needs. `REPOSITORY` and `DIGEST` are
 * those of the side, `FILES` is a directory with files, `CONFIG` the directory of its configuration.
 */
const SAME_OUTPUT = [
  'key list',
  'cert list',
  'plugin list',
  'cert generate-test --default acme.example',
  'key ls',
  'cert ls',
  'certificate list --type ca --store acme.example',
  'cert ls --type tsa',
  'cert ls --store none',
  'cert add --type ca --store more CONFIG/localkeys/acme.example.crt',
  'cert add --type signingAuthority --store more CONFIG/localkeys/acme.example.crt',
  'cert ls --store more',
  'list REPOSITORY@DIGEST',
  'inspect REPOSITORY@DIGEST',
  'sign REPOSITORY@DIGEST',
  'sign REPOSITORY:v1',
  'sign --signature-format cose REPOSITORY@DIGEST',
  'sign --key acme.example --user-metadata buildId=101 REPOSITORY@DIGEST',
  'sign -k acme.example -m buildId=102 -m commit=9f8e REPOSITORY@DIGEST',
  'sign --expiry 24h REPOSITORY@DIGEST',
  'sign -e 3h20m --signature-format=jws REPOSITORY@DIGEST',
  'sign --force-referrers-tag=false REPOSITORY@DIGEST',
  'sign --force-referrers-tag REPOSITORY@DIGEST',
  'sign --insecure-registry REPOSITORY@DIGEST',
  'list REPOSITORY:v1',
  'ls REPOSITORY@DIGEST',
  'list --max-signatures 2 REPOSITORY@DIGEST',
  'inspect REPOSITORY@DIGEST',
  'inspect REPOSITORY:v1',
  'inspect --output json REPOSITORY@DIGEST',
  'inspect -o json REPOSITORY:v1',
  'policy import FILES/policy.json',
  'policy show',
  'policy import --force FILES/policy.json',
  'verify REPOSITORY@DIGEST',
  'verify REPOSITORY:v1',
  'verify --user-metadata buildId=101 REPOSITORY@DIGEST',
  'verify --max-signatures 100 REPOSITORY@DIGEST',
  'verify --plugin-config key=value REPOSITORY@DIGEST',
  'plugin install --file FILES/notation-acme.tar.gz',
  'plugin ls',
  'plugin uninstall -y acme',
] as const;

/** Lines that notarykit rejects and notation does not, with the rows of `docs/migration.md` that say so. */
const STRICTER = [
  ['cert add -t tsa -s more CONFIG/localkeys/acme.example.crt', 'cert add --type tsa'],
] as const;

/** Lines that both reject, each in its own words. */
const BOTH_FAIL = [
  'cert generate-test acme.example',
  'cert generate-test not/a/name',
  'cert add --type ca --store more CONFIG/localkeys/acme.example.crt',
  'cert add --type ca --store more FILES/policy.json',
  'cert add --type other --store more CONFIG/localkeys/acme.example.crt',
  'cert add --store more CONFIG/localkeys/acme.example.crt',
  'key add --plugin none --id 1 other',
  'key add --default other',
  'sign --key none REPOSITORY@DIGEST',
  'sign --key acme.example --plugin acme --id 1 REPOSITORY@DIGEST',
  'sign --plugin acme REPOSITORY@DIGEST',
  'sign --signature-format xml REPOSITORY@DIGEST',
  'sign --expiry tomorrow REPOSITORY@DIGEST',
  'sign -m buildId REPOSITORY@DIGEST',
  'sign -m io.cncf.notary.x=1 REPOSITORY@DIGEST',
  'sign --timestamp-url http://tsa.example REPOSITORY@DIGEST',
  'sign',
  `sign REPOSITORY@${ABSENT}`,
  'list',
  'list REPOSITORY',
  'list --max-signatures 0 REPOSITORY@DIGEST',
  `inspect REPOSITORY@${ABSENT}`,
  'inspect REPOSITORY:none',
  'policy import FILES/none.json',
  'policy import --force FILES/invalid.json',
  'verify',
  'verify REPOSITORY',
  'verify REPOSITORY:none',
  'verify --user-metadata buildId=103 REPOSITORY@DIGEST',
  'verify --max-signatures 0 REPOSITORY@DIGEST',
  'verify --no-such-flag REPOSITORY@DIGEST',
  'plugin install FILES/notation-acme.tar.gz',
  'plugin install --file FILES/policy.json',
  'plugin install --url https://acme.example/plugin.zip',
  'plugin uninstall none',
  'no-such-command',
] as const;

function argumentsOf(line: string, { cli, repository, digest }: Side): string[] {
  const filled = line
    .replace('REPOSITORY', repository)
    .replace('DIGEST', digest)
    .replace('FILES', directory)
    .replace('CONFIG', cli.configDirectory);
  return filled.split(' ');
}

describe('a documented command line of notation', () => {
  it.each(SAME_OUTPUT)('notation %s: exits and prints alike', async (line) => {
    const [there, here] = await Promise.all(
      [notation, notarykit].map(async (side) => outcomeOf(await side.run(argumentsOf(line, side)), side)),
    );
    expect(here).toEqual(there);
    expect(here?.code).toBe(0);
  });

  it.each(BOTH_FAIL)('notation %s: is rejected by both', async (line) => {
    const [there, here] = await Promise.all(
      [notation, notarykit].map((side) => side.run(argumentsOf(line, side))),
    );
    expect(there?.code).toBe(1);
    expect([1, 2, 3]).toContain(here?.code);
    expect(here?.stdout).toBe('');
    // Several problems are listed below the error, each on a line.
    expect(here?.stderr).toMatch(/^(?:Warning: .*\n)*Error: .*\n(?: {2}- .*\n)*To do: .*\n/);
  });

  it.each(STRICTER)('notation %s: is rejected here, which the row "%s" explains', async (line, row) => {
    expect((await notation.run(argumentsOf(line, notation))).code).toBe(0);
    expect((await notarykit.run(argumentsOf(line, notarykit))).code).toBe(2);
    expect(await readFile('docs/migration.md', 'utf8')).toContain(`| \`${row}\` |`);
  });

  it('is understood by notation, too, after notarykit has run it', async () => {
    const reference = `${notarykit.repository}@${notarykit.digest}`;
    expect(await notarykit.cli.run('verify', reference)).toMatchObject({ code: 0 });
    expect(await notation.cli.run('verify', `${notation.repository}@${notation.digest}`)).toMatchObject({
      code: 0,
    });
  });
});

/** The exit code, and what is printed without what differs between any two runs. */
function outcomeOf({ code, stdout, stderr }: Outcome, side: Side) {
  // The CLI prints some warnings on standard output.
  return { code, said: normal(`${stdout}\n${warningsIn(stderr)}`, side) };
}

/** That there is a warning about a tag, in whatever words; the CLI also warns of what its registry client could not remove. */
function warningsIn(stderr: string): string {
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('Warning: ') && !line.includes('outdated referrers index'))
    .map((line) => (/\btag\b/.test(line) ? 'Warning: about the tag' : line))
    .join('\n');
}

const TIME = /\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g;

/** Lines are sorted: the CLI prints attributes and signatures of the same second in any order. */
function normal(text: string, { cli, repository, digest }: Side): string[] {
  return text
    .replaceAll(repository, 'REPOSITORY')
    .replaceAll(digest, 'DIGEST')
    .replaceAll(cli.configDirectory, 'CONFIG')
    .replace(TIME, 'TIME')
    .replace(/[0-9a-f]{64}/g, 'HASH')
    .replace(/notation-go\/[\d.]+|notarykit\/[\d.]+/g, 'AGENT')
    .split('\n')
    .map((line) => line.replace(/^[│├└─\s]+/, '').replace(/,?\s*$/, ''))
    .filter((line) => line !== '')
    .sort();
}
