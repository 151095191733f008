import { createHash } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, inject, it } from 'vitest';
import {
  createRegistry,
  createSigner,
  createTrustStore,
  evaluate,
  listSignatures,
  parseTrustPolicy,
  type Registry,
  sign,
  type VerificationReport,
} from '../../src/index.ts';
import { createImageLayout } from '../../src/node/index.ts';
import { runWell } from './support/run.ts';
import { INSECURE, KEY, useSigningCli } from './support/signing-cli.ts';
import { policy } from './support/verdict.ts';

const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const IMAGE_INDEX = 'application/vnd.oci.image.index.v1+json';
const IMAGE_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

const { tagRegistry, apiRegistry, craneRegistry, olareg } = inject('hosts');
const registry: Registry = createRegistry();
const signing = useSigningCli();
const { key, succeed } = signing;

/** Artifacts as people push them: each gives the digest of what is to be signed. */
const KINDS: readonly [name: string, mediaType: string, push: (repository: string) => Promise<string>][] = [
  ['a Docker image of two layers, pushed by crane', DOCKER_MANIFEST, pushDockerImage],
  ['an index of two images, made by crane', IMAGE_INDEX, pushIndex],
  ['an artifact, pushed by oras', IMAGE_MANIFEST, pushArtifact],
  ['a bill of materials that refers to an image, attached by oras', IMAGE_MANIFEST, attachSbom],
];

const REGISTRIES = [
  ['without the referrers API', tagRegistry, []],
  ['with the referrers API', apiRegistry, ['--force-referrers-tag=false']],
  ['of crane', craneRegistry, []],
  ['of olareg', olareg, ['--force-referrers-tag=false']],
] as const;

describe.each(REGISTRIES)('in a registry %s', (_, host, flags) => {
  describe.each(KINDS)('%s', (name, mediaType, push) => {
    const repository = `${host}/images/${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;

    it('signed by the CLI is verified here', async () => {
      const reference = `${repository}/by-cli@${await push(`${repository}/by-cli`)}`;
      await succeed('sign', '--key', KEY, INSECURE, ...flags, reference);
      expect(await verdictOf(reference)).toMatchObject({ outcome: 'verified', artifact: { mediaType } });
    });

    it('signed here is verified by the CLI', async () => {
      const reference = `${repository}/here@${await push(`${repository}/here`)}`;
      await sign(reference, { signer: await createSigner(key), registry });
      expect(await succeed('verify', INSECURE, reference)).toContain('Successfully verified');
    });
  });

  it('a tag that was signed by the CLI is verified here', async () => {
    const repository = `${host}/images/tags/by-cli`;
    const digest = await pushArtifact(repository);
    await succeed('sign', '--key', KEY, INSECURE, ...flags, `${repository}:v1`);
    expect(await verdictOf(`${repository}:v1`)).toMatchObject({ outcome: 'verified', artifact: { digest } });
  });

  it('a tag that was signed here is verified by the CLI', async () => {
    const repository = `${host}/images/tags/here`;
    await pushArtifact(repository);
    await sign(`${repository}:v1`, { signer: await createSigner(key), registry });
    expect(await succeed('verify', INSECURE, `${repository}:v1`)).toContain('Successfully verified');
  });

  it('the signatures of both sides are listed alike', async () => {
    const repository = `${host}/images/lists`;
    const reference = `${repository}@${await pushArtifact(repository)}`;
    const signer = await createSigner(key);
    await succeed('sign', '--key', KEY, INSECURE, ...flags, reference);
    await sign(reference, { signer, registry, format: 'cose' });
    await succeed('sign', '--key', KEY, INSECURE, ...flags, '--signature-format', 'cose', reference);
    await sign(reference, { signer, registry, manifestForm: 'config' });

    const listed = await succeed('list', INSECURE, reference);
    const digests: string[] = [];
    for await (const { digest } of listSignatures(reference, { registry })) digests.push(digest);
    expect(digests).toHaveLength(4);
    expect([...listed.matchAll(/── (sha256:[0-9a-f]{64})/g)].map(([, digest]) => digest)).toEqual(digests);
  });

  it('a signature made here is a referrer for oras', async () => {
    const repository = `${host}/images/discovered`;
    const reference = `${repository}@${await pushArtifact(repository)}`;
    const { signature } = await sign(reference, { signer: await createSigner(key), registry });
    const printed = await oras('discover', '--plain-http', '--format', 'json', reference);
    expect(JSON.parse(printed)).toMatchObject({
      referrers: [{ digest: signature.digest, artifactType: 'application/vnd.cncf.notary.signature' }],
    });
  });
});

describe('signatures that oras copies along with an artifact', () => {
  it('made here, are verified by the CLI from registry to layout to registry', async () => {
    const [from, to] = [`${tagRegistry}/copies/here`, `${apiRegistry}/copies/here`];
    const digest = await pushArtifact(from);
    await sign(`${from}@${digest}`, { signer: await createSigner(key), registry, manifestForm: 'config' });
    const layout = await copyAlong(from, to, digest);
    const target = ['--oci-layout', `${layout}@${digest}`, '--scope', 'registry.example.com/copies'];
    expect(await succeed('verify', ...target)).toContain('Successfully verified');
    expect(await succeed('verify', INSECURE, `${to}@${digest}`)).toContain('Successfully verified');
  });

  it('made by the CLI, are verified here from registry to layout to registry', async () => {
    const [from, to] = [`${tagRegistry}/copies/by-cli`, `${apiRegistry}/copies/by-cli`];
    const digest = await pushArtifact(from);
    await succeed('sign', '--key', KEY, INSECURE, `${from}@${digest}`);
    const layout = createImageLayout(await copyAlong(from, to, digest));
    expect(await verdictOf(`registry.example.com/copies@${digest}`, layout)).toMatchObject({
      outcome: 'verified',
    });
    expect(await verdictOf(`${to}@${digest}`)).toMatchObject({ outcome: 'verified' });
  });

  it('are not verified on either side if only the artifact was copied', async () => {
    const [from, to] = [`${tagRegistry}/copies/alone`, `${apiRegistry}/copies/alone`];
    const digest = await pushArtifact(from);
    await succeed('sign', '--key', KEY, INSECURE, `${from}@${digest}`);
    await runWell('crane', ['copy', '--insecure', `${from}@${digest}`, `${to}:v1`], home());
    expect(await verdictOf(`${to}@${digest}`)).toMatchObject({
      outcome: 'rejected',
      reason: { code: 'ERR_NO_SIGNATURE' },
    });
    const { code, stderr } = await signing.cli.run('verify', INSECURE, `${to}@${digest}`);
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no signature is associated'),
    });
  });
});

/** Copies the artifact with its referrers into a layout, and from there into another repository. */
async function copyAlong(from: string, to: string, digest: string): Promise<string> {
  const layout = await mkdtemp(join(signing.directory, 'layout-'));
  const recursive = ['copy', '--recursive', '--no-tty'];
  await oras(...recursive, '--from-plain-http', '--to-oci-layout', `${from}@${digest}`, `${layout}:v1`);
  await oras(...recursive, '--from-oci-layout', '--to-plain-http', `${layout}@${digest}`, `${to}:v1`);
  return layout;
}

function verdictOf(reference: string, from = registry): Promise<VerificationReport> {
  return evaluate(reference, {
    registry: from,
    trustPolicy: parseTrustPolicy(policy('*')),
    trustStore: createTrustStore({ 'ca:acme': key.root }),
  });
}

async function pushDockerImage(repository: string): Promise<string> {
  const layers = await Promise.all(['first', 'second'].map((text) => writeTar(`${repository} ${text}`)));
  const files = layers.flatMap((layer) => ['--new_layer', layer]);
  return crane('append', '--new_tag', `${repository}:v1`, ...files);
}

async function pushIndex(repository: string): Promise<string> {
  const images = await Promise.all(
    ['amd64', 'arm64'].map(async (name) =>
      `${repository}@${await pushDockerImage(`${repository}/${name}`)}`.replace('@', `/${name}@`),
    ),
  );
  const manifests = images.flatMap((image) => ['--manifest', image]);
  return crane('index', 'append', '--tag', `${repository}:v1`, ...manifests);
}

/** Pushes with crane, and returns the digest that it prints. */
async function crane(...args: readonly string[]): Promise<string> {
  const printed = await runWell('crane', [...args, '--insecure'], home());
  return printed.trim().split('@')[1] ?? '';
}

async function pushArtifact(repository: string): Promise<string> {
  const file = join(signing.directory, `${createHash('sha256').update(repository).digest('hex')}.txt`);
  await writeFile(file, repository);
  const type = ['--artifact-type', 'application/vnd.example.model'];
  return digestIn(await oras('push', ...PUSH, ...type, `${repository}:v1`, file));
}

async function attachSbom(repository: string): Promise<string> {
  const image = `${repository}@${await pushArtifact(repository)}`;
  const file = join(signing.directory, `${createHash('sha256').update(repository).digest('hex')}.json`);
  await writeFile(file, '{"spdxVersion":"SPDX-2.3"}');
  return digestIn(await oras('attach', ...PUSH, '--artifact-type', 'application/spdx+json', image, file));
}

const PUSH = ['--plain-http', '--no-tty', '--format', 'json', '--disable-path-validation'];

function oras(...args: readonly string[]): Promise<string> {
  return runWell('oras', args, home());
}

function digestIn(printed: string): string {
  const { digest } = JSON.parse(printed) as { digest: string };
  return digest;
}

/** A layer: an archive of one file that contains the text. */
async function writeTar(text: string): Promise<string> {
  const content = Buffer.from(text);
  const header = Buffer.alloc(512);
  header.write('content.txt', 0);
  header.write('0000644\0', 100);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        0', 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  const path = join(signing.directory, `${createHash('sha256').update(text).digest('hex')}.tar.gz`);
  await writeFile(path, gzipSync(Buffer.concat([header, content, padding, Buffer.alloc(1024)])));
  return path;
}

function home(): { HOME: string } {
  return { HOME: signing.directory };
}
