import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { derOf, openssl, opensslTime, section } from './openssl.ts';

/** Keys that openssl generates. */
export type OpensslKey = 'EC-256' | 'EC-384' | 'EC-521' | 'RSA-1024' | 'RSA-2048' | 'RSA-3072';

const CURVES: Readonly<Record<string, string>> = { 256: 'P-256', 384: 'P-384', 521: 'P-521' };

/** Extensions as a section of a configuration file has them, by their names. */
export type Extensions = Readonly<Record<string, string | undefined>>;

/** The content of a certificate. */
export interface IssueOptions {
  key?: OpensslKey | undefined;
  extensions?: Extensions;
  /** A day ago by default. */
  notBefore?: Date | undefined;
  /** In thirty days by default. */
  notAfter?: Date | undefined;
}

/** A certificate that openssl issued, with its key. */
export interface Issued {
  readonly name: string;
  readonly certificatePath: string;
  readonly keyPath: string;
  /** PEM. */
  readonly certificate: string;
  /** PKCS#8, PEM. */
  readonly privateKey: string;
}

/** Reasons that `openssl ca -revoke` knows. */
export const REASONS = [
  'unspecified',
  'keyCompromise',
  'CACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  'removeFromCRL',
] as const;

export interface RevokeOptions {
  reason?: (typeof REASONS)[number];
  /** The time since when the key was lost; instead of a reason. */
  compromisedSince?: Date;
  /** The hold instruction of a certificate on hold, an object identifier; instead of a reason. */
  holdInstruction?: string;
  /** Now by default. */
  at?: Date;
}

export interface CrlOptions {
  thisUpdate?: Date;
  /** In an hour by default. */
  nextUpdate?: Date;
  /** Instead of the CRL number, which is incremented each time. */
  number?: number;
  extensions?: Extensions;
  /** A digest other than SHA-256, or further options of `openssl ca -gencrl`. */
  flags?: readonly string[];
}

const A_DAY = 86_400_000;
const AUTHORITY: Extensions = {
  basicConstraints: 'critical,CA:TRUE',
  keyUsage: 'critical,keyCertSign,cRLSign',
  subjectKeyIdentifier: 'hash',
};

/** A certificate authority of `openssl ca`, with a directory and a database of its own. */
export class OpensslAuthority {
  readonly issued: Issued;
  readonly #directory: string;

  private constructor(directory: string, issued: Issued) {
    this.#directory = directory;
    this.issued = issued;
  }

  /** A root in a directory below `parent`. */
  static async root(parent: string, name: string, options: IssueOptions = {}): Promise<OpensslAuthority> {
    const directory = await newDirectory(parent);
    const request = await newRequest(directory, name, options.key);
    const authority = new OpensslAuthority(directory, { ...request, certificate: '' });
    await authority.#configure();
    const issued = await authority.#certify(request, { extensions: AUTHORITY, ...options }, ['-selfsign']);
    return new OpensslAuthority(directory, issued);
  }

  /** Another authority below this one. */
  async subordinate(name: string, options: IssueOptions = {}): Promise<OpensslAuthority> {
    const extensions = { ...AUTHORITY, ...options.extensions };
    const issued = await this.issue(name, { ...options, extensions });
    const directory = await newDirectory(this.#directory);
    const authority = new OpensslAuthority(directory, issued);
    await authority.#configure();
    return authority;
  }

  /** Issues a certificate with the given extensions. */
  async issue(name: string, options: IssueOptions = {}): Promise<Issued> {
    const request = await newRequest(await newDirectory(this.#directory), name, options.key);
    return this.#certify(request, options);
  }

  /** Revokes a certificate of this authority. */
  async revoke({ certificatePath }: Issued, options: RevokeOptions = {}): Promise<void> {
    const { reason, compromisedSince, holdInstruction, at } = options;
    await this.#ca(
      '-revoke',
      certificatePath,
      ...[
        ...(reason ? ['-crl_reason', reason] : []),
        ...(compromisedSince ? ['-crl_compromise', opensslTime(compromisedSince)] : []),
        ...(holdInstruction ? ['-crl_hold', holdInstruction] : []),
      ],
    );
    if (at) await this.#editEntry(certificatePath, (fields) => withRevokedAt(fields, at));
  }

  /** Makes a certificate valid again; openssl has no command for that. */
  async reinstate({ certificatePath }: Issued): Promise<void> {
    await this.#editEntry(certificatePath, ([, expires = '', , ...rest]) => ['V', expires, '', ...rest]);
  }

  /** Adds so many other revoked certificates to the database. */
  async crowd(count: number): Promise<void> {
    const until = opensslTime(new Date(Date.now() + 9 * A_DAY)).slice(2);
    const since = opensslTime(new Date(Date.now() - A_DAY)).slice(2);
    const lines = Array.from({ length: count }, (_, i) => {
      const serial = `40${randomBytes(15).toString('hex').toUpperCase()}`;
      return `R\t${until}\t${since},keyCompromise\t${serial}\tunknown\t/CN=other ${i}\n`;
    });
    await writeFile(this.path('index.txt'), lines.join(''), { flag: 'a' });
  }

  /** `openssl ca -gencrl`, as DER. */
  async crl(options: CrlOptions = {}): Promise<Buffer> {
    const { number, extensions = {}, flags = [], nextUpdate = new Date(Date.now() + A_DAY / 24) } = options;
    if (number !== undefined) await writeFile(this.path('crlnumber'), hex(number));
    const file = this.path(`crl-${randomBytes(6).toString('hex')}`);
    await writeFile(`${file}.cnf`, this.#configuration(section('crl', extensions)));
    await openssl([
      ...['ca', '-batch', '-notext', '-config', `${file}.cnf`, '-gencrl', '-out', `${file}.pem`],
      ...['-crl_nextupdate', opensslTime(nextUpdate)],
      ...(options.thisUpdate ? ['-crl_lastupdate', opensslTime(options.thisUpdate)] : []),
      ...(Object.keys(extensions).length > 0 ? ['-crlexts', 'crl'] : []),
      ...flags,
    ]);
    return derOf(await readFile(`${file}.pem`, 'utf8'));
  }

  /** A file of this authority. */
  path(name: string): string {
    return join(this.#directory, name);
  }

  async #certify(
    request: Omit<Issued, 'certificate'>,
    { extensions = {}, notBefore, notAfter }: IssueOptions,
    flags: readonly string[] = [],
  ): Promise<Issued> {
    const { certificatePath } = request;
    await writeFile(`${certificatePath}.cnf`, this.#configuration(section('certificate', extensions)));
    await openssl([
      ...['ca', '-batch', '-notext', '-config', `${certificatePath}.cnf`, '-extensions', 'certificate'],
      ...['-startdate', opensslTime(notBefore ?? new Date(Date.now() - A_DAY))],
      ...['-enddate', opensslTime(notAfter ?? new Date(Date.now() + 30 * A_DAY))],
      ...['-in', `${certificatePath}.csr`, '-out', certificatePath, ...flags],
    ]);
    return { ...request, certificate: await readFile(certificatePath, 'utf8') };
  }

  async #configure(): Promise<void> {
    await mkdir(this.path('certificates'), { recursive: true });
    await writeFile(this.path('index.txt'), '');
    await writeFile(this.path('crlnumber'), '01');
    await writeFile(this.path('ca.cnf'), this.#configuration());
  }

  #configuration(more = ''): string {
    const { certificatePath, keyPath } = this.issued;
    return [
      section('ca', { default_ca: 'this' }),
      section('this', {
        database: this.path('index.txt'),
        crlnumber: this.path('crlnumber'),
        new_certs_dir: this.path('certificates'),
        certificate: certificatePath,
        private_key: keyPath,
        rand_serial: 'yes',
        unique_subject: 'no',
        default_md: 'sha256',
        policy: 'any',
      }),
      section('any', {
        countryName: 'optional',
        stateOrProvinceName: 'optional',
        organizationName: 'optional',
        commonName: 'supplied',
      }),
      more,
    ].join('\n');
  }

  #ca(...args: readonly string[]): Promise<string> {
    return openssl(['ca', '-batch', '-config', this.path('ca.cnf'), ...args]);
  }

  async #editEntry(certificatePath: string, edit: (fields: string[]) => string[]): Promise<void> {
    const printed = await openssl(['x509', '-in', certificatePath, '-noout', '-serial']);
    const serial = printed.trim().replace('serial=', '');
    const lines = (await readFile(this.path('index.txt'), 'utf8')).trimEnd().split('\n');
    const edited = lines.map((line) => {
      const fields = line.split('\t');
      return fields[3] === serial ? edit(fields).join('\t') : line;
    });
    await writeFile(this.path('index.txt'), `${edited.join('\n')}\n`);
  }
}

function withRevokedAt([status = '', expires = '', revoked = '', ...rest]: string[], at: Date): string[] {
  return [status, expires, revoked.replace(/^[^,]+/, opensslTime(at).slice(2)), ...rest];
}

async function newDirectory(parent: string): Promise<string> {
  const directory = join(parent, randomBytes(6).toString('hex'));
  await mkdir(directory, { recursive: true });
  return directory;
}

async function newRequest(
  directory: string,
  name: string,
  key: OpensslKey = 'EC-256',
): Promise<Omit<Issued, 'certificate'>> {
  const [type, size = ''] = key.split('-');
  const [keyPath, certificatePath] = [join(directory, 'own.key'), join(directory, 'own.crt')];
  const algorithm = type === 'EC' ? ['ec', '-pkeyopt', `ec_paramgen_curve:${CURVES[size]}`] : [`rsa:${size}`];
  await openssl([
    ...['req', '-new', '-nodes', '-subj', `/C=US/ST=WA/O=Notary/CN=${name}`, '-newkey', ...algorithm],
    ...['-keyout', keyPath, '-out', `${certificatePath}.csr`],
  ]);
  return { name, keyPath, certificatePath, privateKey: await readFile(keyPath, 'utf8') };
}

function hex(value: number): string {
  const digits = value.toString(16).toUpperCase();
  return digits.length % 2 === 0 ? digits : `0${digits}`;
}
