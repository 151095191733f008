import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createRegistry,
  createSigner,
  createTrustStore,
  evaluate,
  listSignatures,
  parseTrustPolicy,
  type Signer,
  sign,
  type VerificationReport,
} from '../../src/index.ts';
import { generateTestChain, type TestCertificate } from '../../src/testing/index.ts';
import { policyDocument, pushImage } from '../support/artifact.ts';
import type { RegistryServer, StoredDescriptor } from '../support/registry-server.ts';
import { collect, INDEX, MANIFEST, NAME, SIGNATURE, start } from './support.ts';

const BAD = 9_999;
const PAGE = 1_000;
/** Milliseconds: about a millisecond for each referrer on an idle machine, and much more on a busy one. */
const BOUND = 120_000;

let chain: TestCertificate;
let signer: Signer;
let server: RegistryServer;
let reference: string;
let signature: string;

beforeAll(async () => {
  chain = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
  signer = await createSigner(chain);
});

beforeEach(async () => {
  server = await start();
  const pushed = await pushImage(createRegistry(), `${server.host}/${NAME}`);
  ({ reference } = pushed);
  ({
    signature: { digest: signature },
  } = await sign(reference, { signer, registry: pushed.registry }));
});

function verdictOf(maxSignatures?: number): Promise<VerificationReport> {
  return evaluate(reference, {
    registry: createRegistry({ retries: 0 }),
    trustStore: createTrustStore({ 'ca:acme': chain.root }),
    trustPolicy: parseTrustPolicy(policyDocument({ registryScopes: [`${server.host}/${NAME}`] })),
    limits: { signatures: maxSignatures, requests: 100_000, bytes: 2 ** 40, time: 600_000 },
  });
}

/** Bytes of the manifest that is stored under a digest. */
function stored(digest: string): Buffer {
  return server.repository(NAME).manifests.get(digest)?.bytes ?? Buffer.alloc(0);
}

/** 10,000 referrers on ten pages, of which the good one is last; the bad ones are manifests without an envelope. */
function listMany(): void {
  const bad = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, layers: [] });
  const { digest, size }: StoredDescriptor = server.put(NAME, JSON.parse(bad));
  const entry = { mediaType: MANIFEST, digest, size, artifactType: SIGNATURE };
  const good = { ...entry, digest: signature, size: stored(signature).length };
  server.switches.intercept = ({ url }, response) => {
    if (!url.pathname.includes('/referrers/')) return false;
    const first = Number(url.searchParams.get('first') ?? 0);
    const count = Math.min(PAGE, BAD - first);
    const manifests = new Array(count).fill(entry);
    const last = first + PAGE > BAD;
    if (!last) response.setHeader('link', `<${url.pathname}?first=${first + PAGE}>; rel="next"`);
    response.writeHead(200, { 'content-type': INDEX, 'oci-filters-applied': 'artifactType' });
    response.end(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: INDEX,
        manifests: [...manifests, ...(last ? [good] : [])],
      }),
    );
    return true;
  };
}

describe('10,000 referrers with the good one last', () => {
  beforeEach(() => {
    listMany();
    server.requests.length = 0;
  });

  it('are tried up to the default limit of a hundred, and no more are fetched', async () => {
    const report = await verdictOf();
    expect(report).toMatchObject({ outcome: 'rejected', reason: { code: 'ERR_LIMIT_EXCEEDED' } });
    expect(report.signatures).toHaveLength(100);
    expect(server.requests.length).toBeLessThan(110);
  });

  it('end in a rejection if the limit is one too low', { timeout: BOUND }, async () => {
    expect(await verdictOf(BAD)).toMatchObject({
      outcome: 'rejected',
      reason: { code: 'ERR_LIMIT_EXCEEDED' },
    });
  });

  it('end in a verification if the limit covers all', { timeout: BOUND }, async () => {
    const report = await verdictOf(BAD + 1);
    expect(report.outcome).toBe('verified');
    expect(report.signatures).toHaveLength(BAD + 1);
    expect(report.signatures.at(-1)).toMatchObject({ digest: signature, outcome: 'verified' });
    expect(server.requests.length).toBeLessThan(BAD + 20);
  });

  it('are listed through ten pages', { timeout: BOUND }, async () => {
    const listed = await collect(listSignatures(reference, { registry: createRegistry() }));
    expect(listed).toHaveLength(BAD + 1);
    expect(server.requests.filter(({ path }) => path.includes('/referrers/'))).toHaveLength(10);
  });
});

describe('a connection that drops at each byte', () => {
  it('of the manifest of a signature ends in a rejection that says so, each time', {
    timeout: BOUND,
  }, async () => {
    const bytes = stored(signature);
    let sent = 0;
    server.switches.intercept = ({ path }, response) => {
      if (!path.endsWith(signature)) return false;
      response.writeHead(200, { 'content-type': MANIFEST, 'content-length': bytes.length });
      response.flushHeaders();
      response.write(bytes.subarray(0, sent), () => response.destroy());
      return true;
    };
    const seen = new Set<string>();
    for (sent = 0; sent < bytes.length; sent++) {
      const { outcome, signatures } = await verdictOf();
      seen.add(`${outcome}, ${signatures[0]?.reason?.code}`);
    }
    expect([...seen]).toEqual(['rejected, ERR_REGISTRY_UNREACHABLE']);
  });

  it('of the manifest of the artifact ends with a code, each time', { timeout: BOUND }, async () => {
    const [, digest = ''] = reference.split('@');
    const bytes = stored(digest);
    let sent = 0;
    server.switches.intercept = ({ path, method }, response) => {
      if (!path.endsWith(digest) || path.includes('/referrers/')) return false;
      if (method === 'HEAD') response.writeHead(405).end();
      else {
        response.writeHead(200, { 'content-type': MANIFEST, 'content-length': bytes.length });
        response.write(bytes.subarray(0, sent), () => response.destroy());
      }
      return true;
    };
    const seen = new Set<unknown>();
    for (sent = 0; sent < bytes.length; sent++) {
      seen.add(
        await verdictOf().then(
          ({ outcome }) => outcome,
          (error: { code?: string }) => error.code,
        ),
      );
    }
    expect([...seen]).toEqual(['ERR_REGISTRY_UNREACHABLE']);
  });
});
