import type { ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRegistry, createSigner, listSignatures, type RegistryOptions, sign } from '../../src/index.ts';
import { referrersTag } from '../../src/oci/target.ts';
import { pushImage, rejection } from '../support/artifact.ts';
import {
  type RegistryServer,
  type SeenRequest,
  type Switches,
  startRegistry,
} from '../support/registry-server.ts';
import { INSECURE, KEY, useSigningCli } from './support/signing-cli.ts';

// The rows of docs/interop.md about requests: both sides talk to one registry of the loopback interface.

const IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const REPOSITORY = 'team/app';
const signing = useSigningCli();

const cli = {
  run: (reference: string, command: string, ...flags: string[]) =>
    signing.cli.run(command, INSECURE, ...flags, reference),
  sign: (reference: string, ...flags: string[]) => cli.run(reference, 'sign', '-k', KEY, ...flags),
  signVia: (proxy: string, reference: string, ...flags: string[]) =>
    signing.cli.runVia(proxy, 'sign', INSECURE, '-k', KEY, ...flags, reference),
};

type Intercept = (request: SeenRequest, response: ServerResponse) => boolean;

/** Starts a registry with an image, which behaves in another way from then on. */
async function start(switches: Partial<Switches> = {}) {
  const server = await startRegistry();
  onTestFinished(() => server.close());
  const image = await pushImage(createRegistry(), `${server.host}/${REPOSITORY}`);
  Object.assign(server.switches, switches);
  server.requests.length = 0;
  return { server, ...image };
}

async function signHere(reference: string, options: RegistryOptions = {}) {
  const registry = createRegistry({ retries: 0, ...options });
  return sign(reference, { signer: await createSigner(signing.key), registry });
}

async function listHere(reference: string, options: RegistryOptions = {}): Promise<string[]> {
  const digests: string[] = [];
  const registry = createRegistry({ retries: 0, ...options });
  for await (const { digest } of listSignatures(reference, { registry })) digests.push(digest);
  return digests;
}

const signaturesIn = (server: RegistryServer) =>
  [...server.repository(REPOSITORY).manifests].filter(([, { bytes }]) => bytes.includes('"subject"'));

/** Takes both names of a registry, as a proxy does. */
function fetchVia(host: string): typeof fetch {
  return (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    return fetch(new URL(url.pathname + url.search, `http://${host}`), init);
  };
}

describe('token-realm-private', () => {
  it('sends no credentials to a token server in a private network, unlike the CLI', async () => {
    const realm = 'http://10.0.0.5/token';
    const { server, digest } = await start({
      accounts: { scheme: 'bearer', username: 'robot', password: 'secret', realm },
    });
    const reference = `registry.example.com/${REPOSITORY}@${digest}`;
    const byCli = await cli.signVia(`http://${server.host}`, reference, '-u', 'robot', '-p', 'secret');
    expect(byCli.code).toBe(0);
    const toRealm = server.requests.filter(({ url }) => url.host === '10.0.0.5');
    expect(toRealm[0]?.authorization).toMatch(/^Basic /);
    server.requests.length = 0;
    const credentials = { 'registry.example.com': { username: 'robot', password: 'secret' } };
    const work = signHere(reference, { credentials, fetch: fetchVia(server.host), plainHttp: true });
    expect(await rejection(work)).toMatchObject({
      message: expect.stringContaining('names the token server 10.0.0.5, which is in a private network'),
    });
    expect(server.requests.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
  });
});

describe('upload-other-host', () => {
  it('does not send a blob to another host, unlike the CLI', async () => {
    const other = await startRegistry();
    onTestFinished(() => other.close());
    const { server, reference } = await start();
    server.switches.intercept = ({ method, path }, response) => {
      if (method !== 'POST' || !path.includes('/blobs/uploads/')) return false;
      response.writeHead(202, { location: `http://${other.host}/v2/${REPOSITORY}/blobs/uploads/7` }).end();
      return true;
    };
    expect((await cli.sign(reference)).code).toBe(0);
    expect(other.requests.map(({ method }) => method)).toEqual(['PUT', 'PUT']);
    expect(await rejection(signHere(reference))).toMatchObject({
      message: expect.stringContaining('opened the upload at another host'),
    });
    expect(other.requests).toHaveLength(2);
  });
});

describe('referrers-read-back', () => {
  it('writes the fallback tag if OCI-Subject was not true, unlike the CLI', async () => {
    const claims: Intercept = ({ method, body }, response) => {
      const { subject } = method === 'PUT' && body[0] === 0x7b ? JSON.parse(body.toString()) : {};
      if (subject) response.setHeader('oci-subject', subject.digest);
      return false;
    };
    const { server, reference, digest } = await start({ referrersApi: false, intercept: claims });
    const { tags } = server.repository(REPOSITORY);
    expect((await cli.sign(reference, '--force-referrers-tag=false')).code).toBe(0);
    expect(tags.has(referrersTag(digest))).toBe(false);
    expect((await cli.run(reference, 'ls')).stdout).toContain('has no associated signature');
    const { signature } = await signHere(reference);
    expect(tags.has(referrersTag(digest))).toBe(true);
    expect((await cli.run(reference, 'ls')).stdout).toContain(signature.digest);
  });
});

describe('referrers-config-type', () => {
  it('reads a signature that is listed with another type, unlike the CLI', async () => {
    const { server, reference } = await start();
    const { signature } = await signHere(reference);
    server.switches.intercept = ({ path }, response) => {
      if (!path.includes('/referrers/')) return false;
      const artifactType = 'application/vnd.oci.empty.v1+json';
      const manifests = signaturesIn(server).map(([digest, { mediaType, bytes }]) => ({
        mediaType,
        digest,
        size: bytes.length,
        artifactType,
      }));
      response.writeHead(200, { 'content-type': INDEX });
      response.end(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }));
      return true;
    };
    expect((await cli.run(reference, 'ls')).stdout).toContain('has no associated signature');
    expect(await listHere(reference)).toEqual([signature.digest]);
  });
});

describe('referrers-tag-in-use', () => {
  it('does not overwrite an image under the fallback tag, unlike the CLI', async () => {
    const { server, reference, digest } = await start({ referrersApi: false });
    const config = { mediaType: 'text/plain', digest, size: 2 };
    const other = server.put(
      REPOSITORY,
      { schemaVersion: 2, mediaType: IMAGE, config, layers: [] },
      { tag: referrersTag(digest) },
    );
    const { tags } = server.repository(REPOSITORY);
    expect(await listHere(reference)).toEqual([]);
    expect(await rejection(signHere(reference))).toMatchObject({ code: 'ERR_REGISTRY_RESPONSE' });
    expect(tags.get(referrersTag(digest))).toBe(other.digest);
    server.requests.length = 0;
    expect((await cli.run(reference, 'ls')).stdout).toContain('has no associated signature');
    expect((await cli.sign(reference)).code).toBe(0);
    expect(tags.get(referrersTag(digest))).not.toBe(other.digest);
    const deleted = server.requests.filter(({ method }) => method === 'DELETE');
    expect(deleted.map(({ path }) => path)).toEqual([`/v2/${REPOSITORY}/manifests/${other.digest}`]);
  });
});

describe('referrers-tag-repaired', () => {
  it('drops entries that are gone from an index that is rejected for them, unlike the CLI', async () => {
    const { server, reference, digest } = await start({ referrersApi: false });
    await signHere(reference);
    const { manifests } = server.repository(REPOSITORY);
    for (const [gone] of signaturesIn(server)) manifests.delete(gone);
    server.switches.intercept = ({ method, path, body }, response) => {
      if (method !== 'PUT' || !path.endsWith(referrersTag(digest))) return false;
      const entries: { digest: string }[] = JSON.parse(body.toString()).manifests;
      if (entries.every((entry) => manifests.has(entry.digest))) return false;
      response.writeHead(400).end('{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN"}]}');
      return true;
    };
    const byCli = await cli.sign(reference);
    expect(byCli.code).toBe(1);
    expect(byCli.stderr).toContain('failed to push referrers index');
    const { signature } = await signHere(reference);
    expect(await listHere(reference)).toContain(signature.digest);
  });
});

describe('referrers-unauthorized', () => {
  it('reads the fallback tag if only the referrers API refuses the credentials, unlike the CLI', async () => {
    const { server, reference } = await start({ referrersApi: false });
    const { signature } = await signHere(reference);
    server.switches.accounts = { scheme: 'basic', username: 'robot', password: 'secret' };
    server.switches.intercept = ({ path }, response) => {
      if (!path.includes('/referrers/')) return false;
      response.writeHead(401, { 'www-authenticate': 'Basic realm="registry"' }).end('{}');
      return true;
    };
    const byCli = await cli.run(reference, 'ls', '-u', 'robot', '-p', 'secret');
    expect(byCli).toMatchObject({ code: 1, stderr: expect.stringContaining('401') });
    const credentials = { [server.host]: { username: 'robot', password: 'secret' } };
    expect(await listHere(reference, { credentials })).toEqual([signature.digest]);
  });
});

describe('blob-head', () => {
  it.each([307, 401, 403, 405])(
    'signs if HEAD of a blob responds with %i, unlike the CLI',
    async (status) => {
      const { server, reference } = await start();
      server.switches.intercept = ({ method, path }, response) => {
        const toStore = path === '/store';
        if (!toStore && (method !== 'HEAD' || !path.includes('/blobs/'))) return false;
        response.writeHead(toStore ? 403 : status, { location: '/store' }).end();
        return true;
      };
      const byCli = await cli.sign(reference);
      expect(byCli).toMatchObject({ code: 1, stderr: expect.stringContaining('unable to verify existence') });
      server.requests.length = 0;
      await signHere(reference);
      expect(server.requests.filter(({ path }) => path === '/store')).toEqual([]);
    },
  );
});
