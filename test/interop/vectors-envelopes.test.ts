import { describe, expect, it } from 'vitest';
import { parseEnvelope, verifyIntegrity } from '../../src/envelope/envelope.ts';
import { parsePayload } from '../../src/envelope/payload.ts';
import type { ErrorCode } from '../../src/errors/index.ts';
import { parseTrustPolicy } from '../../src/policy/index.ts';
import type { SignatureReport } from '../../src/verifier/report.ts';
import { composeVerifier } from '../../src/verifier/verifier.ts';
import { verifyTimestamp } from '../../src/x509/timestamp/index.ts';
import { createTrustStore } from '../../src/x509/trust-store.ts';
import { rejection } from '../encoding/failure.ts';
import { listVectors, readVector } from '../support/vectors.ts';

const NOW = '2024-07-01T00:00:00Z';
const JWS = 'application/jose+json';
const COSE = 'application/cose';
const REFERENCE = 'registry.example.com/vectors';

interface Terms {
  now?: string;
  level?: 'strict' | 'permissive' | 'audit';
  verifyTimestamp?: 'always' | 'afterCertExpiry';
  stores?: string[];
  identities?: string[];
  userMetadata?: Record<string, string>;
  /** Trusts the leaf of the envelope, in a store of its own. */
  pinned?: boolean;
  /** The status of every certificate; `good` by default. */
  revocation?: 'good' | 'revoked';
}

const read = (path: string): { bytes: Uint8Array; mediaType: string } => {
  const bytes = readVector(path);
  return { bytes, mediaType: bytes[0] === 0xd2 ? COSE : JWS };
};

const store = (path: string) =>
  listVectors(`truststore/x509/${path}`).map((file) => readVector(`truststore/x509/${path}/${file}`));

/** The verdict on an envelope that was made by others, about the artifact that it names itself. */
async function verdictOf(path: string, terms: Terms = {}): Promise<SignatureReport> {
  const { bytes, mediaType } = read(path);
  const envelope = terms.pinned || !path.includes('invalid') ? parseEnvelope(bytes, mediaType) : undefined;
  const artifact = envelope
    ? parsePayload(envelope.payload)
    : { mediaType: 'a/b', digest: `sha256:${'0'.repeat(64)}`, size: 1 };
  const pinned = envelope && terms.pinned ? envelope.certificates.map(({ der }) => der) : [];
  const verifier = composeVerifier({
    trustStore: createTrustStore({
      'ca:valid': store('ca/valid-trust-store'),
      'ca:other': store('ca/valid-trust-store-2'),
      'signingAuthority:valid': store('signingAuthority/valid-trust-store'),
      'tsa:timestamp': store('tsa/test-timestamp'),
      ...(pinned.length > 0 && { 'ca:pinned': pinned }),
    }),
    trustPolicy: parseTrustPolicy({
      version: '1.0',
      trustPolicies: [
        {
          name: 'vectors',
          registryScopes: ['*'],
          signatureVerification: {
            level: terms.level ?? 'strict',
            ...(terms.verifyTimestamp && { verifyTimestamp: terms.verifyTimestamp }),
          },
          trustStores: terms.stores ?? [
            'ca:valid',
            'signingAuthority:valid',
            ...(pinned.length > 0 ? ['ca:pinned'] : []),
          ],
          trustedIdentities: terms.identities ?? ['*'],
        },
      ],
    }),
    clock: () => new Date(terms.now ?? NOW),
    timestamp: verifyTimestamp,
    // The real responders of these certificates cannot be reached, and do not matter here.
    revocation: {
      check: async (chain) => chain.map(() => ({ status: terms.revocation ?? 'good', lookups: [] })),
    },
  });
  const { userMetadata } = terms;
  const report = await verifier.evaluateEnvelope(bytes, {
    mediaType,
    artifact,
    reference: REFERENCE,
    userMetadata,
  });
  const [signature] = report.signatures;
  if (!signature) throw new Error('the report names no signature');
  expect(signature.outcome).toBe(report.outcome);
  return signature;
}

/** The checks that failed, whether or not the policy enforces them. */
const failures = ({ checks }: SignatureReport) =>
  Object.fromEntries(checks.flatMap(({ name, reason }) => (reason ? [[name, reason.code]] : [])));

async function verdict(
  path: string,
  outcome: 'verified' | 'rejected',
  failed: Record<string, ErrorCode>,
  terms: Terms = {},
): Promise<SignatureReport> {
  const report = await verdictOf(path, terms);
  expect(failures(report)).toEqual(failed);
  expect(report.outcome).toBe(outcome);
  return report;
}

describe('the mock envelopes of notation-go', () => {
  const mock = (name: string) => `envelopes/mock/${name}_sig_env.json`;
  const identity = 'x509.subject: C=US, ST=WA, O=Notary';

  it('are complete', () => {
    expect(listVectors('envelopes/mock')).toHaveLength(17);
  });

  it.each(['ca', 'sa'])('%s_valid is verified at strict, with any identity or its own', async (scheme) => {
    await verdict(mock(`${scheme}_valid`), 'verified', {});
    const report = await verdict(mock(`${scheme}_valid`), 'verified', {}, { identities: [identity] });
    expect(report.details).toMatchObject({
      signer: 'CN=Notation Test Root,O=Notary,L=Seattle,ST=WA,C=US',
      signatureAlgorithm: 'RSASSA-PSS-SHA-384',
      signingTime: '2020-11-09T07:00:00Z',
      expiry: '2120-11-09T07:00:00Z',
      trustedIdentity: identity,
    });
  });

  it.each(['ca', 'sa'])('%s_valid is rejected with another identity', async (scheme) => {
    const identities = ['x509.subject: C=US, ST=WA, O=Other'];
    await verdict(
      mock(`${scheme}_valid`),
      'rejected',
      { identity: 'ERR_IDENTITY_UNTRUSTED' },
      { identities },
    );
  });

  it('ca_valid is rejected when its root is in other stores only', async () => {
    const failed = { authenticity: 'ERR_ROOT_UNTRUSTED' } as const;
    await verdict(mock('ca_valid'), 'rejected', failed, { stores: ['ca:other'] });
    await verdict(mock('ca_valid'), 'rejected', failed, { stores: ['signingAuthority:valid'] });
    await verdict(mock('ca_valid'), 'verified', failed, { stores: ['ca:other'], level: 'audit' });
  });

  it('sa_valid is rejected when its root is in a store of the type ca', async () => {
    await verdict(
      mock('sa_valid'),
      'rejected',
      { authenticity: 'ERR_ROOT_UNTRUSTED' },
      { stores: ['ca:valid'] },
    );
  });

  it('sa_valid is evaluated at its authentic signing time, whenever that was', async () => {
    await verdict(mock('sa_valid'), 'verified', {}, { now: '2119-01-01T00:00:00Z' });
    const failed = { expiry: 'ERR_SIGNATURE_EXPIRED' } as const;
    await verdict(mock('sa_valid'), 'rejected', failed, { now: '2150-01-01T00:00:00Z' });
  });

  it('ca_valid is evaluated at the present time', async () => {
    const failed = {
      expiry: 'ERR_SIGNATURE_EXPIRED',
      authenticTimestamp: 'ERR_CERTIFICATE_NOT_VALID_AT_TIME',
    } as const;
    await verdict(mock('ca_valid'), 'rejected', failed, { now: '2150-01-01T00:00:00Z' });
    await verdict(mock('ca_valid'), 'verified', failed, { now: '2150-01-01T00:00:00Z', level: 'permissive' });
  });

  it.each(['ca', 'sa'])('%s_expired fails for its expiry only', async (scheme) => {
    const failed = { expiry: 'ERR_SIGNATURE_EXPIRED' } as const;
    await verdict(mock(`${scheme}_expired`), 'rejected', failed);
    await verdict(mock(`${scheme}_expired`), 'verified', failed, { level: 'permissive' });
  });

  it('ca_expired is verified until it expires, and no longer', async () => {
    await verdict(mock('ca_expired'), 'verified', {}, { now: '2022-07-29T23:58:59Z' });
    const failed = { expiry: 'ERR_SIGNATURE_EXPIRED' } as const;
    await verdict(mock('ca_expired'), 'rejected', failed, { now: '2022-07-29T23:59:00Z' });
  });

  it.each(['ca', 'sa'])('%s_invalid fails integrity at every level', async (scheme) => {
    for (const level of ['strict', 'permissive', 'audit'] as const) {
      await verdict(mock(`${scheme}_invalid`), 'rejected', { integrity: 'ERR_ENVELOPE_INVALID' }, { level });
    }
  });

  it.each([
    'ca_plugin_sig_env.json',
    'sa_plugin_sig_env.json',
    ...['0.0.9', '1.0.0', '1.0.0-alpha', '1.0.0-alpha.beta'].map(
      (v) => `ca_compatible_pluginver_sig_env_${v}.json`,
    ),
    ...['1.0.1', '1.0.9', '1.1.0-alpha', '1.2.3'].map((v) => `ca_incompatible_pluginver_sig_env_${v}.json`),
  ])('%s is rejected because its plugin is not run, though its signature is good', async (name) => {
    const path = `envelopes/mock/${name}`;
    const { bytes, mediaType } = read(path);
    await verifyIntegrity(parseEnvelope(bytes, mediaType));
    await verdict(path, 'rejected', { integrity: 'ERR_PLUGIN_REQUIRED' }, { level: 'audit' });
  });

  it('sig_env_with_metadata has the user metadata that were signed', async () => {
    const path = 'envelopes/mock/sig_env_with_metadata.json';
    const terms = { pinned: true, now: '2023-01-11T18:10:00Z' };
    const signed = { 'io.wabbit-networks.buildId': '123' };
    const report = await verdict(path, 'verified', {}, { ...terms, userMetadata: signed });
    expect(report.details?.userMetadata).toEqual({ ...signed, 'io.wabbit-networks.buildTime': '1672944615' });
    const failed = { userMetadata: 'ERR_USER_METADATA_MISMATCH' } as const;
    await verdict(path, 'rejected', failed, {
      ...terms,
      userMetadata: { 'io.wabbit-networks.buildId': '124' },
    });
    await verdict(path, 'rejected', failed, { ...terms, userMetadata: { buildId: '123' } });
  });

  it('sig_env_with_metadata is rejected now, because its certificate has expired', async () => {
    const path = 'envelopes/mock/sig_env_with_metadata.json';
    const failed = { authenticTimestamp: 'ERR_CERTIFICATE_NOT_VALID_AT_TIME' } as const;
    await verdict(path, 'rejected', failed, { pinned: true });
    await verdict(path, 'verified', failed, { pinned: true, level: 'permissive' });
  });
});

describe('the envelopes of notation-go for one artifact', () => {
  it.each([
    ['cose_signature.sig', COSE],
    ['jws_signature.sig', JWS],
  ])('%s is verified if its leaf is trusted', async (name, mediaType) => {
    const path = `envelopes/alpine/${name}`;
    expect(read(path).mediaType).toBe(mediaType);
    const report = await verdict(path, 'verified', {}, { pinned: true });
    expect(report.details?.signer).toBe('CN=alpine,O=Notary,L=Seattle,ST=WA,C=US');
    await verdict(path, 'rejected', { authenticity: 'ERR_ROOT_UNTRUSTED' });
  });

  it('are about the manifest of the image layout next to them', async () => {
    const manifest = readVector(
      'oci-layout-alpine/blobs/sha256/19dbd2e48e921426ee8ace4dc892edfb2ecdc1d1a72d5416c83670c30acecef0',
    );
    for (const name of listVectors('envelopes/alpine')) {
      const { bytes, mediaType } = read(`envelopes/alpine/${name}`);
      expect(parsePayload(parseEnvelope(bytes, mediaType).payload).size).toBe(manifest.length);
    }
  });

  it('are rejected for another artifact', async () => {
    const { bytes, mediaType } = read('envelopes/alpine/cose_signature.sig');
    const envelope = parseEnvelope(bytes, mediaType);
    const signed = parsePayload(envelope.payload);
    const verifier = composeVerifier({
      trustStore: createTrustStore({ 'ca:a': envelope.certificates.map(({ der }) => der) }),
      trustPolicy: parseTrustPolicy({
        version: '1.0',
        trustPolicies: [
          {
            name: 'a',
            registryScopes: ['*'],
            signatureVerification: { level: 'audit' },
            trustStores: ['ca:a'],
            trustedIdentities: ['*'],
          },
        ],
      }),
    });
    for (const change of [{ size: 482 }, { mediaType: 'a/b' }, { digest: `sha256:${'0'.repeat(64)}` }]) {
      const artifact = { ...signed, ...change };
      const promise = verifier.verifyEnvelope(bytes, { mediaType, artifact, reference: REFERENCE });
      await rejection(promise, 'ERR_VERIFICATION_FAILED');
    }
  });

  it('are not read as the other format', async () => {
    for (const [name, other] of [
      ['cose_signature.sig', JWS],
      ['jws_signature.sig', COSE],
    ] as const) {
      const { bytes } = read(`envelopes/alpine/${name}`);
      expect(() => parseEnvelope(bytes, other)).toThrow(/envelope/);
    }
  });
});

describe('the timestamped envelopes of notation-go', () => {
  const tsa = ['ca:valid', 'ca:pinned', 'tsa:timestamp'];
  const expired = { authenticTimestamp: 'ERR_CERTIFICATE_NOT_VALID_AT_TIME' } as const;
  const path = (name: string) => `timestamp/sigEnv/${name}.sig`;

  it.each(['coseWithTimestamp', 'jwsWithTimestamp', 'withoutTimestamp'])(
    '%s is verified without a tsa store, while its certificate is valid',
    async (name) => {
      await verdict(
        path(name),
        'verified',
        {},
        { identities: ['x509.subject: C=US, ST=WA, O=Notary, CN=alpine'] },
      );
      await verdict(path(name), 'rejected', expired, { now: '2034-01-01T00:00:00Z' });
    },
  );

  it.each(['coseExpiredWithTimestamp', 'jwsExpiredWithTimestamp'])(
    '%s is rejected without a tsa store: its certificate was valid for ten minutes',
    async (name) => {
      await verdict(path(name), 'rejected', expired, { pinned: true });
      await verdict(path(name), 'verified', {}, { pinned: true, now: '2024-06-18T07:25:00Z' });
    },
  );

  it('timestampBeforeNotBefore and timestampAfterNotAfter are rejected without a tsa store', async () => {
    await verdict(path('timestampBeforeNotBefore'), 'rejected', expired, { pinned: true });
    await verdict(path('timestampAfterNotAfter'), 'rejected', expired, { pinned: true });
  });

  it.each(['coseWithTimestamp', 'jwsWithTimestamp', 'coseExpiredWithTimestamp', 'jwsExpiredWithTimestamp'])(
    '%s is verified with a tsa store, long after its certificate expired',
    async (name) => {
      const { details } = await verdict(path(name), 'verified', {}, { pinned: true, stores: tsa });
      expect(details?.timestamp?.policy).toBe('1.3.6.1.4.1.4146.2.3');
    },
  );

  it.each(['timestampBeforeNotBefore', 'timestampAfterNotAfter'])(
    '%s is rejected with a tsa store: its time is outside the validity of the certificate',
    async (name) => {
      await verdict(path(name), 'rejected', expired, { pinned: true, stores: tsa });
    },
  );

  it('coseWithTimestamp is rejected when its authority is revoked', async () => {
    // No request is sent about the signing chain after that.
    const failed = { authenticTimestamp: 'ERR_CERTIFICATE_REVOKED' } as const;
    await verdict(path('coseWithTimestamp'), 'rejected', failed, {
      pinned: true,
      stores: tsa,
      revocation: 'revoked',
    });
  });

  it('withoutTimestamp is rejected with a tsa store', async () => {
    const failed = { authenticTimestamp: 'ERR_TIMESTAMP_MISSING' } as const;
    await verdict(path('withoutTimestamp'), 'rejected', failed, { pinned: true, stores: tsa });
  });

  it('coseWithTimestamp needs no timestamp before its certificate expires, if the policy says so', async () => {
    const terms = { pinned: true, stores: tsa, verifyTimestamp: 'afterCertExpiry' } as const;
    await verdict(path('coseWithTimestamp'), 'verified', {}, terms);
    await verdict(path('coseWithTimestamp'), 'verified', {}, { ...terms, now: '2034-01-01T00:00:00Z' });
  });

  it('have a timestamp token each, except one', () => {
    for (const name of listVectors('timestamp/sigEnv')) {
      const { bytes, mediaType } = read(`timestamp/sigEnv/${name}`);
      const token = parseEnvelope(bytes, mediaType).unsignedAttributes.timestampSignature;
      expect(token?.[0]).toBe(name === 'withoutTimestamp.sig' ? undefined : 0x30);
    }
  });
});
