import { EpochTime } from '../../../src/envelope/cbor-encode.ts';
import type { ErrorCode } from '../../../src/index.ts';
import { coseFor, envelopeFor, type Format, jwsFor, pushSignature } from '../support/signatures.ts';
import type { Target, VerdictCase } from '../support/verdict.ts';

type Content = Parameters<typeof jwsFor>[1];

const signing = (format: Format, content: Content) => ({
  sign: (target: Target) => pushSignature(target, envelopeFor(format, target, content)),
});
const FORMATS = ['jws', 'cose'] as const;
const both = (make: (format: Format) => VerdictCase): VerdictCase[] =>
  FORMATS.map((format) => ({ ...make(format), name: `${make(format).name}, in ${format.toUpperCase()}` }));

const malformed = {
  expect: 'rejected',
  says: /signature verification failed|integrity/,
  code: 'ERR_ENVELOPE_INVALID',
} as const;
const stricter = (row: string, code: ErrorCode = 'ERR_ENVELOPE_INVALID') =>
  ({ expect: { cli: 'verified', here: 'rejected', row }, code }) as const;

const SCHEME = 'io.cncf.notary.signingScheme';
const TIME = 'io.cncf.notary.signingTime';
const AUTHENTIC_TIME = 'io.cncf.notary.authenticSigningTime';
const EXPIRY = 'io.cncf.notary.expiry';
const PLUGIN = 'io.cncf.notary.verificationPlugin';

const seconds = (offset: number) => new Date(Math.floor(Date.now() / 1000 + offset) * 1000);
const iso = (offset: number) => seconds(offset).toISOString();

/** Signed attributes: which are required, forbidden, or must be understood. */
export const attributeCases: readonly VerdictCase[] = [
  ...both((format) => ({
    name: 'an unknown attribute, not critical',
    ...signing(format, { protected: { 'com.example.note': 'x' } }),
    expect: 'verified',
  })),
  ...both((format) => ({
    name: 'an unknown attribute, critical',
    ...signing(format, { protected: { 'com.example.note': 'x' }, critical: ['com.example.note'] }),
    ...stricter('unknown-critical-attribute', 'ERR_CRITICAL_ATTRIBUTE_UNKNOWN'),
  })),
  {
    name: 'an unknown integer label, critical, in COSE',
    ...signing('cose', { protected: { 1000: 'x' }, critical: [1000] }),
    ...stricter('unknown-critical-attribute', 'ERR_CRITICAL_ATTRIBUTE_UNKNOWN'),
  },
  ...both((format) => ({
    name: 'a verification plugin that is not there',
    ...signing(format, { protected: { [PLUGIN]: 'com.example.plugin' }, critical: [PLUGIN] }),
    expect: 'rejected',
    says: /plugin/,
    code: 'ERR_PLUGIN_REQUIRED',
  })),
  ...both((format) => ({
    name: 'a scheme that is not critical',
    ...signing(format, { onlyCritical: ['com.example.note'], protected: { 'com.example.note': 'x' } }),
    ...malformed,
  })),
  ...both((format) => ({
    name: 'no list of what is critical',
    ...signing(format, { protected: { [format === 'jws' ? 'crit' : 2]: undefined } }),
    ...malformed,
  })),
  ...both((format) => ({
    name: 'an empty list of what is critical',
    ...signing(format, { onlyCritical: [] }),
    ...malformed,
  })),
  ...both((format) => ({
    name: 'something critical that is not there',
    ...signing(format, { critical: ['com.example.note'] }),
    ...malformed,
  })),
  { name: 'the signing time critical, in JWS', ...signing('jws', { critical: [TIME] }), ...malformed },
  {
    name: 'the signing time critical, in COSE',
    ...signing('cose', { critical: [TIME] }),
    ...stricter('cose-crit-signing-time'),
  },
  { name: 'the scheme critical twice, in JWS', ...signing('jws', { critical: [SCHEME] }), ...malformed },
  {
    name: 'the scheme critical twice, in COSE',
    ...signing('cose', { critical: [SCHEME] }),
    ...stricter('cose-crit-twice'),
  },
  { name: 'the algorithm critical, in JWS', ...signing('jws', { critical: ['alg'] }), ...malformed },
  {
    name: 'the algorithm critical, in COSE',
    ...signing('cose', { critical: [1] }),
    ...stricter('cose-crit-label'),
  },
  {
    name: 'the content type critical, in COSE',
    ...signing('cose', { critical: [3] }),
    ...stricter('cose-crit-label'),
  },
  ...both((format) => ({
    name: 'no scheme',
    ...signing(format, { protected: { [SCHEME]: undefined } }),
    ...malformed,
  })),
  ...both((format) => ({
    name: 'an unknown scheme',
    ...signing(format, { protected: { [SCHEME]: 'notary.x509.future' } }),
    ...malformed,
  })),
  ...both((format) => ({
    name: 'no signing time',
    ...signing(format, { protected: { [TIME]: undefined } }),
    ...malformed,
  })),
  {
    name: 'the time of the other scheme next to its own, in JWS',
    ...signing('jws', { protected: { [AUTHENTIC_TIME]: iso(-60) }, critical: [AUTHENTIC_TIME] }),
    ...malformed,
  },
  ...both((format) => ({
    name: 'the scheme of the other time',
    ...signing(format, { protected: { [SCHEME]: 'notary.x509.signingAuthority' } }),
    ...malformed,
  })),
  ...both((format) => ({
    name: 'an expiry in the future',
    ...signing(format, { expiry: seconds(3600) }),
    expect: 'verified',
  })),
  ...both((format) => ({
    name: 'an expiry before the signing time',
    ...signing(format, { signingTime: seconds(-60), expiry: seconds(-120) }),
    ...malformed,
  })),
  ...both((format) => ({
    name: 'an expiry at the signing time',
    ...signing(format, { signingTime: seconds(-60), expiry: seconds(-60) }),
    ...malformed,
  })),
  ...both((format) => ({
    name: 'an expiry that is not critical',
    ...signing(format, { expiry: seconds(3600), onlyCritical: [SCHEME] }),
    ...malformed,
  })),
  ...both((format) => ({
    name: 'a critical expiry that is not there',
    ...signing(format, { critical: [EXPIRY] }),
    ...malformed,
  })),
  ...both((format) => ({
    name: 'a signing time in the future',
    ...signing(format, { signingTime: seconds(3600) }),
    expect: 'verified',
  })),
  ...both((format) => ({
    name: 'a signing time before the certificates were valid',
    ...signing(format, { signingTime: seconds(-7 * 86_400) }),
    expect: 'verified',
  })),
  ...both((format) => ({
    name: 'another content type',
    ...signing(format, { protected: { [format === 'jws' ? 'cty' : 3]: 'application/json' } }),
    ...malformed,
  })),
  ...both((format) => ({
    name: 'no content type',
    ...signing(format, { protected: { [format === 'jws' ? 'cty' : 3]: undefined } }),
    ...malformed,
  })),
  {
    name: 'a signing time with fractions and an offset, in JWS',
    ...signing('jws', { protected: { [TIME]: '2026-01-02T03:04:05.678+08:00' } }),
    expect: 'verified',
  },
  {
    name: 'a signing time that is not a time, in JWS',
    ...signing('jws', { protected: { [TIME]: 'yesterday' } }),
    ...malformed,
  },
  {
    name: 'a signing time without a zone, in JWS',
    ...signing('jws', { protected: { [TIME]: '2026-01-02T03:04:05' } }),
    ...malformed,
  },
  {
    name: 'a signing time in lower case, in JWS',
    ...signing('jws', { protected: { [TIME]: '2026-01-02t03:04:05z' } }),
    ...malformed,
  },
  {
    name: 'a signing time that is an integer, in JWS',
    ...signing('jws', { protected: { [TIME]: 1_700_000_000 } }),
    ...malformed,
  },
  {
    name: 'a signing time without its tag, in COSE',
    ...signing('cose', { protected: { [TIME]: 1_700_000_000 } }),
    ...malformed,
  },
  {
    name: 'a signing time that is a string, in COSE',
    ...signing('cose', { protected: { [TIME]: '2026-01-02T03:04:05Z' } }),
    ...malformed,
  },
  ...['2026-01-02T3:04:05Z', '2026-01-02T03:04:05,5Z', '2026-01-02T03:04:05+24:00'].map(
    (text): VerdictCase => ({
      name: `the signing time ${text}, in JWS`,
      ...signing('jws', { protected: { [TIME]: text } }),
      ...stricter('jws-time-form'),
    }),
  ),
  {
    name: 'an expiry less than a millisecond after the signing time, in JWS',
    ...signing('jws', {
      protected: { [TIME]: '2099-01-02T03:04:05Z', [EXPIRY]: '2099-01-02T03:04:05.0001Z' },
      critical: [EXPIRY],
    }),
    ...stricter('time-fractions'),
  },
  {
    name: 'the time of the other scheme next to its own, in COSE',
    ...signing('cose', { protected: { [AUTHENTIC_TIME]: new EpochTime(seconds(-60)) } }),
    ...stricter('cose-foreign-scheme-time'),
  },
  {
    name: 'a timestamp that is a string, in COSE',
    ...signing('cose', { unprotected: { 'io.cncf.notary.timestampSignature': 'x' } }),
    ...stricter('cose-timestamp-type'),
  },
  {
    name: 'a countersignature, in COSE',
    ...signing('cose', { unprotected: { 11: [new Uint8Array(), new Map(), new Uint8Array(64)] } }),
    ...stricter('cose-countersignature'),
  },
  {
    name: 'a good one of the other scheme, in JWS',
    policy: (scope) => ({
      version: '1.0',
      trustPolicies: [
        {
          name: 'acme',
          registryScopes: [scope],
          signatureVerification: { level: 'strict' },
          trustStores: ['signingAuthority:acme'],
          trustedIdentities: ['*'],
        },
      ],
    }),
    trust: {},
    configure: (cli) =>
      import('../support/signatures.ts').then(({ acme }) =>
        cli.addCertificates('signingAuthority:acme', acme.root.pem),
      ),
    ...signing('jws', { authenticSigningTime: seconds(-60) }),
    expect: 'verified',
  },
  {
    name: 'an unknown algorithm, in JWS',
    sign: (target) => pushSignature(target, jwsFor(target, { protected: { alg: 'none' } })),
    ...malformed,
  },
  {
    name: 'no algorithm, in COSE',
    sign: (target) => pushSignature(target, coseFor(target, { protected: { 1: undefined } })),
    ...malformed,
  },
];
