import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNotationError } from '../../../src/errors/index.ts';
import { parseCertificate } from '../../../src/x509/certificate.ts';
import { readTimestampResponse } from '../../../src/x509/timestamp/timestamp-response.ts';
import { createTimestamper } from '../../../src/x509/timestamp/timestamper.ts';
import type { VerifiedTimestamp } from '../../../src/x509/timestamp/types.ts';
import { verifyTimestamp } from '../../../src/x509/timestamp/verify-timestamp.ts';
import { outcome } from '../../encoding/failure.ts';
import * as der from '../../support/der.ts';
import {
  attribute,
  attributeOids,
  forgeTimestampAuthority,
  forgeTimestampResponse,
  forgeToken,
} from '../../support/forge-timestamp.ts';

const signature = new TextEncoder().encode('a primitive signature');
const { leaf, root } = forgeTimestampAuthority();
const roots = [parseCertificate(root.der)];
const time = new Date(Math.floor(Date.now() / 1000) * 1000);
const info = { signature, time, accuracy: { seconds: 1, millis: 2, micros: 3 }, nonce: Uint8Array.of(1, 2) };
const signer = {
  signer: leaf,
  moreAttributes: [attribute(attributeOids.signingTime, der.time(time))],
  unsignedAttributes: [attribute('1.2.3.4', der.nullValue())],
};
const seeds = [
  forgeToken({ info, signers: signer }),
  forgeToken({
    info,
    signers: [{ signer: leaf, corruptSignature: true }, signer],
    certificates: [root, leaf],
  }),
];

/** Returns the verified timestamp, or nothing if the token is rejected; another kind of error fails the test. */
async function verified(token: Uint8Array): Promise<VerifiedTimestamp | undefined> {
  try {
    return await verifyTimestamp(token, { signature, roots });
  } catch (error) {
    if (isNotationError(error)) return undefined;
    throw error;
  }
}

const change = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom('set', 'insert', 'remove', 'cut', 'repeat'),
  byte: fc.integer({ min: 0, max: 255 }),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function mutate(bytes: Uint8Array, { at, kind, byte }: Change): Uint8Array {
  const i = at % (bytes.length + 1);
  const before = bytes.subarray(0, i);
  if (kind === 'cut') return before;
  if (kind === 'repeat') return der.concat([before, bytes.subarray(i, i + byte), bytes.subarray(i)]);
  const after = bytes.subarray(kind === 'insert' ? i : i + 1);
  return der.concat([before, ...(kind === 'remove' ? [] : [Uint8Array.of(byte)]), after]);
}

/** A token that was changed must be rejected, or have the same content as before. */
async function checkMutant(token: Uint8Array): Promise<void> {
  const stamp = await verified(token);
  if (!stamp) return;
  expect(stamp).toMatchObject({ time, policy: '1.2.3.4.1', serialNumber: '2a' });
  expect(stamp.earliest).toEqual(new Date(time.getTime() - 1003));
  expect(stamp.latest).toEqual(new Date(time.getTime() + 1003));
  expect(stamp.certificates.map((one) => one.der)).toEqual([leaf.der, root.der]);
}

describe('a timestamp token of any bytes', () => {
  it('is verified as it was', async () => {
    for (const seed of seeds) expect(await verified(seed)).toBeDefined();
  });

  it('is rejected with an error of notarykit', async () => {
    const random = fc.uint8Array({ maxLength: 300 });
    const property = async (bytes: Uint8Array) => {
      expect(await verified(bytes)).toBeUndefined();
      expect(await verified(der.sequence(bytes))).toBeUndefined();
    };
    await fc.assert(fc.asyncProperty(random, property));
  });

  it('has the same content or is rejected after changes to it', async () => {
    const changes = fc.array(change, { minLength: 1, maxLength: 3 });
    const property = (seed: Uint8Array, list: Change[]) => checkMutant(list.reduce(mutate, seed));
    await fc.assert(fc.asyncProperty(fc.constantFrom(...seeds), changes, property), { numRuns: 1000 });
  });

  it('has the same content or is rejected after any bit of it was flipped', async () => {
    const [seed = new Uint8Array()] = seeds;
    const bit = fc.integer({ min: 0, max: seed.length * 8 - 1 });
    const property = (i: number) => {
      const mutant = new Uint8Array(seed);
      mutant[i >> 3] = (mutant[i >> 3] ?? 0) ^ (1 << (i & 7));
      return checkMutant(mutant);
    };
    await fc.assert(fc.asyncProperty(bit, property), { numRuns: 1000 });
  });
});

describe('a response of any bytes', () => {
  const response = forgeTimestampResponse({ token: seeds[0] ?? new Uint8Array() });
  const refused = forgeTimestampResponse({ status: 2, texts: ['no'], failures: [0, 25] });

  it('is read or rejected with an error of notarykit', () => {
    const random = fc.uint8Array({ maxLength: 100 });
    fc.assert(fc.property(random, (bytes) => void outcome(() => readTimestampResponse(bytes, 'it'))));
    const property = (seed: Uint8Array, list: Change[]) =>
      void outcome(() => readTimestampResponse(list.reduce(mutate, seed), 'it'));
    const changes = fc.array(change, { minLength: 1, maxLength: 3 });
    fc.assert(fc.property(fc.constantFrom(response, refused), changes, property), { numRuns: 1000 });
  });

  it('never makes a timestamp, without the nonce of the request', async () => {
    const property = async (seed: Uint8Array, list: Change[]) => {
      const bytes = list.reduce(mutate, seed);
      const headers = { 'content-type': 'application/timestamp-reply' };
      const fetch = async () => new Response(bytes as BodyInit, { headers });
      const { timestamp } = createTimestamper({
        url: 'http://tsa.example',
        rootCertificates: root.der,
        fetch,
      });
      const issued = await timestamp(signature, 'SHA-256').catch((error: unknown) => error);
      expect(isNotationError(issued)).toBe(true);
    };
    const changes = fc.array(change, { maxLength: 3 });
    await fc.assert(fc.asyncProperty(fc.constantFrom(response, refused), changes, property), {
      numRuns: 200,
    });
  });
});
