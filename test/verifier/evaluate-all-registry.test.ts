import { createServer } from 'node:http';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  classify,
  createRegistry,
  createSigner,
  createTrustStore,
  createVerifier,
  type EvaluationResult,
  type Signer,
  sign,
  type Verifier,
} from '../../src/index.ts';
import { createHttpTransport } from '../../src/node/index.ts';
import { generateTestChain, type TestCertificate } from '../../src/testing/index.ts';
import { policyDocument } from '../support/artifact.ts';
import { type RegistryServer, startRegistry } from '../support/registry-server.ts';

const ACCOUNT = { scheme: 'bearer', username: 'ci', password: 'secret' } as const;
const CONCURRENCY = 8;
const INDEX = 'application/vnd.oci.image.index.v1+json';
const ABSENT = `sha256:${'0'.repeat(64)}`;

let chain: TestCertificate;
let signer: Signer;

beforeAll(async () => {
  chain = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
  signer = await createSigner(chain);
});

/** A registry that ends with the test, and the number of the connections to it. */
async function serve(): Promise<{ server: RegistryServer; connections: () => number }> {
  let connections = 0;
  const server = await startRegistry({}, (listener) =>
    createServer(listener).on('connection', () => {
      connections += 1;
    }),
  );
  onTestFinished(() => server.close());
  return { server, connections: () => connections };
}

/** References of signed artifacts, in turn in each of the repositories. */
async function signedImages(
  server: RegistryServer,
  count: number,
  repositories: readonly string[] = ['team/app'],
): Promise<string[]> {
  const registry = createRegistry();
  return Promise.all(
    Array.from({ length: count }, async (_, number) => {
      const name = repositories[number % repositories.length] ?? '';
      const manifest = {
        schemaVersion: 2,
        mediaType: INDEX,
        manifests: [],
        annotations: { number: String(number) },
      };
      const { digest } = server.put(name, manifest, { mediaType: INDEX });
      const reference = `${server.host}/${name}@${digest}`;
      await sign(reference, { signer, registry });
      return reference;
    }),
  );
}

function verifierFor({ host }: RegistryServer): Verifier {
  const transport = createHttpTransport();
  const credentials = { [host]: { username: 'ci', password: 'secret' } };
  return createVerifier({
    registry: createRegistry({ credentials, transport }),
    trustStore: createTrustStore({ 'ca:acme': chain.root }),
    trustPolicy: policyDocument({ registryScopes: ['*'] }),
  });
}

const tokenRequests = (server: RegistryServer) =>
  server.requests.filter(({ url }) => url.pathname === '/token').length;

const classOf = ({ report, error }: EvaluationResult) => classify(report ?? error).class;

/** How many results there are of each class. */
function countClasses(results: readonly EvaluationResult[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const result of results) counts[classOf(result)] = (counts[classOf(result)] ?? 0) + 1;
  return counts;
}

/** The codes of what prevented a verdict: on the image, or on its signature. */
const codesOf = ({ report, error }: EvaluationResult) =>
  error
    ? [error.code]
    : report.signatures.flatMap(({ checks }) => checks.flatMap(({ reason }) => reason?.code ?? []));

describe('many images in one registry', () => {
  it('take one token for each repository, and one pool of connections', async () => {
    const { server, connections } = await serve();
    const references = await signedImages(server, 20, ['team/app', 'team/web']);
    server.switches.accounts = ACCOUNT;
    server.requests.length = 0;
    const before = connections();
    const verifier = verifierFor(server);

    const results = await verifier.evaluateAll(references, { concurrency: CONCURRENCY }).all();

    expect(countClasses(results)).toEqual({ verified: 20 });
    expect(tokenRequests(server)).toBe(2);
    expect(connections() - before).toBeLessThanOrEqual(2 * CONCURRENCY);
    const opened = connections();
    server.requests.length = 0;
    await verifier.evaluateAll(references, { concurrency: CONCURRENCY }).all();
    expect(server.requests.length).toBeLessThanOrEqual(4 * references.length);
    expect(connections()).toBe(opened);
  });
});

describe('an image that is not there', () => {
  it('is the one result of a hundred without a verdict', async () => {
    const { server } = await serve();
    const references = await signedImages(server, 99);
    references.splice(50, 0, `${server.host}/team/app@${ABSENT}`);

    const results = await verifierFor(server).evaluateAll(references).all();

    expect(countClasses(results)).toEqual({ verified: 99, undecided: 1 });
    expect(results[50]?.error).toMatchObject({ code: 'ERR_NOT_FOUND' });
  });
});

describe('a registry that is down', () => {
  it('leaves its images undecided, and no others', async () => {
    const [{ server }, { server: other }] = [await serve(), await serve()];
    const references = [...(await signedImages(server, 10)), ...(await signedImages(other, 10))];
    await other.close();

    const results = await verifierFor(server).evaluateAll(references).all();

    expect(results.map(classOf)).toEqual([...Array(10).fill('verified'), ...Array(10).fill('undecided')]);
    for (const { error } of results.slice(10)) {
      expect(error?.code).toBe('ERR_REGISTRY_UNREACHABLE');
      expect(classify(error)).toMatchObject({ retryable: true });
    }
  });

  it('leaves undecided only the images that it fails to deliver', async () => {
    const { server } = await serve();
    const references = await signedImages(server, 20, ['team/app', 'team/web']);
    server.switches.intercept = ({ path }, response) => {
      if (!path.startsWith('/v2/team/web/')) return false;
      response.writeHead(500).end();
      return true;
    };

    const results = await verifierFor(server).evaluateAll(references).all();

    expect(results.map(classOf)).toEqual(references.map((_, i) => (i % 2 ? 'undecided' : 'verified')));
  });
});

describe('a token that expires in the middle', () => {
  it('is replaced once for all', async () => {
    const { server } = await serve();
    const references = await signedImages(server, 40);
    server.switches.accounts = ACCOUNT;
    server.requests.length = 0;
    expireTokensAfter(server, 60);

    const results = await verifierFor(server).evaluateAll(references, { concurrency: CONCURRENCY }).all();

    expect(countClasses(results)).toEqual({ verified: 40 });
    expect(tokenRequests(server)).toBe(2);
  });

  it('leaves undecided what needs another one, if there is none', async () => {
    const { server } = await serve();
    const references = await signedImages(server, 40);
    server.switches.accounts = ACCOUNT;
    server.requests.length = 0;
    expireTokensAfter(server, 60, () => {
      server.switches.accounts = { ...ACCOUNT, password: 'changed' };
    });

    const results = await verifierFor(server).evaluateAll(references, { concurrency: CONCURRENCY }).all();

    const { verified = 0, undecided = 0, ...others } = countClasses(results);
    expect(others).toEqual({});
    expect([verified > 0, undecided > 0, verified + undecided]).toEqual([true, true, 40]);
    const failed = results.filter((result) => classOf(result) === 'undecided');
    expect(new Set(failed.flatMap(codesOf))).toEqual(new Set(['ERR_REGISTRY_UNAUTHORIZED']));
  });
});

/** Makes the registry forget its tokens once it has had a number of requests. */
function expireTokensAfter(server: RegistryServer, count: number, then?: () => void): void {
  server.switches.intercept = () => {
    if (server.requests.length === count) {
      server.tokens.clear();
      then?.();
    }
    return false;
  };
}
