import { beforeAll, describe, expect, it } from 'vitest';
import { fromRatifyVerifier, type RatifyOptions } from '../../src/admission/index.ts';
import { createMemoryRegistry, createSigner, createVerifier, sign } from '../../src/index.ts';
import { generateTestChain, type TestCertificate } from '../../src/testing/index.ts';
import { pushImage, rejection } from '../support/artifact.ts';

/** The resource of Ratify 1.x as its users have it: nothing says where the certificates are. */
const VERIFIER = `
apiVersion: config.ratify.deislabs.io/v1beta1
kind: Verifier
metadata:
  name: notation-verifier
spec:
  name: notation
  artifactTypes: application/vnd.cncf.notary.signature
  parameters:
    trustPolicyDoc:
      version: "1.0"
      trustPolicies:
        - name: production
          registryScopes: ["*"]
          signatureVerification:
            level: strict
          trustStores: ["ca:production"]
          trustedIdentities: ["*"]
`;

let chain: TestCertificate;
let other: TestCertificate;

beforeAll(async () => {
  chain = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
  other = await generateTestChain({ name: 'other.example', keySpec: 'EC-256' });
});

function indented(text: string): string {
  return text.trim().replaceAll('\n', '\n      ');
}

/** A certificate store with certificates inline. */
function storeOf(name: string, pem: string): string {
  return `
---
apiVersion: config.ratify.deislabs.io/v1beta1
kind: CertificateStore
metadata: { name: ${name} }
spec:
  provider: inline
  parameters:
    value: |
      ${indented(pem)}
`;
}

/** The verifier with other parameters before its trust policy. */
function verifierWith(parameters: string): string {
  return VERIFIER.replace('parameters:\n', `parameters:\n    ${parameters}\n`);
}

async function outcomeWith(resources: string | object, options?: RatifyOptions): Promise<string> {
  const { trustPolicy, trustStore } = fromRatifyVerifier(resources, options);
  const { registry, reference } = await pushImage(createMemoryRegistry());
  await sign(reference, { signer: await createSigner(chain), registry });
  const { outcome } = await createVerifier({ trustPolicy, trustStore, registry }).evaluate(reference);
  return outcome;
}

function failure(resources: string | object, options?: RatifyOptions): Promise<unknown> {
  return rejection((async () => fromRatifyVerifier(resources, options))());
}

describe('fromRatifyVerifier', () => {
  it('trusts what the certificates of the store of that name have issued', async () => {
    expect(await outcomeWith(VERIFIER + storeOf('production', chain.root))).toBe('verified');
    expect(await outcomeWith(VERIFIER + storeOf('production', other.root))).toBe('rejected');
  });

  it('takes certificates that are given', async () => {
    expect(await outcomeWith(VERIFIER, { certificates: { production: chain.root } })).toBe('verified');
    expect(await outcomeWith(VERIFIER, { certificates: { production: other.root } })).toBe('rejected');
  });

  it('takes the stores that verificationCertStores lists, with and without the type', async () => {
    const pem = storeOf('one', other.root) + storeOf('two', chain.root);
    for (const stores of ['{ ca: { production: [one, two] } }', '{ production: [one, two] }']) {
      expect(await outcomeWith(verifierWith(`verificationCertStores: ${stores}`) + pem)).toBe('verified');
    }
    const onlyOne = verifierWith('verificationCertStores: { ca: { production: [one] } }');
    expect(await outcomeWith(onlyOne + pem)).toBe('rejected');
  });

  it('takes a key management provider, by its name or with its namespace', async () => {
    const provider = storeOf('keys', chain.root)
      .replace('CertificateStore', 'KeyManagementProvider')
      .replace('provider: inline', 'type: inline')
      .replace('{ name: keys }', '{ name: keys, namespace: gatekeeper-system }');
    for (const name of ['keys', 'gatekeeper-system/keys']) {
      const verifier = verifierWith(`verificationCertStores: { ca: { production: ["${name}"] } }`);
      expect(await outcomeWith(verifier + provider)).toBe('verified');
    }
  });

  it('reads objects and lists of objects', async () => {
    const certificates = { production: chain.root };
    const trustPolicyDoc = {
      version: '1.0',
      trustPolicies: [
        {
          name: 'production',
          registryScopes: ['registry.example.com/team/*'],
          signatureVerification: { level: 'strict' },
          trustStores: ['ca:production'],
          trustedIdentities: ['*'],
        },
      ],
    };
    const verifier = {
      apiVersion: 'config.ratify.deislabs.io/v1beta1',
      kind: 'Verifier',
      metadata: { name: 'verifier-notation' },
      spec: {
        name: 'verifier-notation',
        type: 'notation',
        artifactTypes: 'application/vnd.cncf.notary.signature',
        parameters: { trustPolicyDoc },
      },
    };
    expect(await outcomeWith(verifier, { certificates })).toBe('verified');
    expect(await outcomeWith([verifier], { certificates })).toBe('verified');
  });

  it('names what has no effect', () => {
    const resources = `${verifierWith('verificationCerts: [/certs]\n    extra: true')}
---
apiVersion: config.ratify.deislabs.io/v1beta1
kind: Store
metadata: { name: store-oras }
spec: { name: oras }
---
apiVersion: config.ratify.deislabs.io/v1beta1
kind: Policy
metadata: { name: ratify-policy }
spec:
  type: config-policy
  parameters:
    artifactVerificationPolicies: { "application/vnd.cncf.notary.signature": any, default: all }
`
      .replace('signature\n', 'signature,application/spdx\n')
      .replace('spec:\n', 'spec:\n  source: {}\n');
    const { ignored } = fromRatifyVerifier(resources, { certificates: { production: chain.root } });
    expect(ignored).toEqual([
      expect.stringContaining('"application/spdx"'),
      expect.stringContaining('spec.source'),
      expect.stringContaining('parameters.verificationCerts'),
      expect.stringContaining('parameters.extra'),
      expect.stringContaining('Store "store-oras"'),
      expect.stringContaining('Policy "ratify-policy"'),
    ]);
  });

  const policy = (rest: string) => `${VERIFIER}
---
apiVersion: config.ratify.deislabs.io/v1beta1
kind: Policy
metadata: { name: ratify-policy }
spec: ${rest}
`;
  const anotherVerifier = `${VERIFIER}---${VERIFIER.replace('name: notation\n', 'name: sbom\n')}`;
  it.each([
    ['another verifier next to it', anotherVerifier, 'is not the verifier "notation"'],
    ['a second verifier', `${VERIFIER}---${VERIFIER}`, 'is a second verifier'],
    ['no verifier', storeOf('production', ''), 'there is no Verifier'],
    [
      'a policy that requires all signatures',
      policy('{ parameters: { artifactVerificationPolicies: { default: all } } }'),
      'requires more',
    ],
    ['a policy in Rego', policy('{ type: rego-policy, parameters: {} }'), 'requires more'],
    ['another kind', policy('{}').replace('kind: Policy', 'kind: Executor'), 'kind that is not known'],
    ['another version', VERIFIER.replace('v1beta1', 'v2alpha1'), 'is not a resource of'],
    ['another group', VERIFIER.replace('config.ratify.deislabs.io', 'example.com'), 'is not a resource of'],
    ['no trust policy', VERIFIER.replace('trustPolicyDoc', 'other'), 'has no parameters.trustPolicyDoc'],
    [
      'other artifacts',
      VERIFIER.replace('application/vnd.cncf.notary.signature', 'application/spdx'),
      'does not verify',
    ],
    ['no name', VERIFIER.replace('  name: notation-verifier', '  labels: {}'), 'has no name'],
    [
      'stores of both forms',
      verifierWith('verificationCertStores: { ca: {}, production: [] }'),
      'verificationCertStores',
    ],
    [
      'stores that are not lists',
      verifierWith('verificationCertStores: { ca: { production: one } }'),
      'verificationCertStores',
    ],
    ['what is not YAML', '{', 'not valid YAML'],
  ])('rejects %s', async (_, resources, message) => {
    expect(await failure(resources, { certificates: { production: chain.root } })).toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: expect.stringContaining(message),
    });
  });

  it('rejects a trust store without certificates, and names what is missing', async () => {
    expect(await failure(VERIFIER)).toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: expect.stringMatching(/"ca:production".*"production"/),
    });
    const vault = storeOf('production', chain.root).replace('provider: inline', 'provider: azurekeyvault');
    expect(await failure(VERIFIER + vault)).toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: expect.stringContaining('"azurekeyvault"'),
    });
    const keys = storeOf('production', chain.root).replace(
      'parameters:',
      'parameters:\n    contentType: key',
    );
    expect(await failure(VERIFIER + keys)).toMatchObject({ code: 'ERR_CONFIG_INVALID' });
  });

  it('rejects a trust policy that is invalid', async () => {
    const wrong = VERIFIER.replace('level: strict', 'level: lax');
    expect(await failure(wrong)).toMatchObject({ code: 'ERR_POLICY_INVALID' });
  });

  it('rejects what is neither YAML nor an object', async () => {
    for (const wrong of [1, null, ['Verifier']]) {
      expect(await failure(wrong as unknown as object)).toMatchObject({ code: 'ERR_ARGUMENT_INVALID' });
    }
  });

  it('rejects an alias bomb and too long a text', async () => {
    const lines = Array.from({ length: 9 }, (_, i) => `a${i}: &a${i} [${`*a${i - 1},`.repeat(9)}]`).slice(1);
    const bomb = `a0: &a0 [x]\n${lines.join('\n')}\n`;
    expect(await failure(bomb)).toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: expect.stringContaining('too many aliases'),
    });
    expect(await failure(`#${' '.repeat(1024 * 1024)}`)).toMatchObject({ code: 'ERR_LIMIT_EXCEEDED' });
  });
});
