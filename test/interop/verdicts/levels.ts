import { extensions, forgeChain, purposes } from '../../support/forge.ts';
import { coseFor, jwsFor, pushSignature, pushUntrusted } from '../support/signatures.ts';
import { policy, type Target, type VerdictCase } from '../support/verdict.ts';

const AN_HOUR = 3_600_000;
const ago = (milliseconds: number) => new Date(Math.floor((Date.now() - milliseconds) / 1000) * 1000);

/** Signed two hours ago and expired one hour ago; its certificates are valid. */
const pushExpired = (target: Target) =>
  pushSignature(target, coseFor(target, { signingTime: ago(2 * AN_HOUR), expiry: ago(AN_HOUR) }));

/** Its leaf ceased to be valid an hour ago. */
const lapsed = forgeChain({
  leaf: { notBefore: ago(48 * AN_HOUR), notAfter: ago(AN_HOUR) },
  root: { notBefore: ago(48 * AN_HOUR) },
});
const pushLapsed = (target: Target) =>
  pushSignature(target, jwsFor(target, { chain: lapsed.chain, signingTime: ago(2 * AN_HOUR) }), {
    chain: lapsed.chain,
  });
const trustLapsed = { 'ca:acme': [lapsed.root.pem] };

/** Its leaf names a CRL and a responder that do not respond. */
const silent = forgeChain({
  leaf: {
    extensions: [
      extensions.keyUsage(['digitalSignature']),
      extensions.extendedKeyUsage([purposes.codeSigning]),
      extensions.ocsp(['http://127.0.0.1:9/ocsp']),
      extensions.crl(['http://127.0.0.1:9/crl']),
    ],
  },
});
const unanswered = {
  trust: { 'ca:acme': [silent.root.pem] },
  sign: (target: Target) => pushSignature(target, jwsFor(target, { chain: silent.chain })),
};

const pushTampered = (target: Target) =>
  pushSignature(
    target,
    jwsFor(target, {}, (parts) => ({ ...parts, payload: parts.payload.replace(/^..../, 'eyJ9') })),
  );

const level = (name: string, override?: Record<string, string>) => (scope: string) =>
  policy(scope, { signatureVerification: { level: name, ...(override && { override }) } });

const skip = {
  signatureVerification: { level: 'skip' },
  trustStores: undefined,
  trustedIdentities: undefined,
};

/** Levels and overrides: the effect of a failed validation. */
export const levelCases: readonly VerdictCase[] = [
  { name: 'strict accepts a good signature', policy: level('strict'), expect: 'verified' },
  { name: 'permissive accepts a good signature', policy: level('permissive'), expect: 'verified' },
  { name: 'audit accepts a good signature', policy: level('audit'), expect: 'verified' },
  {
    name: 'skip verifies nothing and looks for no signature',
    policy: (scope) => policy(scope, skip),
    sign: async () => undefined,
    expect: 'skipped',
  },
  {
    name: 'skip verifies nothing and accepts a tampered signature',
    policy: (scope) => policy(scope, skip),
    sign: pushTampered,
    expect: 'skipped',
  },
  {
    name: 'no signature at all is rejected at audit',
    policy: level('audit'),
    sign: async () => undefined,
    expect: 'rejected',
    says: /no signature is associated/,
    code: 'ERR_NO_SIGNATURE',
  },
  ...(['strict', 'permissive', 'audit'] as const).map(
    (name): VerdictCase => ({
      name: `${name} refuses a tampered signature`,
      policy: level(name),
      sign: pushTampered,
      expect: 'rejected',
      says: /signature verification failed/,
      code: 'ERR_SIGNATURE_INVALID',
    }),
  ),
  {
    name: 'strict rejects an expired signature',
    policy: level('strict'),
    sign: pushExpired,
    expect: 'rejected',
    says: /digital signature has expired/,
    code: 'ERR_SIGNATURE_EXPIRED',
  },
  {
    name: 'permissive logs an expired signature',
    policy: level('permissive'),
    sign: pushExpired,
    expect: 'verified',
    logged: ['expiry'],
  },
  {
    name: 'permissive with expiry enforced rejects an expired signature',
    policy: level('permissive', { expiry: 'enforce' }),
    sign: pushExpired,
    expect: 'rejected',
    says: /digital signature has expired/,
    code: 'ERR_SIGNATURE_EXPIRED',
  },
  {
    name: 'strict with expiry logged accepts an expired signature',
    policy: level('strict', { expiry: 'log' }),
    sign: pushExpired,
    expect: 'verified',
    logged: ['expiry'],
  },
  {
    name: 'strict rejects a leaf that has expired',
    policy: level('strict'),
    trust: trustLapsed,
    sign: pushLapsed,
    expect: 'rejected',
    says: /certificate .* is not valid anymore|expired/,
    code: 'ERR_CERTIFICATE_NOT_VALID_AT_TIME',
  },
  {
    name: 'permissive logs a leaf that has expired',
    policy: level('permissive'),
    trust: trustLapsed,
    sign: pushLapsed,
    expect: 'verified',
    logged: ['authenticTimestamp'],
  },
  {
    name: 'strict with authenticTimestamp logged accepts a leaf that has expired',
    policy: level('strict', { authenticTimestamp: 'log' }),
    trust: trustLapsed,
    sign: pushLapsed,
    expect: 'verified',
    logged: ['authenticTimestamp'],
  },
  {
    name: 'audit with authenticTimestamp enforced rejects a leaf that has expired',
    policy: level('audit', { authenticTimestamp: 'enforce' }),
    trust: trustLapsed,
    sign: pushLapsed,
    expect: 'rejected',
    says: /certificate .* is not valid anymore|expired/,
    code: 'ERR_CERTIFICATE_NOT_VALID_AT_TIME',
  },
  {
    name: 'permissive rejects an untrusted root',
    policy: level('permissive'),
    sign: pushUntrusted,
    expect: 'rejected',
    says: /does not contain any trusted certificate/,
    code: 'ERR_ROOT_UNTRUSTED',
  },
  {
    name: 'audit logs an untrusted root',
    policy: level('audit'),
    sign: pushUntrusted,
    expect: 'verified',
    logged: ['authenticity'],
  },
  {
    name: 'audit with authenticity enforced rejects an untrusted root',
    policy: level('audit', { authenticity: 'enforce' }),
    sign: pushUntrusted,
    expect: 'rejected',
    says: /does not contain any trusted certificate/,
    code: 'ERR_ROOT_UNTRUSTED',
  },
  {
    name: 'permissive with authenticity logged accepts an untrusted root',
    policy: level('permissive', { authenticity: 'log' }),
    sign: pushUntrusted,
    expect: 'verified',
    logged: ['authenticity'],
  },
  {
    name: 'strict with revocation skipped accepts a good signature',
    policy: level('strict', { revocation: 'skip' }),
    expect: 'verified',
  },
  {
    name: 'strict rejects a leaf whose revocation status cannot be determined',
    policy: level('strict'),
    ...unanswered,
    expect: 'rejected',
    says: /revocation/,
    code: 'ERR_REVOCATION_UNKNOWN',
  },
  {
    name: 'permissive logs a leaf whose revocation status cannot be determined',
    policy: level('permissive'),
    ...unanswered,
    expect: 'verified',
    logged: ['revocation'],
  },
  {
    name: 'strict with revocation skipped accepts a leaf whose revocation status cannot be determined',
    policy: level('strict', { revocation: 'skip' }),
    ...unanswered,
    expect: 'verified',
  },
  {
    name: 'everything that may be overridden is, at audit',
    policy: level('audit', {
      authenticity: 'enforce',
      authenticTimestamp: 'enforce',
      expiry: 'enforce',
      revocation: 'enforce',
    }),
    expect: 'verified',
  },
  {
    name: 'audit logs everything that is wrong at once',
    policy: level('audit'),
    sign: (target) =>
      pushSignature(
        target,
        jwsFor(target, { chain: lapsed.chain, signingTime: ago(4 * AN_HOUR), expiry: ago(AN_HOUR) }),
      ),
    expect: 'verified',
    logged: ['authenticity', 'authenticTimestamp', 'expiry'],
  },
];
