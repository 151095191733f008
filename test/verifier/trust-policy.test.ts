import { beforeAll, describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../../src/encoding/bytes.ts';
import {
  type BlobVerifierOptions,
  createSigner,
  createTrustStore,
  createVerifier,
  evaluateBlob,
  parseBlobTrustPolicy,
  parseTrustPolicy,
  signBlob,
  type VerifierOptions,
} from '../../src/index.ts';
import { generateTestCertificate } from '../../src/testing/index.ts';
import { composeBlobVerifier, composeVerifier } from '../../src/verifier/index.ts';
import { failure, rejection } from '../encoding/failure.ts';

const shared = {
  name: 'production',
  signatureVerification: { level: 'strict' },
  trustStores: ['ca:acme'],
  trustedIdentities: ['x509.subject: C=US, ST=WA, O=Notary, CN=acme.example'],
};
const imagePolicy = {
  version: '1.0',
  trustPolicies: [{ ...shared, registryScopes: ['registry.example.com/app'] }],
};
const blobPolicy = { version: '1.0', trustPolicies: [{ ...shared, globalPolicy: true }] };
const extendedPolicy = {
  version: '1.0',
  trustPolicies: [
    {
      ...shared,
      registryScopes: ['registry.example.com/*'],
      trustedIdentities: ['x509.subject: CN=acme.example'],
    },
  ],
};

let trustStore: VerifierOptions['trustStore'];
let envelope: { bytes: Uint8Array; artifact: Awaited<ReturnType<typeof signBlob>>['artifact'] };

beforeAll(async () => {
  const certificate = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
  trustStore = createTrustStore({ 'ca:acme': certificate.root });
  const { signature, artifact } = await signBlob(new Blob(['1.0']), {
    signer: await createSigner(certificate),
  });
  envelope = { bytes: signature, artifact };
});

const forms: [string, (policy: object) => unknown][] = [
  ['JSON in a string', (policy) => JSON.stringify(policy)],
  ['JSON in bytes', (policy) => encodeUtf8(JSON.stringify(policy))],
  ['the parsed document', (policy) => policy],
];

type PolicyOptions = Pick<VerifierOptions, 'trustPolicy' | 'dialect'>;
const makers: [string, (options: PolicyOptions & Pick<VerifierOptions, 'trustStore'>) => unknown][] = [
  ['createVerifier', createVerifier],
  ['composeVerifier', composeVerifier],
];

describe('a verifier of artifacts', () => {
  const outcomeWith = async (options: object) => {
    const verifier = createVerifier({ trustStore, ...options } as VerifierOptions);
    const report = await verifier.evaluateEnvelope(envelope.bytes, {
      mediaType: 'application/jose+json',
      artifact: envelope.artifact,
      reference: 'registry.example.com/app',
    });
    return report.outcome;
  };

  it.each(forms)('takes the trust policy as %s', async (_, form) => {
    expect(await outcomeWith({ trustPolicy: form(imagePolicy) })).toBe('verified');
  });

  it.each(forms)('takes the dialect of %s', async (_, form) => {
    const options = { trustPolicy: form(extendedPolicy), dialect: 'extended' };
    expect(await outcomeWith(options)).toBe('verified');
  });

  it('takes a parsed policy with its own dialect', async () => {
    const trustPolicy = parseTrustPolicy(extendedPolicy, { dialect: 'extended' });
    expect(await outcomeWith({ trustPolicy })).toBe('verified');
    expect(await outcomeWith({ trustPolicy, dialect: 'extended' })).toBe('verified');
  });
});

describe.each(makers)('%s', (_, make) => {
  const refuse = (options: object, code: Parameters<typeof failure>[1]) =>
    failure(() => make({ trustStore, ...options } as VerifierOptions), code);

  it.each(forms)('names the dialect that %s needs', (_, form) => {
    expect(refuse({ trustPolicy: form(extendedPolicy) }, 'ERR_POLICY_INVALID')).toContain(
      'dialect "extended"',
    );
  });

  it.each(forms)('rejects a policy for blobs as %s', (_, form) => {
    expect(refuse({ trustPolicy: form(blobPolicy) }, 'ERR_POLICY_INVALID')).toContain(
      'globalPolicy belongs to a blob trust policy',
    );
  });

  it('rejects a parsed policy for blobs', () => {
    const trustPolicy = parseBlobTrustPolicy(blobPolicy);
    expect(refuse({ trustPolicy }, 'ERR_ARGUMENT_INVALID')).toContain(
      'trustPolicy must be the result of parseTrustPolicy',
    );
  });

  it('rejects a dialect other than that of a parsed policy', () => {
    const options = { trustPolicy: parseTrustPolicy(imagePolicy), dialect: 'extended' };
    expect(refuse(options, 'ERR_ARGUMENT_INVALID')).toContain(
      'dialect must be that of the parsed trust policy',
    );
  });

  it('rejects an unknown dialect', () => {
    const options = { trustPolicy: imagePolicy, dialect: 'wide' };
    expect(refuse(options, 'ERR_ARGUMENT_INVALID')).toContain('dialect must be');
  });

  it.each<[unknown]>([[5], [null], [undefined], [true]])('rejects %s for a policy', (trustPolicy) => {
    expect(refuse({ trustPolicy }, 'ERR_ARGUMENT_INVALID')).toContain('trustPolicy must be');
  });

  it('rejects a string that is not JSON', () => {
    expect(refuse({ trustPolicy: './trustpolicy.json' }, 'ERR_ENCODING_INVALID')).toContain('is not JSON');
  });

  it('names a byte order mark in front of JSON', () => {
    const trustPolicy = `\ufeff${JSON.stringify(imagePolicy)}`;
    expect(refuse({ trustPolicy }, 'ERR_ENCODING_INVALID')).toContain('byte order mark');
  });

  it('rejects a document that breaks a rule, and names the field', () => {
    const [statement] = imagePolicy.trustPolicies;
    const trustPolicy = { version: '1.0', trustPolicies: [{ ...statement, trustStores: [] }] };
    expect(refuse({ trustPolicy }, 'ERR_POLICY_INVALID')).toContain('trustStores');
  });
});

describe('a verifier of blobs', () => {
  const outcomeWith = async (trustPolicy: unknown, dialect?: 'extended') => {
    const options = { trustStore, trustPolicy, dialect } as BlobVerifierOptions;
    return (await evaluateBlob(new Blob(['1.0']), envelope.bytes, options)).outcome;
  };

  it.each(forms)('takes the trust policy as %s', async (_, form) => {
    expect(await outcomeWith(form(blobPolicy))).toBe('verified');
  });

  it('takes the dialect of a document', async () => {
    const trustPolicy = {
      version: '1.0',
      trustPolicies: [
        { ...shared, trustedIdentities: ['x509.subject: CN=acme.example'], globalPolicy: true },
      ],
    };
    expect(await rejection(outcomeWith(trustPolicy), 'ERR_POLICY_INVALID')).toContain('dialect "extended"');
    expect(await outcomeWith(trustPolicy, 'extended')).toBe('verified');
  });

  it('rejects a policy for artifacts, parsed or not', () => {
    const make = (trustPolicy: unknown) => () =>
      composeBlobVerifier({ trustStore, trustPolicy } as BlobVerifierOptions);
    expect(failure(make(imagePolicy), 'ERR_POLICY_INVALID')).toContain('registryScopes belongs to');
    expect(failure(make(parseTrustPolicy(imagePolicy)), 'ERR_ARGUMENT_INVALID')).toContain(
      'the result of parseBlobTrustPolicy',
    );
  });
});
