import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  createSigner,
  createVerifier,
  evaluate,
  parseTrustPolicy,
  sign,
  signBlob,
  verify,
  verifyBlob,
} from '../../src/index.ts';
import {
  addCertificates,
  addSigningKey,
  fromNotationConfig,
  loadTrustPolicy,
  type NotationConfigOptions,
  writeBlobTrustPolicy,
  writeTrustPolicy,
} from '../../src/node/index.ts';
import { generateTestCertificate, generateTestChain, type TestCertificate } from '../../src/testing/index.ts';
import { policyDocument, pushImage } from '../support/artifact.ts';
import { useNotationDirectory } from './notation-directory.ts';

const directory = useNotationDirectory();
let pair: TestCertificate;

beforeAll(async () => {
  pair = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
});

function options(more: NotationConfigOptions = {}): NotationConfigOptions {
  return { configDirectory: directory.path, ...more };
}

async function setUp(): Promise<void> {
  await addSigningKey(directory.putKey('acme', pair), { configDirectory: directory.path, default: true });
  await addCertificates('ca', 'acme', { 'acme.crt': pair.root }, options());
  await writeTrustPolicy(policyDocument(), options());
}

/** The requests of an attempt to verify, by their addresses. */
async function requestsFor(reference: string, more: NotationConfigOptions = {}): Promise<Request[]> {
  const requests: Request[] = [];
  const fetch = async (request: Request | string | URL) => {
    const sent = new Request(request);
    requests.push(sent);
    if (!more.registry?.credentials || sent.headers.has('authorization')) {
      return new Response(null, { status: 404 });
    }
    const headers = { 'www-authenticate': 'Bearer realm="https://auth.example.com/token"' };
    return new Response(null, { status: 401, headers });
  };
  const { registry, ...others } = more;
  const config = await fromNotationConfig(options({ ...others, registry: { ...registry, fetch } }));
  const trustPolicy = parseTrustPolicy(policyDocument({ registryScopes: ['*'] }));
  await evaluate(reference, { ...config, trustPolicy }).catch((error: unknown) => {
    expect(error).toMatchObject({ code: 'ERR_NOT_FOUND' });
  });
  expect(requests.length).toBeGreaterThan(0);
  return requests;
}

async function origin(reference: string, more?: NotationConfigOptions): Promise<string> {
  const [request] = await requestsFor(reference, more);
  return new URL(request?.url ?? '').origin;
}

describe('fromNotationConfig', () => {
  it('signs and verifies', async () => {
    await setUp();
    const { registry, reference, digest } = await pushImage();
    const config = { ...(await fromNotationConfig(options())), registry };
    const { signature } = await sign(reference, { ...config, signer: await config.signer() });
    const report = await verify(reference, config);
    expect(report).toMatchObject({ outcome: 'verified', artifact: { digest } });
    expect(report.signatures[0]?.digest).toBe(signature.digest);
  });

  it('verifies blobs', async () => {
    await setUp();
    const [{ registryScopes: _, ...statement } = {}] = policyDocument().trustPolicies;
    await writeBlobTrustPolicy(
      { version: '1.0', trustPolicies: [{ ...statement, globalPolicy: true }] },
      options(),
    );
    const config = await fromNotationConfig(options());
    const data = new Blob(['1.0']);
    const { signature } = await signBlob(data, { ...config, signer: await config.signer() });
    const trusting = { ...config, trustPolicy: config.blobTrustPolicy };
    expect(await verifyBlob(data, signature, trusting)).toMatchObject({ outcome: 'verified' });
  });

  it('signs in the format of the settings', async () => {
    await setUp();
    directory.put('config.json', { signatureFormat: 'COSE' });
    const { registry, reference } = await pushImage();
    const config = { ...(await fromNotationConfig(options())), registry };
    await sign(reference, { ...config, signer: await config.signer() });
    const report = await verify(reference, config);
    expect(report.signatures[0]?.mediaType).toBe('application/cose');
  });

  it('signs without a trust policy', async () => {
    await addSigningKey(directory.putKey('acme', pair), { configDirectory: directory.path, default: true });
    const { registry, reference } = await pushImage();
    const config = await fromNotationConfig(options());
    const signed = sign(reference, { ...config, registry, signer: await config.signer() });
    await expect(signed).resolves.toMatchObject({ signature: { size: expect.any(Number) } });
  });

  it('signs with a trust policy that is malformed, and does not verify', async () => {
    await setUp();
    directory.put('trustpolicy.json', '{}');
    const { registry, reference } = await pushImage();
    const config = { ...(await fromNotationConfig(options())), registry };
    await sign(reference, { ...config, signer: await config.signer() });
    await expect(verify(reference, config)).rejects.toMatchObject({
      code: 'ERR_POLICY_INVALID',
      message: expect.stringContaining('trustpolicy.json'),
    });
  });

  it('says that the trust policy is missing', async () => {
    const config = await fromNotationConfig(options());
    const { reference } = await pushImage();
    await expect(verify(reference, config)).rejects.toMatchObject({ code: 'ERR_POLICY_NOT_FOUND' });
    await expect(evaluate(reference, { ...config })).rejects.toMatchObject({ code: 'ERR_POLICY_NOT_FOUND' });
    expect(() => createVerifier(config)).toThrow(expect.objectContaining({ code: 'ERR_POLICY_NOT_FOUND' }));
    const blob = verifyBlob(new Blob([]), new Uint8Array(), {
      ...config,
      trustPolicy: config.blobTrustPolicy,
    });
    await expect(blob).rejects.toMatchObject({
      code: 'ERR_POLICY_NOT_FOUND',
      message: expect.stringContaining('trustpolicy.blob.json'),
    });
  });

  it('verifies even if the list of signing keys is broken', async () => {
    await setUp();
    directory.put('signingkeys.json', '{');
    const config = await fromNotationConfig(options());
    await expect(config.signer()).rejects.toMatchObject({ code: 'ERR_CONFIG_INVALID' });
    expect(config.trustPolicy).toEqual(await loadTrustPolicy({ configDirectory: directory.path }));
  });

  it('is the one of NOTATION_CONFIG by default', async () => {
    vi.stubEnv('NOTATION_CONFIG', directory.path);
    directory.put('config.json', { insecureRegistries: ['registry.internal:5000'] });
    const { configDirectory, insecureRegistries } = await fromNotationConfig();
    vi.unstubAllEnvs();
    expect({ configDirectory, insecureRegistries }).toEqual({
      configDirectory: directory.path,
      insecureRegistries: ['registry.internal:5000'],
    });
  });

  it('reads trust policies in the dialect that is requested', async () => {
    directory.put('trustpolicy.json', policyDocument({ registryScopes: ['registry.example.com/team/*'] }));
    const { trustPolicy } = await fromNotationConfig(options({ dialect: 'extended' }));
    expect(trustPolicy.statements[0]?.registryScopes).toEqual(['registry.example.com/team/*']);
    expect((await fromNotationConfig(options({ dialect: 'spec' }))).trustPolicy.dialect).toBe('spec');
  });

  it('rejects an unknown dialect at once', async () => {
    directory.put('trustpolicy.json', policyDocument());
    const wrong = { dialect: 'other' } as unknown as NotationConfigOptions;
    await expect(fromNotationConfig(options(wrong))).rejects.toMatchObject({ code: 'ERR_ARGUMENT_INVALID' });
  });

  it('rejects settings that are broken, or a symbolic link', async () => {
    directory.put('config.json', '{');
    await expect(fromNotationConfig(options())).rejects.toMatchObject({ code: 'ERR_CONFIG_INVALID' });
    mkdirSync(join(directory.path, 'other'));
    symlinkSync(join(directory.path, 'config.json'), join(directory.path, 'other', 'config.json'));
    const linked = fromNotationConfig({ configDirectory: join(directory.path, 'other') });
    await expect(linked).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: expect.stringContaining('is not a regular file'),
    });
  });
});

describe('the registries of notation', () => {
  it('are reached over HTTPS', async () => {
    expect(await origin('registry.internal:5000/app:v1')).toBe('https://registry.internal:5000');
  });

  it('are reached over plain HTTP if the settings list them, in any case', async () => {
    directory.put('config.json', { insecureRegistries: ['Registry.Internal:5000'] });
    expect(await origin('registry.internal:5000/app:v1')).toBe('http://registry.internal:5000');
    expect(await origin('registry.internal:5001/app:v1')).toBe('https://registry.internal:5001');
  });

  it('are reached over plain HTTP on localhost', async () => {
    expect(await origin('localhost:5000/app:v1')).toBe('http://localhost:5000');
  });

  it('are reached as the options of the caller say', async () => {
    directory.put('config.json', { insecureRegistries: ['registry.internal:5000'] });
    const registry = { plainHttp: false };
    expect(await origin('registry.internal:5000/app:v1', { registry })).toBe(
      'https://registry.internal:5000',
    );
  });

  it('are given the credentials of the caller', async () => {
    const credentials = { 'registry.internal:5000': { registryToken: 'token' } };
    const requests = await requestsFor('registry.internal:5000/app:v1', { registry: { credentials } });
    expect(requests.map(({ headers }) => headers.get('authorization'))).toContain('Bearer token');
  });

  it('are given the credentials of the helper that the settings name', async () => {
    const bin = join(directory.path, 'bin');
    mkdirSync(bin);
    const response = JSON.stringify({ ServerURL: 'x', Username: 'me', Secret: 'secret' });
    writeFileSync(join(bin, 'docker-credential-test'), `#!/bin/sh\necho '${response}'\n`, { mode: 0o755 });
    vi.stubEnv('PATH', `${bin}:${process.env.PATH}`);
    directory.put('config.json', { credHelpers: { 'registry.internal:5000': 'test' } });
    const { credentials } = await fromNotationConfig(options());
    const found = typeof credentials === 'function' && (await credentials('registry.internal:5000'));
    vi.unstubAllEnvs();
    expect(found).toEqual({ username: 'me', password: 'secret' });
  });
});

describe('the transport', () => {
  it('also sends the requests for revocation statuses', async () => {
    const revocable = await generateTestChain({
      name: 'acme.example',
      keySpec: 'EC-256',
      ocsp: ['http://ocsp.example'],
    });
    await addCertificates('ca', 'acme', { 'acme.crt': revocable.root }, options());
    await writeTrustPolicy(policyDocument(), options());
    const requested: string[] = [];
    const transport = async (url: string) => {
      requested.push(new URL(url).host);
      return new Response(null, { status: 503 });
    };
    const { trustStore, trustPolicy, ...config } = await fromNotationConfig(
      options({ registry: { transport } }),
    );
    const { registry, reference } = await pushImage();
    await sign(reference, { signer: await createSigner(revocable), registry });
    const report = await evaluate(reference, {
      trustStore,
      trustPolicy,
      transport: config.transport,
      registry,
    });
    expect(report.outcome).toBe('rejected');
    expect(requested).toContain('ocsp.example');
  });
});

describe('the plugins of notation', () => {
  function install(where: string): void {
    mkdirSync(join(directory.path, where, 'plugins', 'com.example.signer'), { recursive: true });
    const program = join(
      directory.path,
      where,
      'plugins',
      'com.example.signer',
      'notation-com.example.signer',
    );
    writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });
  }

  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('are in the directory of its configuration', async () => {
    vi.stubEnv('NOTATION_LIBEXEC', '');
    install('.');
    const { plugins } = await fromNotationConfig(options());
    expect(await plugins.get('com.example.signer')).toMatchObject({ name: 'com.example.signer' });
  });

  it('are in NOTATION_LIBEXEC if it is set', async () => {
    vi.stubEnv('NOTATION_LIBEXEC', join(directory.path, 'libexec'));
    install('.');
    const { plugins } = await fromNotationConfig(options());
    expect(await plugins.get('com.example.signer')).toBeUndefined();
    install('libexec');
    expect(await plugins.get('com.example.signer')).toMatchObject({ name: 'com.example.signer' });
  });

  it('come from the caller', async () => {
    const plugins = new Map();
    expect((await fromNotationConfig(options({ plugins }))).plugins).toBe(plugins);
  });
});
