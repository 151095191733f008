import { targetOf } from '../support/expect-verdicts.ts';
import { forgeJws, type JwsParts } from '../support/forge-envelope.ts';
import { ocspResponder } from '../support/ocsp-responder.ts';
import type { Issued, IssueOptions, OpensslAuthority } from '../support/openssl-authority.ts';
import { issueTsa, type TsaOptions, tokenOver } from '../support/openssl-tsa.ts';
import type { PeerCase, Prepared } from '../support/peer-case.ts';
import { pushSignature } from '../support/signatures.ts';
import { addressExtensions, asForged, type SigningChain, type TestPki } from '../support/test-pki.ts';

const hours = (count: number) => new Date(Date.now() + count * 3_600_000);
const ATTRIBUTE = 'io.cncf.notary.timestampSignature';

/** How a signature was timestamped. */
interface Stamped extends TsaOptions {
  digest?: string;
  /** Options of the signing leaf. */
  leaf?: { notBefore?: Date; notAfter?: Date };
  /** The certificate of the authority. */
  tsa?: IssueOptions;
  /** Of the authority below its root; the root itself by default. */
  issuer?: (root: OpensslAuthority) => Promise<OpensslAuthority>;
  /** After the certificates were issued. */
  before?: (pki: TestPki, tsa: Issued) => Promise<unknown>;
  /** Instead of the signature. */
  over?: (signature: Buffer) => Uint8Array;
  /** Changes the token. */
  tamper?: (token: Buffer) => Buffer;
  /** The roots in `tsa:acme`. */
  trusted?: (pki: TestPki) => Promise<string[]>;
}

/** A signature by an envelope of its own, with a token of `openssl ts` among its unsigned attributes. */
function stamped(options: Stamped = {}): PeerCase['prepare'] {
  return async (pki): Promise<Prepared> => {
    const chain = await pki.leaf({ key: 'EC-256', ...options.leaf });
    const issuer = options.issuer ? await options.issuer(pki.root) : pki.root;
    const tsa = await issueTsa(issuer, { key: pki.key, ...options.tsa });
    await options.before?.(pki, tsa);
    const { over = (bytes) => bytes, tamper = (token) => token } = options;
    return {
      chain,
      trust: { 'tsa:acme': (await options.trusted?.(pki)) ?? [pki.root.issued.certificate] },
      sign: (artifact) =>
        pushStamped(artifact, chain, async (signature) => {
          const authorities = issuer === pki.root ? [pki.root.issued] : [issuer.issued, pki.root.issued];
          return tamper(await tokenOver(issuer, tsa, over(signature), { chain: authorities, ...options }));
        }),
    };
  };
}

export async function pushStamped(
  stored: Parameters<NonNullable<Prepared['sign']>>[0],
  chain: SigningChain,
  stamp: ((signature: Buffer) => Promise<Buffer>) | undefined,
): Promise<void> {
  const target = await targetOf(stored);
  const forged = asForged(chain, 'EC-256');
  const { artifact } = target;
  const { bytes, mediaType } = forgeJws({ chain: forged, artifact });
  const parts = JSON.parse(Buffer.from(bytes).toString()) as JwsParts;
  const token = await stamp?.(Buffer.from(parts.signature, 'base64url'));
  if (token) parts.header[ATTRIBUTE] = token.toString('base64');
  await pushSignature(target, { mediaType, bytes: Buffer.from(JSON.stringify(parts)) }, { chain: forged });
}

export const always = {
  statement: {
    trustStores: ['ca:acme', 'tsa:acme'],
    signatureVerification: { level: 'strict', verifyTimestamp: 'always' },
  },
};
const afterExpiry = {
  statement: {
    trustStores: ['ca:acme', 'tsa:acme'],
    signatureVerification: { level: 'strict', verifyTimestamp: 'afterCertExpiry' },
  },
};
const at = (level: string, override?: Record<string, string>) => ({
  statement: {
    trustStores: ['ca:acme', 'tsa:acme'],
    signatureVerification: { level, verifyTimestamp: 'always', ...(override && { override }) },
  },
});
const rejected = (code: PeerCase['code']) =>
  ({ expect: 'rejected', says: /timestamp|time stamp/i, ...(code && { code }) }) as const;
const invalid = rejected('ERR_TIMESTAMP_INVALID');
const untrusted = rejected('ERR_TIMESTAMP_UNTRUSTED');
const lapsed = { notBefore: hours(-48), notAfter: hours(-1) };

/** The certificate of the authority names a URL for its status. */
const tsaWithOcsp = (prepare: (pki: TestPki, tsa: Issued) => Promise<unknown>): PeerCase['prepare'] => {
  return async (pki) => {
    const extensions = addressExtensions({ ocsp: [pki.server.url('/tsa')] });
    return stamped({ tsa: { extensions }, before: prepare })(pki);
  };
};
const serveTsa = async (pki: TestPki) => pki.server.serve('/tsa', ocspResponder(pki.root));

const tokens: readonly PeerCase[] = [
  ...(['sha256', 'sha384', 'sha512'] as const).flatMap((digest): PeerCase[] => [
    { name: `a timestamp over ${digest}`, ...always, prepare: stamped({ digest }), expect: 'verified' },
    {
      name: `a timestamp that is signed with ${digest}`,
      ...always,
      prepare: stamped({ settings: { signer_digest: digest } }),
      expect: 'verified',
    },
    {
      name: `a timestamp whose certificate is named by ${digest}`,
      ...always,
      prepare: stamped({ settings: { ess_cert_id_alg: digest } }),
      expect: 'verified',
    },
  ]),
  {
    name: 'a timestamp over SHA-1',
    ...always,
    prepare: stamped({ digest: 'sha1', settings: { digests: 'sha1, sha256' } }),
    ...invalid,
  },
  {
    name: 'a timestamp that is signed with SHA-1',
    ...always,
    key: 'RSA-2048',
    prepare: stamped({ settings: { signer_digest: 'sha1' } }),
    ...invalid,
  },
  {
    name: 'a timestamp whose certificate is named by SHA-1',
    ...always,
    prepare: stamped({ settings: { ess_cert_id_alg: 'sha1' } }),
    ...invalid,
  },
  {
    name: 'a timestamp with an accuracy',
    ...always,
    prepare: stamped({ settings: { accuracy: 'secs:1, millisecs:500, microsecs:100' } }),
    expect: 'verified',
  },
  {
    name: 'a timestamp with ordering',
    ...always,
    prepare: stamped({ settings: { ordering: 'yes' } }),
    expect: 'verified',
  },
  {
    name: 'a timestamp with the name of its authority',
    ...always,
    prepare: stamped({ settings: { tsa_name: 'yes' } }),
    expect: 'verified',
  },
  {
    name: 'a timestamp that names its whole chain',
    ...always,
    prepare: stamped({ settings: { ess_cert_id_chain: 'yes' } }),
    expect: 'verified',
  },
  {
    name: 'a timestamp with fractions of a second',
    ...always,
    prepare: stamped({ settings: { clock_precision_digits: '6' } }),
    expect: 'verified',
  },
  {
    name: 'a timestamp by an intermediate',
    ...always,
    prepare: stamped({ issuer: (root) => root.subordinate('TSA CA') }),
    expect: 'verified',
  },
  {
    name: 'a timestamp over something else',
    ...always,
    prepare: stamped({ over: () => Buffer.from('else') }),
    ...invalid,
  },
  {
    name: 'a timestamp whose signature is wrong',
    ...always,
    prepare: stamped({
      tamper: (token) => Buffer.concat([token.subarray(0, -1), Buffer.of((token.at(-1) ?? 0) ^ 1)]),
    }),
    ...invalid,
  },
  {
    name: 'no timestamp',
    ...always,
    prepare: async (pki) => {
      const chain = await pki.leaf({ key: 'EC-256' });
      return {
        chain,
        trust: { 'tsa:acme': [pki.root.issued.certificate] },
        sign: (artifact) => pushStamped(artifact, chain, undefined),
      };
    },
    ...rejected('ERR_TIMESTAMP_MISSING'),
  },
  {
    name: 'permissive logs a timestamp over something else',
    ...at('permissive'),
    prepare: stamped({ over: () => Buffer.from('else') }),
    expect: 'verified',
    logged: ['authenticTimestamp'],
  },
];

const authorities: readonly PeerCase[] = [
  {
    name: 'an untrusted authority',
    ...always,
    prepare: stamped({ trusted: async (pki) => [(await pki.stranger()).issued.certificate] }),
    ...untrusted,
  },
  {
    name: 'an authority whose certificate has expired since',
    ...always,
    prepare: stamped({
      clock: '-3h',
      leaf: { notBefore: hours(-9) },
      tsa: { notBefore: hours(-9), notAfter: hours(-2) },
    }),
    expect: 'verified',
  },
  {
    name: 'an authority whose certificate had expired',
    ...always,
    prepare: stamped({
      clock: '-1h',
      leaf: { notBefore: hours(-9) },
      tsa: { notBefore: hours(-9), notAfter: hours(-2) },
    }),
    ...rejected('ERR_CERTIFICATE_NOT_VALID_AT_TIME'),
  },
  {
    name: 'an authority with a key that is too short',
    ...always,
    prepare: stamped({ tsa: { key: 'RSA-1024' } }),
    ...rejected('ERR_CERTIFICATE_CHAIN_INVALID'),
  },
  { name: 'an authority that is good', ...always, prepare: tsaWithOcsp(serveTsa), expect: 'verified' },
  {
    name: 'an authority that is revoked',
    ...always,
    prepare: tsaWithOcsp(async (pki, tsa) => {
      await pki.root.revoke(tsa);
      await serveTsa(pki);
    }),
    ...rejected('ERR_CERTIFICATE_REVOKED'),
  },
  {
    name: 'a revoked authority, while revocation is skipped',
    ...at('strict', { revocation: 'skip' }),
    prepare: tsaWithOcsp(async (pki, tsa) => {
      await pki.root.revoke(tsa);
      await serveTsa(pki);
    }),
    ...rejected('ERR_CERTIFICATE_REVOKED'),
  },
  {
    name: 'an authority whose status cannot be determined',
    ...always,
    prepare: tsaWithOcsp(async () => undefined),
    ...rejected('ERR_REVOCATION_UNKNOWN'),
  },
];

const times: readonly PeerCase[] = [
  {
    name: 'a leaf that has expired after the timestamp',
    ...afterExpiry,
    prepare: stamped({ clock: '-3h', leaf: lapsed }),
    expect: 'verified',
  },
  {
    name: 'a leaf that had expired before the timestamp',
    ...afterExpiry,
    prepare: stamped({ leaf: lapsed }),
    ...rejected('ERR_CERTIFICATE_NOT_VALID_AT_TIME'),
  },
  {
    name: 'a leaf that expired within the accuracy of the timestamp',
    ...afterExpiry,
    prepare: stamped({ clock: '-3h', leaf: lapsed, settings: { accuracy: 'secs:9000' } }),
    ...rejected('ERR_CERTIFICATE_NOT_VALID_AT_TIME'),
  },
  {
    name: 'a leaf that was not valid yet within the accuracy of the timestamp',
    ...always,
    prepare: stamped({ leaf: { notBefore: hours(-1) }, settings: { accuracy: 'secs:9000' } }),
    ...rejected('ERR_CERTIFICATE_NOT_VALID_AT_TIME'),
  },
  {
    name: 'a valid leaf, for which the timestamp does not matter',
    ...afterExpiry,
    prepare: stamped({ over: () => Buffer.from('else') }),
    expect: 'verified',
  },
];

/** Timestamps by `openssl ts`, put into envelopes. */
export const timestampCases = { tokens, authorities, times };
