import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTrustStore, evaluate, parseTrustPolicy, type VerificationReport } from '../../../src/index.ts';
import { expectSameInspection } from '../support/inspection.ts';
import { NotationCli } from '../support/notation-cli.ts';
import type { Issued, OpensslKey } from '../support/openssl-authority.ts';
import { issueTsa, timestampAuthority } from '../support/openssl-tsa.ts';
import { signHere } from '../support/peer-case.ts';
import { createStore, type Store, type StoredArtifact } from '../support/stores.ts';
import { type SigningChain, TestPki } from '../support/test-pki.ts';
import { policy } from '../support/verdict.ts';

const FORMATS = ['jws', 'cose'] as const;
const KEYS: readonly OpensslKey[] = ['EC-256', 'EC-384', 'EC-521', 'RSA-2048', 'RSA-3072'];
/** Settings of `openssl ts`, by the paths of the authorities. */
const AUTHORITIES = {
  plain: {},
  accurate: { accuracy: 'secs:1, millisecs:500, microsecs:100' },
  ordering: { ordering: 'yes', accuracy: 'secs:1', tsa_name: 'yes' },
  precise: { clock_precision_digits: '6', ess_cert_id_chain: 'yes' },
} as const;
type AuthorityName = keyof typeof AUTHORITIES;
const NAMES = Object.keys(AUTHORITIES) as AuthorityName[];

/** The two signers, and how each fails. */
const SIGNERS = ['the CLI', 'notarykit'] as const;
type SignerName = (typeof SIGNERS)[number];

describe('timestamps by openssl ts, in both directions', () => {
  let peers: { pki: TestPki; tsa: TestPki; signer: Issued; store: Store };

  beforeAll(async () => {
    const [pki, tsa] = [await TestPki.create(), await TestPki.create('RSA-2048')];
    const signer = await issueTsa(tsa.root, { key: 'RSA-2048' });
    for (const [name, settings] of Object.entries(AUTHORITIES)) {
      tsa.server.serve(`/${name}`, timestampAuthority(tsa.root, signer, { settings }));
    }
    const store = await createStore('a registry without the referrers API', inject('hosts'));
    peers = { pki, tsa, signer, store };
  });

  afterAll(async () => {
    await Promise.all([peers.pki.dispose(), peers.tsa.dispose(), peers.store.dispose()]);
  });

  describe.each(SIGNERS)('signed by %s', (by) => {
    const plain = KEYS.map((key) => ({ key, authority: 'plain' as AuthorityName }));
    const others = NAMES.slice(1).map((authority) => ({ key: 'EC-256' as OpensslKey, authority }));
    const combinations = FORMATS.flatMap((format) =>
      [...plain, ...others].map((rest) => ({ format, ...rest })),
    );

    it.each(combinations)('$format with $key, by a $authority authority, is verified by both', async (of) => {
      const stamped = await sign(by, of);
      await expectVerified(stamped, 'always');
    });

    it.each(FORMATS)('%s is verified by both after the certificate has expired', async (format) => {
      const notAfter = new Date(Math.ceil(Date.now() / 1000) * 1000 + 4000);
      const stamped = await sign(by, { format, key: 'EC-256', authority: 'accurate' }, notAfter);
      await wait(notAfter.getTime() - Date.now() + 1500);
      await expectVerified(stamped, 'afterCertExpiry');
    });

    it('is refused a timestamp that the authority rejects', () =>
      expectRefused(by, { settings: { digests: 'sha512' } }, 'ERR_TIMESTAMP_REFUSED'));
    it('is refused a timestamp whose certificate is named by SHA-1', () =>
      expectRefused(by, { settings: { ess_cert_id_alg: 'sha1' } }, 'ERR_TIMESTAMP_INVALID'));
    it('is refused a timestamp that is signed with SHA-1', () =>
      expectRefused(by, { settings: { signer_digest: 'sha1' } }, 'ERR_TIMESTAMP_INVALID'));
    it('is refused a timestamp after the end of its certificate', () =>
      expectRefused(by, { clock: '+40d' }, 'ERR_CERTIFICATE_NOT_VALID_AT_TIME'));
  });

  interface Stamped {
    artifact: StoredArtifact;
    cli: NotationCli;
  }

  async function sign(
    by: SignerName,
    of: { format: 'jws' | 'cose'; key: OpensslKey; authority: string },
    notAfter?: Date,
  ): Promise<Stamped> {
    const { format, key, authority } = of;
    const { pki, tsa, store } = peers;
    const name = `timestamp/${by === 'notarykit' ? 'here' : 'cli'}/${crypto.randomUUID()}`;
    const [artifact, cli] = [await store.push(name), await NotationCli.create()];
    const chain = await pki.leaf({ key, ...(notAfter && { notAfter }) });
    await signBy(by, { artifact, cli }, chain, format, tsa.server.url(`/${authority}`));
    return { artifact, cli };
  }

  async function signBy(
    by: SignerName,
    { artifact, cli }: Stamped,
    chain: SigningChain,
    format: 'jws' | 'cose',
    url: string,
  ): Promise<void> {
    const rootCertificates = peers.tsa.root.issued.certificate;
    if (by === 'notarykit') {
      await signHere(chain, format, { timestamp: { url, rootCertificates } })(artifact);
      return;
    }
    await cli.addKey('signer', chain);
    const file = join(cli.configDirectory, 'tsa-root.pem');
    await writeFile(file, rootCertificates);
    const flags = ['--signature-format', format, '--timestamp-url', url, '--timestamp-root-cert', file];
    const { code, stderr } = await artifact.sign(cli, 'signer', ...flags);
    if (code !== 0) throw new Error(stderr);
  }

  async function expectVerified({ artifact, cli }: Stamped, verifyTimestamp: string): Promise<void> {
    try {
      const { pki, tsa } = peers;
      const [ca, authority] = [pki.root.issued.certificate, tsa.root.issued.certificate];
      const document = policy(artifact.scope, {
        signatureVerification: { level: 'strict', verifyTimestamp },
        trustStores: ['ca:acme', 'tsa:acme'],
      });
      await cli.setTrustPolicy(document);
      await cli.addCertificates('ca:acme', ca);
      await cli.addCertificates('tsa:acme', authority);
      const { code, stderr } = await artifact.verify(cli);
      expect({ code }, stderr).toEqual({ code: 0 });
      const report = await evaluate(artifact.reference, {
        registry: artifact.registry,
        trustPolicy: parseTrustPolicy(document),
        trustStore: createTrustStore({ 'ca:acme': ca, 'tsa:acme': authority }),
      });
      expectTimestamp(report);
      await expectSameInspection(artifact, cli);
    } finally {
      await cli.dispose();
    }
  }

  async function expectRefused(
    by: SignerName,
    options: Parameters<typeof timestampAuthority>[2],
    code: string,
  ): Promise<void> {
    const { pki, tsa, signer, store } = peers;
    const path = `/${crypto.randomUUID()}`;
    const url = tsa.server.serve(path, timestampAuthority(tsa.root, signer, options));
    const [artifact, cli] = [await store.push(`timestamp/refused${path}`), await NotationCli.create()];
    try {
      const signing = signBy(by, { artifact, cli }, await pki.leaf(), 'cose', url);
      await (by === 'notarykit'
        ? expect(signing).rejects.toMatchObject({ code })
        : expect(signing).rejects.toThrow(/timestamp/));
    } finally {
      await cli.dispose();
    }
  }
});

function expectTimestamp(report: VerificationReport): void {
  expect(report).toMatchObject({ outcome: 'verified' });
  const { timestamp, signingTime = '' } = report.signatures[0]?.details ?? {};
  expect(timestamp).toMatchObject({ policy: '1.3.6.1.4.1.55555.3.1' });
  expect(timestamp?.certificates).toHaveLength(2);
  const apart = Date.parse(timestamp?.time ?? '') - Date.parse(signingTime);
  expect(Math.abs(apart)).toBeLessThan(60_000);
}
