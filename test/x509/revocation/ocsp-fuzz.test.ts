import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNotationError } from '../../../src/errors/index.ts';
import { parseCertificate } from '../../../src/x509/certificate.ts';
import { evaluateOcsp } from '../../../src/x509/revocation/evaluate-ocsp.ts';
import { parseOcspResponse } from '../../../src/x509/revocation/ocsp-response.ts';
import { outcome } from '../../encoding/failure.ts';
import * as der from '../../support/der.ts';
import { extensions, forgeAuthority, forgeCertificate, forgeLeaf, purposes } from '../../support/forge.ts';
import { forgeOcsp, invalidityDate, wrapOcsp } from '../../support/forge-ocsp.ts';

const issuer = forgeAuthority({ subject: 'issuer' });
const certificate = forgeLeaf({ issuer });
const responder = forgeCertificate({
  subject: 'responder',
  issuer,
  extensions: [extensions.extendedKeyUsage([purposes.ocspSigning])],
});
const parsed = { certificate: parseCertificate(certificate.der), issuer: parseCertificate(issuer.der) };
const status = { time: new Date(), reason: 1 };
const about = { certificate, issuer, status, extensions: [invalidityDate(new Date())] };
const seeds = [
  forgeOcsp({ responses: [about], signer: issuer }),
  forgeOcsp({ responses: [about], signer: issuer, responder: 'key', certificates: [issuer] }),
  forgeOcsp({ responses: [about], signer: responder, certificates: [responder] }),
];

/** The answer, or nothing if the response is rejected; an error of another kind fails the test. */
async function answerOf(bytes: Uint8Array): Promise<string | undefined> {
  try {
    const at = { now: new Date() };
    return (await evaluateOcsp(parseOcspResponse(bytes), parsed.certificate, parsed.issuer, at)).answer;
  } catch (error) {
    if (isNotationError(error)) return undefined;
    throw error;
  }
}

const change = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom('set', 'insert', 'remove', 'cut'),
  byte: fc.integer({ min: 0, max: 255 }),
});

function mutate(
  bytes: Uint8Array,
  { at, kind, byte }: { at: number; kind: string; byte: number },
): Uint8Array {
  const i = at % (bytes.length + 1);
  const before = bytes.subarray(0, i);
  if (kind === 'cut') return before;
  const after = bytes.subarray(kind === 'insert' ? i : i + 1);
  return der.concat([before, ...(kind === 'remove' ? [] : [Uint8Array.of(byte)]), after]);
}

describe('an OCSP response of any bytes', () => {
  it('is read or rejected with an error of notarykit', () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    fc.assert(fc.property(bytes, (random) => void outcome(() => parseOcspResponse(random))));
    fc.assert(fc.property(bytes, (random) => void outcome(() => parseOcspResponse(wrapOcsp(random)))));
  });

  it('is never good when it was not signed so', async () => {
    const changes = fc.array(change, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...seeds), changes, async (seed, list) => {
        expect([undefined, 'revoked']).toContain(await answerOf(list.reduce(mutate, seed)));
      }),
      { numRuns: 1500 },
    );
  });
});

describe('an OCSP response of the largest size', () => {
  const started = () => {
    const start = performance.now();
    return () => performance.now() - start;
  };

  it('full of certificates of the name of the responder is rejected in bounded time', async () => {
    const namesakes = Array.from({ length: 16 }, () => forgeCertificate({ subject: 'responder' }));
    const elapsed = started();
    const response = forgeOcsp({ responses: [about], signer: responder, certificates: namesakes });
    expect(await answerOf(response)).toBeUndefined();
    expect(elapsed()).toBeLessThan(2000);
  });

  it.each<[string, (fill: Uint8Array) => Uint8Array]>([
    ['single responses', (fill) => forgeOcsp({ responses: [fill], signer: issuer })],
    ['certificates', (fill) => forgeOcsp({ responses: [], signer: issuer, certificates: [fill] })],
    ['extensions', (fill) => forgeOcsp({ responses: [], signer: issuer, extensions: [fill] })],
  ])('full of empty %s is rejected in bounded time', async (_, forge) => {
    const fill = der.concat(Array.from({ length: 10_000 }, () => der.sequence()));
    const elapsed = started();
    expect(await answerOf(forge(fill))).toBeUndefined();
    expect(elapsed()).toBeLessThan(500);
  });
});
