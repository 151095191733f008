import { describe, expect, inject, it } from 'vitest';
import {
  type CheckRegistryOptions,
  checkRegistry,
  createRegistry,
  createSigner,
  parseReference,
  sign,
} from '../../src/index.ts';
import { generateTestCertificate } from '../../src/testing/index.ts';
import { pushImage } from '../support/artifact.ts';

const hosts = inject('hosts');
/** The config of signature manifests, which signatures share: it stays. */
const EMPTY = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';
const YES = { status: 'yes' };
const UNKNOWN = { status: 'unknown' };

interface Expected {
  name: string;
  host: string;
  referrers: 'api' | 'tag';
  resumable?: boolean;
  /** Whether it deletes blobs on request. */
  deletesBlobs?: boolean;
}

const REGISTRIES: Expected[] = [
  { name: 'docker-registry', host: hosts.tagRegistry, referrers: 'tag' },
  { name: 'crane', host: hosts.craneRegistry, referrers: 'tag', resumable: false },
  { name: 'ociregistry', host: hosts.apiRegistry, referrers: 'api' },
  { name: 'olareg', host: hosts.olareg, referrers: 'api', deletesBlobs: false },
];

describe.each(REGISTRIES)(
  'the check of $name',
  ({ host, referrers, resumable = true, deletesBlobs = true }) => {
    it('says by reading how signatures are listed', async () => {
      const { reference, digest } = await pushImage(createRegistry(), `${host}/check/read`);

      expect(await checkRegistry(reference)).toEqual({
        registry: host,
        repository: 'check/read',
        digest,
        referrers,
        artifactTypeManifests: UNKNOWN,
        deletion: UNKNOWN,
        resumableUploads: UNKNOWN,
        listsReferrers: UNKNOWN,
      });
    });

    it('says by reading that a signature is listed', async () => {
      const { registry, reference } = await pushImage(createRegistry(), `${host}/check/signed`);
      const certificate = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
      await sign(reference, { registry, signer: await createSigner(certificate) });

      expect(await checkRegistry(reference)).toMatchObject({ referrers, listsReferrers: YES });
    });

    it('says by writing what the registry supports, and leaves nothing that can be found', async () => {
      const { fetch, stored } = recording();
      const name = `${host}/check/write`;

      const check = await checkRegistry(name, { write: true, fetch });

      expect(check).toEqual({
        registry: host,
        repository: 'check/write',
        referrers,
        artifactTypeManifests: YES,
        deletion: YES,
        resumableUploads: resumable ? YES : { status: 'no', reason: expect.anything() },
        listsReferrers: YES,
        probe: {
          removed: true,
          manifests: [],
          blobs: deletesBlobs ? [] : expect.arrayContaining([expect.stringMatching(/^sha256:/)]),
        },
      });
      expect(stored().filter(({ kind }) => kind === 'manifests').length).toBeGreaterThanOrEqual(2);
      const found = await Promise.all(stored().map((one) => isThere(name, one)));
      const left = stored().filter(({ target }, position) => found[position] && target !== EMPTY);
      expect(new Set(left.map(({ target }) => target))).toEqual(new Set(check.probe?.blobs));
      expect(await tagsOf(name)).toEqual([]);
    });
  },
);

interface Stored {
  kind: string;
  target: string;
}

/** A `fetch` that notes under which digests and tags something was stored. */
function recording(): { fetch: NonNullable<CheckRegistryOptions['fetch']>; stored: () => Stored[] } {
  const stored: Stored[] = [];
  const recordingFetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const { pathname, searchParams } = new URL(request.url);
    const [, kind = '', target = ''] = /\/(manifests|blobs)\/(.+)$/.exec(pathname) ?? [];
    const response = await fetch(request);
    if (request.method === 'PUT') stored.push({ kind, target: searchParams.get('digest') ?? target });
    const digest = response.headers.get('docker-content-digest');
    if (request.method === 'PUT' && kind === 'manifests' && digest) stored.push({ kind, target: digest });
    return response;
  };
  return { fetch: recordingFetch, stored: () => stored };
}

async function isThere(name: string, { kind, target }: Stored): Promise<boolean> {
  const { registry, repository } = parseReference(name);
  const response = await fetch(`http://${registry}/v2/${repository}/${kind}/${target}`, {
    method: 'HEAD',
    headers: {
      accept: 'application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, */*',
    },
  });
  return response.ok;
}

async function tagsOf(name: string): Promise<string[]> {
  const { registry, repository } = parseReference(name);
  const response = await fetch(`http://${registry}/v2/${repository}/tags/list`);
  const { tags } = (await response.json()) as { tags?: string[] | null };
  return tags ?? [];
}
