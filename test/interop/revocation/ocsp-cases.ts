import { readFile, writeFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { ocspResponder, type ResponderOptions } from '../support/ocsp-responder.ts';
import { openssl } from '../support/openssl.ts';
import { type Extensions, type Issued, type IssueOptions, REASONS } from '../support/openssl-authority.ts';
import type { PeerCase } from '../support/peer-case.ts';
import { doubtful, revoked, unknown } from '../support/revocation-verdicts.ts';
import { addressExtensions, type SigningChain, type TestPki } from '../support/test-pki.ts';

const RESPONDER: Extensions = {
  keyUsage: 'critical,digitalSignature',
  extendedKeyUsage: 'OCSPSigning',
  noCheck: 'ignored',
};
const hours = (count: number) => new Date(Date.now() + count * 3_600_000);

/** A leaf whose status `openssl ocsp` serves at `/ocsp`. */
async function answeredBy(pki: TestPki, options: ResponderOptions = {}): Promise<SigningChain> {
  return pki.leaf({ ocsp: [pki.server.serve('/ocsp', ocspResponder(pki.root, options))] });
}

/** The response is signed by a certificate of its own, by the root. */
function delegated(extensions: Extensions, options: IssueOptions = {}): PeerCase['prepare'] {
  return async (pki) => {
    const signer = await pki.root.issue('responder', { key: pki.key, extensions, ...options });
    return answeredBy(pki, { signer });
  };
}

/** The certificate of the responder does not say that it need not be checked, and names a CRL. */
function delegatedWithCrl(prepare: (pki: TestPki, signer: Issued) => Promise<unknown>): PeerCase['prepare'] {
  return async (pki) => {
    const crl = addressExtensions({ crl: [pki.server.url('/responder.crl')] });
    const extensions = { ...RESPONDER, noCheck: undefined, ...crl };
    const signer = await pki.root.issue('responder', { key: pki.key, extensions });
    await prepare(pki, signer);
    pki.server.serve('/responder.crl', await pki.root.crl());
    return answeredBy(pki, { signer });
  };
}

async function revokedLeaf(
  pki: TestPki,
  ...how: Parameters<TestPki['root']['revoke']> extends [unknown, ...infer R] ? R : never
) {
  const chain = await answeredBy(pki);
  await pki.root.revoke(chain.leaf, ...how);
  return chain;
}

const answers: readonly PeerCase[] = [
  {
    name: 'a good response that the issuer signed',
    prepare: answeredBy,
    expect: 'verified',
    status: { status: 'good' },
  },
  {
    name: 'a good response that an issuer with RSA signed',
    key: 'RSA-2048',
    prepare: answeredBy,
    expect: 'verified',
  },
  {
    name: 'a good response by SHA-384',
    key: 'EC-384',
    prepare: (pki) => answeredBy(pki, { flags: ['-rmd', 'sha384'] }),
    expect: 'verified',
  },
  {
    name: 'a good response by SHA-512',
    key: 'RSA-3072',
    prepare: (pki) => answeredBy(pki, { flags: ['-rmd', 'sha512'] }),
    expect: 'verified',
  },
  {
    name: 'a good response by a responder that names itself by its key',
    prepare: (pki) => answeredBy(pki, { flags: ['-resp_key_id'] }),
    expect: 'verified',
  },
  {
    name: 'a good response without certificates',
    prepare: (pki) => answeredBy(pki, { flags: ['-resp_no_certs'] }),
    expect: 'verified',
  },
  { name: 'a certificate that is revoked', prepare: revokedLeaf, ...revoked, status: { status: 'revoked' } },
  ...REASONS.map(
    (reason): PeerCase => ({
      name: `a certificate that is revoked for ${reason}`,
      prepare: (pki) => revokedLeaf(pki, { reason }),
      ...revoked,
      status: {
        status: 'revoked',
        revocation: expect.objectContaining({ reason: reason === 'CACompromise' ? 'cACompromise' : reason }),
      },
    }),
  ),
  {
    name: 'a certificate whose key was lost before it was revoked',
    prepare: (pki) => revokedLeaf(pki, { compromisedSince: hours(-5) }),
    ...revoked,
  },
  {
    name: 'a certificate that is on hold with an instruction',
    prepare: (pki) => revokedLeaf(pki, { holdInstruction: '1.2.840.10040.2.3' }),
    ...revoked,
  },
  {
    name: 'a certificate that the responder does not know',
    async prepare(pki) {
      const stranger = await pki.stranger();
      return pki.leaf({
        ocsp: [pki.server.serve('/ocsp', ocspResponder(stranger, { signer: pki.root.issued }))],
      });
    },
    ...unknown,
    status: { status: 'unknown' },
  },
  {
    name: 'an intermediate that is revoked',
    async prepare(pki) {
      const ocsp = [pki.server.serve('/ocsp', ocspResponder(pki.root))];
      const issuer = await pki.intermediate({ ocsp });
      await pki.root.revoke(issuer.issued, { reason: 'CACompromise' });
      return pki.leaf({ issuer });
    },
    ...revoked,
    status: { status: 'notChecked' },
  },
  {
    name: 'a good leaf below a good intermediate',
    async prepare(pki) {
      const issuer = await pki.intermediate({ ocsp: [pki.server.serve('/root', ocspResponder(pki.root))] });
      return pki.leaf({
        issuer,
        ocsp: [pki.server.serve('/ocsp', ocspResponder(issuer, { flags: ['-resp_no_certs'] }))],
      });
    },
    expect: 'verified',
    status: { status: 'good' },
  },
  {
    name: 'a response that an intermediate signed, with its own certificate in it',
    async prepare(pki) {
      const issuer = await pki.intermediate();
      return pki.leaf({ issuer, ocsp: [pki.server.serve('/ocsp', ocspResponder(issuer))] });
    },
    expect: { cli: 'rejected', here: 'verified', row: 'ocsp-issuer-certificate', laxer: true },
    says: unknown.says,
  },
];

const responses: readonly PeerCase[] = [
  {
    name: 'a response that has expired',
    prepare: (pki) => answeredBy(pki, { clock: '-3d' }),
    ...unknown,
  },
  {
    name: 'a response that has expired, of a certificate that is revoked',
    async prepare(pki) {
      const chain = await answeredBy(pki, { clock: '-3d' });
      await pki.root.revoke(chain.leaf, { at: hours(-100) });
      return chain;
    },
    ...unknown,
  },
  {
    name: 'a response that does not say when it expires',
    prepare: (pki) => answeredBy(pki, { validity: [] }),
    ...unknown,
  },
  {
    name: 'a response from the future',
    prepare: (pki) => answeredBy(pki, { clock: '+1h' }),
    ...doubtful('revocation-this-update'),
  },
  {
    name: 'a response from the near future, as of a clock that is a little fast',
    prepare: (pki) => answeredBy(pki, { clock: '+2m' }),
    expect: 'verified',
  },
  {
    name: 'a response whose signature is wrong',
    prepare: (pki) => answeredBy(pki, { flags: ['-badsig'] }),
    ...unknown,
  },
  {
    name: 'a response by SHA-1',
    key: 'RSA-2048',
    prepare: (pki) => answeredBy(pki, { flags: ['-rmd', 'sha1'] }),
    ...doubtful('revocation-sha1'),
  },
  {
    name: 'a response by RSA-PSS',
    key: 'RSA-2048',
    prepare: (pki) =>
      answeredBy(pki, { flags: ['-rsigopt', 'rsa_padding_mode:pss', '-rsigopt', 'rsa_pss_saltlen:digest'] }),
    expect: { cli: 'rejected', here: 'verified', row: 'ocsp-rsa-pss', laxer: true },
    says: unknown.says,
  },
  {
    name: 'a response about another certificate',
    async prepare(pki) {
      const other = await pki.leaf();
      const request = pki.root.path('other.req');
      const { certificatePath: issuer } = pki.root.issued;
      await openssl([
        'ocsp',
        '-issuer',
        issuer,
        '-cert',
        other.leaf.certificatePath,
        '-reqout',
        request,
        '-no_nonce',
      ]);
      const respond = ocspResponder(pki.root);
      const body = await readFile(request);
      const ocsp = pki.server.serve('/ocsp', () => respond({ method: 'POST', rest: '', body }));
      return pki.leaf({ ocsp: [ocsp] });
    },
    ...unknown,
  },
  {
    name: 'a response of more than 20 KiB',
    async prepare(pki) {
      const { certificates } = await pki.leaf();
      const file = pki.root.path('others.pem');
      await writeFile(file, certificates.repeat(40));
      return answeredBy(pki, { flags: ['-rother', file] });
    },
    ...unknown,
  },
  {
    name: 'a request that the responder finds malformed',
    async prepare(pki) {
      const respond = ocspResponder(pki.root);
      const body = Buffer.from('not a request');
      return pki.leaf({
        ocsp: [pki.server.serve('/ocsp', () => respond({ method: 'POST', rest: '', body }))],
      });
    },
    ...unknown,
  },
  {
    name: 'a responder that says to try later',
    prepare: (pki) => pki.leaf({ ocsp: [pki.server.serve('/ocsp', Buffer.from('30030a0103', 'hex'))] }),
    ...unknown,
  },
  {
    name: 'a responder that is not found',
    prepare: (pki) => pki.leaf({ ocsp: [pki.server.url('/nowhere')] }),
    ...unknown,
  },
  {
    name: 'a responder that does not answer in time',
    async prepare(pki) {
      const slow = () => new Promise<never>(() => undefined);
      return pki.leaf({ ocsp: [pki.server.serve('/ocsp', slow)] });
    },
    ...unknown,
  },
  {
    name: 'a responder that cannot be reached by http',
    prepare: async (pki) =>
      pki.leaf({ ocsp: [pki.server.serve('/ocsp', ocspResponder(pki.root)).replace('http:', 'https:')] }),
    ...unknown,
  },
  {
    name: 'a response that calls itself text',
    async prepare(pki) {
      const respond = ocspResponder(pki.root);
      const ocsp = pki.server.serve('/ocsp', async (request) => ({
        ...(await respond(request)),
        headers: { 'content-type': 'text/plain' },
      }));
      return pki.leaf({ ocsp: [ocsp] });
    },
    expect: 'verified',
  },
  {
    name: 'a responder that redirects within its origin',
    async prepare(pki) {
      const respond = ocspResponder(pki.root);
      pki.server.serve('/moved', respond);
      const ocsp = pki.server.serve('/ocsp', ({ rest }) => ({
        status: 302,
        headers: { location: `/moved/${rest}` },
      }));
      return pki.leaf({ ocsp: [ocsp] });
    },
    expect: 'verified',
  },
  {
    name: 'a responder that redirects to another origin',
    async prepare(pki) {
      const elsewhere = pki.server.serve('/moved', ocspResponder(pki.root)).replace('127.0.0.1', 'localhost');
      const ocsp = pki.server.serve('/ocsp', ({ rest }) => ({
        status: 302,
        headers: { location: `${elsewhere}/${rest}` },
      }));
      return pki.leaf({ ocsp: [ocsp] });
    },
    ...doubtful('authority-redirect'),
  },
  {
    name: 'two responders, and the first one is down',
    prepare: async (pki) =>
      pki.leaf({
        ocsp: [pki.server.url('/down'), pki.server.serve('/ocsp', ocspResponder(pki.root))],
      }),
    expect: 'verified',
  },
  {
    name: 'two responders, and the first one does not know the certificate',
    async prepare(pki) {
      const stranger = await pki.stranger();
      return pki.leaf({
        ocsp: [
          pki.server.serve('/first', ocspResponder(stranger, { signer: pki.root.issued })),
          pki.server.serve('/ocsp', ocspResponder(pki.root)),
        ],
      });
    },
    ...unknown,
  },
];

const responders: readonly PeerCase[] = [
  { name: 'a responder to which the issuer delegated', prepare: delegated(RESPONDER), expect: 'verified' },
  {
    name: 'a delegated responder without the purpose of OCSP signing',
    prepare: delegated({ ...RESPONDER, extendedKeyUsage: 'codeSigning' }),
    ...doubtful('ocsp-responder-eku'),
  },
  {
    name: 'a delegated responder for any purpose',
    prepare: delegated({ ...RESPONDER, extendedKeyUsage: 'anyExtendedKeyUsage' }),
    ...doubtful('ocsp-responder-eku'),
  },
  {
    name: 'a delegated responder without purposes',
    prepare: delegated({ ...RESPONDER, extendedKeyUsage: undefined }),
    ...doubtful('ocsp-responder-eku'),
  },
  {
    name: 'a delegated responder that must not sign',
    prepare: delegated({ ...RESPONDER, keyUsage: 'critical,keyAgreement' }),
    ...doubtful('ocsp-responder-eku'),
  },
  {
    name: 'a delegated responder whose certificate has expired',
    prepare: delegated(RESPONDER, { notBefore: hours(-9), notAfter: hours(-1) }),
    ...doubtful('ocsp-responder-validity'),
  },
  {
    name: 'a delegated responder whose certificate is not valid yet',
    prepare: delegated(RESPONDER, { notBefore: hours(1) }),
    ...doubtful('ocsp-responder-validity'),
  },
  {
    name: 'a delegated responder that should be checked, and names no URL',
    prepare: delegated({ ...RESPONDER, noCheck: undefined }),
    ...doubtful('ocsp-responder-revocation'),
  },
  {
    name: 'a delegated responder that should be checked, and is good',
    prepare: delegatedWithCrl(async () => undefined),
    expect: 'verified',
  },
  {
    name: 'a delegated responder that should be checked, and is revoked',
    prepare: delegatedWithCrl((pki, signer) => pki.root.revoke(signer, { reason: 'keyCompromise' })),
    ...doubtful('ocsp-responder-revocation'),
  },
  {
    name: 'a revoked certificate, by a delegated responder without the purpose of OCSP signing',
    async prepare(pki) {
      const signer = await pki.root.issue('responder', {
        extensions: { keyUsage: 'critical,digitalSignature' },
      });
      const chain = await answeredBy(pki, { signer });
      await pki.root.revoke(chain.leaf);
      return chain;
    },
    ...revoked,
  },
  {
    name: 'a responder to which another authority delegated',
    async prepare(pki) {
      const stranger = await pki.stranger();
      return answeredBy(pki, { signer: await stranger.issue('responder', { extensions: RESPONDER }) });
    },
    ...unknown,
  },
  {
    name: 'a responder to which another authority of the same name delegated',
    async prepare(pki) {
      const stranger = await pki.stranger('Root');
      return answeredBy(pki, { signer: await stranger.issue('responder', { extensions: RESPONDER }) });
    },
    ...unknown,
  },
  {
    name: 'another authority as responder',
    prepare: async (pki) => answeredBy(pki, { signer: (await pki.stranger()).issued }),
    ...unknown,
  },
  {
    name: 'the root as responder for a leaf of an intermediate',
    async prepare(pki) {
      const issuer = await pki.intermediate();
      const ocsp = pki.server.serve('/ocsp', ocspResponder(issuer, { signer: pki.root.issued }));
      return pki.leaf({ issuer, ocsp: [ocsp] });
    },
    ...unknown,
  },
  {
    name: 'a responder to which the root delegated, for a leaf of an intermediate',
    async prepare(pki) {
      const issuer = await pki.intermediate();
      const signer = await pki.root.issue('responder', { extensions: RESPONDER });
      return pki.leaf({ issuer, ocsp: [pki.server.serve('/ocsp', ocspResponder(issuer, { signer }))] });
    },
    ...unknown,
  },
];

const revokedAt = (
  level: string,
  override?: Record<string, string>,
): Pick<PeerCase, 'statement' | 'prepare'> => ({
  statement: { signatureVerification: { level, ...(override && { override }) } },
  prepare: revokedLeaf,
});

const levels: readonly PeerCase[] = [
  {
    name: 'permissive logs a certificate that is revoked',
    ...revokedAt('permissive'),
    expect: 'verified',
    logged: ['revocation'],
  },
  {
    name: 'audit logs a certificate that is revoked',
    ...revokedAt('audit'),
    expect: 'verified',
    logged: ['revocation'],
  },
  {
    name: 'audit with revocation enforced rejects a certificate that is revoked',
    ...revokedAt('audit', { revocation: 'enforce' }),
    ...revoked,
  },
  {
    name: 'strict with revocation skipped sends no request',
    ...revokedAt('strict', { revocation: 'skip' }),
    expect: 'verified',
  },
  {
    name: 'strict with revocation logged accepts a certificate that is revoked',
    ...revokedAt('strict', { revocation: 'log' }),
    expect: 'verified',
    logged: ['revocation'],
  },
];

/** Revocation by `openssl ocsp`. */
export const ocspCases: Readonly<Record<string, readonly PeerCase[]>> = {
  'what OCSP responders answer': answers,
  'OCSP responses': responses,
  'OCSP responders': responders,
  levels,
};
