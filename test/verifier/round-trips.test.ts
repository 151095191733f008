import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  createRegistry,
  createSigner,
  createTrustStore,
  createVerifier,
  parseReference,
  parseTrustPolicy,
  type Signer,
  sign,
} from '../../src/index.ts';
import { generateTestChain, type TestCertificate } from '../../src/testing/index.ts';
import { AMD64, pushIndex } from '../storage/indexes.ts';
import { policyDocument, pushImage } from '../support/artifact.ts';
import { type RegistryServer, type Switches, startRegistry } from '../support/registry-server.ts';

const ACCOUNT = { scheme: 'bearer', username: 'ci', password: 'secret' } as const;
let chain: TestCertificate;
let signer: Signer;
let server: RegistryServer;

beforeAll(async () => {
  chain = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
  signer = await createSigner(chain);
});

afterEach(() => server.close());

/** An image with signatures, and what verifies it over a connection of its own. */
async function signed({ count = 1, ...switches }: Partial<Switches> & { count?: number } = {}) {
  server = await startRegistry(switches);
  const registry = () =>
    createRegistry({ credentials: { [server.host]: { username: 'ci', password: 'secret' } } });
  const name = `${server.host}/team/app`;
  const { reference } = await pushImage(registry(), name);
  for (let build = 0; build < count; build++) {
    await sign(reference, { signer, registry: registry(), userMetadata: { build: String(build) } });
  }
  const verifier = createVerifier({
    registry: registry(),
    trustStore: createTrustStore({ 'ca:acme': chain.root }),
    trustPolicy: parseTrustPolicy(policyDocument({ registryScopes: [name], trustedIdentities: ['*'] })),
  });
  return { name, reference, verifier };
}

/** Milliseconds that the server waits for further requests before it answers a round. */
const QUIET = 150;

/**
 * Runs work and returns the requests to the registry, and how many rounds of them there were. The server answers the
 * requests of a round together, once no more arrive: requests that do not depend on a response are in the same round.
 */
async function traced(work: () => Promise<unknown>): Promise<{ requests: string[]; inSequence: number }> {
  server.requests.length = 0;
  const requests: string[] = [];
  let inSequence = 0;
  let held: (() => void)[] = [];
  let quiet: ReturnType<typeof setTimeout> | undefined;
  const answer = () => {
    inSequence += 1;
    for (const release of held.splice(0)) release();
  };
  server.switches.intercept = ({ method, path }, response) => {
    requests.push(`${method} ${path.replace(/\?.*/, '').replace(/^\/v2\/team\/app\//, '')}`);
    const { end } = response;
    response.end = ((...parameters: Parameters<typeof end>) => {
      held.push(() => Reflect.apply(end, response, parameters));
      clearTimeout(quiet);
      quiet = setTimeout(answer, QUIET);
      return response;
    }) as typeof end;
    return false;
  };
  await work();
  server.switches.intercept = undefined;
  held = [];
  return { requests, inSequence };
}

describe('verifying a digest', () => {
  it('takes four requests, three of them one after another, with a cached token', async () => {
    const { reference, verifier } = await signed({ accounts: ACCOUNT });
    await verifier.verify(reference);
    const { requests, inSequence } = await traced(() => verifier.verify(reference));
    expect(requests).toHaveLength(4);
    expect(inSequence).toBe(3);
  });

  it('takes five requests if a registry turns out to have no referrers API', async () => {
    const { reference, verifier } = await signed({ referrersApi: false });
    const { requests } = await traced(() => verifier.verify(reference));
    expect(requests).toHaveLength(5);
  });

  it('takes four requests if that is known', async () => {
    const { reference, verifier } = await signed({ referrersApi: false });
    await verifier.verify(reference);
    const { requests, inSequence } = await traced(() => verifier.verify(reference));
    expect(requests).toHaveLength(4);
    expect(inSequence).toBe(3);
  });

  it('fetches several signatures at once, and evaluates them in order', async () => {
    const { reference, verifier } = await signed({ count: 4 });
    const required = { userMetadata: { build: '3' } };
    const { inSequence } = await traced(() => verifier.verify(reference, required));
    expect(inSequence).toBe(3);
    const report = await verifier.evaluate(reference, required);
    expect(report.signatures.map(({ outcome }) => outcome)).toEqual([
      'rejected',
      'rejected',
      'rejected',
      'verified',
    ]);
  });

  it('does not wait for a page that hangs after a trusted signature', async () => {
    const { reference, verifier } = await signed({ count: 2, pageSize: 1 });
    server.switches.intercept = ({ path }) => path.includes('start=1');
    const begun = Date.now();
    await verifier.verify(reference);
    expect(Date.now() - begun).toBeLessThan(5000);
  });

  it('fetches no more signatures than may be tried', async () => {
    const { reference, verifier } = await signed({ count: 3 });
    const required = { userMetadata: { build: 'none' }, limits: { signatures: 1 } };
    const { requests } = await traced(() => verifier.evaluate(reference, required));
    expect(requests.filter((request) => request.includes('blobs/'))).toHaveLength(1);
  });

  it('fetches no signature if the policy skips the repository', async () => {
    const { name, reference, verifier: _ } = await signed();
    const skipping = createVerifier({
      registry: createRegistry(),
      trustStore: createTrustStore({ 'ca:acme': chain.root }),
      trustPolicy: parseTrustPolicy(
        policyDocument({
          registryScopes: [name],
          signatureVerification: { level: 'skip' },
          trustStores: [],
          trustedIdentities: [],
        }),
      ),
    });
    const { requests } = await traced(() => skipping.verify(reference));
    expect(requests).toHaveLength(1);
  });

  it('fails if the artifact does not exist', async () => {
    const { name, verifier } = await signed();
    const missing = `${name}@sha256:${'1'.repeat(64)}`;
    await expect(verifier.verify(missing)).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
  });
});

describe('verifying a manifest by an index', () => {
  it('takes one more round trip than verifying the index, for its bytes', async () => {
    const { name, verifier } = await signed();
    const registry = createRegistry({
      credentials: { [server.host]: { username: 'ci', password: 'secret' } },
    });
    const repository = registry.repository(parseReference(name));
    const manifest = await repository.resolve('v1');
    const index = await pushIndex(repository, [{ ...manifest, platform: AMD64 }]);
    await sign(`${name}@${index.digest}`, { signer, registry });
    const ofPlatform = await traced(() =>
      verifier.verify(`${name}@${index.digest}`, { platforms: 'linux/amd64' }),
    );
    expect(ofPlatform.requests).toHaveLength(5);
    expect(ofPlatform.inSequence).toBe(4);
    const ofChild = await traced(() =>
      verifier.verify(`${name}@${manifest.digest}`, { index: index.digest }),
    );
    expect(ofChild.requests).toHaveLength(6);
    expect(ofChild.inSequence).toBe(4);
  });
});

describe('verifying a tag with a digest', () => {
  it('takes one more request than the digest alone, and no more round trips', async () => {
    const { name, reference, verifier } = await signed();
    const both = reference.replace(name, `${name}:v1`);
    const { requests, inSequence } = await traced(() => verifier.verify(both));
    expect(requests).toHaveLength(5);
    expect(inSequence).toBe(3);
  });
});

describe('verifying a tag', () => {
  it('takes four requests one after another', async () => {
    const { name, verifier } = await signed();
    const { requests, inSequence } = await traced(() => verifier.verify(`${name}:v1`));
    expect(requests).toHaveLength(4);
    expect(inSequence).toBe(4);
  });
});
