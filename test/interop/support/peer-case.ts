import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type CertificateStatus, createSigner, sign } from '../../../src/index.ts';
import { describeDifferences, expectVerdicts } from './expect-verdicts.ts';
import { type KeyPair, NotationCli } from './notation-cli.ts';
import type { OpensslKey } from './openssl-authority.ts';
import { createStore, type Store, type StoredArtifact } from './stores.ts';
import { TestPki } from './test-pki.ts';
import { policy, type VerdictCase } from './verdict.ts';

/** The key that a case signs with, and the certificates that both sides trust. */
export interface Prepared {
  chain: KeyPair;
  /** Pushes the signatures; one by the chain, made here, by default. */
  sign?: (artifact: StoredArtifact, cli: NotationCli) => Promise<unknown>;
  /** Named stores next to `ca:acme`, which holds the root. */
  trust?: Readonly<Record<string, readonly string[]>>;
}

/** A case that both sides verify, with authorities by openssl. */
export interface PeerCase extends Pick<VerdictCase, 'name' | 'expect' | 'says' | 'code' | 'logged'> {
  /** The keys of the root and the leaf; RSA and elliptic curves in turn by default. */
  key?: OpensslKey;
  /** Replaces members of the policy statement: level `strict`, the store `ca:acme`, any identity. */
  statement?: Record<string, unknown>;
  /** Issues the chain, and lets the authorities answer. */
  prepare: (pki: TestPki) => Promise<Prepared | KeyPair>;
  /** The revocation status of the leaf in the report of notarykit. */
  status?: Partial<CertificateStatus>;
}

/** Verifies each case in a registry or an image layout, in turn, and in both formats, in turn; `passed` gets each that passed. */
export function describePeerCases<T extends PeerCase>(
  topics: Readonly<Record<string, readonly T[]>>,
  name: string,
  passed: (peerCase: T) => void = () => {},
): void {
  const stores: Store[] = [];

  beforeAll(async () => {
    for (const store of ['a registry without the referrers API', 'an image layout'] as const) {
      stores.push(await createStore(store, inject('hosts')));
    }
  });

  afterAll(async () => {
    await Promise.all(stores.map((store) => store.dispose()));
  });

  describe.each(Object.entries(topics))('%s', (topic, cases) => {
    it.concurrent.each(cases.map((peerCase, index) => ({ ...peerCase, index })))(
      '$name',
      async (peerCase) => {
        const { index } = peerCase;
        const store = stores[index % stores.length];
        if (!store) throw new Error('there is no store');
        const artifact = await store.push(
          `${name}/${topic.replaceAll(/[^a-z]+/gi, '-').toLowerCase()}-${index}`,
        );
        await expectPeerVerdicts(artifact, peerCase, index);
        passed(peerCase);
      },
    );
  });

  describeDifferences(Object.values(topics).flat());
}

async function expectPeerVerdicts(
  artifact: StoredArtifact,
  peerCase: PeerCase,
  index: number,
): Promise<void> {
  const { key = index % 3 === 1 ? 'RSA-2048' : 'EC-256', statement } = peerCase;
  const [cli, pki] = [await NotationCli.create(), await TestPki.create(key)];
  try {
    const prepared = await peerCase.prepare(pki);
    const { chain, sign: push, trust = {} } = 'chain' in prepared ? prepared : { chain: prepared };
    await cli.setTrustPolicy(policy(artifact.scope, statement));
    await cli.addCertificates('ca:acme', pki.root.issued.certificate);
    for (const [store, pems] of Object.entries(trust)) await cli.addCertificates(store, ...pems);
    await (push ?? signHere(chain, index % 2 === 0 ? 'cose' : 'jws'))(artifact, cli);

    const report = await expectVerdicts(cli, artifact, peerCase);
    if (peerCase.status) {
      expect(report?.signatures[0]?.details?.certificates[0]?.revocation).toMatchObject(peerCase.status);
    }
  } finally {
    await pki.dispose();
    await cli.dispose();
  }
}

type SignHereOptions = Pick<Parameters<typeof sign>[1], 'timestamp'>;

/** Signs with notarykit. */
export function signHere(
  chain: KeyPair,
  format: 'cose' | 'jws' = 'cose',
  options: SignHereOptions = {},
): (artifact: StoredArtifact) => Promise<unknown> {
  return async ({ reference, registry, layout }) =>
    sign(reference, {
      signer: await createSigner(chain),
      registry,
      format,
      // Version 1 of the CLI finds no other form in a layout.
      ...(layout !== undefined && { manifestForm: 'config' }),
      ...options,
    });
}
