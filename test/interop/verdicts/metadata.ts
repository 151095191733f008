import { coseFor, jwsFor, pushSignature } from '../support/signatures.ts';
import { policy, type Target, type VerdictCase } from '../support/verdict.ts';

const signed = (annotations: Record<string, string>) => ({
  sign: (target: Target) => pushSignature(target, jwsFor(target, { annotations })),
});
const differs = {
  expect: 'rejected',
  says: /unable to find specified metadata|user metadata/i,
  code: 'ERR_USER_METADATA_MISMATCH',
} as const;

/** User metadata that is required. */
export const metadataCases: readonly VerdictCase[] = [
  {
    name: 'what was signed',
    ...signed({ build: '101' }),
    userMetadata: { build: '101' },
    expect: 'verified',
  },
  {
    name: 'a part of what was signed',
    ...signed({ build: '101', branch: 'main' }),
    userMetadata: { branch: 'main' },
    expect: 'verified',
  },
  {
    name: 'all of what was signed, in COSE',
    sign: (target) =>
      pushSignature(target, coseFor(target, { annotations: { build: '101', branch: 'main' } })),
    userMetadata: { branch: 'main', build: '101' },
    expect: 'verified',
  },
  { name: 'nothing required, but something signed', ...signed({ build: '101' }), expect: 'verified' },
  { name: 'another value', ...signed({ build: '101' }), userMetadata: { build: '102' }, ...differs },
  { name: 'a value in another case', ...signed({ build: 'A' }), userMetadata: { build: 'a' }, ...differs },
  {
    name: 'a key that was not signed',
    ...signed({ build: '101' }),
    userMetadata: { branch: 'main' },
    ...differs,
  },
  { name: 'a key in another case', ...signed({ build: '101' }), userMetadata: { Build: '101' }, ...differs },
  { name: 'something required, but nothing signed', userMetadata: { build: '101' }, ...differs },
  {
    name: 'one that was signed and one that was not',
    ...signed({ build: '101' }),
    userMetadata: { build: '101', branch: 'main' },
    ...differs,
  },
  {
    name: 'another value at audit, which is rejected at every level',
    policy: (scope) => policy(scope, { signatureVerification: { level: 'audit' } }),
    ...signed({ build: '101' }),
    userMetadata: { build: '102' },
    ...differs,
  },
  {
    name: 'a key that every object has',
    ...signed({ build: '101' }),
    userMetadata: { toString: 'x' },
    ...differs,
  },
];
