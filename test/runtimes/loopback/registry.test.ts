import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createRegistry,
  createSigner,
  createTrustStore,
  evaluate,
  inspect,
  listSignatures,
  parseReference,
  parseTrustPolicy,
  type Signer,
  sign,
  verify,
} from '../../../src/index.ts';
import { generateTestChain, type TestCertificate } from '../../../src/testing/index.ts';
import { policyDocument, pushImage, rejection } from '../../support/artifact.ts';
import { hostOrigin, hostRegistry, switchRegistry, timestampRoot } from './host.ts';

const ACCOUNT = { scheme: 'bearer', username: 'ci', password: 'secret' };
let chain: TestCertificate;
let signer: Signer;
let pushed = 0;

beforeAll(async () => {
  chain = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
  signer = await createSigner(chain);
});

beforeEach(() => switchRegistry({ referrersApi: true, accounts: null, pageSize: 1000 }));

/** An image in a repository of its own, in the registry of the host. */
async function image(registry = createRegistry()) {
  const name = `${hostRegistry()}/loopback/${Date.now().toString(36)}-${pushed++}`;
  return { name, ...(await pushImage(registry, name)) };
}

function terms(name: string, statement: Record<string, unknown> = {}) {
  return {
    trustPolicy: parseTrustPolicy(
      policyDocument({ registryScopes: [name], trustedIdentities: ['*'], ...statement }),
    ),
    trustStore: createTrustStore({ 'ca:acme': chain.root }),
  };
}

describe.each([
  ['with the referrers API', true],
  ['without it', false],
])('a registry over HTTP, %s', (_, referrersApi) => {
  beforeEach(() => switchRegistry({ referrersApi }));

  it.each(['cose', 'jws'] as const)('keeps a %s signature that is then verified', async (format) => {
    const { name, registry, reference } = await image();
    const { signature } = await sign(reference, { signer, registry, format });
    const report = await verify(reference, { ...terms(name), registry });
    expect(report).toMatchObject({ outcome: 'verified', signatures: [{ digest: signature.digest }] });
  });

  it('lists and shows signatures', async () => {
    const { registry, reference } = await image();
    const made = await sign(reference, { signer, registry, userMetadata: { build: '7' } });
    const listed: string[] = [];
    for await (const { digest } of listSignatures(reference, { registry })) listed.push(digest);
    expect(listed).toEqual([made.signature.digest]);
    const [shown] = await inspect(reference, { registry });
    expect(shown).toMatchObject({ userDefinedAttributes: { build: '7' } });
  });

  it('verifies one good signature among those of strangers', async () => {
    const { name, registry, reference } = await image();
    const stranger = await createSigner(
      await generateTestChain({ name: 'stranger.example', keySpec: 'EC-384' }),
    );
    await sign(reference, { signer: stranger, registry });
    await sign(reference, { signer, registry, format: 'cose' });
    expect(await evaluate(reference, { ...terms(name), registry })).toMatchObject({ outcome: 'verified' });
  });

  it('rejects an artifact without signatures', async () => {
    const { name, registry, reference } = await image();
    const report = await evaluate(reference, { ...terms(name), registry });
    expect(report).toMatchObject({ outcome: 'rejected', reason: { code: 'ERR_NO_SIGNATURE' } });
  });

  it('rejects an artifact that only a stranger signed', async () => {
    const { name, registry, reference } = await image();
    const stranger = await createSigner(
      await generateTestChain({ name: 'stranger.example', keySpec: 'EC-256' }),
    );
    await sign(reference, { signer: stranger, registry });
    const report = await evaluate(reference, { ...terms(name), registry });
    expect(report).toMatchObject({ outcome: 'rejected', reason: { code: 'ERR_ROOT_UNTRUSTED' } });
  });
});

describe('a registry that requires a token', () => {
  beforeEach(() => switchRegistry({ accounts: ACCOUNT }));

  it('accepts a push and serves signatures with credentials', async () => {
    const registry = createRegistry({
      credentials: { [hostRegistry()]: { username: 'ci', password: ACCOUNT.password } },
    });
    const { name, reference } = await image(registry);
    await sign(reference, { signer, registry });
    expect(await verify(reference, { ...terms(name), registry })).toMatchObject({ outcome: 'verified' });
  });

  it('refuses a user without credentials', async () => {
    expect(await rejection(image())).toMatchObject({ code: 'ERR_REGISTRY_UNAUTHORIZED' });
  });

  it('refuses a wrong password, and the error does not contain it', async () => {
    const registry = createRegistry({
      credentials: { [hostRegistry()]: { username: 'ci', password: 'wrong-password' } },
    });
    const error = await rejection(image(registry));
    expect(error).toMatchObject({ code: 'ERR_REGISTRY_UNAUTHORIZED' });
    expect(JSON.stringify(error) + String(error)).not.toContain('wrong-password');
  });
});

describe('a registry', () => {
  it('gets a request for every page of referrers', async () => {
    await switchRegistry({ pageSize: 1 });
    const { registry, reference } = await image();
    // Some runtimes make the same signature of the same thing.
    for (const build of ['1', '2', '3']) await sign(reference, { signer, registry, userMetadata: { build } });
    const listed: string[] = [];
    for await (const { digest } of listSignatures(reference, { registry })) listed.push(digest);
    expect(listed).toHaveLength(3);
  });

  it('that cannot be reached is a typed error', async () => {
    const registry = createRegistry({ retries: 0, timeout: 2000 });
    const error = await rejection(verify('127.0.0.1:9/app:v1', { ...terms('127.0.0.1:9/app'), registry }));
    expect(error).toMatchObject({ name: 'NotationError' });
    expect((error as { code: string }).code).toMatch(/^ERR_(?:REGISTRY_UNREACHABLE|TIMEOUT)$/);
  });

  it('returns a typed error for missing content', async () => {
    const registry = createRegistry();
    const repository = registry.repository(parseReference(`${hostRegistry()}/loopback/nothing`));
    expect(await rejection(repository.resolve('v1'))).toMatchObject({ code: 'ERR_NOT_FOUND' });
  });
});

describe('a timestamping authority over HTTP', () => {
  it('lets a signature be trusted after the certificate has expired', async () => {
    const rootCertificates = await timestampRoot();
    const { name, registry, reference } = await image();
    await sign(reference, { signer, registry, timestamp: { url: `${hostOrigin()}/tsa`, rootCertificates } });
    const clock = () => new Date(Date.now() + 48 * 3_600_000);
    const stamped = {
      ...terms(name, { trustStores: ['ca:acme', 'tsa:acme'] }),
      trustStore: createTrustStore({ 'ca:acme': chain.root, 'tsa:acme': rootCertificates }),
    };
    expect(await evaluate(reference, { ...stamped, registry, clock })).toMatchObject({ outcome: 'verified' });
    const report = await evaluate(reference, { ...terms(name), registry, clock });
    expect(report).toMatchObject({ reason: { code: 'ERR_CERTIFICATE_NOT_VALID_AT_TIME' } });
  });

  it('that is not trusted fails the signing', async () => {
    const { registry, reference } = await image();
    const timestamp = { url: `${hostOrigin()}/tsa`, rootCertificates: chain.root };
    expect(await rejection(sign(reference, { signer, registry, timestamp }))).toMatchObject({
      code: 'ERR_TIMESTAMP_UNTRUSTED',
    });
  });
});
