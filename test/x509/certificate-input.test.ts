import { beforeAll, describe, expect, it } from 'vitest';
import { decodePem } from '../../src/encoding/pem.ts';
import {
  type CertificateInput,
  createMemoryRegistry,
  createSigner,
  createTrustStore,
  evaluateBlob,
  parseReference,
  type Signer,
  type SigningOptions,
  sign,
  signBlob,
  type TrustStore,
} from '../../src/index.ts';
import {
  createTestTimestampAuthority,
  generateTestChain,
  type TestCertificate,
} from '../../src/testing/index.ts';
import {
  type Certificate,
  checkSigningChain,
  checkValidAt,
  parseCertificate,
  parseCertificates,
} from '../../src/x509/index.ts';
import {
  createOfflineRevocationChecker,
  createRevocationChecker,
  fetchRevocationResponses,
} from '../../src/x509/revocation/index.ts';
import { createTimestamper, verifyTimestamp } from '../../src/x509/timestamp/index.ts';
import { failure, rejection } from '../encoding/failure.ts';

let test: TestCertificate;
let parsed: Certificate[];
let tsa: Awaited<ReturnType<typeof createTestTimestampAuthority>>;

beforeAll(async () => {
  test = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
  parsed = parseCertificates(test.certificates);
  tsa = await createTestTimestampAuthority();
});

const bytesOf = (text: string) => new TextEncoder().encode(text);
const blocksOf = (pem: string) => decodePem(pem).map(({ der }) => der);

/** Every form of the certificates in a PEM string. */
const forms: [string, (pem: string) => CertificateInput][] = [
  ['a PEM string', (pem) => pem],
  ['PEM as bytes', bytesOf],
  ['DER, one after another', (pem) => Uint8Array.from(blocksOf(pem).flatMap((der) => [...der]))],
  ['a list of DER', blocksOf],
  ['parsed certificates', parseCertificates],
  [
    'a list of all of these',
    (pem) =>
      parseCertificates(pem).map(({ der, ...rest }, i) => {
        const one = `-----BEGIN CERTIFICATE-----\n${btoa(String.fromCharCode(...der))}\n-----END CERTIFICATE-----`;
        return [one, { der, ...rest }, der, bytesOf(one)][i % 4] ?? der;
      }),
  ],
];

/** Everything that takes certificates; each throws or rejects unless it can use them. */
const takers: [string, (certificates: CertificateInput) => unknown][] = [
  ['parseCertificates', (given) => expect(parseCertificates(given)).toHaveLength(3)],
  ['checkSigningChain', checkSigningChain],
  ['checkValidAt', (given) => checkValidAt(given, new Date())],
  ['createTrustStore', async (given) => createTrustStore({ 'ca:acme': given })],
  ['createSigner', async (certificates) => createSigner({ privateKey: test.privateKey, certificates })],
  ['createTimestamper', (rootCertificates) => createTimestamper({ url: tsa.url, rootCertificates })],
  ['a revocation checker', (given) => createRevocationChecker().check(given)],
  ['an offline revocation checker', (given) => createOfflineRevocationChecker([]).check(given)],
  ['fetchRevocationResponses', (given) => fetchRevocationResponses(given)],
  ['signBlob', (certificates) => signBlob(bytesOf('1.0'), { signer: signerWith(certificates) })],
  ['sign', (certificates) => signWith(signerWith(certificates))],
];

function signerWith(certificates: CertificateInput): Signer<CertificateInput> {
  return { certificates, sign: async (bytes) => (await createSigner(test)).sign(bytes) };
}

async function signWith(signer: SigningOptions['signer']) {
  const registry = createMemoryRegistry();
  const repository = registry.repository(parseReference('registry.example.com/app'));
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const { digest } = await repository.pushManifest(mediaType, bytesOf('{"manifests":[]}'));
  await sign(`registry.example.com/app@${digest}`, { registry, signer });
}

describe.each(takers)('%s', (_, take) => {
  it.each(forms)('takes %s', async (_, form) => {
    await take(form(test.certificates));
  });

  it.each<[string, unknown]>([
    ['a number', 5],
    ['an ArrayBuffer', new ArrayBuffer(8)],
    ['an object', { pem: '' }],
    ['a list of numbers', [5]],
    ['a list of lists', [['']]],
    ['a list with holes', new Array(2)],
    ['a Set', new Set()],
    ['null', null],
    ['nothing', undefined],
  ])('rejects %s', async (_, given) => {
    const taking = async () => take(given as CertificateInput);
    const message = await rejection(taking(), 'ERR_ARGUMENT_INVALID');
    expect(message).toContain('must be PEM as a string or bytes, DER');
  });

  it('rejects a string that holds no certificate', async () => {
    const taking = async () => take('no certificate');
    expect(await rejection(taking(), 'ERR_ENCODING_INVALID')).toContain('neither PEM nor DER');
  });
});

describe.each(forms)('the root of a TSA given as %s', (_, form) => {
  it('is the root that a timestamp leads to', async () => {
    const { url, fetch, rootCertificate } = tsa;
    const roots = form(rootCertificate);
    const signature = new Uint8Array(64);
    const { token } = await createTimestamper({ url, fetch, rootCertificates: roots }).timestamp(
      signature,
      'SHA-256',
    );
    expect((await verifyTimestamp(token, { signature, roots })).certificates).toHaveLength(2);
  });
});

describe.each(forms)("a trust store of the caller's own that returns %s", (_, form) => {
  it('is trusted', async () => {
    const trustStore: TrustStore<CertificateInput> = { certificates: async () => form(test.root) };
    const { signature } = await signBlob(bytesOf('1.0'), { signer: await createSigner(test) });
    const report = await evaluateBlob(bytesOf('1.0'), signature, {
      trustStore,
      trustPolicy: {
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
      },
    });
    expect(report.outcome).toBe('verified');
  });
});

describe('parseCertificate', () => {
  it.each(forms)('reads one certificate given as %s', (_, form) => {
    expect(parseCertificate(form(test.root)).serialNumber).toBe(parsed.at(-1)?.serialNumber);
  });

  it('rejects several certificates', () => {
    const message = failure(() => parseCertificate(test.certificates), 'ERR_CERTIFICATE_INVALID');
    expect(message).toBe('one certificate was expected, but the input contains 3');
  });

  it('rejects an empty list', () => {
    const message = failure(() => parseCertificate([]), 'ERR_CERTIFICATE_INVALID');
    expect(message).toBe('one certificate was expected, but the input contains none');
  });
});

describe('a PEM file of a key and its certificates', () => {
  const file = () => `${test.privateKey}${test.certificates}`;

  it('is both the key and the certificates of a signer', async () => {
    for (const one of [file(), bytesOf(file()), `${test.certificates}${test.privateKey}`]) {
      const signer = await createSigner({ privateKey: one, certificates: one });
      expect(signer.certificates).toEqual(blocksOf(test.certificates));
    }
  });

  it('is not the content of a trust store', () => {
    const create = () => createTrustStore({ 'ca:acme': file() });
    expect(failure(create, 'ERR_ENCODING_INVALID')).toContain('there is a PEM block "PRIVATE KEY"');
  });

  it('is rejected with two keys', async () => {
    const making = createSigner({ privateKey: test.privateKey + file(), certificates: file() });
    expect(await rejection(making, 'ERR_KEY_INVALID')).toContain('one private key was expected');
  });
});

describe('a PEM block of a certificate', () => {
  it('is rejected with headers', () => {
    const pem = test.root.replace('-----\n', '-----\nrole: root\n\n');
    const message = failure(() => parseCertificates(pem), 'ERR_ENCODING_INVALID');
    expect(message).toContain('there is a PEM block "CERTIFICATE" with headers');
  });
});

describe('text around PEM blocks', () => {
  it('may be in Latin-1', () => {
    const text = `# caf\u00e9\n${test.root}# \u00a9\n`;
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    expect(parseCertificates(bytes)).toHaveLength(1);
  });

  it('may not begin with a byte order mark, which is named', () => {
    const message = failure(() => parseCertificates(`\ufeff${test.root}`), 'ERR_ENCODING_INVALID');
    expect(message).toContain('byte order mark of UTF-8');
  });
});
