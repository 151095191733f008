import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalBytes } from '../../src/encoding/bytes.ts';
import { parseEnvelope, verifyIntegrity } from '../../src/envelope/envelope.ts';
import { isNotationError } from '../../src/errors/index.ts';
import { outcome } from '../encoding/failure.ts';
import { AUTHORITY_COSE, AUTHORITY_JWS, epoch, forgeCose, forgeJws, NAME } from './forged.ts';
import { mutate, mutation } from './mutate.ts';

const SEEDS = {
  'application/jose+json': [
    forgeJws(),
    forgeJws({ headers: AUTHORITY_JWS, header: { [NAME.agent]: 'a', [NAME.timestamp]: 'MAA=' } }),
  ],
  'application/cose': [
    forgeCose(),
    forgeCose({
      headers: [
        ...AUTHORITY_COSE,
        [NAME.expiry, epoch(4e9)],
        [2, [NAME.scheme, NAME.authenticTime, NAME.expiry]],
      ],
      unprotected: [[NAME.agent, 'a']],
    }),
  ],
} as const;

describe.each(Object.entries(SEEDS))('the parser of %s', (mediaType, seeds) => {
  it('returns an envelope or throws a NotationError for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        outcome(() => parseEnvelope(bytes, mediaType));
        outcome(() => parseEnvelope(Uint8Array.of(0xd2, 0x84, ...bytes), mediaType));
      }),
      { numRuns: 500 },
    );
  });

  it('returns an envelope or throws a NotationError for mutations of real ones', () => {
    const input = fc.tuple(
      fc.constantFrom(...seeds),
      fc.constantFrom(...seeds),
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
    );
    fc.assert(
      fc.property(input, ([seed, other, mutations]) => {
        outcome(() => parseEnvelope(mutate(seed, other, mutations), mediaType));
      }),
      { numRuns: 1500 },
    );
  });

  it('leaves no mutation that verifies and signs something else', async () => {
    const signed = seeds.map((seed) => parseEnvelope(seed, mediaType).signedBytes);
    const input = fc.tuple(
      fc.constantFrom(...seeds),
      fc.constantFrom(...seeds),
      fc.array(mutation, { minLength: 1, maxLength: 2 }),
    );
    await fc.assert(
      fc.asyncProperty(input, async ([seed, other, mutations]) => {
        try {
          const envelope = parseEnvelope(mutate(seed, other, mutations), mediaType);
          await verifyIntegrity(envelope);
          expect(signed.some((bytes) => equalBytes(bytes, envelope.signedBytes))).toBe(true);
        } catch (error) {
          if (!isNotationError(error)) throw error;
        }
      }),
      { numRuns: 600 },
    );
  });
});
