import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  createSigner,
  createTrustStore,
  evaluate,
  parseTrustPolicy,
  type Signer,
  sign,
} from '../../../src/index.ts';
import type { TestCertificate } from '../../../src/testing/index.ts';
import { chainName, KEY_TYPES, type KeyType, SHAPES, type Shape } from './chains.ts';
import { expectSameInspection } from './inspection.ts';
import { NotationCli } from './notation-cli.ts';
import type { Outcome } from './run.ts';
import { createStore, type Store, type StoredArtifact, type StoreName } from './stores.ts';

const FORMATS = ['jws', 'cose'] as const;
type Format = (typeof FORMATS)[number];

const ALGORITHMS: Readonly<Record<KeyType, string>> = {
  'RSA-2048': 'RSASSA-PSS-SHA-256',
  'RSA-3072': 'RSASSA-PSS-SHA-384',
  'RSA-4096': 'RSASSA-PSS-SHA-512',
  'EC-256': 'ECDSA-SHA-256',
  'EC-384': 'ECDSA-SHA-384',
  'EC-521': 'ECDSA-SHA-512',
};

const MEDIA_TYPES: Readonly<Record<Format, string>> = {
  jws: 'application/jose+json',
  cose: 'application/cose',
};
const DAY_IN_SECONDS = 24 * 60 * 60;

type Chain = readonly [keySpec: KeyType, shape: Shape];

/** The parts that every combination within one store shares. */
interface Peers {
  store: Store;
  cli: NotationCli;
}

/** A few kinds of key and shapes of chain, for stores that differ from others only in where things are stored. */
export const FEW_CHAINS: readonly Chain[] = [
  ['RSA-2048', 'leaf + root'],
  ['EC-256', 'self-signed'],
  ['EC-384', 'leaf + intermediate + root'],
];

/** Every kind of key, shape of chain and format, or those that are given, in both directions, in one store. */
export function describeMatrix(storeName: StoreName, selected: readonly Chain[] = everyChain()): void {
  const chains = inject('chains');
  let peers: Peers;

  beforeAll(async () => {
    peers = { store: await createStore(storeName, inject('hosts')), cli: await NotationCli.create() };
    for (const [keySpec, shape] of selected) {
      const name = chainName(keySpec, shape);
      await peers.cli.addKey(name, chains[keySpec][shape]);
      await peers.cli.addCertificates(`ca:${name}`, chains[keySpec][shape].root);
    }
  });

  afterAll(async () => {
    await peers.store.dispose();
    await peers.cli.dispose();
  });

  describe.each(FORMATS)('%s', (format) => {
    describe.each(selected)('%s, %s', (keySpec, shape) => {
      const name = chainName(keySpec, shape);
      const combination = { format, keySpec, name, chain: chains[keySpec][shape] };
      describeSignedByCli(() => peers, combination);
      describeSignedHere(() => peers, combination);
    });
  });
}

interface Combination {
  format: Format;
  keySpec: KeyType;
  /** The name of the chain, of the key and of the named store. */
  name: string;
  chain: TestCertificate;
}

function describeSignedByCli(peers: () => Peers, combination: Combination): void {
  const { format, keySpec, name, chain } = combination;
  describe('signed by the CLI', () => {
    let artifact: StoredArtifact;

    beforeAll(async () => {
      const { store, cli } = peers();
      artifact = await store.push(`matrix/by-cli/${name}/${format}`);
      const flags = ['--signature-format', format, '--user-metadata', 'build=101', '--expiry', '24h'];
      expectSuccess(await artifact.sign(cli, name, ...flags));
    });

    it('is verified here', async () => {
      const report = await evaluate(artifact.reference, {
        registry: artifact.registry,
        trustPolicy: parseTrustPolicy(policyFor(artifact, name)),
        trustStore: createTrustStore({ [`ca:${name}`]: chain.root }),
        userMetadata: { build: '101' },
      });
      expect(report).toMatchObject({
        outcome: 'verified',
        signatures: [
          {
            mediaType: MEDIA_TYPES[format],
            outcome: 'verified',
            details: { signatureAlgorithm: ALGORITHMS[keySpec], userMetadata: { build: '101' } },
          },
        ],
      });
      expect(report.signatures[0]?.checks.filter(({ result }) => result !== 'passed')).toEqual([]);
    });

    it('is inspected alike', () => expectSameInspection(artifact, peers().cli));
  });
}

function describeSignedHere(peers: () => Peers, combination: Combination): void {
  const { format, name, chain } = combination;
  describe('signed here', () => {
    let artifact: StoredArtifact;
    let signer: Signer;

    beforeAll(async () => {
      const { store } = peers();
      artifact = await store.push(`matrix/here/${name}/${format}`);
      signer = await createSigner(chain);
      await sign(artifact.reference, {
        signer,
        registry: artifact.registry,
        format,
        userMetadata: { build: '102' },
        expiresIn: DAY_IN_SECONDS,
        // Version 1 of the CLI finds no other form in a layout.
        ...(store.name === 'an image layout' && { manifestForm: 'config' }),
      });
    });

    it('is verified by the CLI', async () => {
      const { cli } = peers();
      await cli.setTrustPolicy(policyFor(artifact, name));
      const outcome = await artifact.verify(cli, '--user-metadata', 'build=102');
      expectSuccess(outcome);
      expect(outcome.stdout).toContain('Successfully verified signature');
      expect(outcome.stderr).not.toMatch(/failed with error/);
    });

    it('is inspected alike', () => expectSameInspection(artifact, peers().cli));
  });
}

/** Trusts the leaf by its whole subject and the chain by its own root, for this artifact only. */
function policyFor({ scope }: StoredArtifact, name: string): object {
  return {
    version: '1.0',
    trustPolicies: [
      {
        name,
        registryScopes: [scope],
        signatureVerification: { level: 'strict' },
        trustStores: [`ca:${name}`],
        trustedIdentities: [`x509.subject: C=US, ST=WA, L=Seattle, O=Notary, CN=interop ${name}`],
      },
    ],
  };
}

function expectSuccess(outcome: Outcome): void {
  expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
}

function everyChain(): Chain[] {
  const shapes = Object.keys(SHAPES) as Shape[];
  return KEY_TYPES.flatMap((keySpec) => shapes.map((shape): Chain => [keySpec, shape]));
}
