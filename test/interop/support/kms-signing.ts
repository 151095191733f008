import { inspect } from 'node:util';
import { expect } from 'vitest';
import {
  createTrustStore,
  evaluate,
  listSignatures,
  parseTrustPolicy,
  type Signer,
  sign,
} from '../../../src/index.ts';
import { issueTestChain } from '../../../src/testing/index.ts';
import { policyDocument, pushImage, rejection } from '../../support/artifact.ts';
import type { ServiceKey } from './kms-process.ts';
import type { NotationCli } from './notation-cli.ts';
import type { StoredArtifact } from './stores.ts';

export const FORMATS = ['jws', 'cose'] as const;
export type Format = (typeof FORMATS)[number];

/** A chain for a key that a service made, and its root: PEM. */
export function issue({ publicKey }: ServiceKey): Promise<{ certificates: string; root: string }> {
  return issueTestChain({ name: 'release.acme.example', publicKey });
}

/** The key to sign with, and the expected outcome. */
export interface Signing {
  signer: Signer;
  /** The root of its chain, PEM. */
  root: string;
  format: Format;
  /** Such as `ECDSA-SHA-256`. */
  algorithm: string;
}

/** Signs an artifact, and expects that both sides accept the signature. */
export async function expectAccepted(
  artifact: StoredArtifact,
  cli: NotationCli,
  { signer, root, format, algorithm }: Signing,
): Promise<void> {
  const { reference, registry, scope } = artifact;
  await sign(reference, { signer, registry, format });
  const policy = policyDocument({ registryScopes: [scope] });
  const report = await evaluate(reference, {
    registry,
    trustPolicy: parseTrustPolicy(policy),
    trustStore: createTrustStore({ 'ca:acme': root }),
  });
  expect(report).toMatchObject({
    outcome: 'verified',
    signatures: [
      {
        mediaType: format === 'jws' ? 'application/jose+json' : 'application/cose',
        details: { signatureAlgorithm: algorithm },
      },
    ],
  });
  await cli.setTrustPolicy(policy);
  await cli.addCertificates('ca:acme', root);
  const { code, stderr } = await artifact.verify(cli);
  expect({ code }, stderr).toEqual({ code: 0 });
}

/**
 * Returns the error of signing. The registry must then have no signature, and the error must contain none of the
 * secrets.
 */
export async function refusalOf(
  signer: () => Signer | Promise<Signer>,
  secrets: readonly string[],
): Promise<unknown> {
  const { registry, reference } = await pushImage();
  const error = await rejection(
    Promise.resolve()
      .then(signer)
      .then((made) => sign(reference, { signer: made, registry })),
  );
  const pushed = [];
  for await (const signature of listSignatures(reference, { registry })) pushed.push(signature);
  expect(pushed).toEqual([]);
  const told = inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true });
  for (const secret of secrets) expect(told).not.toContain(secret);
  return error;
}
