import { beforeAll, describe, expect, it } from 'vitest';
import {
  createMemoryRegistry,
  createSigner,
  createTrustStore,
  evaluate,
  parseReference,
  parseTrustPolicy,
  type Reference,
  type Registry,
  sign,
  type TrustStore,
} from '../../src/index.ts';
import { generateTestCertificate, type TestCertificate } from '../../src/testing/index.ts';
import { policyDocument } from '../support/artifact.ts';

let certificate: TestCertificate;
let trustStore: TrustStore;

beforeAll(async () => {
  certificate = await generateTestCertificate({
    name: 'production-signer',
    subject: 'CN=production-signer,O=MyOrg',
    keySpec: 'EC-256',
  });
  trustStore = createTrustStore({ 'ca:production-ca': certificate.root });
});

/** The report on an artifact that was pushed and signed under a reference. */
async function evaluateSigned(given: string | Reference, ...statements: object[]) {
  const registry = createMemoryRegistry();
  const reference = typeof given === 'string' ? given : { ...given, tag: 'v1' };
  const [statement] = policyDocument({ trustStores: ['ca:production-ca'] }).trustPolicies;
  const trustPolicies = statements.map((changes, i) => ({ ...statement, name: `s${i}`, ...changes }));
  const trustPolicy = parseTrustPolicy({ version: '1.0', trustPolicies }, { dialect: 'extended' });
  await pushTo(registry, reference);
  await sign(reference, { signer: await createSigner(certificate), registry });
  return evaluate(reference, { trustPolicy, trustStore, registry });
}

async function pushTo(registry: Registry, reference: string | Reference) {
  const parsed = typeof reference === 'string' ? parseReference(reference) : reference;
  const bytes = new TextEncoder().encode('{"schemaVersion":2,"manifests":[]}');
  await registry
    .repository(parsed)
    .pushManifest('application/vnd.oci.image.index.v1+json', bytes, { tag: 'v1' });
}

describe('a policy with a prefix scope', () => {
  const requested = {
    registryScopes: ['myregistry.com/production/*'],
    trustedIdentities: ['x509.subject: CN=production-signer,O=MyOrg'],
  };

  it('trusts the artifacts of its signer below its prefix', async () => {
    const report = await evaluateSigned('myregistry.com/production/app:v1', requested);
    expect(report.outcome).toBe('verified');
    expect(report.signatures[0]?.details?.trustedIdentity).toBe(requested.trustedIdentities[0]);
  });

  it('does not apply outside its prefix', async () => {
    const report = await evaluateSigned('myregistry.com/production2/app:v1', requested);
    expect(report.reason?.code).toBe('ERR_POLICY_NOT_APPLICABLE');
  });

  it('does not trust another signer', async () => {
    const report = await evaluateSigned('myregistry.com/production/app:v1', {
      ...requested,
      trustedIdentities: ['x509.subject: CN=staging-signer,O=MyOrg'],
    });
    expect(report.reason?.code).toBe('ERR_IDENTITY_UNTRUSTED');
  });
});

describe('the statement for a reference', () => {
  it.each([
    ['localhost:5000/app:v1', 'localhost:5000/app'],
    ['Registry.Example.com/app:v1', 'Registry.Example.com/app'],
    ['docker.io/alpine:v1', 'docker.io/alpine'],
    ['docker.io/library/alpine:v1', 'docker.io/library/alpine'],
    ['alpine:v1', 'docker.io/library/alpine'],
    ['org/app:v1', 'docker.io/org/app'],
  ])('%s is that of the scope %s', async (reference, scope) => {
    const report = await evaluateSigned(reference, { registryScopes: [scope] }, { registryScopes: ['*'] });
    expect(report.policy?.statement).toBe('s0');
  });

  it.each([
    ['REGISTRY.example.com/app:v1', 'registry.example.com/app'],
    ['registry.example.com/app:v1', 'Registry.Example.com/*'],
    ['registry.example.com:443/app:v1', 'registry.example.com/app'],
    ['registry.example.com:0443/app:v1', 'registry.example.com/app'],
    ['127.1:5000/app:v1', '127.0.0.1:5000/app'],
    ['0x7f000001:5000/app:v1', '127.0.0.1:5000/app'],
    ['registry-1.docker.io/org/app:v1', 'docker.io/org/app'],
    ['org/app:v1', 'index.docker.io/*'],
    ['docker.io/alpine:v1', 'docker.io/library/alpine'],
  ])('%s is that of the scope %s: another spelling does not select a laxer one', async (reference, scope) => {
    const strict = { registryScopes: [scope], trustedIdentities: ['x509.subject: CN=somebody-else'] };
    const lax = { registryScopes: ['*'], signatureVerification: { level: 'audit' } };
    const report = await evaluateSigned(reference, strict, lax);
    expect(report).toMatchObject({
      outcome: 'rejected',
      policy: { statement: 's0' },
      reason: { code: 'ERR_IDENTITY_UNTRUSTED' },
    });
  });

  it.each([
    ['local/hello:v1', 'local/hello'],
    ['org/app:v1', 'org/*'],
  ])(
    '%s selects no statement if the short name is in the scope %s: the CLI would apply that scope',
    async (reference, scope) => {
      const report = await evaluateSigned(reference, { registryScopes: [scope] }, { registryScopes: ['*'] });
      expect(report).toMatchObject({ outcome: 'rejected', reason: { code: 'ERR_REFERENCE_INVALID' } });
    },
  );

  it('of an image layout is given as an object', async () => {
    const report = await evaluateSigned(
      { registry: 'local', repository: 'hello' },
      { registryScopes: ['local/hello'] },
    );
    expect(report).toMatchObject({ outcome: 'verified', reference: 'local/hello:v1' });
  });

  it('does not exist for an IPv6 address, even if one applies to every repository', async () => {
    const report = await evaluateSigned('[::1]:5000/app:v1', { registryScopes: ['*'] });
    expect(report).toMatchObject({ outcome: 'rejected', reason: { code: 'ERR_REFERENCE_INVALID' } });
  });
});
