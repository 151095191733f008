import { describe, expect, it } from 'vitest';
import { parseCertificate, parseCertificates } from '../../src/x509/certificate.ts';
import { parseSignedData } from '../../src/x509/timestamp/cms.ts';
import { findSigningCertificate } from '../../src/x509/timestamp/signing-certificate.ts';
import { readTimestampResponse } from '../../src/x509/timestamp/timestamp-response.ts';
import { createTimestamper } from '../../src/x509/timestamp/timestamper.ts';
import { findTsaChain } from '../../src/x509/timestamp/tsa-chain.ts';
import { parseTstInfo } from '../../src/x509/timestamp/tst-info.ts';
import { verifyTimestamp } from '../../src/x509/timestamp/verify-timestamp.ts';
import { failure, rejection } from '../encoding/failure.ts';
import { listVectors, readVector } from '../support/vectors.ts';

// The verdicts and reasons of the tests of tspclient-go and notation-go; for files that none of them uses, what that
// code reports for them.

const roots = parseCertificates(readVector('tsp/GlobalSignRootCA.crt'));
/** The data that the tokens of the vectors cover, if it is known. */
const signature = new TextEncoder().encode('notation');
const verify = (path: string) => verifyTimestamp(readVector(path), { signature, roots });

/** The next step for a token whose signed data is unknown. */
async function signerOf(path: string) {
  const signed = parseSignedData(readVector(path));
  const [info] = signed.signerInfos;
  if (!info) throw new Error(`${path} has no signer`);
  const certificates = signed.certificates.map(parseCertificate);
  return {
    time: parseTstInfo(signed.content).time,
    certificates,
    leaf: findSigningCertificate(info, certificates),
  };
}

const good = {
  'tsp/TimeStampToken.p7s': '2021-09-17T14:09:10.000Z',
  'tsp/TimeStampTokenWithValidAndInvalidSignerInfos.p7s': '2021-09-17T14:09:10.000Z',
  'timestamp/countersignature/TimeStampToken.p7s': '2021-09-17T14:09:10.000Z',
};

const bad: Readonly<Record<string, string>> = {
  'tsp/SHA1TimeStampToken.p7s': 'hash function 1.2.840.113549.1.1.5',
  'tsp/TimeStampTokenWithInvalidSignature.p7s': 'signature was not made by its signer',
  'tsp/TimeStampTokenWithInvalidSigningCertificateV2.p7s': 'cut off',
  'tsp/TimeStampTokenWithInvalidTSTInfo.p7s': 'tag 0x30 instead of 0x18',
  'tsp/TimeStampTokenWithInvalideContentType.p7s': 'something other than a TSTInfo',
  'tsp/TimeStampTokenWithMismatchCertHash.p7s': 'hash of the certificate of its signer differs',
  'tsp/TimeStampTokenWithSHA1CertHash.p7s': 'hash function 1.3.14.3.2.26',
  'tsp/TimeStampTokenWithSigningCertificateV2NoCert.p7s': 'cut off',
  'tsp/TimeStampTokenWithTSTInfoVersion2.p7s': 'not of version 1',
  'tsp/TimeStampTokenWithWrongSigningCertificateV2IssuerChoiceTag.p7s':
    'something other than a directory name',
  'tsp/TimeStampTokenWithoutCertificate.p7s': 'does not contain the certificate of its signer',
  'tsp/TimeStampTokenWithoutSigningCertificate.p7s': 'lacks the signed attribute SigningCertificateV2',
  // Its attributes were changed, not its signature: the certificate is still found, see below.
  'tsp/TimeStampTokenWithoutSigningCertificateV2IssuerSerial.p7s': 'signature was not made by its signer',
  'timestamp/countersignature/TimeStampTokenWithInvalidTSTInfo.p7s': 'tag 0x30 instead of 0x18',
  'timestamp/countersignature/TimeStampTokenWithInvalideContentType.p7s': 'something other than a TSTInfo',
  'timestamp/countersignature/TimeStampTokenWithoutCertificate.p7s':
    'does not contain the certificate of its signer',
};

/** Its signed data is unknown. */
const withoutV2 = [
  'tsp/TimeStampTokenWithSigningCertificateV1.p7s',
  'tsp/TimeStampTokenWithInvalidSigningCertificateV1.p7s',
  'tsp/TimeStampTokenWithSigningCertificateV1NoCert.p7s',
];
const withoutRoot = 'tsp/TimeStampTokenNoRoot.p7s';

const responses = [
  'granted.tsq',
  'malformed.tsq',
  'rejection.tsq',
  'validResponseWithSigningCertificateV1.tsr',
];

describe('the timestamp tokens of tspclient-go and notation-go', () => {
  it('are all covered by these tests', () => {
    const files = ['tsp', 'timestamp/countersignature'].flatMap((directory) =>
      listVectors(directory).map((file) => `${directory}/${file}`),
    );
    const known = [...Object.keys(good), ...Object.keys(bad), ...withoutV2, withoutRoot];
    const others = [...responses.map((file) => `tsp/${file}`), 'tsp/GlobalSignRootCA.crt'];
    expect([...known, ...others].sort()).toEqual(files.sort());
  });

  it.each(Object.entries(good))('%s is good', async (path, time) => {
    const stamp = await verify(path);
    expect(stamp.time.toISOString()).toBe(time);
    expect(stamp.latest.getTime() - stamp.earliest.getTime()).toBe(2000);
    expect(stamp.certificates).toHaveLength(4);
    expect(stamp.certificates.at(-1)?.der).toEqual(roots[0]?.der);
  });

  it.each(Object.entries(bad))('%s is rejected: %s', async (path, reason) => {
    expect(await rejection(verify(path), 'ERR_TIMESTAMP_INVALID')).toContain(reason);
  });

  it('are not about another message', async () => {
    const other = new TextEncoder().encode('invalid');
    const verified = verifyTimestamp(readVector('tsp/TimeStampToken.p7s'), { signature: other, roots });
    expect(await rejection(verified, 'ERR_TIMESTAMP_INVALID')).toContain('does not cover the signature');
  });

  it('are not trusted without their root', async () => {
    const [root] = roots;
    const token = readVector('tsp/TimeStampToken.p7s');
    await rejection(verifyTimestamp(token, { signature, roots: [] }), 'ERR_TIMESTAMP_UNTRUSTED');
    const others = parseCertificates(readVector('x509/timestamp_root.crt'));
    expect(others[0]?.der).not.toEqual(root?.der);
    await rejection(verifyTimestamp(token, { signature, roots: others }), 'ERR_TIMESTAMP_UNTRUSTED');
  });

  it.each(withoutV2)('%s lacks the attribute SigningCertificateV2', async (path) => {
    expect(await rejection(verify(path), 'ERR_TIMESTAMP_INVALID')).toContain('does not cover the signature');
    const { leaf } = await signerOf(path).catch((error: unknown) => ({ leaf: Promise.reject(error) }));
    expect(await rejection(leaf, 'ERR_TIMESTAMP_INVALID')).toContain('SigningCertificateV2');
  });

  it('may name the certificate without its issuer', async () => {
    const { leaf } = await signerOf('tsp/TimeStampTokenWithoutSigningCertificateV2IssuerSerial.p7s');
    expect((await leaf).extendedKeyUsage?.purposes).toEqual(['1.3.6.1.5.5.7.3.8']);
  });

  it('may lead to a root that is not trusted', async () => {
    expect(await rejection(verify(withoutRoot), 'ERR_TIMESTAMP_INVALID')).toContain(
      'does not cover the signature',
    );
    const { leaf, certificates, time } = await signerOf(withoutRoot);
    const chain = findTsaChain(await leaf, certificates, roots, time);
    await rejection(chain, 'ERR_TIMESTAMP_UNTRUSTED');
  });
});

describe('the responses of tspclient-go', () => {
  const read = (file: string) => readTimestampResponse(readVector(`tsp/${file}`), 'it');

  it('granted.tsq has a good token', async () => {
    const stamp = await verifyTimestamp(read('granted.tsq'), { signature, roots });
    expect(stamp.time.toISOString()).toBe('2021-09-18T11:54:34.000Z');
  });

  it('rejection.tsq gives the reason', () => {
    const message = failure(() => read('rejection.tsq'), 'ERR_TIMESTAMP_REFUSED');
    expect(message).toContain('rejection, "request contains unknown algorithm", badAlg');
  });

  it('malformed.tsq is rejected', () => {
    failure(() => read('malformed.tsq'), 'ERR_TIMESTAMP_INVALID');
  });

  it('validResponseWithSigningCertificateV1.tsr has a token without SigningCertificateV2', async () => {
    const signed = parseSignedData(read('validResponseWithSigningCertificateV1.tsr'));
    const [info] = signed.signerInfos;
    if (!info) throw new Error('there is no signer');
    const found = findSigningCertificate(info, signed.certificates.map(parseCertificate));
    expect(await rejection(found, 'ERR_TIMESTAMP_INVALID')).toContain('SigningCertificateV2');
  });

  it.each([
    ['granted.tsq', 'ERR_TIMESTAMP_INVALID'],
    ['rejection.tsq', 'ERR_TIMESTAMP_REFUSED'],
    ['malformed.tsq', 'ERR_TIMESTAMP_INVALID'],
    ['validResponseWithSigningCertificateV1.tsr', 'ERR_TIMESTAMP_INVALID'],
  ] as const)('%s is not a response to a new request', async (file, code) => {
    const headers = { 'content-type': 'application/timestamp-reply' };
    const fetch = async () => new Response(readVector(`tsp/${file}`) as BodyInit, { headers });
    const rootCertificates = readVector('tsp/GlobalSignRootCA.crt');
    const { timestamp } = createTimestamper({ url: 'http://tsa.example', rootCertificates, fetch });
    await rejection(timestamp(signature, 'SHA-256'), code);
  });
});
