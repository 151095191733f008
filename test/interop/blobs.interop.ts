import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  type BlobVerifierOptions,
  createSigner,
  createTrustStore,
  evaluateBlob,
  parseBlobTrustPolicy,
  type SignBlobOptions,
  signBlob,
  type TrustStore,
  type VerifyBlobOptions,
} from '../../src/index.ts';
import { KEY_TYPES, type KeyType } from './support/chains.ts';
import { NotationCli } from './support/notation-cli.ts';
import { type Outcome, run } from './support/run.ts';

const CONTENT = `${'a line of the release\n'.repeat(5000)}`;
const FORMATS = ['jws', 'cose'] as const;
const SHAPE = 'leaf + intermediate + root';

const POLICY = {
  version: '1.0',
  trustPolicies: [
    {
      name: 'releases',
      signatureVerification: { level: 'strict' },
      trustStores: ['ca:acme'],
      trustedIdentities: ['*'],
      globalPolicy: true,
    },
    {
      name: 'by another signer',
      signatureVerification: { level: 'strict' },
      trustStores: ['ca:acme'],
      trustedIdentities: ['x509.subject: C=US, ST=WA, O=Somebody else'],
    },
    {
      name: 'looked at',
      signatureVerification: { level: 'audit' },
      trustStores: ['ca:acme'],
      trustedIdentities: ['x509.subject: C=US, ST=WA, O=Somebody else'],
    },
  ],
};

let directory: string;
let cli: NotationCli;
let trustStore: TrustStore;
const chains = inject('chains');
const chainOf = (keySpec: KeyType) => chains[keySpec][SHAPE];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'interop-blobs-'));
  cli = await NotationCli.create();
  const roots = KEY_TYPES.map((keySpec) => chainOf(keySpec).root);
  await cli.addCertificates('ca:acme', ...roots);
  trustStore = createTrustStore({ 'ca:acme': roots.join('\n') });
  await writeFile(join(cli.configDirectory, 'trustpolicy.blob.json'), JSON.stringify(POLICY), {
    mode: 0o600,
  });
  await writeFile(join(directory, 'release.txt'), CONTENT);
  await writeFile(join(directory, 'other.txt'), `${CONTENT}!`);
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
  await cli.dispose();
});

function notationBlob(...args: readonly string[]): Promise<Outcome> {
  return run('notation-blob', args, { NOTATION_CONFIG: cli.configDirectory });
}

/** The verdicts of both sides on one signature: whether it is trusted. */
async function verdicts(
  signature: Uint8Array,
  options: Partial<BlobVerifierOptions & VerifyBlobOptions> = {},
  file = 'release.txt',
): Promise<{ here: string; there: string; why: string }> {
  const { policyName, mediaType, userMetadata = {}, signatureFormat: format = 'jws' } = options;
  const path = join(directory, `${crypto.randomUUID()}.sig`);
  await writeFile(path, signature);
  const trustPolicy = parseBlobTrustPolicy(POLICY);
  const data = await readFile(join(directory, file));
  const report = await evaluateBlob(data, signature, { trustPolicy, trustStore, ...options });
  const peer = await notationBlob(
    'verify',
    ...['--format', format, '--signature', path],
    ...(policyName === undefined ? [] : ['--policy-name', policyName]),
    ...(mediaType === undefined ? [] : ['--media-type', mediaType]),
    ...Object.entries(userMetadata).flatMap(([key, value]) => ['-m', `${key}=${value}`]),
    join(directory, file),
  );
  const there = peer.code === 0 ? 'verified' : 'rejected';
  return { here: report.outcome, there, why: `${report.reason?.message}; ${peer.stderr}` };
}

async function expectBoth(
  outcome: 'verified' | 'rejected',
  ...args: Parameters<typeof verdicts>
): Promise<void> {
  const { why, ...both } = await verdicts(...args);
  expect(both, why).toEqual({ here: outcome, there: outcome });
}

async function signHere(keySpec: KeyType, options: Partial<SignBlobOptions> = {}): Promise<Uint8Array> {
  const signer = await createSigner(chainOf(keySpec));
  return (await signBlob(new Blob([CONTENT]), { signer, ...options })).signature;
}

async function signThere(keySpec: KeyType, ...flags: readonly string[]): Promise<Uint8Array> {
  const { privateKey, certificates } = chainOf(keySpec);
  const [key, chain, output] = ['key', 'crt', 'sig'].map((end) => join(directory, `${keySpec}.${end}`));
  await writeFile(String(key), privateKey);
  await writeFile(String(chain), certificates);
  const { code, stderr } = await notationBlob(
    'sign',
    ...['--key', String(key), '--certificates', String(chain), '--output', String(output)],
    ...flags,
    join(directory, 'release.txt'),
  );
  expect(code, stderr).toBe(0);
  return readFile(String(output));
}

describe.each(FORMATS)('a blob signed in the format %s', (format) => {
  it.each(KEY_TYPES)('by us with a %s key is trusted by both', async (keySpec) => {
    const signature = await signHere(keySpec, {
      format,
      userMetadata: { build: '7' },
      mediaType: 'text/plain',
    });
    await expectBoth('verified', signature, {
      signatureFormat: format,
      userMetadata: { build: '7' },
      mediaType: 'text/plain',
    });
  });

  it.each(KEY_TYPES)('by the peer with a %s key is trusted by both', async (keySpec) => {
    const flags = ['--media-type', 'text/plain', '-m', 'build=7', '--expiry', '1h'];
    const signature = await signThere(keySpec, '--format', format, ...flags);
    await expectBoth('verified', signature, {
      signatureFormat: format,
      userMetadata: { build: '7' },
      mediaType: 'text/plain',
    });
  });

  it('and changed afterwards is trusted by neither', async () => {
    await expectBoth(
      'rejected',
      await signHere('EC-256', { format }),
      { signatureFormat: format },
      'other.txt',
    );
    await expectBoth(
      'rejected',
      await signThere('EC-256', '--format', format),
      { signatureFormat: format },
      'other.txt',
    );
  });

  it('with other user metadata is trusted by neither', async () => {
    const signature = await signHere('EC-256', { format, userMetadata: { build: '7' } });
    await expectBoth('rejected', signature, { signatureFormat: format, userMetadata: { build: '8' } });
  });

  it('as another media type is trusted by neither', async () => {
    await expectBoth('rejected', await signHere('EC-256', { format }), {
      signatureFormat: format,
      mediaType: 'text/plain',
    });
  });

  it('and expired is trusted by neither', async () => {
    const signature = await signHere('EC-256', { format, expiresIn: 1 });
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await expectBoth('rejected', signature, { signatureFormat: format });
  });

  it('by a signer that the statement does not name is trusted by neither', async () => {
    await expectBoth('rejected', await signHere('EC-256', { format }), {
      signatureFormat: format,
      policyName: 'by another signer',
    });
  });

  it('passes on both sides if the statement only logs', async () => {
    await expectBoth('verified', await signHere('EC-256', { format }), {
      signatureFormat: format,
      policyName: 'looked at',
    });
  });

  it('under a statement that does not exist is trusted by neither', async () => {
    await expectBoth('rejected', await signHere('EC-256', { format }), {
      signatureFormat: format,
      policyName: 'nightlies',
    });
  });

  it('is trusted by neither when it is read in the other format', async () => {
    const other = format === 'jws' ? 'cose' : 'jws';
    await expectBoth('rejected', await signHere('EC-256', { format }), { signatureFormat: other });
  });
});
