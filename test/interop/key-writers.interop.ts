import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSigner } from '../../src/index.ts';
import { readPkcs12 } from '../../src/keys/index.ts';
import { parseCertificate } from '../../src/x509/certificate.ts';
import { createOfflineRevocationChecker } from '../../src/x509/revocation/index.ts';
import { extensions, forgeAuthority, forgeLeaf } from '../support/forge.ts';
import { run, runWell } from './support/run.ts';

// Keys, PKCS #12 files and CRLs as GnuTLS, NSS (Firefox) and CloudFlare's PKI write them.

const PASSPHRASE = 'correct horse';
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'interop-writers-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));
const at = (name: string) => join(directory, name);
const env = { PATH: process.env.PATH ?? '' };

describe('keys that certtool of GnuTLS writes', () => {
  const TEMPLATE =
    'cn = "acme.example"\norganization = "Acme"\ncountry = US\nstate = WA\nsigning_key\ncode_signing_key\n';

  /** Signs with a new key and its own certificate. */
  async function signs(...how: readonly string[]): Promise<number> {
    await writeFile(at('template'), TEMPLATE);
    const certtool = (...args: readonly string[]) => runWell('certtool', args, env);
    await certtool(
      '--generate-privkey',
      '--key-type=ecdsa',
      '--curve=secp256r1',
      '--no-text',
      '--outfile',
      at('plain'),
      ...how,
    );
    const given = how.includes('--pkcs8') ? ['--password', PASSPHRASE, '--pkcs8'] : [];
    await certtool(
      '--generate-self-signed',
      '--load-privkey',
      at('plain'),
      ...given,
      '--template',
      at('template'),
      '--no-text',
      '--outfile',
      at('crt'),
    );
    const [privateKey, certificates] = await Promise.all([
      readFile(at('plain'), 'utf8'),
      readFile(at('crt'), 'utf8'),
    ]);
    const signer = await createSigner({ privateKey, certificates, passphrase: PASSPHRASE });
    return (await signer.sign(new Uint8Array(3))).length;
  }

  it('sign, although about half of them have a scalar with a sign byte', async () => {
    for (let i = 0; i < 12; i++) expect(await signs()).toBe(64);
  });

  it.each(['aes-256', '3des', '3des-pkcs12', 'rc2-40'])(
    'sign if they are encrypted with %s',
    async (cipher) => {
      expect(await signs('--pkcs8', '--password', PASSPHRASE, `--pkcs-cipher=${cipher}`)).toBe(64);
    },
  );
});

describe('PKCS #12 files that pk12util of NSS writes', () => {
  it.each([
    ['as Firefox does', []],
    ['with Triple DES', ['-c', 'DES-EDE3-CBC', '-C', 'DES-EDE3-CBC']],
    ['with the scheme of PKCS #12', ['-c', 'PKCS #12 V2 PBE With SHA-1 And 3KEY Triple DES-CBC']],
  ])('make a signer: %s', async (_, how) => {
    const database = await mkdtemp(at('nss-'));
    const nss = (tool: 'certutil' | 'pk12util', ...args: readonly string[]) =>
      runWell(tool, [...args, '-d', database], env);
    await nss('certutil', '-N', '--empty-password');
    await writeFile(at('noise'), crypto.getRandomValues(new Uint8Array(64)));
    const subject = ['-s', 'CN=acme.example,O=Acme,ST=WA,C=US', '-x', '-t', ',,', '-n', 'acme', '-v', '12'];
    const usage = ['--keyUsage', 'digitalSignature,critical', '--extKeyUsage', 'codeSigning'];
    await nss('certutil', '-S', ...subject, ...usage, '-k', 'ec', '-q', 'nistp256', '-z', at('noise'));
    await nss('pk12util', '-o', at('file.p12'), '-n', 'acme', '-W', PASSPHRASE, ...how);
    const file = await readFile(at('file.p12'));
    const signer = await createSigner(await readPkcs12(file, { passphrase: PASSPHRASE }));
    expect(await signer.sign(new Uint8Array(3))).toHaveLength(64);
  });
});

describe('a CRL that cfssl writes', () => {
  it('covers certificates of a CA that writes its name in another string type', async () => {
    const authority = forgeAuthority({ subject: 'Acme CA' });
    const [leaf, revoked] = [Uint8Array.of(0x41, 1), Uint8Array.of(0x41, 2)].map((serialNumber) =>
      forgeLeaf({
        issuer: authority,
        serialNumber,
        extensions: [extensions.crl(['http://crl.example/ca.crl'])],
      }),
    );
    await writeFile(at('ca.crt'), authority.pem);
    await writeFile(at('ca.key'), authority.privateKey);
    await writeFile(at('serials'), String(0x4102));
    const { stdout } = await run('cfssl', ['gencrl', at('serials'), at('ca.crt'), at('ca.key')], env);
    const crl = new Uint8Array(Buffer.from(stdout.trim(), 'base64'));
    const checker = createOfflineRevocationChecker([crl]);
    const statuses = await Promise.all(
      [leaf, revoked].map(async (one) => {
        const chain = [one?.der ?? new Uint8Array(), authority.der].map(parseCertificate);
        return (await checker.check(chain))[0]?.status;
      }),
    );
    expect(statuses).toEqual(['good', 'revoked']);
  });
});
