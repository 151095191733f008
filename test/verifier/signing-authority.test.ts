import { describe, expect, it } from 'vitest';
import {
  createTrustStore,
  parseTrustPolicy,
  type RevocationChecker,
  type TimestampVerifier,
} from '../../src/index.ts';
import { composeVerifier, type VerifierOptions } from '../../src/verifier/index.ts';
import { ARTIFACT, AUTHORITY_JWS, forgeJws, SIGNING_TIME } from '../envelope/forged.ts';
import { policyDocument, REPOSITORY } from '../support/artifact.ts';
import { forgeChain } from '../support/forge.ts';

const YEAR = 365 * 24 * 3_600_000;
const signedAt = new Date(SIGNING_TIME);
const around = (from: number, to: number) => ({
  notBefore: new Date(signedAt.getTime() + from),
  notAfter: new Date(signedAt.getTime() + to),
});

interface Terms extends Partial<VerifierOptions> {
  /** When the leaf is valid, relative to the authentic signing time. */
  valid?: readonly [number, number];
  statement?: Record<string, unknown>;
  timestampSignature?: string;
}

/** Evaluates the signature of a signing authority, ten years after it was made. */
async function evaluateWith({
  valid = [-YEAR, YEAR],
  statement,
  timestampSignature,
  ...options
}: Terms = {}) {
  const chain = forgeChain({ leaf: around(...valid), root: around(-5 * YEAR, 5 * YEAR) });
  const header = timestampSignature && { 'io.cncf.notary.timestampSignature': timestampSignature };
  const envelope = forgeJws({
    by: chain,
    headers: AUTHORITY_JWS,
    header: { x5c: chain.chain.map(({ der }) => Buffer.from(der).toString('base64')), ...header },
  });
  const root = chain.root.pem;
  const { signatures } = await composeVerifier({
    trustPolicy: parseTrustPolicy(
      policyDocument({ trustStores: ['signingAuthority:acme', 'tsa:acme'], ...statement }),
    ),
    trustStore: createTrustStore({ 'signingAuthority:acme': root, 'ca:acme': root, 'tsa:acme': root }),
    clock: () => new Date(signedAt.getTime() + 10 * YEAR),
    ...options,
  }).evaluateEnvelope(envelope, {
    mediaType: 'application/jose+json',
    artifact: ARTIFACT,
    reference: `${REPOSITORY}@${ARTIFACT.digest}`,
  });
  const [report] = signatures;
  return { outcome: report?.outcome, code: report?.outcome === 'rejected' ? report.reason.code : undefined };
}

describe('a signature by a signing authority', () => {
  it('is trusted by a store of the type signingAuthority, after its certificate has expired too', async () => {
    expect(await evaluateWith()).toEqual({ outcome: 'verified' });
  });

  it('is not trusted by a store of the type ca', async () => {
    expect(await evaluateWith({ statement: { trustStores: ['ca:acme'] } })).toMatchObject({
      code: 'ERR_ROOT_UNTRUSTED',
    });
  });

  it.each([
    ['before the certificate was valid', [1000, YEAR]],
    ['after the certificate expired', [-YEAR, -1000]],
  ] as const)('is rejected if its authentic signing time is %s', async (_, valid) => {
    expect(await evaluateWith({ valid })).toMatchObject({ code: 'ERR_CERTIFICATE_NOT_VALID_AT_TIME' });
  });

  it.each(['always', 'afterCertExpiry'])(
    'needs no timestamp, and has none verified (verifyTimestamp: %s)',
    async (verifyTimestamp) => {
      const calls: unknown[] = [];
      const timestamp: TimestampVerifier = async (token) => {
        calls.push(token);
        throw new Error('not reached');
      };
      const statement = { signatureVerification: { level: 'strict', verifyTimestamp } };
      expect(await evaluateWith({ statement, timestamp, timestampSignature: 'MAA=' })).toEqual({
        outcome: 'verified',
      });
      expect(calls).toEqual([]);
    },
  );

  it('has its revocation checked with the authentic signing time', async () => {
    const times: unknown[] = [];
    const revocation: RevocationChecker = {
      check: async (chain, options) => {
        times.push(options?.authenticSigningTime);
        return chain.map(() => ({ status: 'good', lookups: [] }));
      },
    };
    expect(await evaluateWith({ revocation })).toEqual({ outcome: 'verified' });
    expect(times).toEqual([signedAt]);
  });
});
