import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createFileTrustStore } from '../../src/node/trust-store/file-trust-store.ts';
import { parseCertificates } from '../../src/x509/certificate.ts';
import { checkSigningChain } from '../../src/x509/chain.ts';
import { isIssuedBy } from '../../src/x509/issuance.ts';
import { subjectText } from '../../src/x509/name.ts';
import { createTrustStore, type TrustStoreType } from '../../src/x509/trust-store.ts';
import { failure, rejection } from '../encoding/failure.ts';
import { listVectors, locateVector, readVector } from '../support/vectors.ts';

const read = (path: string) => parseCertificates(readVector(path));
const first = (path: string) => {
  const [certificate] = read(path);
  if (!certificate) throw new Error(`${path} contains no certificate`);
  return certificate;
};
const load = (type: TrustStoreType, directory: string) => {
  const files = listVectors(directory).map((file) => readVector(`${directory}/${file}`));
  return createTrustStore({ [`${type}:vectors`]: files }).certificates(type, 'vectors');
};

describe('the certificates of notation-core-go', () => {
  it.each([
    ['pem.crt', 1],
    ['multi-pem.crt', 2],
    ['der.der', 1],
    ['multi-der.der', 2],
    ['openssl-minimum-self-signed.pem', 1],
    ['timestamp_leaf.crt', 1],
    ['timestamp_intermediate.crt', 1],
    ['timestamp_root.crt', 1],
  ])('%s contains %i', (file, count) => {
    expect(read(`x509/${file}`)).toHaveLength(count);
  });

  it('are the same in PEM and DER', () => {
    expect(first('x509/pem.crt').der).toEqual(first('x509/der.der').der);
  });

  it('are rejected when they are malformed', () => {
    failure(() => read('x509/invalid'), 'ERR_ENCODING_INVALID');
  });

  it('have subjects as the notation CLI writes them', () => {
    expect(subjectText(first('x509/der.der'))).toBe('CN=GlobalSign,OU=GlobalSign Root CA - R3,O=GlobalSign');
    expect(subjectText(first('x509/timestamp_leaf.crt'))).toBe(
      'CN=DigiCert Timestamp 2023,O=DigiCert\\, Inc.,C=US',
    );
  });

  it('have the serial number, the dates and the key that openssl shows', () => {
    const leaf = first('x509/timestamp_leaf.crt');
    expect(leaf.notAfter.toISOString()).toBe('2034-10-13T23:59:59.000Z');
    expect(leaf.publicKey.keySpec).toBe('RSA-4096');
    expect(leaf.extendedKeyUsage).toEqual({ critical: true, purposes: ['1.3.6.1.5.5.7.3.8'] });
    expect(leaf.keyUsage).toEqual({ critical: true, usages: new Set(['digitalSignature']) });
    expect(leaf.revocation.ocsp).toEqual(['http://ocsp.digicert.com']);
    expect(leaf.revocation.crl[0]).toMatch(/^http:\/\/crl3\.digicert\.com\//);
  });

  it('are issued by one another', async () => {
    const names = ['leaf', 'intermediate', 'root'].map((name) => first(`x509/timestamp_${name}.crt`));
    const [leaf, intermediate, root] = names;
    if (!leaf || !intermediate || !root) throw new Error('there is no chain');
    expect(await isIssuedBy(leaf, intermediate)).toBe(true);
    expect(await isIssuedBy(intermediate, root)).toBe(true);
    expect(await isIssuedBy(root, root)).toBe(true);
    expect(await isIssuedBy(leaf, root)).toBe(false);
  });

  it('for timestamping must not sign artifacts', async () => {
    const chain = ['leaf', 'intermediate', 'root'].map((name) => first(`x509/timestamp_${name}.crt`));
    expect(await rejection(checkSigningChain(chain), 'ERR_CERTIFICATE_CHAIN_INVALID')).toContain(
      'is for timestamping',
    );
  });
});

describe('the trust stores of notation-go', () => {
  it.each([
    ['ca', 'truststore/x509/ca/valid-trust-store', 6],
    ['ca', 'truststore/x509/ca/valid-trust-store-2', 2],
    ['ca', 'truststore/x509/ca/valid-trust-store-self-signed', 1],
    ['signingAuthority', 'truststore/x509/signingAuthority/valid-trust-store', 3],
    ['signingAuthority', 'truststore/x509/signingAuthority/valid-trust-store-2', 2],
    ['tsa', 'truststore/x509/tsa/test-timestamp', 1],
    ['tsa', 'truststore/x509/tsa/test-mismatch', 1],
  ] as const)('of the type %s are loaded: %s', async (type, directory, count) => {
    expect(await load(type, directory)).toHaveLength(count);
  });

  it.each([
    ['ca', 'truststore/x509/ca/trust-store-with-leaf-certs'],
    ['ca', 'truststore/x509/ca/trust-store-with-leaf-certs-in-single-file'],
    ['tsa', 'truststore/x509/tsa/test-nonCA'],
    ['tsa', 'truststore/x509/tsa/test-nonSelfIssued'],
  ] as const)('of the type %s are rejected: %s', async (type, directory) => {
    await rejection(load(type, directory), 'ERR_TRUST_STORE_INVALID');
  });

  it('are rejected when a file contains no certificate', () => {
    failure(() => load('ca', 'truststore/x509/ca/trust-store-with-invalid-certs'), 'ERR_ENCODING_INVALID');
  });
});

describe('the trust store directory of notation-go, read from disk', () => {
  const store = () => createFileTrustStore({ configDirectory: locateVector('.') });

  it.each([
    ['ca', 'valid-trust-store', 6],
    ['ca', 'valid-trust-store-2', 2],
    ['ca', 'valid-trust-store-self-signed', 1],
    ['signingAuthority', 'valid-trust-store', 3],
    ['signingAuthority', 'valid-trust-store-2', 2],
    ['tsa', 'test-timestamp', 1],
    ['tsa', 'test-mismatch', 1],
  ] as const)('gives %s:%s', async (type, name, count) => {
    expect(await store().certificates(type, name)).toHaveLength(count);
  });

  it.each([
    ['ca', 'trust-store-with-leaf-certs'],
    ['ca', 'trust-store-with-leaf-certs-in-single-file'],
    ['ca', 'trust-store-with-invalid-certs'],
    ['tsa', 'test-nonCA'],
    ['tsa', 'test-nonSelfIssued'],
  ] as const)('rejects %s:%s', async (type, name) => {
    await rejection(store().certificates(type, name), 'ERR_TRUST_STORE_INVALID');
  });

  it.each([
    ['ca', 'no-such-store'],
    ['tsa', 'valid-trust-store'],
  ] as const)('does not have %s:%s', async (type, name) => {
    await rejection(store().certificates(type, name), 'ERR_TRUST_STORE_NOT_FOUND');
  });
});

describe('the timestamp root that the vectors contain twice', () => {
  it('is not the same certificate', () => {
    const digest = (path: string) => createHash('sha256').update(first(path).der).digest('hex');
    expect(digest('tsp/GlobalSignRootCA.crt')).not.toBe(
      digest('truststore/x509/tsa/test-timestamp/globalsignRoot.cer'),
    );
  });
});
