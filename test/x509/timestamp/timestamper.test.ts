import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../src/errors/index.ts';
import { parseCertificate } from '../../../src/x509/certificate.ts';
import type {
  CertificateStatus,
  RevocationChecker,
} from '../../../src/x509/revocation/certificate-status.ts';
import { createTimestamper, type TimestamperOptions } from '../../../src/x509/timestamp/timestamper.ts';
import { failure, rejection } from '../../encoding/failure.ts';
import * as der from '../../support/der.ts';
import { extensions, forgeAuthority, purposes } from '../../support/forge.ts';
import {
  digestOf,
  type ForgedTimestampResponse,
  type ForgedTokenContent,
  type ForgedTstInfo,
  forgeTimestampAuthority,
  forgeTimestampLeaf,
  forgeTimestampResponse,
  forgeToken,
  hashIdentifier,
} from '../../support/forge-timestamp.ts';

const signature = new TextEncoder().encode('a primitive signature');
const url = 'http://tsa.example/stamp';
const { leaf, root } = forgeTimestampAuthority();
const HOUR = 3_600_000;

interface SeenRequest {
  url: string;
  method: string;
  headers: Headers;
  body: Uint8Array;
}

/** The content bytes of the nonce of a request, which follows version and imprint. */
function nonceIn(body: Uint8Array): Uint8Array {
  const hash = body[6] ?? 0;
  const start = 5 + 2 + hash;
  return body.slice(start + 2, start + 2 + (body[start + 1] ?? 0));
}

interface Answer {
  info?: Partial<ForgedTstInfo>;
  token?: Partial<ForgedTokenContent>;
  response?: Partial<ForgedTimestampResponse>;
  /** Instead of a response. */
  bytes?: Uint8Array;
  status?: number;
  headers?: Record<string, string>;
}

/** An authority that answers a request with a granted token, except for the given changes. */
function authorityThat(answer: Answer = {}, seen: SeenRequest[] = []): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const body = new Uint8Array(await request.arrayBuffer());
    seen.push({ url: request.url, method: request.method, headers: request.headers, body });
    const token = forgeToken({
      info: { signature, nonce: nonceIn(body), ...answer.info },
      signers: { signer: leaf },
      ...answer.token,
    });
    const bytes = answer.bytes ?? forgeTimestampResponse({ token, ...answer.response });
    return new Response(bytes as BodyInit, {
      status: answer.status ?? 200,
      headers: { 'content-type': 'application/timestamp-reply', ...answer.headers },
    });
  };
}

const stamp = (answer: Answer = {}, options: Partial<TimestamperOptions> = {}) =>
  createTimestamper({ url, rootCertificates: root.pem, fetch: authorityThat(answer), ...options }).timestamp(
    signature,
    'SHA-256',
  );
const refusal = (
  answer: Answer,
  code: ErrorCode = 'ERR_TIMESTAMP_INVALID',
  options: Partial<TimestamperOptions> = {},
) => rejection(stamp(answer, options), code);

describe('a timestamper', () => {
  it('returns the token of the response, and its content', async () => {
    const time = new Date(Math.floor(Date.now() / 1000) * 1000);
    const token = forgeToken({ info: { signature }, signers: { signer: leaf } });
    const issued = await stamp({ info: { time, accuracy: { seconds: 1 } } });
    expect(issued.token.length).toBeGreaterThan(token.length);
    expect(issued).toMatchObject({ time, policy: '1.2.3.4.1', serialNumber: '2a' });
    expect(issued.earliest).toEqual(new Date(time.getTime() - 1000));
    expect(issued.certificates.map((one) => one.der)).toEqual([leaf.der, root.der]);
  });

  it.each(['SHA-256', 'SHA-384', 'SHA-512'] as const)('sends the hash %s', async (hash) => {
    const seen: SeenRequest[] = [];
    const timestamper = createTimestamper({
      url,
      rootCertificates: root.der,
      fetch: authorityThat({ info: { hash } }, seen),
    });
    await timestamper.timestamp(signature, hash);
    const [{ body, method, headers } = { body: new Uint8Array(), method: '', headers: new Headers() }] = seen;
    expect(body).toEqual(
      der.sequence(
        der.integer(1),
        der.sequence(hashIdentifier(hash), der.octetString(digestOf(hash, signature))),
        der.integer(nonceIn(body)),
        der.boolean(true),
      ),
    );
    expect(method).toBe('POST');
    expect(headers.get('content-type')).toBe('application/timestamp-query');
    expect(seen[0]?.url).toBe(url);
  });

  it('sends another nonce each time, positive and of less than 160 bits', async () => {
    const seen: SeenRequest[] = [];
    const timestamper = createTimestamper({
      url,
      rootCertificates: root.pem,
      fetch: authorityThat({}, seen),
    });
    for (let i = 0; i < 20; i++) await timestamper.timestamp(signature, 'SHA-256');
    const nonces = seen.map(({ body }) => nonceIn(body));
    expect(new Set(nonces.map((nonce) => Buffer.from(nonce).toString('hex'))).size).toBe(20);
    for (const nonce of nonces) {
      expect(nonce.length).toBe(20);
      expect(nonce[0]).toBeLessThan(0x80);
      expect(nonce[0]).toBeGreaterThan(0);
    }
  });

  it('takes a response that grants with modifications', async () => {
    await stamp({ response: { status: 1 } });
  });

  it('takes several root certificates', async () => {
    const other = forgeAuthority({ subject: 'Other' });
    await stamp({}, { rootCertificates: [other.der, root.pem] });
    await stamp({}, { rootCertificates: `${other.pem}${root.pem}` });
  });
});

describe('the response of a timestamping authority', () => {
  it.each([
    [2, 'rejection'],
    [3, 'waiting'],
    [4, 'revocationWarning'],
    [5, 'revocationNotification'],
    [6, 'status 6'],
  ])('with the status %i is a rejection: %s', async (status, word) => {
    expect(await refusal({ response: { status } }, 'ERR_TIMESTAMP_REFUSED')).toContain(word);
  });

  it.each([
    [0, 'badAlg'],
    [2, 'badRequest'],
    [5, 'badDataFormat'],
    [14, 'timeNotAvailable'],
    [15, 'unacceptedPolicy'],
    [16, 'unacceptedExtension'],
    [17, 'addInfoNotAvailable'],
    [25, 'systemFailure'],
  ])('with the failure %i says that it is %s', async (failureBit, word) => {
    const response = { status: 2, failures: [failureBit], texts: ['try another one'] };
    const message = await refusal({ response }, 'ERR_TIMESTAMP_REFUSED');
    expect(message).toContain(word);
    expect(message).toContain('"try another one"');
  });

  it('has its reasons quoted, and cut if they are long', async () => {
    const texts = ['\u001b[31m\n"x"', ...Array.from({ length: 50 }, () => 'y'.repeat(5000))];
    const message = await refusal({ response: { status: 2, texts } }, 'ERR_TIMESTAMP_REFUSED');
    expect(message.length).toBeLessThan(1500);
    expect(message).toContain('\\u001b');
  });

  it.each([
    ['that is not UTF-8', der.element(0x0c, Uint8Array.of(0xff))],
    ['of another kind', der.ia5String('no')],
  ])('is a rejection also with a string %s', async (_, text) => {
    const bytes = der.sequence(der.sequence(der.integer(2), der.sequence(text)));
    expect(await refusal({ bytes }, 'ERR_TIMESTAMP_REFUSED')).toContain('refused the request: rejection, "');
  });

  it.each([
    ['without a token', forgeTimestampResponse({}), 'cut off'],
    [
      'with a token that is invalid',
      forgeTimestampResponse({ token: der.sequence() }),
      'timestamp is malformed: it is cut off',
    ],
    [
      'with something else for a token',
      forgeTimestampResponse({ token: der.nullValue() }),
      'the tag 0x5 instead of 0x30',
    ],
    ['without a status', der.sequence(), 'cut off'],
    [
      'with a negative status',
      der.sequence(der.sequence(der.integer(Uint8Array.of(0xff)))),
      'an INTEGER out of range',
    ],
    ['of nothing', new Uint8Array(), 'cut off'],
    ['of text', new TextEncoder().encode('<html>'), 'cut off'],
    [
      'with trailing bytes',
      der.concat([forgeTimestampResponse({ status: 2 }), Uint8Array.of(0)]),
      'trailing bytes',
    ],
  ])('%s is rejected', async (_, bytes, reason) => {
    expect(await refusal({ bytes })).toContain(reason);
  });

  it('with bytes after the token is rejected', async () => {
    const token = forgeToken({ info: { signature }, signers: { signer: leaf } });
    const status = der.sequence(der.integer(0));
    const bytes = der.sequence(status, token, der.nullValue());
    expect(await refusal({ bytes })).toContain(
      'response of the timestamp authority is malformed: it has trailing bytes',
    );
  });

  it.each([
    ['another nonce', { info: { nonce: Uint8Array.of(1) } }, 'lacks the nonce'],
    ['the negative of the nonce', { info: { nonce: Uint8Array.of(0x80) } }, 'lacks the nonce'],
    ['another hash value', { info: { signature: Uint8Array.of(1) } }, 'does not cover the signature'],
    ['another hash function', { info: { hash: 'SHA-512' } }, 'does not cover the signature'],
    ['another version', { info: { version: 2 } }, 'not of version 1'],
    [
      'a corrupt signature',
      { token: { signers: { signer: leaf, corruptSignature: true } } },
      'was not made by its signer',
    ],
    ['no certificate', { token: { certificates: [] } }, 'the certificate of its signer'],
    ['the certificate of another one', { token: { certificates: [root] } }, 'the certificate of its signer'],
  ] satisfies [string, Answer, string][])('with %s is rejected', async (_, answer, words) => {
    expect(await refusal(answer)).toContain(words);
  });

  it('without a nonce is rejected', async () => {
    const token = forgeToken({ info: { signature }, signers: { signer: leaf } });
    expect(await refusal({ bytes: forgeTimestampResponse({ token }) })).toContain('lacks the nonce');
  });

  it.each([
    'application/timestamp-reply; charset=binary',
    'application/timestamp-reply'.toUpperCase(),
    'application/timestamp-reply;',
  ])('of the type %j is taken: letter case and parameters do not matter', async (type) => {
    expect(await stamp({ headers: { 'content-type': type } })).toHaveProperty('token');
  });

  it.each(['application/timestamp-response', 'application/octet-stream', 'text/html', ''])(
    'of the type %j is rejected',
    async (type) => {
      const message = await refusal({ headers: { 'content-type': type } }, 'ERR_AUTHORITY_RESPONSE');
      expect(message).toContain(`returned the content type ${JSON.stringify(type)}`);
    },
  );

  it.each([201, 400, 404, 500, 503])('with the HTTP status %i is rejected', async (status) => {
    expect(await refusal({ status }, 'ERR_AUTHORITY_RESPONSE')).toContain(`status ${status}`);
  });

  it('that redirects to another origin is not followed', async () => {
    const headers = { location: 'http://other.example/' };
    expect(await refusal({ status: 307, headers }, 'ERR_AUTHORITY_RESPONSE')).toContain('redirects');
  });

  it('of more than 1 MiB is rejected', async () => {
    const bytes = new Uint8Array(1024 * 1024 + 1);
    expect(await refusal({ bytes }, 'ERR_LIMIT_EXCEEDED')).toContain('more than 1048576 bytes');
  });

  it('without end is rejected, and not read to the end', async () => {
    let chunks = 0;
    const body = () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          chunks += 1;
          controller.enqueue(new Uint8Array(64 * 1024));
        },
      });
    const headers = { 'content-type': 'application/timestamp-reply' };
    const fetch = async () => new Response(body(), { headers });
    expect(await refusal({}, 'ERR_LIMIT_EXCEEDED', { fetch })).toContain('more than 1048576 bytes');
    expect(chunks).toBeLessThan(30);
  });
});

describe('the authority that a timestamper uses', () => {
  it('must lead to the roots', async () => {
    const rootCertificates = forgeAuthority({ subject: 'TSA Root' }).pem;
    const message = await refusal({}, 'ERR_TIMESTAMP_UNTRUSTED', { rootCertificates });
    expect(message).toContain('no certificate chain leads');
  });

  it('must obey the profile', async () => {
    const noTsa = forgeTimestampLeaf({
      issuer: root,
      extensions: [
        extensions.keyUsage(['digitalSignature']),
        extensions.extendedKeyUsage([purposes.codeSigning]),
      ],
    });
    const message = await refusal({ token: { signers: { signer: noTsa } } }, 'ERR_CERTIFICATE_CHAIN_INVALID');
    expect(message).toContain('and for nothing else');
  });

  it('must be valid at the time of the timestamp', async () => {
    const time = new Date(Date.now() - 2 * HOUR);
    const message = await refusal({ info: { time } }, 'ERR_CERTIFICATE_NOT_VALID_AT_TIME');
    expect(message).toContain(`the time is ${time.toISOString().slice(0, 19)}`);
  });

  it.each([-2 * HOUR, 48 * HOUR])('must be valid now as well: %i ms from now', async (by) => {
    const now = new Date(Date.now() + by);
    const message = await refusal({}, 'ERR_CERTIFICATE_NOT_VALID_AT_TIME', { clock: () => now });
    expect(message).toContain(`the time is ${now.toISOString()}`);
  });

  it('need not have a certificate that was valid by the clock of the signer', async () => {
    const clock = () => new Date(Date.now() + HOUR);
    await stamp({}, { clock });
  });
});

describe('the revocation of the authority that a timestamper uses', () => {
  const named = forgeTimestampLeaf({
    issuer: root,
    extensions: [
      extensions.keyUsage(['digitalSignature']),
      extensions.extendedKeyUsage([purposes.timeStamping], true),
      extensions.ocsp(['http://ocsp.example']),
    ],
  });
  const answer: Answer = { token: { signers: { signer: named } } };
  const checkerOf = (...statuses: CertificateStatus['status'][]): RevocationChecker => ({
    check: async () => statuses.map((status) => ({ status, lookups: [] })),
  });

  it('is queried for, with the chain, the time and the signal', async () => {
    const seen: unknown[] = [];
    const now = new Date();
    const { signal } = new AbortController();
    const revocation: RevocationChecker = {
      async check(chain, options) {
        seen.push(
          chain.map((one) => one.der),
          options?.now,
          options?.signal,
        );
        return chain.map(() => ({ status: 'good', lookups: [] }));
      },
    };
    await stamp(answer, { revocation, clock: () => now, signal });
    expect(seen).toEqual([[named.der, root.der], now, signal]);
  });

  it.each([
    ['revoked', ['revoked', 'notChecked'], 'ERR_CERTIFICATE_REVOKED', 'CN=TSA,'],
    ['unknown', ['unknown', 'notChecked'], 'ERR_REVOCATION_UNKNOWN', 'CN=TSA,'],
    ['not told', [], 'ERR_REVOCATION_UNKNOWN', 'CN=TSA,'],
    ['told of the leaf only', ['good'], 'ERR_REVOCATION_UNKNOWN', 'CN=TSA Root,'],
    ['unknown, and of another revoked', ['unknown', 'revoked'], 'ERR_CERTIFICATE_REVOKED', 'CN=TSA Root,'],
  ] satisfies [string, CertificateStatus['status'][], ErrorCode, string][])(
    'makes the signing fail when it is %s',
    async (_, statuses, code, named) => {
      expect(await refusal(answer, code, { revocation: checkerOf(...statuses) })).toContain(named);
    },
  );

  it('makes the signing fail when the checker does', async () => {
    const revocation: RevocationChecker = { check: () => Promise.reject(new Error('broken')) };
    await expect(stamp(answer, { revocation })).rejects.toThrow('broken');
  });

  it('makes the signing fail without a checker if it can be queried', async () => {
    expect(await refusal(answer, 'ERR_REVOCATION_UNSUPPORTED')).toContain('without a revocation checker');
  });

  it('needs no checker if it cannot be queried', async () => {
    await stamp();
    await stamp({}, { revocation: checkerOf('notChecked', 'notChecked') });
  });
});

describe('a timestamper whose request fails', () => {
  const forever: typeof globalThis.fetch = (_, init) =>
    new Promise((_resolve, reject) => {
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
    });
  const deaf: typeof globalThis.fetch = () => new Promise(() => undefined);

  it.each([
    ['that listens to its signal', forever],
    ['that does not', deaf],
  ])('gives up after its time, with a fetch %s', async (_, fetch) => {
    expect(await refusal({}, 'ERR_TIMEOUT', { fetch, timeout: 20 })).toContain('longer than 20 ms');
  });

  it('gives up when the response does not end', async () => {
    const body = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => undefined) });
    const headers = { 'content-type': 'application/timestamp-reply' };
    const fetch = async () => new Response(body, { headers });
    expect(await refusal({}, 'ERR_TIMEOUT', { fetch, timeout: 20 })).toContain('longer than 20 ms');
  });

  it('stops when its signal is aborted, by the options or by the call', async () => {
    await refusal({}, 'ERR_ABORTED', { signal: AbortSignal.abort() });
    const { timestamp } = createTimestamper({ url, rootCertificates: root.pem, fetch: deaf });
    const stopped = timestamp(signature, 'SHA-256', { signal: AbortSignal.timeout(10) });
    expect(await rejection(stopped, 'ERR_TIMEOUT')).toContain('before the deadline of the signal');
  });

  it('reports an authority that cannot be reached', async () => {
    const fetch = () => Promise.reject(new TypeError('fetch failed'));
    expect(await refusal({}, 'ERR_AUTHORITY_UNREACHABLE', { fetch })).toContain('fetch failed');
  });
});

describe('the options of a timestamper', () => {
  const options = { url, rootCertificates: root.pem };
  const create = (changed: Record<string, unknown>) =>
    createTimestamper({ ...options, ...changed } as unknown as TimestamperOptions);

  it.each([
    [{ url: undefined }, 'url must be'],
    [{ url: 5 }, 'url must be'],
    [{ rootCertificates: undefined }, 'rootCertificates must be'],
    [{ rootCertificates: [] }, 'rootCertificates must contain'],
    [{ rootCertificates: [undefined] }, 'rootCertificates must be'],
    [{ rootCertificates: 5 }, 'rootCertificates must be'],
    [{ rootCertificates: [{}] }, 'rootCertificates must be'],
    [{ timeout: 0 }, 'timeout must be'],
    [{ timeout: -1 }, 'timeout must be'],
    [{ timeout: Number.NaN }, 'timeout must be'],
    [{ timeout: 2 ** 31 }, 'timeout must be'],
  ])('must not be %o', (changed, reason) => {
    expect(failure(() => create(changed), 'ERR_ARGUMENT_INVALID')).toContain(reason);
  });

  it.each([[undefined], [null], ['http://tsa.example']])('must be options, not %o', (wrong) => {
    const create = () => createTimestamper(wrong as unknown as TimestamperOptions);
    expect(failure(create, 'ERR_ARGUMENT_INVALID')).toContain('the options must be an object');
  });

  it('must not have a root that is not PEM', () => {
    const message = failure(() => create({ rootCertificates: 'root' }), 'ERR_ENCODING_INVALID');
    expect(message).toContain('certificates were expected');
  });

  it.each(['ftp://tsa.example', 'tsa.example', 'file:///tsa', 'http://user:secret@tsa.example'])(
    'must not have the URL %s',
    async (address) => {
      const message = await refusal({}, 'ERR_AUTHORITY_RESPONSE', { url: address });
      expect(message).not.toContain('secret');
    },
  );

  it.each([
    ['an intermediate', forgeAuthority({ subject: 'Intermediate', issuer: root }).der],
    ['a leaf', leaf.der],
  ])('must not have %s for a root', async (_, rootCertificates) => {
    const message = await refusal({}, 'ERR_TRUST_STORE_INVALID', { rootCertificates });
    expect(message).toContain('is not a self-signed CA');
  });

  it('must have a clock that returns dates', async () => {
    for (const clock of [() => 5, () => undefined, () => new Date(Number.NaN)]) {
      const message = await refusal({}, 'ERR_ARGUMENT_INVALID', { clock: clock as () => Date });
      expect(message).toContain('what clock returns');
    }
  });

  it('must not select the hash SHA-1', async () => {
    const { timestamp } = createTimestamper({ ...options, fetch: authorityThat() });
    const stamping = timestamp(signature, 'SHA-1' as 'SHA-256');
    expect(await rejection(stamping, 'ERR_ARGUMENT_INVALID')).toContain('hash must be SHA-256');
  });

  it('may be changed afterwards without a consequence', async () => {
    const rootCertificates = new Uint8Array(root.der);
    const timestamper = createTimestamper({ url, rootCertificates, fetch: authorityThat() });
    rootCertificates.fill(0);
    const { certificates } = await timestamper.timestamp(signature, 'SHA-256');
    expect(certificates.at(-1)?.serialNumber).toBe(parseCertificate(root.der).serialNumber);
  });
});
