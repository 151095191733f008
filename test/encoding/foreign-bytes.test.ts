import { beforeAll, describe, expect, it } from 'vitest';
import { encodeUtf8, isBytes, readBytes } from '../../src/encoding/bytes.ts';
import { decodePem } from '../../src/encoding/pem.ts';
import { createEnvelope, createPayload, parseEnvelope, parsePayload } from '../../src/envelope/index.ts';
import {
  type BlobData,
  createMemoryRegistry,
  createOfflineRevocationChecker,
  createSigner,
  createTrustStore,
  createVerifier,
  evaluateBlob,
  inspectBlob,
  parseReference,
  parseTrustPolicy,
  type Signer,
  signBlob,
} from '../../src/index.ts';
import { readPkcs12 } from '../../src/keys/index.ts';
import {
  createTestTimestampAuthority,
  generateTestChain,
  issueTestChain,
  type TestCertificate,
} from '../../src/testing/index.ts';
import { parseCertificates } from '../../src/x509/index.ts';
import { createTimestamper, verifyTimestamp } from '../../src/x509/timestamp/index.ts';
import { ofOtherRealm, onResizableBuffer, onSharedBuffer } from '../support/foreign-bytes.ts';
import { failure, rejection } from './failure.ts';

const text = encodeUtf8('1.0');
const digest = `sha256:${'0'.repeat(64)}`;
const policy = {
  version: '1.0',
  trustPolicies: [
    {
      name: 'releases',
      signatureVerification: { level: 'strict' },
      trustStores: ['ca:acme'],
      trustedIdentities: ['*'],
      globalPolicy: true,
    },
  ],
};

let chain: TestCertificate;
let signer: Signer;
let signature: Uint8Array;

beforeAll(async () => {
  chain = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
  signer = await createSigner(chain);
  ({ signature } = await signBlob(text, { signer }));
});

const outcomeOf = async (data: BlobData, envelope: Uint8Array) => {
  const trustStore = createTrustStore({ 'ca:acme': chain.root });
  return (await evaluateBlob(data, envelope, { trustStore, trustPolicy: policy })).outcome;
};

const derOf = (pem: string) => decodePem(pem)[0]?.der ?? new Uint8Array();

const kinds: [string, (bytes: Uint8Array) => Uint8Array][] = [
  ['another realm', ofOtherRealm],
  ['a resizable buffer', onResizableBuffer],
];
// Pages have no shared memory unless they are isolated.
if ('SharedArrayBuffer' in globalThis) kinds.push(['a shared buffer', onSharedBuffer]);

describe.each(kinds)('bytes of %s', (_, foreign) => {
  it('are read as a plain copy', () => {
    const read = readBytes(foreign(text), 'text');
    expect(read).toEqual(text);
    expect(read).toBeInstanceOf(Uint8Array);
  });

  it('are verified as a blob', async () => {
    expect(await outcomeOf(foreign(text), signature)).toBe('verified');
  });

  it('are verified as the chunks of a stream', async () => {
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(foreign(text));
        controller.close();
      },
    });
    expect(await outcomeOf(stream, signature)).toBe('verified');
  });

  it('are verified as a signature', async () => {
    expect(await outcomeOf(text, foreign(signature))).toBe('verified');
  });

  it('are signed as a blob', async () => {
    const signed = await signBlob(foreign(text), { signer });
    expect(await outcomeOf(text, signed.signature)).toBe('verified');
  });

  it('are signed by a signer', async () => {
    expect((await signer.sign(foreign(text))).length).toBe(64);
  });

  it('are taken from a signer of the caller', async () => {
    const own: Signer = {
      certificates: signer.certificates.map((der) => foreign(der)),
      sign: async (bytes) => foreign(await signer.sign(bytes)),
    };
    const signed = await signBlob(text, { signer: own });
    expect(await outcomeOf(text, signed.signature)).toBe('verified');
  });

  it('are read as an envelope', async () => {
    expect((await inspectBlob(foreign(signature))).mediaType).toBe('application/jose+json');
    expect(parseEnvelope(foreign(signature), 'application/jose+json').certificates).toHaveLength(3);
  });

  it('are read as a COSE envelope', async () => {
    const payload = createPayload({ mediaType: 'text/plain', digest, size: 5 });
    const signingTime = new Date(Math.floor(Date.now() / 1000) * 1000);
    const request = { mediaType: 'application/cose', signingScheme: 'notary.x509', signingTime } as const;
    const bytes = await createEnvelope({ ...request, payload: foreign(payload) }, signer);
    expect(parseEnvelope(foreign(bytes), 'application/cose').algorithm.keySpec).toBe('EC-256');
    expect(parsePayload(foreign(payload)).size).toBe(5);
  });

  it('are verified as the envelope of an artifact', async () => {
    const trustStore = createTrustStore({ 'ca:acme': chain.root });
    const statement = { ...policy.trustPolicies[0], registryScopes: ['*'], globalPolicy: undefined };
    const trustPolicy = JSON.stringify({ version: '1.0', trustPolicies: [statement] });
    const verifier = createVerifier({ trustStore, trustPolicy });
    const { artifact } = await signBlob(text, { signer });
    const options = { mediaType: 'application/jose+json', artifact, reference: 'registry.example.com/app' };
    const report = await verifier.evaluateEnvelope(foreign(signature), options);
    expect(report.outcome).toBe('verified');
  });

  it('are read as certificates, in PEM and in DER', () => {
    expect(parseCertificates(foreign(encodeUtf8(chain.certificates)))).toHaveLength(3);
    expect(parseCertificates([foreign(derOf(chain.root)), chain.root])).toHaveLength(2);
  });

  it('are read as a private key, in PEM and in DER', async () => {
    for (const privateKey of [encodeUtf8(chain.privateKey), derOf(chain.privateKey)]) {
      const made = await createSigner({ ...chain, privateKey: foreign(privateKey) });
      expect(made.certificates).toHaveLength(3);
    }
  });

  it('are read as a PKCS #12 file', async () => {
    await rejection(readPkcs12(foreign(Uint8Array.of(0x30, 0))), 'ERR_KEY_INVALID');
  });

  it('are read as a trust policy', () => {
    const statement = { ...policy.trustPolicies[0], registryScopes: ['*'], globalPolicy: undefined };
    const document = JSON.stringify({ version: '1.0', trustPolicies: [statement] });
    expect(parseTrustPolicy(foreign(encodeUtf8(document))).statements).toHaveLength(1);
  });

  it('are stored in a repository', async () => {
    const repository = createMemoryRegistry().repository(parseReference('registry.example.com/app'));
    const blob = await repository.pushBlob('text/plain', foreign(text));
    expect(await repository.fetchBlob(blob, { maxBytes: 3 })).toEqual(text);
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    const manifest = await repository.pushManifest(mediaType, foreign(encodeUtf8('{"manifests":[]}')));
    expect(await repository.fetchManifest(manifest)).toEqual(encodeUtf8('{"manifests":[]}'));
  });

  it('are read as a timestamp token and its signature', async () => {
    const { url, rootCertificate, fetch } = await createTestTimestampAuthority();
    const timestamper = createTimestamper({ url, rootCertificates: rootCertificate, fetch });
    const { token, time } = await timestamper.timestamp(foreign(text), 'SHA-256');
    const expectation = { signature: foreign(text), roots: foreign(encodeUtf8(rootCertificate)) };
    expect((await verifyTimestamp(foreign(token), expectation)).time).toEqual(time);
  });

  it('are read as responses of CAs', () => {
    const reading = () => createOfflineRevocationChecker([foreign(Uint8Array.of(0x30, 2, 5, 0))]);
    expect(failure(reading, 'ERR_ARGUMENT_INVALID')).toContain('neither an OCSP response nor a CRL');
    expect(createOfflineRevocationChecker([foreign(Uint8Array.of(0x30, 2, 0x30, 0))])).toBeTypeOf('object');
  });

  it('are read as the public key of a test certificate', async () => {
    const [leaf] = parseCertificates(chain.certificates);
    const publicKey = foreign(leaf?.publicKey.spki ?? new Uint8Array());
    const issued = await issueTestChain({ name: 'acme.example', publicKey, intermediates: 0 });
    expect(parseCertificates(issued.certificates)).toHaveLength(2);
  });
});

describe('a value that is not a Uint8Array', () => {
  it.each<[string, unknown]>([
    ['a string', 'text'],
    ['an ArrayBuffer', new ArrayBuffer(3)],
    ['an Int8Array', new Int8Array(3)],
    ['a DataView', new DataView(new ArrayBuffer(3))],
    ['a list of numbers', [1, 2, 3]],
    ['an object that says it is one', { [Symbol.toStringTag]: 'Uint8Array', length: 3 }],
    ['nothing', undefined],
    ['null', null],
  ])('is rejected: %s', (_, value) => {
    expect(isBytes(value)).toBe(false);
    expect(failure(() => readBytes(value, 'the data'), 'ERR_ARGUMENT_INVALID')).toBe(
      'the data must be a Uint8Array',
    );
  });
});
