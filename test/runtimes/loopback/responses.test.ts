// What runtimes read in different ways. A response is read whole or fails, and never counts in part.
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createRegistry,
  createSigner,
  createTrustStore,
  isNotationError,
  listSignatures,
  parseReference,
  parseTrustPolicy,
  type Signer,
  sign,
  verify,
} from '../../../src/index.ts';
import { generateTestChain, type TestCertificate } from '../../../src/testing/index.ts';
import { policyDocument, pushImage } from '../../support/artifact.ts';
import type { Delivery } from '../host/deliveries.ts';
import { hostOrigin, hostRegistry, switchRegistry } from './host.ts';

const PLAIN = { referrersApi: true, accounts: null, pageSize: 1000 };
const CUT_OFF: readonly Delivery[] = ['cutOff', 'cutOffChunks', 'cutOffGzip', 'gzipMembers'];
const CREDENTIALS = { username: 'ci', password: 'secret' };
const SIGNATURES = 3;

let chain: TestCertificate;
let signer: Signer;
let pushed = 0;

beforeAll(async () => {
  chain = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
  signer = await createSigner(chain);
});

beforeEach(() => switchRegistry(PLAIN));
afterEach(() => switchRegistry(PLAIN));

function connect(): ReturnType<typeof createRegistry> {
  return createRegistry({ retries: 0, credentials: { [hostRegistry()]: CREDENTIALS } });
}

function terms(name: string) {
  return {
    trustPolicy: parseTrustPolicy(policyDocument({ registryScopes: [name], trustedIdentities: ['*'] })),
    trustStore: createTrustStore({ 'ca:acme': chain.root }),
  };
}

/** An image in a repository of its own, with some signatures. */
async function signedImage() {
  const registry = connect();
  const name = `${hostRegistry()}/responses/${Date.now().toString(36)}-${pushed++}`;
  const image = await pushImage(registry, name);
  for (let build = 0; build < SIGNATURES; build++) {
    await sign(image.reference, { signer, registry, userMetadata: { build: String(build) } });
  }
  return { ...image, name };
}

async function countSignatures(reference: string): Promise<number> {
  let count = 0;
  for await (const _ of listSignatures(reference, { registry: connect() })) count++;
  return count;
}

/** What came of work: its value, or the error, which must be of this library. */
async function outcomeOf<T>(work: Promise<T>) {
  try {
    return { value: await work };
  } catch (error) {
    if (!isNotationError(error)) throw error;
    return { error: `${error.code} ${error.message}` };
  }
}

const WHOLE = { value: SIGNATURES };
const anError = (words: RegExp) => ({ error: expect.stringMatching(words) });
const CONNECTION = /^ERR_REGISTRY_(?:UNREACHABLE|RESPONSE) /;

describe.each(CUT_OFF)('a body of the kind %s', (way) => {
  it('is never a shorter page of referrers', async () => {
    const { reference } = await signedImage();
    await switchRegistry({ delivery: { way, part: '/referrers/' } });
    expect([WHOLE, anError(CONNECTION)]).toContainEqual(await outcomeOf(countSignatures(reference)));
  });

  it('is never a shorter index of referrers', async () => {
    await switchRegistry({ referrersApi: false });
    const { reference } = await signedImage();
    await switchRegistry({ delivery: { way, part: '/manifests/sha256-' } });
    const expected = [WHOLE, anError(/^ERR_(?:REGISTRY_UNREACHABLE|CONTENT_MISMATCH) /)];
    expect(expected).toContainEqual(await outcomeOf(countSignatures(reference)));
  });

  it('is never a shorter manifest', async () => {
    const { name, digest } = await signedImage();
    const repository = connect().repository(parseReference(name));
    const found = await repository.resolve(digest);
    await switchRegistry({ delivery: { way, part: `/manifests/${digest}` } });
    const whole = { value: found.size };
    const length = repository.fetchManifest(found).then((bytes) => bytes.length);
    const cutOff = anError(/^ERR_(?:REGISTRY_UNREACHABLE|CONTENT_MISMATCH) /);
    expect([whole, cutOff]).toContainEqual(await outcomeOf(length));
  });

  it('is never a shorter token', async () => {
    const { reference } = await signedImage();
    const accounts = { scheme: 'bearer', ...CREDENTIALS };
    await switchRegistry({ accounts, delivery: { way, part: '/token' } });
    expect([WHOLE, anError(CONNECTION)]).toContainEqual(await outcomeOf(countSignatures(reference)));
  });
});

describe('a body with Content-Encoding', () => {
  it.each(['gzip', 'xGzip', 'deflate'] as const)('%s is decoded', async (way) => {
    const { reference } = await signedImage();
    await switchRegistry({ delivery: { way, part: '/referrers/' } });
    expect(await outcomeOf(countSignatures(reference))).toEqual(WHOLE);
  });

  it.each(['br', 'zstd'] as const)('%s is decoded or refused', async (way) => {
    const { reference } = await signedImage();
    await switchRegistry({ delivery: { way, part: '/referrers/' } });
    const refused = way === 'zstd' ? /^ERR_REGISTRY_RESPONSE .*"zstd"/ : /^ERR_REGISTRY_RESPONSE /;
    expect([WHOLE, anError(refused)]).toContainEqual(await outcomeOf(countSignatures(reference)));
  });

  it('that no runtime has is refused, and named', async () => {
    const { reference } = await signedImage();
    await switchRegistry({ delivery: { way: 'unknownCoding', part: '/referrers/' } });
    expect(await outcomeOf(countSignatures(reference))).toEqual(anError(/^ERR_REGISTRY_RESPONSE .*"exi"/));
  });
});

describe('the headers of a response', () => {
  it.each(['longHeaders', 'manyHeaders', 'veryManyHeaders'] as const)(
    'of the kind %s are taken, or an error names them',
    async (way) => {
      const { reference } = await signedImage();
      await switchRegistry({ delivery: { way, part: '/referrers/' } });
      const refused = anError(/^ERR_REGISTRY_RESPONSE .* sends headers that are too long or too many/);
      expect([WHOLE, refused]).toContainEqual(await outcomeOf(countSignatures(reference)));
    },
  );

  it('may state the length twice: the size is that of the bytes', async () => {
    const { name, digest } = await signedImage();
    const repository = connect().repository(parseReference(name));
    const value = await repository.resolve('v1');
    await switchRegistry({ delivery: { way: 'repeatedLength', part: '/manifests/v1' } });
    const expected = [{ value }, anError(/^ERR_REGISTRY_UNREACHABLE /)];
    expect(expected).toContainEqual(await outcomeOf(repository.resolve('v1')));
    expect(value.digest).toBe(digest);
  });
});

describe('a redirect', () => {
  it.each(['redirect307', 'redirect308'] as const)(
    'of each request of a push is followed, unless it is hidden: %s',
    async (way) => {
      const { name, reference } = await signedImage();
      const probe = await fetch(`${hostOrigin()}/delivered/${way}`, { redirect: 'manual' });
      await switchRegistry({ delivery: { way, part: '/v2/' } });
      const registry = connect();
      const work = async () => {
        await sign(reference, { signer, registry, userMetadata: { way } });
        return (await verify(reference, { ...terms(name), registry, userMetadata: { way } })).outcome;
      };
      expect(await outcomeOf(work())).toEqual(
        probe.type === 'opaqueredirect'
          ? anError(/^ERR_REGISTRY_RESPONSE .* redirects a P(?:OST|UT), and browsers hide where to$/)
          : { value: 'verified' },
      );
    },
  );

  it('without Location is an error with its status', async () => {
    const { reference } = await signedImage();
    await switchRegistry({ delivery: { way: 'redirectWithoutLocation', part: '/referrers/' } });
    expect(await outcomeOf(countSignatures(reference))).toEqual(anError(/^ERR_REGISTRY_RESPONSE /));
  });
});

describe('signatures of one artifact within a second', () => {
  it('may be one, and verify', async () => {
    const registry = connect();
    const name = `${hostRegistry()}/responses/again-${Date.now().toString(36)}`;
    const { reference } = await pushImage(registry, name);
    for (let count = 0; count < SIGNATURES; count++) await sign(reference, { signer, registry });
    const listed = await countSignatures(reference);
    expect(listed).toBeGreaterThanOrEqual(1);
    expect(listed).toBeLessThanOrEqual(SIGNATURES);
    expect((await verify(reference, { ...terms(name), registry })).outcome).toBe('verified');
  });
});
