import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  createTestTimestampAuthority,
  generateTestCertificate,
  type TestTimestampAuthority,
  type TestTimestampAuthorityOptions,
} from '../../src/testing/index.ts';
import { parseCertificates } from '../../src/x509/index.ts';
import { readTimestampResponse } from '../../src/x509/timestamp/timestamp-response.ts';
import { createTimestamper } from '../../src/x509/timestamp/timestamper.ts';
import { verifyTimestamp } from '../../src/x509/timestamp/verify-timestamp.ts';
import { failure, rejection } from '../encoding/failure.ts';
import * as der from '../support/der.ts';
import { digestOf, hashIdentifier } from '../support/forge-timestamp.ts';

const signature = new TextEncoder().encode('a signature');
const revocation = {
  check: async (chain: readonly unknown[]) => chain.map(() => ({ status: 'good' as const, lookups: [] })),
};

async function stamp(options: TestTimestampAuthorityOptions = {}) {
  const authority = await createTestTimestampAuthority(options);
  const { url, rootCertificate, fetch } = authority;
  const timestamper = createTimestamper({
    url,
    rootCertificates: rootCertificate,
    fetch,
    revocation,
    ...(options.clock && { clock: options.clock }),
  });
  return timestamper.timestamp(signature, 'SHA-256');
}

/** Posts a TimeStampReq with the fields given. */
async function post(authority: TestTimestampAuthority, ...fields: Uint8Array[]): Promise<Uint8Array> {
  const response = await authority.fetch(authority.url, {
    method: 'POST',
    headers: { 'content-type': 'application/timestamp-query' },
    body: der.sequence(...fields) as BodyInit,
  });
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    'application/timestamp-reply',
  ]);
  return new Uint8Array(await response.arrayBuffer());
}

const version = der.integer(1);
const imprint = der.sequence(hashIdentifier('SHA-256'), der.octetString(digestOf('SHA-256', signature)));

describe('a test timestamping authority', () => {
  it.each(['EC-256', 'EC-384', 'EC-521', 'RSA-2048', 'RSA-3072'] as const)(
    'with keys %s makes timestamps that verify',
    async (keySpec) => {
      const { certificates, policy, time, earliest, latest } = await stamp({ keySpec });
      expect(certificates.map(({ publicKey }) => publicKey.keySpec)).toEqual([keySpec, keySpec]);
      expect(policy).toBe('1.3.6.1.4.1.32473.1');
      expect([earliest, latest]).toEqual([time, time]);
    },
  );

  it.each([
    '2031-05-06T07:08:09.000Z',
    '2031-05-06T07:08:09.100Z',
    '2031-05-06T07:08:09.120Z',
    '2031-05-06T07:08:09.123Z',
  ])('has the time of its clock: %s', async (text) => {
    const { time } = await stamp({ clock: () => new Date(text) });
    expect(time.toISOString()).toBe(text);
  });

  it.each([0, 1, 999, 1000, 1001, 86_400_000])('claims an accuracy of %i ms', async (accuracy) => {
    const { time, earliest, latest } = await stamp({ accuracy });
    expect([time.getTime() - earliest.getTime(), latest.getTime() - time.getTime()]).toEqual([
      accuracy,
      accuracy,
    ]);
  });

  it('has the given policy', async () => {
    const { policy, earliest, latest } = await stamp({ policy: '0.4.0.2023.1.1' });
    expect(policy).toBe('0.4.0.2023.1.1');
    expect(latest.getTime() - earliest.getTime()).toBe(2000);
  });

  it('has the given name and validity', async () => {
    const [notBefore, notAfter] = [new Date('2030-01-01T00:00:00Z'), new Date('2030-01-02T00:00:00Z')];
    const clock = () => new Date('2030-01-01T12:00:00Z');
    const { certificates } = await stamp({ name: 'stamps', notBefore, notAfter, clock });
    const [leaf, root] = certificates;
    expect([leaf?.notBefore, leaf?.notAfter]).toEqual([notBefore, notAfter]);
    expect(leaf?.subject.attributes.find(({ type }) => type === 'CN')?.value).toBe('stamps');
    expect(root?.subject.attributes.find(({ type }) => type === 'CN')?.value).toBe('stamps Root CA');
  });

  it('is good for a year', async () => {
    const clock = () => new Date('2030-01-01T00:00:00.5Z');
    const { certificates } = await stamp({ clock });
    expect(certificates[0]?.notBefore).toEqual(new Date('2030-01-01T00:00:00Z'));
    expect(certificates[0]?.notAfter).toEqual(new Date('2031-01-01T00:00:00Z'));
  });

  it('names the URLs of its OCSP responder and CRL', async () => {
    const { certificates } = await stamp({ ocsp: 'http://ocsp.example', crl: 'http://crl.example/a.crl' });
    expect(certificates[0]?.revocation).toMatchObject({
      ocsp: ['http://ocsp.example'],
      crl: ['http://crl.example/a.crl'],
    });
  });

  it('uses a new serial number for every timestamp', async () => {
    const { url, rootCertificate, fetch } = await createTestTimestampAuthority();
    const timestamper = createTimestamper({ url, rootCertificates: rootCertificate, fetch });
    const [a, b] = await Promise.all([1, 2].map(() => timestamper.timestamp(signature, 'SHA-512')));
    expect(a?.serialNumber).not.toBe(b?.serialNumber);
  });

  it('makes tokens that openssl verifies', async () => {
    const { url, rootCertificate, fetch } = await createTestTimestampAuthority({ accuracy: 1500 });
    const timestamper = createTimestamper({ url, rootCertificates: rootCertificate, fetch });
    const { token } = await timestamper.timestamp(signature, 'SHA-256');
    const directory = mkdtempSync(join(tmpdir(), 'tsa-'));
    try {
      for (const [name, content] of Object.entries({ token, signature, root: rootCertificate })) {
        writeFileSync(join(directory, name), content);
      }
      const args = 'ts -verify -token_in -in token -data signature -CAfile root'.split(' ');
      const output = execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
      expect(output.toString()).toContain('Verification: OK');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('sends its certificates only on request', async () => {
    const authority = await createTestTimestampAuthority();
    const roots = parseCertificates(authority.rootCertificate);
    const without = readTimestampResponse(await post(authority, version, imprint), 'it');
    const certificateMissing = verifyTimestamp(without, { signature, roots });
    expect(await rejection(certificateMissing, 'ERR_TIMESTAMP_INVALID')).toContain('certificate');
    const response = await post(authority, version, imprint, der.boolean(true));
    await verifyTimestamp(readTimestampResponse(response, 'it'), { signature, roots });
  });

  it.each([
    ['rubbish', [der.nullValue()], 'badDataFormat'],
    ['another version', [der.integer(2), imprint], 'badRequest'],
    [
      'SHA-1',
      [version, der.sequence(hashIdentifier('SHA-1'), der.octetString(new Uint8Array(20)))],
      'badAlg',
    ],
    [
      'a hash that is too short',
      [version, der.sequence(hashIdentifier('SHA-256'), der.octetString(new Uint8Array(20)))],
      'badDataFormat',
    ],
    ['another policy', [version, imprint, der.oid('1.2.3')], 'unacceptedPolicy'],
    ['an extension', [version, imprint, der.explicit(0, der.sequence())], 'unacceptedExtension'],
    ['trailing bytes', [version, imprint, der.nullValue()], 'badDataFormat'],
  ])('rejects %s', async (_, fields, reason) => {
    const response = await post(await createTestTimestampAuthority(), ...fields);
    expect(failure(() => readTimestampResponse(response, 'it'), 'ERR_TIMESTAMP_REFUSED')).toContain(reason);
  });

  it.each([
    ['another address', 404, (url: string) => new Request(`${url}other`, { method: 'POST' })],
    ['a GET', 405, (url: string) => new Request(url)],
    ['a body of another type', 415, (url: string) => new Request(url, { method: 'POST', body: 'x' })],
  ])('does not answer %s', async (_, status, request) => {
    const { url, fetch } = await createTestTimestampAuthority();
    expect((await fetch(request(url))).status).toBe(status);
  });

  it('does not answer a request that was aborted', async () => {
    const { url, fetch } = await createTestTimestampAuthority();
    await expect(fetch(url, { method: 'POST', signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });

  it('is trusted under its own root only', async () => {
    const { url, fetch } = await createTestTimestampAuthority();
    const other = await createTestTimestampAuthority();
    const timestamper = createTimestamper({ url, fetch, rootCertificates: other.rootCertificate });
    await rejection(timestamper.timestamp(signature, 'SHA-256'), 'ERR_TIMESTAMP_UNTRUSTED');
  });

  it.each([
    [{ name: '' }],
    [{ keySpec: 'RSA-1024' }],
    [{ accuracy: -1 }],
    [{ accuracy: 0.5 }],
    [{ accuracy: '1' }],
    [{ policy: '' }],
    [{ policy: '3.1.2' }],
    [{ policy: '1.2' }],
    [{ policy: '1.2.x' }],
    [{ clock: () => 5 }],
    [{ clock: () => new Date(Number.NaN) }],
    [{ clock: 'now' }],
    [{ notAfter: new Date(0) }],
    [{ notBefore: 'today' }],
    [{ ocsp: 'ftp://ocsp.example' }],
  ])('rejects the options %o', async (options) => {
    const created = createTestTimestampAuthority(options as TestTimestampAuthorityOptions);
    await rejection(created, 'ERR_ARGUMENT_INVALID');
  });
});

describe('a certificate for signing artifacts', () => {
  it('is not a root of timestamps', async () => {
    const { root } = await generateTestCertificate({ name: 'x', keySpec: 'EC-256' });
    const { url, fetch } = await createTestTimestampAuthority();
    const timestamper = createTimestamper({ url, fetch, rootCertificates: root });
    await rejection(timestamper.timestamp(signature, 'SHA-256'), 'ERR_TRUST_STORE_INVALID');
  });
});
