import { createHash } from 'node:crypto';
import type { Descriptor } from '../../../src/index.ts';
import { coseFor, jwsFor, pushSignature } from '../support/signatures.ts';
import { policy, type Target, type VerdictCase } from '../support/verdict.ts';

const mismatch = {
  expect: 'rejected',
  says: /content descriptor mismatch|does not match|mismatch/,
  code: 'ERR_ARTIFACT_MISMATCH',
} as const;
const unusable = {
  expect: 'rejected',
  says: /payload|integrity|failed/,
  code: 'ERR_PAYLOAD_INVALID',
} as const;

const signing = (payload: (artifact: Descriptor) => unknown) => ({
  sign: (target: Target) => {
    const made = payload(identity(target.artifact));
    const text = typeof made === 'string' ? made : JSON.stringify(made);
    return pushSignature(target, jwsFor(target, { payload: new TextEncoder().encode(text) }));
  },
});
const about = (change: Record<string, unknown>) =>
  signing((artifact) => ({ targetArtifact: { ...artifact, ...change } }));

const identity = ({ mediaType, digest, size }: Descriptor): Descriptor => ({ mediaType, digest, size });
const ANOTHER = `sha256:${createHash('sha256').update('another').digest('hex')}`;

/** The target artifact of a sound signature. */
export const payloadCases: readonly VerdictCase[] = [
  { name: 'this artifact', ...about({}), expect: 'verified' },
  { name: 'another digest', ...about({ digest: ANOTHER }), ...mismatch },
  {
    name: 'another digest, in COSE',
    sign: (target) =>
      pushSignature(target, coseFor({ ...target, artifact: { ...target.artifact, digest: ANOTHER } })),
    ...mismatch,
  },
  { name: 'another size', ...about({ size: 1 }), ...mismatch },
  {
    name: 'another media type',
    ...about({ mediaType: 'application/vnd.oci.image.index.v1+json' }),
    ...mismatch,
  },
  {
    name: 'another digest at audit, which is rejected at every level',
    policy: (scope) => policy(scope, { signatureVerification: { level: 'audit' } }),
    ...about({ digest: ANOTHER }),
    ...mismatch,
  },
  { name: 'this artifact with its type', ...about({ artifactType: 'application/x' }), expect: 'verified' },
  {
    name: 'this artifact with a platform and urls',
    ...about({ platform: { os: 'linux', architecture: 'amd64' }, urls: [] }),
    expect: 'verified',
  },
  { name: 'no target artifact', ...signing(() => ({})), ...unusable },
  { name: 'a target artifact that is null', ...signing(() => ({ targetArtifact: null })), ...unusable },
  { name: 'a text that is not JSON', ...signing(() => 'hello'), ...unusable },
  { name: 'a list', ...signing(() => []), ...unusable },
  { name: 'a size that is a string', ...about({ size: '12' }), ...unusable },
  {
    name: 'an unknown member next to the target artifact',
    ...signing((targetArtifact) => ({ targetArtifact, comment: 'x' })),
    expect: { cli: 'verified', here: 'rejected', row: 'payload-unknown-member' },
    code: 'ERR_PAYLOAD_INVALID',
  },
  {
    name: 'an unknown member in the target artifact',
    ...about({ comment: 'x' }),
    expect: { cli: 'verified', here: 'rejected', row: 'payload-unknown-member' },
    code: 'ERR_PAYLOAD_INVALID',
  },
  {
    name: 'a target artifact twice',
    ...signing((artifact) => {
      const good = JSON.stringify(artifact);
      return `{"targetArtifact":${good.replace(/sha256:./, 'sha256:f')},"targetArtifact":${good}}`;
    }),
    expect: { cli: 'verified', here: 'rejected', row: 'json-duplicate-member' },
    code: 'ERR_PAYLOAD_INVALID',
  },
];
