import { describe, expect, it } from 'vitest';
import { parseCertificate } from '../../../src/x509/certificate.ts';
import {
  createTimestamper,
  type TimestamperOptions,
  verifyTimestamp,
} from '../../../src/x509/timestamp/index.ts';
import { failure, rejection } from '../../encoding/failure.ts';
import { forgeAuthority } from '../../support/forge.ts';

// Mistakes of callers in plain JavaScript must be reported before any comparison.

const root = forgeAuthority({ subject: 'TSA root' });
const roots = [parseCertificate(root.der)];
const signature = new Uint8Array(64);
const token = Uint8Array.of(0x30, 0);

describe('verifyTimestamp', () => {
  it.each<[string, unknown]>([
    ['a number', 5],
    ['a list of numbers', [5]],
    ['a Set of certificates', new Set(roots)],
    ['none', undefined],
  ])('rejects %s for roots', async (_, given) => {
    const expectation = { signature, roots: given as typeof roots };
    expect(await rejection(verifyTimestamp(token, expectation), 'ERR_ARGUMENT_INVALID')).toContain(
      'roots must be',
    );
  });

  it.each<[unknown]>([['text'], [undefined], [[1, 2]], [new ArrayBuffer(64)]])(
    'rejects %s for a signature',
    async (given) => {
      const expectation = { signature: given as Uint8Array, roots };
      expect(await rejection(verifyTimestamp(token, expectation), 'ERR_ARGUMENT_INVALID')).toContain(
        'signature must be',
      );
    },
  );

  it('refuses to verify without an expectation', async () => {
    const verifying = verifyTimestamp(token, undefined as never);
    expect(await rejection(verifying, 'ERR_ARGUMENT_INVALID')).toContain('signature must be');
  });

  it.each<[string, string | Uint8Array | (string | Uint8Array)[]]>([
    ['PEM', root.pem],
    ['PEM as bytes', new TextEncoder().encode(root.pem)],
    ['DER', root.der],
    ['a list of both', [root.pem, root.der]],
  ])('takes %s for roots, and reads the token', async (_, given) => {
    await rejection(verifyTimestamp(token, { signature, roots: given }), 'ERR_TIMESTAMP_INVALID');
  });

  it.each<[unknown]>([['text'], [undefined], [[1, 2]]])('rejects %s for a token', async (given) => {
    const verifying = verifyTimestamp(given as Uint8Array, { signature, roots });
    expect(await rejection(verifying, 'ERR_ARGUMENT_INVALID')).toContain('token must be');
  });
});

describe('createTimestamper', () => {
  const options: TimestamperOptions = { url: 'http://tsa.example', rootCertificates: root.pem };

  it.each([[true], [{}], [null], [async () => []]])('rejects %s for a revocation checker', (revocation) => {
    const create = () => createTimestamper({ ...options, revocation: revocation as never });
    expect(failure(create, 'ERR_ARGUMENT_INVALID')).toContain('revocation must be');
  });

  it('rejects a date for a clock', () => {
    const create = () => createTimestamper({ ...options, clock: new Date() as never });
    expect(failure(create, 'ERR_ARGUMENT_INVALID')).toContain('clock must be');
  });

  it.each<[unknown]>([['text'], [undefined], [[1, 2]]])('refuses to have %s timestamped', async (given) => {
    const stamping = createTimestamper(options).timestamp(given as Uint8Array, 'SHA-256');
    expect(await rejection(stamping, 'ERR_ARGUMENT_INVALID')).toContain('signature must be');
  });
});
