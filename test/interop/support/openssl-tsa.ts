import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import type { LoopbackHandler } from './loopback-server.ts';
import { type OpensslOptions, openssl, section } from './openssl.ts';
import type { Extensions, Issued, IssueOptions, OpensslAuthority } from './openssl-authority.ts';

/** The required content of the certificate of a timestamping authority. */
export const TIME_STAMPING: Extensions = {
  keyUsage: 'critical,digitalSignature',
  extendedKeyUsage: 'critical,timeStamping',
};

export interface TsaOptions extends OpensslOptions {
  /** Replaces settings of the configuration file of `openssl ts`. */
  settings?: Readonly<Record<string, string | undefined>>;
  /** Certificates in the token, in addition to that of the signer. */
  chain?: readonly Issued[];
}

/** A certificate for timestamps. */
export function issueTsa(
  authority: OpensslAuthority,
  { extensions, ...options }: IssueOptions = {},
): Promise<Issued> {
  return authority.issue('tsa', { ...options, extensions: { ...TIME_STAMPING, ...extensions } });
}

/** Answers each request by a run of `openssl ts -reply`. */
export function timestampAuthority(
  authority: OpensslAuthority,
  signer: Issued,
  options: TsaOptions = {},
): LoopbackHandler {
  return async ({ body }) => ({
    headers: { 'content-type': 'application/timestamp-reply' },
    bytes: await timestampResponse(authority, signer, body, options),
  });
}

async function timestampResponse(
  authority: OpensslAuthority,
  signer: Issued,
  query: Uint8Array,
  { clock, settings = {}, chain = [authority.issued] }: TsaOptions,
): Promise<Buffer> {
  const file = authority.path(`ts-${randomBytes(6).toString('hex')}`);
  await writeFile(`${file}.pem`, chain.map(({ certificate }) => certificate).join(''));
  await writeFile(`${file}.serial`, randomBytes(8).toString('hex').toUpperCase());
  await writeFile(`${file}.tsq`, query);
  const configuration = section('this', {
    serial: `${file}.serial`,
    signer_cert: signer.certificatePath,
    signer_key: signer.keyPath,
    certs: `${file}.pem`,
    signer_digest: 'sha256',
    default_policy: '1.3.6.1.4.1.55555.3.1',
    digests: 'sha256, sha384, sha512',
    ess_cert_id_alg: 'sha256',
    ...settings,
  });
  await writeFile(`${file}.cnf`, [section('tsa', { default_tsa: 'this' }), configuration].join('\n'));
  const flags = ['-config', `${file}.cnf`, '-queryfile', `${file}.tsq`, '-out', `${file}.tsr`];
  await openssl(['ts', '-reply', ...flags], { clock });
  return readFile(`${file}.tsr`);
}

/** Returns a token of `openssl ts` for a signature, to be added to the unsigned attributes, which anyone can change. */
export async function tokenOver(
  authority: OpensslAuthority,
  signer: Issued,
  signature: Uint8Array,
  { digest = 'sha256', ...options }: TsaOptions & { digest?: string } = {},
): Promise<Buffer> {
  const file = authority.path(`token-${randomBytes(6).toString('hex')}`);
  await writeFile(`${file}.data`, signature);
  await openssl(['ts', '-query', '-data', `${file}.data`, `-${digest}`, '-cert', '-out', `${file}.tsq`]);
  await writeFile(
    `${file}.tsr`,
    await timestampResponse(authority, signer, await readFile(`${file}.tsq`), options),
  );
  await openssl(['ts', '-reply', '-in', `${file}.tsr`, '-token_out', '-out', `${file}.token`]);
  return readFile(`${file}.token`);
}
