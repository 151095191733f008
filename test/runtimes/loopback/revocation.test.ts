import { describe, expect, it } from 'vitest';
import { createRevocationChecker } from '../../../src/index.ts';
import { createTimestamper } from '../../../src/x509/timestamp/index.ts';
import { rejection } from '../../support/artifact.ts';
import { forgeNamingChain } from '../../support/fake-authorities.ts';
import { forgeAuthority } from '../../support/forge.ts';
import { forgeCrl } from '../../support/forge-crl.ts';
import { forgeOcsp } from '../../support/forge-ocsp.ts';
import type { Behaviour } from '../host/behaviours.ts';
import { serve } from './host.ts';

const TIMEOUT = 1000;
/** How far a hostile server may delay a check beyond its timeout, on a busy machine. */
const SLACK = 4000;
const root = forgeAuthority({ subject: 'Loopback Root' });

/** The status of a leaf that names one URL. */
async function statusBy(kind: 'ocsp' | 'crl', url: string) {
  const { chain } = forgeNamingChain({ [kind]: [url] }, { root });
  const [status] = await createRevocationChecker({ timeout: TIMEOUT }).check(chain);
  return status;
}

describe('OCSP over HTTP', () => {
  it.each([
    ['good', 'good'],
    ['revoked', { reason: 1 }],
    ['unknown', 'unknown'],
  ] as const)('reports that a certificate is %s', async (expected, status) => {
    // The URL must be in the certificate before the response about it can be made.
    const certificate = { serialNumber: crypto.getRandomValues(new Uint8Array(8)).fill(1, 0, 1) };
    const leaf = forgeNamingChain({}, { root, leaf: certificate }).leaf;
    const response = forgeOcsp({ signer: root, responses: [{ certificate: leaf, issuer: root, status }] });
    const url = await serve(response);
    const { chain } = forgeNamingChain({ ocsp: [url] }, { root, leaf: certificate });
    const [found] = await createRevocationChecker({ timeout: 5000 }).check(chain);
    expect(found).toMatchObject({ status: expected, lookups: [{ url, source: 'network' }] });
  });
});

describe('a CRL over HTTP', () => {
  it('leaves a certificate good that it does not list, and is kept', async () => {
    const url = await serve(forgeCrl({ issuer: root }));
    const { chain } = forgeNamingChain({ crl: [url] }, { root });
    const checker = createRevocationChecker({ timeout: 5000 });
    const [first] = await checker.check(chain);
    expect(first).toMatchObject({ status: 'good', lookups: [{ source: 'network' }] });
    const [second] = await checker.check(chain);
    expect(second).toMatchObject({ status: 'good', lookups: [{ source: 'cache' }] });
  });

  it('reports that a certificate is revoked', async () => {
    const certificate = { serialNumber: Uint8Array.of(0x41, 7) };
    const entries = [{ serialNumber: certificate.serialNumber, reason: 1 }];
    const url = await serve(forgeCrl({ issuer: root, entries }));
    const { chain } = forgeNamingChain({ crl: [url] }, { root, leaf: certificate });
    const [found] = await createRevocationChecker({ timeout: 5000 }).check(chain);
    expect(found).toMatchObject({ status: 'revoked', revocation: { reason: 'keyCompromise' } });
  });
});

const HOSTILE: readonly Behaviour[] = [
  'hang',
  'drip',
  'flood',
  'cutOff',
  'bomb',
  'page',
  'error',
  'elsewhere',
  'circle',
];

describe.each(['ocsp', 'crl'] as const)('a hostile server for %s', (kind) => {
  it.each(HOSTILE)('that would %s leaves the status unknown, in time, and is reported', async (behaviour) => {
    const url = await serve(behaviour);
    const begun = Date.now();
    const status = await statusBy(kind, url);
    expect(status).toMatchObject({
      status: 'unknown',
      reason: { code: 'ERR_REVOCATION_UNKNOWN' },
      lookups: [{ url, answer: 'unknown', message: expect.any(String) }],
    });
    expect(Date.now() - begun).toBeLessThan(TIMEOUT + SLACK);
  });
});

describe('a hostile timestamping authority', () => {
  it.each(HOSTILE)('that would %s fails the signing with a typed error, in time', async (behaviour) => {
    const url = await serve(behaviour);
    const timestamper = createTimestamper({ url, rootCertificates: root.pem, timeout: TIMEOUT });
    const begun = Date.now();
    const error = await rejection(timestamper.timestamp(new Uint8Array(64), 'SHA-256'));
    expect(error).toMatchObject({ name: 'NotationError', code: expect.stringMatching(/^ERR_/) });
    expect(Date.now() - begun).toBeLessThan(TIMEOUT + SLACK);
  });
});
