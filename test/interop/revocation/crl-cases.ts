import { expect } from 'vitest';
import { targetOf } from '../support/expect-verdicts.ts';
import { forgeCose } from '../support/forge-envelope.ts';
import { ocspResponder } from '../support/ocsp-responder.ts';
import {
  type CrlOptions,
  type OpensslAuthority,
  REASONS,
  type RevokeOptions,
} from '../support/openssl-authority.ts';
import type { PeerCase, Prepared } from '../support/peer-case.ts';
import { doubtful, revoked, unknown } from '../support/revocation-verdicts.ts';
import { pushSignature } from '../support/signatures.ts';
import { asForged, type SigningChain, type TestPki } from '../support/test-pki.ts';

const hours = (count: number) => new Date(Math.floor(Date.now() / 1000) * 1000 + count * 3_600_000);
const DELTA = '2.5.29.27';

/** A leaf that names `/crl`, which does not exist yet. */
const leafWithCrl = (pki: TestPki) => pki.leaf({ crl: [pki.server.url('/crl')] });

/** A leaf that the CRL at `/crl` does not list. */
function listed(options: CrlOptions | ((pki: TestPki) => CrlOptions) = {}): PeerCase['prepare'] {
  return async (pki) => {
    const chain = await leafWithCrl(pki);
    pki.server.serve('/crl', await pki.root.crl(typeof options === 'function' ? options(pki) : options));
    return chain;
  };
}

/** A leaf that the CRL at `/crl` lists. */
function listedAs(how: RevokeOptions, options: CrlOptions = {}): PeerCase['prepare'] {
  return async (pki) => {
    const chain = await leafWithCrl(pki);
    await pki.root.revoke(chain.leaf, how);
    pki.server.serve('/crl', await pki.root.crl(options));
    return chain;
  };
}

/** A leaf with an issuing distribution point in its CRL. */
const scoped = (fields: string) => listed({ extensions: { '2.5.29.28': `critical,DER:${fields}` } });

const entries: readonly PeerCase[] = [
  {
    name: 'a certificate that is not listed',
    prepare: listed(),
    expect: 'verified',
    status: { status: 'good' },
  },
  { name: 'a CRL by RSA', key: 'RSA-2048', prepare: listed(), expect: 'verified' },
  {
    name: 'a CRL by SHA-384',
    key: 'EC-384',
    prepare: listed({ flags: ['-md', 'sha384'] }),
    expect: 'verified',
  },
  {
    name: 'a CRL by SHA-512',
    key: 'RSA-3072',
    prepare: listed({ flags: ['-md', 'sha512'] }),
    expect: 'verified',
  },
  {
    name: 'a CRL by RSA-PSS',
    key: 'RSA-2048',
    prepare: listed({ flags: ['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:digest'] }),
    expect: 'verified',
  },
  ...REASONS.map((reason): PeerCase => {
    const named = reason === 'CACompromise' ? 'cACompromise' : reason;
    return reason === 'removeFromCRL'
      ? {
          name: 'a certificate that is listed as removed',
          prepare: listedAs({ reason }),
          expect: 'verified',
        }
      : {
          name: `a certificate that is listed for ${reason}`,
          prepare: listedAs({ reason }),
          ...revoked,
          status: { status: 'revoked', revocation: expect.objectContaining({ reason: named }) },
        };
  }),
  { name: 'a certificate that is listed without a reason', prepare: listedAs({}), ...revoked },
  {
    name: 'a certificate that is listed with a hold instruction',
    prepare: listedAs({ holdInstruction: '1.2.840.10040.2.3' }),
    ...revoked,
  },
  {
    name: 'a certificate that is listed with the time since when it was lost',
    prepare: listedAs({ compromisedSince: hours(-5) }),
    ...revoked,
    status: {
      revocation: expect.objectContaining({
        reason: 'keyCompromise',
        invalidityDate: expect.stringMatching(/^\d{4}-.*Z$/),
      }),
    },
  },
  {
    name: 'a certificate that is revoked from tomorrow on',
    prepare: listedAs({ at: hours(24) }),
    ...revoked,
  },
  {
    name: 'a certificate among 20 000 others',
    async prepare(pki) {
      const chain = await leafWithCrl(pki);
      await pki.root.crowd(20_000);
      pki.server.serve('/crl', await pki.root.crl());
      return chain;
    },
    expect: 'verified',
  },
  {
    name: 'a revoked certificate among 20 000 others',
    async prepare(pki) {
      const chain = await leafWithCrl(pki);
      await pki.root.crowd(10_000);
      await pki.root.revoke(chain.leaf, { reason: 'superseded' });
      await pki.root.crowd(10_000);
      pki.server.serve('/crl', await pki.root.crl());
      return chain;
    },
    ...revoked,
  },
  {
    name: 'an intermediate that is listed',
    async prepare(pki) {
      const issuer = await pki.intermediate({ crl: [pki.server.url('/crl')] });
      await pki.root.revoke(issuer.issued, { reason: 'CACompromise' });
      pki.server.serve('/crl', await pki.root.crl());
      return pki.leaf({ issuer });
    },
    ...revoked,
  },
  {
    name: 'a leaf and an intermediate that are not listed',
    async prepare(pki) {
      const issuer = await pki.intermediate({ crl: [pki.server.url('/root.crl')] });
      pki.server.serve('/root.crl', await pki.root.crl());
      pki.server.serve('/crl', await issuer.crl());
      return pki.leaf({ issuer, crl: [pki.server.url('/crl')] });
    },
    expect: 'verified',
  },
  {
    name: 'a leaf by an intermediate, in a CRL of the root',
    async prepare(pki) {
      const issuer = await pki.intermediate();
      pki.server.serve('/crl', await pki.root.crl());
      return pki.leaf({ issuer, crl: [pki.server.url('/crl')] });
    },
    ...unknown,
  },
];

const lists: readonly PeerCase[] = [
  {
    name: 'a CRL that has expired',
    prepare: listed({ thisUpdate: hours(-9), nextUpdate: hours(-1) }),
    ...unknown,
  },
  {
    name: 'a CRL that has expired and lists the certificate',
    prepare: listedAs({ reason: 'keyCompromise' }, { thisUpdate: hours(-9), nextUpdate: hours(-1) }),
    ...unknown,
  },
  {
    name: 'a CRL from the future',
    prepare: listed({ thisUpdate: hours(1), nextUpdate: hours(2) }),
    ...doubtful('revocation-this-update'),
  },
  {
    name: 'a CRL of another authority',
    async prepare(pki) {
      pki.server.serve('/crl', await (await pki.stranger()).crl());
      return leafWithCrl(pki);
    },
    ...unknown,
  },
  {
    name: 'a CRL of another authority of the same name',
    async prepare(pki) {
      pki.server.serve('/crl', await (await pki.stranger('Root')).crl());
      return leafWithCrl(pki);
    },
    ...unknown,
  },
  {
    name: 'a CRL whose signature is wrong',
    async prepare(pki) {
      const bytes = await pki.root.crl();
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      pki.server.serve('/crl', bytes);
      return leafWithCrl(pki);
    },
    ...unknown,
  },
  {
    name: 'a CRL by SHA-1',
    key: 'RSA-2048',
    prepare: listed({ flags: ['-md', 'sha1'] }),
    ...doubtful('revocation-sha1'),
  },
  {
    name: 'a CRL of an authority that must not sign CRLs',
    async prepare(pki) {
      const keyUsage = 'critical,keyCertSign';
      const issuer = await pki.root.subordinate('Intermediate', { key: pki.key, extensions: { keyUsage } });
      pki.server.serve('/crl', await issuer.crl());
      return pki.leaf({ issuer, crl: [pki.server.url('/crl')] });
    },
    ...unknown,
  },
  {
    name: 'a CRL in PEM',
    async prepare(pki) {
      const base64 = (await pki.root.crl()).toString('base64').replaceAll(/.{64}/g, '$&\n');
      pki.server.serve('/crl', Buffer.from(`-----BEGIN X509 CRL-----\n${base64}\n-----END X509 CRL-----\n`));
      return leafWithCrl(pki);
    },
    expect: { cli: 'rejected', here: 'verified', row: 'crl-pem', laxer: true },
    says: unknown.says,
  },
  {
    name: 'a CRL with an unknown critical extension',
    prepare: listed({ extensions: { '1.3.6.1.4.1.55555.9': 'critical,ASN1:NULL' } }),
    ...unknown,
  },
  {
    name: 'a CRL with an unknown extension',
    prepare: listed({ extensions: { '1.3.6.1.4.1.55555.9': 'ASN1:NULL' } }),
    expect: 'verified',
  },
  {
    name: 'a CRL with the identifier of the key of its issuer',
    prepare: listed({ extensions: { authorityKeyIdentifier: 'keyid:always' } }),
    expect: 'verified',
  },
  {
    name: 'a CRL that is not found',
    prepare: leafWithCrl,
    ...unknown,
  },
  {
    name: 'a CRL that takes too long',
    async prepare(pki) {
      pki.server.serve('/crl', () => new Promise<never>(() => undefined));
      return leafWithCrl(pki);
    },
    ...unknown,
  },
  {
    name: 'a CRL by https',
    prepare: async (pki) => pki.leaf({ crl: [pki.server.url('/crl').replace('http:', 'https:')] }),
    ...unknown,
  },
  {
    name: 'a CRL that moved within its origin',
    async prepare(pki) {
      const chain = await leafWithCrl(pki);
      pki.server.serve('/moved', await pki.root.crl());
      pki.server.serve('/crl', () => ({ status: 301, headers: { location: '/moved' } }));
      return chain;
    },
    expect: 'verified',
  },
  {
    name: 'a CRL that moved to another origin',
    async prepare(pki) {
      const chain = await leafWithCrl(pki);
      const location = pki.server.serve('/moved', await pki.root.crl()).replace('127.0.0.1', 'localhost');
      pki.server.serve('/crl', () => ({ status: 301, headers: { location } }));
      return chain;
    },
    ...doubtful('authority-redirect'),
  },
];

const scopes: readonly PeerCase[] = [
  {
    name: 'a CRL for its distribution point',
    prepare: listed((pki) => idp({ fullname: `URI:${pki.server.url('/crl')}` })),
    expect: 'verified',
  },
  {
    name: 'a CRL for another distribution point',
    prepare: listed((pki) => idp({ fullname: `URI:${pki.server.url('/another')}` })),
    ...doubtful('crl-scope'),
  },
  { name: 'a CRL of user certificates', prepare: listed(idp({ onlyuser: 'TRUE' })), expect: 'verified' },
  { name: 'a CRL of CA certificates', prepare: listed(idp({ onlyCA: 'TRUE' })), ...doubtful('crl-scope') },
  {
    name: 'a CRL of attribute certificates',
    prepare: listed(idp({ onlyAA: 'TRUE' })),
    ...doubtful('crl-scope'),
  },
  {
    name: 'a CRL for some reasons',
    prepare: listed(idp({ onlysomereasons: 'keyCompromise,CACompromise' })),
    ...doubtful('crl-scope'),
  },
  { name: 'an indirect CRL', prepare: listed(idp({ indirectCRL: 'TRUE' })), ...doubtful('crl-scope') },
  {
    name: 'a CRL of CA certificates for an intermediate',
    async prepare(pki) {
      const issuer = await pki.intermediate({ crl: [pki.server.url('/crl')] });
      pki.server.serve('/crl', await pki.root.crl(idp({ onlyCA: 'TRUE' })));
      return pki.leaf({ issuer });
    },
    expect: 'verified',
  },
  {
    name: 'an issuing distribution point that is rubbish',
    prepare: scoped('0401ff'),
    ...doubtful('crl-scope'),
  },
];

/** The issuing distribution point of a CRL. */
function idp(fields: Readonly<Record<string, string>>): CrlOptions {
  // openssl takes these fields only from a section of their own.
  const lines = Object.entries(fields).map(([key, value]) => `${key} = ${value}`);
  return { extensions: { issuingDistributionPoint: `critical,@idp\n\n[idp]\n${lines.join('\n')}` } };
}

/** A leaf with a base CRL at `/crl` and its delta at `/delta`. */
function delta(
  parts: {
    before?: (root: OpensslAuthority, chain: SigningChain) => Promise<unknown>;
    base?: CrlOptions;
    between?: (root: OpensslAuthority, chain: SigningChain) => Promise<unknown>;
    delta?: CrlOptions | 'missing';
    since?: number | undefined;
  } = {},
): PeerCase['prepare'] {
  const { before, base = {}, between, delta: list = {}, since = 5 } = parts;
  return async (pki) => {
    const chain = await leafWithCrl(pki);
    await before?.(pki.root, chain);
    const freshestCRL = `URI:${pki.server.url('/delta')}`;
    pki.server.serve(
      '/crl',
      await pki.root.crl({ number: 5, ...base, extensions: { freshestCRL, ...base.extensions } }),
    );
    await between?.(pki.root, chain);
    if (list !== 'missing') {
      const extensions = { [DELTA]: `critical,ASN1:INTEGER:${since}`, ...list.extensions };
      pki.server.serve('/delta', await pki.root.crl({ number: 6, ...list, extensions }));
    }
    return chain;
  };
}

const hold = (root: OpensslAuthority, { leaf }: SigningChain) =>
  root.revoke(leaf, { reason: 'certificateHold', at: hours(-4) });

const release =
  (at: Date) =>
  async (root: OpensslAuthority, { leaf }: SigningChain) => {
    await root.reinstate(leaf);
    await root.revoke(leaf, { reason: 'removeFromCRL', at });
  };

const deltas: readonly PeerCase[] = [
  {
    name: 'a certificate that neither CRL lists',
    prepare: delta(),
    expect: 'verified',
    status: { status: 'good' },
  },
  {
    name: 'a certificate that the delta revokes',
    prepare: delta({ between: (root, { leaf }) => root.revoke(leaf, { reason: 'superseded' }) }),
    ...revoked,
  },
  {
    name: 'a certificate that the base has for good',
    prepare: delta({
      before: (root, { leaf }) => root.revoke(leaf, { reason: 'keyCompromise' }),
      between: (root, { leaf }) => root.reinstate(leaf),
    }),
    ...revoked,
  },
  {
    name: 'a hold that the delta lifts',
    prepare: delta({ before: hold, between: release(hours(-2)) }),
    expect: 'verified',
  },
  {
    name: 'a hold that the delta lifts at an earlier time',
    prepare: delta({ before: hold, between: release(hours(-6)) }),
    ...revoked,
  },
  {
    name: 'a hold that the delta lifts at the same time',
    prepare: delta({ before: hold, between: release(hours(-4)) }),
    ...revoked,
  },
  { name: 'a hold in the delta', prepare: delta({ between: hold }), ...revoked },
  { name: 'a delta of an older base', prepare: delta({ since: 3 }), expect: 'verified' },
  { name: 'a delta of a newer base', prepare: delta({ since: 6 }), ...unknown },
  { name: 'a delta of the number of the base', prepare: delta({ delta: { number: 5 } }), ...unknown },
  {
    name: 'a delta that is older than the base',
    prepare: delta({ delta: { number: 4 }, since: 3 }),
    ...unknown,
  },
  { name: 'a delta that is missing', prepare: delta({ delta: 'missing' }), ...unknown },
  {
    name: 'a delta that has expired',
    prepare: delta({ delta: { thisUpdate: hours(-9), nextUpdate: hours(-1) } }),
    ...unknown,
  },
  {
    name: 'a base that has expired, with a delta that has not',
    prepare: delta({ base: { thisUpdate: hours(-9), nextUpdate: hours(-1) } }),
    ...unknown,
  },
  {
    name: 'a delta that does not say to be one',
    prepare: delta({ delta: { extensions: { [DELTA]: undefined } } }),
    ...unknown,
  },
  {
    name: 'a delta whose certificates are not those of its base',
    prepare: delta({ delta: idp({ onlyuser: 'TRUE' }) }),
    ...doubtful('crl-scope'),
  },
  {
    name: 'a delta instead of a complete CRL',
    prepare: listed({ number: 6, extensions: { [DELTA]: 'critical,ASN1:INTEGER:5' } }),
    ...doubtful('crl-delta-alone'),
  },
  {
    name: 'a delta that only the certificate names',
    async prepare(pki) {
      const [crl, freshestCrl] = [[pki.server.url('/crl')], [pki.server.url('/delta')]];
      const chain = await pki.leaf({ crl, freshestCrl });
      pki.server.serve('/crl', await pki.root.crl({ number: 5 }));
      const extensions = { [DELTA]: 'critical,ASN1:INTEGER:5' };
      pki.server.serve('/delta', await pki.root.crl({ number: 6, extensions }));
      return chain;
    },
    ...unknown,
  },
];

/** A leaf with both addresses. */
function both(serve: (pki: TestPki, chain: SigningChain) => Promise<unknown>): PeerCase['prepare'] {
  return async (pki) => {
    const chain = await pki.leaf({ ocsp: [pki.server.url('/ocsp')], crl: [pki.server.url('/crl')] });
    await serve(pki, chain);
    return chain;
  };
}

const serveCrl = async (pki: TestPki) => pki.server.serve('/crl', await pki.root.crl());

const several: readonly PeerCase[] = [
  {
    name: 'two CRLs that do not list the certificate',
    async prepare(pki) {
      const crl = await pki.root.crl();
      return pki.leaf({ crl: [pki.server.serve('/1.crl', crl), pki.server.serve('/2.crl', crl)] });
    },
    expect: 'verified',
  },
  {
    name: 'two CRLs, and the second one cannot be fetched',
    prepare: async (pki) =>
      pki.leaf({ crl: [pki.server.serve('/1.crl', await pki.root.crl()), pki.server.url('/2.crl')] }),
    ...unknown,
  },
  {
    name: 'two CRLs, and the first one cannot be fetched',
    prepare: async (pki) =>
      pki.leaf({ crl: [pki.server.url('/1.crl'), pki.server.serve('/2.crl', await pki.root.crl())] }),
    ...unknown,
  },
  {
    name: 'two CRLs, and the second one lists the certificate',
    async prepare(pki) {
      const chain = await pki.leaf({ crl: [pki.server.url('/1.crl'), pki.server.url('/2.crl')] });
      pki.server.serve('/1.crl', await pki.root.crl());
      await pki.root.revoke(chain.leaf);
      pki.server.serve('/2.crl', await pki.root.crl());
      return chain;
    },
    ...revoked,
  },
  {
    name: 'OCSP reports good, but the CRL lists the certificate',
    prepare: both(async (pki, { leaf }) => {
      const respond = ocspResponder(pki.root);
      await pki.root.revoke(leaf);
      await serveCrl(pki);
      await pki.root.reinstate(leaf);
      pki.server.serve('/ocsp', respond);
    }),
    expect: 'verified',
  },
  {
    name: 'OCSP that is down, and a good CRL',
    prepare: both(serveCrl),
    expect: 'verified',
    status: { status: 'good' },
  },
  {
    name: 'OCSP that is down, and a CRL that lists the certificate',
    prepare: both(async (pki, { leaf }) => {
      await pki.root.revoke(leaf);
      await serveCrl(pki);
    }),
    ...revoked,
  },
  {
    name: 'OCSP that does not know the certificate, and a good CRL',
    prepare: both(async (pki) => {
      pki.server.serve('/ocsp', ocspResponder(await pki.stranger(), { signer: pki.root.issued }));
      await serveCrl(pki);
    }),
    expect: 'verified',
  },
  {
    name: 'OCSP that has expired, and a good CRL',
    prepare: both(async (pki) => {
      pki.server.serve('/ocsp', ocspResponder(pki.root, { clock: '-3d' }));
      await serveCrl(pki);
    }),
    expect: 'verified',
  },
  {
    name: 'OCSP that says revoked, and a CRL without the certificate',
    prepare: both(async (pki, { leaf }) => {
      await serveCrl(pki);
      await pki.root.revoke(leaf);
      pki.server.serve('/ocsp', ocspResponder(pki.root));
    }),
    ...revoked,
  },
  {
    name: 'OCSP that says revoked, from the future, and a CRL without the certificate',
    prepare: both(async (pki, { leaf }) => {
      await serveCrl(pki);
      await pki.root.revoke(leaf);
      pki.server.serve('/ocsp', ocspResponder(pki.root, { clock: '+1h' }));
    }),
    ...revoked,
  },
  { name: 'neither OCSP nor a CRL', prepare: both(async () => undefined), ...unknown },
];

/** A signing authority vouches that the leaf signed two hours ago; its key was lost at some time. */
function vouchedFor(
  compromisedSince: Date | undefined,
  by: 'crl' | 'ocsp',
): Pick<PeerCase, 'key' | 'statement' | 'prepare'> {
  const prepare = async (pki: TestPki): Promise<Prepared> => {
    const chain = await pki.leaf({ [by]: [pki.server.url('/queried')] });
    await pki.root.revoke(chain.leaf, { ...(compromisedSince && { compromisedSince }) });
    pki.server.serve('/queried', by === 'crl' ? await pki.root.crl() : ocspResponder(pki.root));
    return {
      chain,
      trust: { 'signingAuthority:acme': [pki.root.issued.certificate] },
      async sign(stored) {
        const target = await targetOf(stored);
        const forged = asForged(chain, 'EC-256');
        const { artifact } = target;
        await pushSignature(target, forgeCose({ chain: forged, artifact, authenticSigningTime: hours(-2) }), {
          chain: forged,
        });
      },
    };
  };
  return { key: 'EC-256', statement: { trustStores: ['signingAuthority:acme'] }, prepare };
}

const authentic: readonly PeerCase[] = (['crl', 'ocsp'] as const).flatMap((by): PeerCase[] => [
  {
    name: `signed before the key was lost, says ${by.toUpperCase()}`,
    ...vouchedFor(hours(-1), by),
    expect: 'verified',
  },
  {
    name: `signed after the key was lost, says ${by.toUpperCase()}`,
    ...vouchedFor(hours(-3), by),
    ...revoked,
  },
  {
    name: `signed when the key was lost, says ${by.toUpperCase()}`,
    ...vouchedFor(hours(-2), by),
    ...revoked,
  },
  {
    name: `signed before ${by.toUpperCase()} revoked it without a time`,
    ...vouchedFor(undefined, by),
    ...revoked,
  },
]);

/** Revocation by `openssl ca -gencrl`. */
export const crlCases: Readonly<Record<string, readonly PeerCase[]>> = {
  'what CRLs list': entries,
  CRLs: lists,
  'scopes of CRLs': scopes,
  'delta CRLs': deltas,
  'several addresses': several,
  'authentic signing times': authentic,
};
