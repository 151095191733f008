import { describe, expect, it } from 'vitest';
import { encodeHex } from '../../src/encoding/hex.ts';
import { decodePem } from '../../src/encoding/pem.ts';
import { createSigner, createTrustStore, evaluate, parseTrustPolicy, sign } from '../../src/index.ts';
import {
  createTestCa,
  type TestCa,
  type TestCaCertificateOptions,
  type TestCaOptions,
  type TestCertificate,
} from '../../src/testing/index.ts';
import { parseCertificate, parseCertificates } from '../../src/x509/index.ts';
import { createRevocationChecker } from '../../src/x509/revocation/index.ts';
import { createOcspRequest } from '../../src/x509/revocation/ocsp-request.ts';
import { parseOcspResponse } from '../../src/x509/revocation/ocsp-response.ts';
import { failure, rejection } from '../encoding/failure.ts';
import { policyDocument, pushImage } from '../support/artifact.ts';
import * as der from '../support/der.ts';

/** Makes a CA and a certificate, and returns the status of the certificate after `change`. */
async function statusAfter(change: (ca: TestCa, leaf: TestCertificate) => void, options: TestCaOptions = {}) {
  const ca = await createTestCa(options);
  const leaf = await ca.issue({ name: 'release.example' });
  change(ca, leaf);
  return statusOf(ca, leaf, options.clock?.());
}

async function statusOf(ca: TestCa, { certificates }: TestCertificate, now = new Date()) {
  const [status] = await createRevocationChecker({ fetch: ca.fetch }).check(parseCertificates(certificates), {
    now,
  });
  return status;
}

const nothing = () => undefined;
const wayOf = (lookups: readonly { method: string; answer: string }[] = []) =>
  lookups.map(({ method, answer }) => `${method}: ${answer}`);

describe('a certificate of a test CA', () => {
  it('is good by OCSP', async () => {
    const status = await statusAfter(nothing);
    expect(status?.status).toBe('good');
    expect(wayOf(status?.lookups)).toEqual(['OCSP: good']);
  });

  it('is good by the CRL if it names no responder', async () => {
    const status = await statusAfter(nothing, { services: ['crl'] });
    expect(status?.status).toBe('good');
    expect(wayOf(status?.lookups)).toEqual(['CRL: good']);
  });

  it.each([
    ['OCSP', ['ocsp']],
    ['the CRL', ['crl']],
  ] as const)('is revoked by %s, with time and reason', async (_, services) => {
    const at = new Date('2026-01-02T03:04:05.678Z');
    const revoke = (ca: TestCa, leaf: TestCertificate) => ca.revoke(leaf, { reason: 'keyCompromise', at });
    const status = await statusAfter(revoke, { services });
    expect(status?.status).toBe('revoked');
    expect(status?.revocation).toEqual({ time: '2026-01-02T03:04:05.000Z', reason: 'keyCompromise' });
  });

  it.each(['ocsp', 'crl'] as const)(
    'is revoked by %s alone now, without a reason, by default',
    async (service) => {
      const clock = () => new Date('2030-05-06T07:08:09Z');
      const status = await statusAfter((ca, leaf) => ca.revoke(leaf), { services: [service], clock });
      expect(status?.revocation).toEqual({ time: '2030-05-06T07:08:09.000Z' });
    },
  );

  it('is unknown to the responder once it was forgotten', async () => {
    const status = await statusAfter((ca, leaf) => ca.forget(leaf), { services: ['ocsp'] });
    expect(status?.status).toBe('unknown');
    expect(status?.reason?.code).toBe('ERR_REVOCATION_UNKNOWN');
    expect(wayOf(status?.lookups)).toEqual(['OCSP: unknown']);
  });

  it.each(['expired', 'unavailable'] as const)('has no status if both services are %s', async (response) => {
    const status = await statusAfter((ca) => ca.serve({ ocsp: response, crl: response }));
    expect(status?.status).toBe('unknown');
    expect(wayOf(status?.lookups)).toEqual(['OCSP: unknown', 'CRL: unknown']);
    const messages = status?.lookups.map(({ message }) => message).join();
    expect(messages).toMatch(response === 'expired' ? /expired.*expired/ : /503.*503/);
  });

  it.each(['expired', 'unavailable'] as const)(
    'has the status of the CRL while OCSP is %s',
    async (response) => {
      const status = await statusAfter((ca, leaf) => {
        ca.serve({ ocsp: response });
        ca.revoke(leaf);
      });
      expect(wayOf(status?.lookups)).toEqual(['OCSP: unknown', 'CRL: revoked']);
    },
  );

  it('is good again when the services are', async () => {
    const status = await statusAfter((ca) => {
      ca.serve({ ocsp: 'unavailable', crl: 'expired' });
      ca.serve({ ocsp: 'current' });
    });
    expect(wayOf(status?.lookups)).toEqual(['OCSP: good']);
  });

  it('has a status by a delegated responder', async () => {
    const good = await statusAfter(nothing, { delegated: true });
    expect(wayOf(good?.lookups)).toEqual(['OCSP: good']);
    const revoked = await statusAfter((ca, leaf) => ca.revoke(leaf, { reason: 'superseded' }), {
      delegated: true,
    });
    expect(revoked?.revocation?.reason).toBe('superseded');
  });

  it.each(['EC-384', 'EC-521', 'RSA-2048'] as const)('has a status signed by a key %s', async (keySpec) => {
    for (const services of [['ocsp'], ['crl']] as const) {
      expect((await statusAfter(nothing, { keySpec, services }))?.status).toBe('good');
    }
  });

  it('is good while another one is revoked', async () => {
    const ca = await createTestCa();
    const [one, other] = await Promise.all(['one', 'other'].map((name) => ca.issue({ name })));
    if (one) ca.revoke(one);
    expect((await statusOf(ca, other as TestCertificate))?.status).toBe('good');
    expect((await statusOf(ca, one as TestCertificate))?.status).toBe('revoked');
  });

  it('has a status at the time of the clock', async () => {
    const clock = () => new Date('2055-01-01T00:00:00Z');
    for (const services of [['ocsp'], ['crl']] as const) {
      const revoked = await statusAfter((ca, leaf) => ca.revoke(leaf), { clock, services });
      expect(revoked?.revocation?.time).toBe('2055-01-01T00:00:00.000Z');
    }
  });

  it('has the given name, key and validity', async () => {
    const ca = await createTestCa({ name: 'pki.acme.example' });
    const [notBefore, notAfter] = [new Date('2030-01-01T00:00:00Z'), new Date('2030-02-01T00:00:00Z')];
    const subject = 'C=DE, ST=Berlin, O=Acme, CN=release';
    const { certificates, root } = await ca.issue({
      name: 'x',
      subject,
      keySpec: 'EC-384',
      notBefore,
      notAfter,
    });
    const [leaf, issuer] = parseCertificates(certificates);
    expect([leaf?.notBefore, leaf?.notAfter]).toEqual([notBefore, notAfter]);
    expect(leaf?.publicKey.keySpec).toBe('EC-384');
    expect(leaf?.subject.attributes.map(({ value }) => value)).toEqual(['DE', 'Berlin', 'Acme', 'release']);
    expect(leaf?.revocation).toMatchObject({ ocsp: [ca.ocspUrl], crl: [ca.crlUrl] });
    expect([ca.ocspUrl, ca.crlUrl]).toEqual([
      'http://ocsp.pki.acme.example/',
      'http://crl.pki.acme.example/ca.crl',
    ]);
    expect(issuer?.der).toEqual(parseCertificate(ca.rootCertificate).der);
    expect(root).toBe(ca.rootCertificate);
  });
});

describe('the verdict on an artifact whose signer has a certificate of a test CA', () => {
  it.each<[string, (ca: TestCa, leaf: TestCertificate) => void, string | undefined]>([
    ['is good', nothing, undefined],
    ['is revoked', (ca, leaf) => ca.revoke(leaf, { reason: 'keyCompromise' }), 'ERR_CERTIFICATE_REVOKED'],
    ['is unknown', (ca, leaf) => ca.forget(leaf), 'ERR_REVOCATION_UNKNOWN'],
    ['has an expired status', (ca) => ca.serve({ ocsp: 'expired' }), 'ERR_REVOCATION_UNKNOWN'],
    ['has no status', (ca) => ca.serve({ ocsp: 'unavailable' }), 'ERR_REVOCATION_UNKNOWN'],
  ])('that %s', async (_, change, code) => {
    for (const delegated of [false, true]) {
      const ca = await createTestCa({ services: ['ocsp'], delegated });
      const leaf = await ca.issue({ name: 'release.example' });
      const { registry, reference } = await pushImage();
      await sign(reference, { signer: await createSigner(leaf), registry });
      change(ca, leaf);
      const report = await evaluate(reference, {
        trustPolicy: parseTrustPolicy(policyDocument({ trustStores: ['ca:acme'], trustedIdentities: ['*'] })),
        trustStore: createTrustStore({ 'ca:acme': ca.rootCertificate }),
        revocation: createRevocationChecker({ fetch: ca.fetch }),
        registry,
      });
      expect(report.outcome).toBe(code === undefined ? 'verified' : 'rejected');
      expect(report.reason?.code).toBe(code);
    }
  });
});

describe('the responder of a test CA', () => {
  /** Posts an OCSP request, and returns the response. */
  async function post(ca: TestCa, body: Uint8Array): Promise<Uint8Array> {
    const headers = { 'content-type': 'application/ocsp-request' };
    const response = await ca.fetch(ca.ocspUrl, { method: 'POST', headers, body: body as BodyInit });
    expect(response.headers.get('content-type')).toBe('application/ocsp-response');
    return new Uint8Array(await response.arrayBuffer());
  }

  async function makeRequest(ca: TestCa, issuerOf: TestCa = ca): Promise<Uint8Array> {
    const { certificates } = await ca.issue({ name: 'release.example' });
    const leaf = parseCertificate(decodePem(certificates)[0]?.der ?? new Uint8Array());
    return createOcspRequest(leaf, parseCertificate(issuerOf.rootCertificate), 'SHA-256');
  }

  it('responds to a POST, about each certificate of the request', async () => {
    const ca = await createTestCa();
    const requests = await Promise.all([makeRequest(ca), makeRequest(ca)]);
    // An OCSPRequest is a sequence of a sequence of the list.
    const questions = requests.map((request) => request.subarray(6));
    const both = der.sequence(der.sequence(der.sequence(...questions)));
    const response = parseOcspResponse(await post(ca, both));
    expect(response).toMatchObject({ responses: [{ status: 'good' }, { status: 'good' }] });
  });

  it('repeats a nonce', async () => {
    const ca = await createTestCa();
    const list = (await makeRequest(ca)).subarray(4);
    const nonce = der.octetString(Uint8Array.from({ length: 16 }, (_, i) => 200 + i));
    const extension = der.sequence(der.oid('1.3.6.1.5.5.7.48.1.2'), der.octetString(nonce));
    const request = der.sequence(der.sequence(list, der.explicit(2, der.sequence(extension))));
    const response = await post(ca, request);
    expect(encodeHex(response)).toContain(encodeHex(extension));
  });

  it('does not know a certificate of another CA', async () => {
    const [ca, other] = await Promise.all([createTestCa(), createTestCa()]);
    const response = parseOcspResponse(await post(ca, await makeRequest(ca, other)));
    expect(response).toMatchObject({ responses: [{ status: 'unknown' }] });
  });

  it.each([
    ['rubbish', der.nullValue()],
    ['no certificate', der.sequence(der.sequence(der.sequence()))],
    ['bytes that follow', der.concat([der.sequence(der.sequence(der.sequence())), der.nullValue()])],
  ])('refuses a request of %s', async (_, request) => {
    expect(await post(await createTestCa(), request)).toEqual(der.sequence(der.enumerated(1)));
  });

  it.each([
    ['another URL', 404, (): Request => new Request('http://ocsp.example/')],
    ['a POST to a path', 404, (ca: TestCa) => new Request(`${ca.ocspUrl}x`, { method: 'POST', body: 'x' })],
    ['a PUT', 405, (ca: TestCa) => new Request(ca.ocspUrl, { method: 'PUT', body: 'x' })],
    ['a body of another type', 415, (ca: TestCa) => new Request(ca.ocspUrl, { method: 'POST', body: 'x' })],
    ['a GET without a request', 400, (ca: TestCa) => new Request(ca.ocspUrl)],
    ['a GET that is not base64', 400, (ca: TestCa) => new Request(`${ca.ocspUrl}a%2`)],
    ['a POST for the CRL', 405, (ca: TestCa) => new Request(ca.crlUrl, { method: 'POST', body: 'x' })],
    [
      'a request that is too large',
      413,
      (ca: TestCa) =>
        new Request(ca.ocspUrl, {
          method: 'POST',
          headers: { 'content-type': 'application/ocsp-request' },
          body: new Uint8Array(65_537),
        }),
    ],
  ])('does not respond to %s', async (_, status, request) => {
    const ca = await createTestCa();
    expect((await ca.fetch(request(ca))).status).toBe(status);
  });

  it('does not respond to a request that was aborted', async () => {
    const ca = await createTestCa();
    await expect(ca.fetch(ca.crlUrl, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });
});

describe('the arguments of a test CA', () => {
  it.each([
    [{ name: '' }],
    [{ name: 'acme' }],
    [{ name: 'Acme.example' }],
    [{ name: 'a b.example' }],
    [{ name: `${'a'.repeat(60)}.example` }],
    [{ name: 5 }],
    [{ keySpec: 'RSA-1024' }],
    [{ clock: () => 5 }],
    [{ services: ['ldap'] }],
    [{ services: 'ocsp' }],
  ])('are rejected: %o', async (options) => {
    await rejection(createTestCa(options as TestCaOptions), 'ERR_ARGUMENT_INVALID');
  });

  it.each([[{}], [{ name: '' }], [{ name: 'x', keySpec: 'EC-1' }], [{ name: 'x', notAfter: new Date(0) }]])(
    'are rejected for a certificate: %o',
    async (options) => {
      const ca = await createTestCa();
      await rejection(ca.issue(options as TestCaCertificateOptions), 'ERR_ARGUMENT_INVALID');
    },
  );

  it.each([[{ reason: 'removeFromCRL' }], [{ reason: 'unspecified' }], [{ reason: 1 }], [{ at: 'now' }]])(
    'are rejected for a revocation: %o',
    async (options) => {
      const ca = await createTestCa();
      const leaf = await ca.issue({ name: 'x' });
      failure(() => ca.revoke(leaf, options as never), 'ERR_ARGUMENT_INVALID');
    },
  );

  it('are rejected for a certificate of another CA', async () => {
    const [ca, other] = await Promise.all([createTestCa(), createTestCa()]);
    const leaf = await other.issue({ name: 'x' });
    failure(() => ca.revoke(leaf), 'ERR_ARGUMENT_INVALID');
    failure(() => ca.forget(leaf), 'ERR_ARGUMENT_INVALID');
  });

  it('are rejected for a certificate that was forgotten', async () => {
    const ca = await createTestCa();
    const leaf = await ca.issue({ name: 'x' });
    ca.forget(leaf);
    expect(failure(() => ca.revoke(leaf), 'ERR_ARGUMENT_INVALID')).toContain('forgotten');
  });

  it.each([[{ ocsp: 'revoked' }], [{ ldap: 'expired' }]])(
    'are rejected for a response: %o',
    async (served) => {
      const ca = await createTestCa();
      failure(() => ca.serve(served as never), 'ERR_ARGUMENT_INVALID');
    },
  );
});
