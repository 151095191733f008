import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodePem } from '../../../src/encoding/pem.ts';
import {
  addCertificates,
  createFileTrustStore,
  removeCertificate,
  removeNamedStore,
} from '../../../src/node/index.ts';
import {
  generateTestCertificate,
  generateTestChain,
  type TestCertificate,
} from '../../../src/testing/index.ts';
import type { TrustStoreType } from '../../../src/x509/index.ts';
import { useNotationDirectory } from '../notation-directory.ts';

const directory = useNotationDirectory();
const X509 = 'truststore/x509';
let selfSigned: TestCertificate;
let chain: TestCertificate;

beforeAll(async () => {
  selfSigned = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
  chain = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
});

function options() {
  return { configDirectory: directory.path };
}

function files(path: string): string[] {
  return readdirSync(join(directory.path, X509, path));
}

describe('adding certificates', () => {
  it('writes them as they are, for their owner alone', async () => {
    const der = decodePem(chain.root)[0]?.der ?? new Uint8Array();
    await addCertificates('ca', 'acme', { 'a.crt': selfSigned.root, 'b.der': der }, options());
    expect(directory.text(`${X509}/ca/acme/a.crt`)).toBe(selfSigned.root);
    expect(new Uint8Array(readFileSync(join(directory.path, X509, 'ca/acme/b.der')))).toEqual(der);
    const modes = ['truststore', X509, `${X509}/ca`, `${X509}/ca/acme`, `${X509}/ca/acme/a.crt`].map(
      directory.mode,
    );
    expect(modes).toEqual([0o700, 0o700, 0o700, 0o700, 0o600]);
  });

  it('makes a store that can be used', async () => {
    await addCertificates('tsa', 'clock', { 'a.crt': chain.root }, options());
    expect(
      await createFileTrustStore({ configDirectory: directory.path }).certificates('tsa', 'clock'),
    ).toHaveLength(1);
    expect(readdirSync(directory.path)).toEqual(['truststore']);
  });

  it('loses no certificate when several are added at once', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `${index}.crt`);
    await Promise.all(
      names.map((name) => addCertificates('ca', 'acme', { [name]: selfSigned.root }, options())),
    );
    expect(files('ca/acme').sort()).toEqual(names);
  });

  it('leaves no empty store if the file cannot be written', async () => {
    const added = addCertificates('ca', 'acme', { ['é'.repeat(250)]: selfSigned.root }, options());
    await expect(added).rejects.toMatchObject({ code: 'ERR_CONFIG_INVALID' });
    expect(files('ca')).toEqual([]);
  });

  it('never replaces a file, and then adds none of the others', async () => {
    await addCertificates('ca', 'acme', { 'a.crt': selfSigned.root }, options());
    const again = addCertificates('ca', 'acme', { 'b.crt': chain.root, 'a.crt': chain.root }, options());
    await expect(again).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: 'the trust store ca:acme already has "a.crt"',
    });
    expect(files('ca/acme')).toEqual(['a.crt']);
  });

  it('lets only one of two callers add the same file at the same time', async () => {
    const add = (content: string) => addCertificates('ca', 'acme', { 'a.crt': content }, options());
    const results = await Promise.allSettled([add(selfSigned.root), add(chain.root)]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('rejects a leaf that is not self-signed', async () => {
    const [leaf = ''] = chain.certificates.split(/(?<=-----END CERTIFICATE-----\n)/);
    await expect(addCertificates('ca', 'acme', { 'leaf.crt': leaf }, options())).rejects.toMatchObject({
      code: 'ERR_TRUST_STORE_INVALID',
      message: expect.stringMatching(/"leaf\.crt" cannot be added: .* is not a CA or self-signed/),
    });
    expect(readdirSync(directory.path)).toEqual([]);
  });

  it('rejects a certificate that is not a self-signed CA in a tsa store', async () => {
    await expect(
      addCertificates('tsa', 'acme', { 'a.crt': selfSigned.root }, options()),
    ).rejects.toMatchObject({
      code: 'ERR_TRUST_STORE_INVALID',
      message: expect.stringContaining('is not a self-signed CA'),
    });
  });

  it.each([
    ['a file that is not a certificate', 'hello', 'ERR_ENCODING_INVALID'],
    ['nothing', '', 'ERR_ENCODING_INVALID'],
    ['too much', new Uint8Array(4 * 1024 * 1024 + 1), 'ERR_LIMIT_EXCEEDED'],
    ['content that is not bytes', 5, 'ERR_ARGUMENT_INVALID'],
  ])('rejects %s', async (_, content, code) => {
    const added = addCertificates('ca', 'acme', { 'a.crt': content as string }, options());
    await expect(added).rejects.toMatchObject({ code, message: expect.stringContaining('"a.crt"') });
  });

  it('rejects a private key next to the certificate', async () => {
    const content = selfSigned.root + selfSigned.privateKey;
    await expect(addCertificates('ca', 'acme', { 'a.pem': content }, options())).rejects.toMatchObject({
      code: 'ERR_ENCODING_INVALID',
      message: expect.stringContaining('a PEM block "PRIVATE KEY"'),
    });
  });

  it.each([
    '',
    '.',
    '..',
    '../a.crt',
    'a/b.crt',
    'a\\b.crt',
    'a:b.crt',
    'a\0.crt',
    'a\n.crt',
    'x'.repeat(256),
  ])('rejects the file name %j', async (name) => {
    await expect(addCertificates('ca', 'acme', { [name]: selfSigned.root }, options())).rejects.toMatchObject(
      {
        code: 'ERR_ARGUMENT_INVALID',
        message: expect.stringContaining('is not a valid file name'),
      },
    );
  });

  it.each(['', '.', '..', 'a/b', '../acme', 'a b'])('rejects the store name %j', async (store) => {
    await expect(addCertificates('ca', store, { 'a.crt': selfSigned.root }, options())).rejects.toMatchObject(
      {
        code: 'ERR_ARGUMENT_INVALID',
        message: expect.stringContaining('is not a valid trust store name'),
      },
    );
  });

  it('rejects an unknown type', async () => {
    const added = addCertificates('..' as TrustStoreType, 'acme', { 'a.crt': selfSigned.root }, options());
    await expect(added).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining('the type of a trust store is'),
    });
  });

  it.each([
    ['no file', () => ({})],
    ['certificates without a name', () => selfSigned.root],
    ['certificates without names', () => [selfSigned.root]],
    ['nothing', () => null],
  ])('needs files by their names: rejects %s', async (_, files) => {
    const named = files() as unknown as Record<string, string>;
    await expect(addCertificates('ca', 'acme', named, options())).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
      message: expect.stringContaining('files must be an object'),
    });
  });

  it('does not write through a store that is a symbolic link', async () => {
    mkdirSync(join(directory.path, X509, 'ca'), { recursive: true });
    mkdirSync(join(directory.path, 'elsewhere'));
    symlinkSync(join(directory.path, 'elsewhere'), join(directory.path, X509, 'ca', 'acme'));
    await expect(
      addCertificates('ca', 'acme', { 'a.crt': selfSigned.root }, options()),
    ).rejects.toMatchObject({
      code: 'ERR_TRUST_STORE_INVALID',
      message: expect.stringContaining('symbolic link'),
    });
    expect(readdirSync(join(directory.path, 'elsewhere'))).toEqual([]);
  });
});

describe('removing certificates', () => {
  it('removes one file, and the store with the last', async () => {
    await addCertificates('ca', 'acme', { 'a.crt': selfSigned.root, 'b.crt': chain.root }, options());
    await removeCertificate('ca', 'acme', 'a.crt', options());
    expect(files('ca/acme')).toEqual(['b.crt']);
    await removeCertificate('ca', 'acme', 'b.crt', options());
    expect(files('ca')).toEqual([]);
  });

  it('removes a link instead of its target', async () => {
    await addCertificates('ca', 'acme', { 'a.crt': selfSigned.root }, options());
    const elsewhere = directory.put('elsewhere.crt', 'untouched');
    symlinkSync(elsewhere, join(directory.path, X509, 'ca/acme/b.crt'));
    await removeCertificate('ca', 'acme', 'b.crt', options());
    expect(files('ca/acme')).toEqual(['a.crt']);
    expect(directory.text('elsewhere.crt')).toBe('untouched');
  });

  it('rejects a file that does not exist', async () => {
    await addCertificates('ca', 'acme', { 'a.crt': selfSigned.root }, options());
    await expect(removeCertificate('ca', 'acme', 'b.crt', options())).rejects.toMatchObject({
      code: 'ERR_TRUST_STORE_NOT_FOUND',
      message: 'the trust store ca:acme has no "b.crt"',
    });
  });

  it('rejects a store that does not exist, and creates nothing', async () => {
    await expect(removeCertificate('ca', 'acme', 'a.crt', options())).rejects.toMatchObject({
      code: 'ERR_TRUST_STORE_NOT_FOUND',
    });
    expect(readdirSync(directory.path)).toEqual([]);
  });

  it('does not leave the store', async () => {
    directory.put('signingkeys.json', {});
    await addCertificates('ca', 'acme', { 'a.crt': selfSigned.root }, options());
    const path = '../../../../signingkeys.json';
    await expect(removeCertificate('ca', 'acme', path, options())).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
    });
  });

  it('does not remove a directory as if it were a certificate', async () => {
    mkdirSync(join(directory.path, X509, 'ca/acme/sub'), { recursive: true });
    await expect(removeCertificate('ca', 'acme', 'sub', options())).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: expect.stringContaining('cannot remove'),
    });
  });
});

describe('removing a named store', () => {
  it('removes all its files, and no other store', async () => {
    await addCertificates('ca', 'acme', { 'a.crt': selfSigned.root }, options());
    await addCertificates('ca', 'other', { 'a.crt': selfSigned.root }, options());
    writeFileSync(join(directory.path, X509, 'ca/acme/junk'), '');
    await removeNamedStore('ca', 'acme', options());
    expect(files('ca')).toEqual(['other']);
  });

  it('does not follow a link', async () => {
    mkdirSync(join(directory.path, X509, 'ca'), { recursive: true });
    mkdirSync(join(directory.path, 'elsewhere'));
    symlinkSync(join(directory.path, 'elsewhere'), join(directory.path, X509, 'ca', 'acme'));
    await expect(removeNamedStore('ca', 'acme', options())).rejects.toMatchObject({
      code: 'ERR_TRUST_STORE_INVALID',
    });
    expect(readdirSync(directory.path)).toContain('elsewhere');
  });

  it('rejects a store that does not exist', async () => {
    await expect(removeNamedStore('ca', 'acme', options())).rejects.toMatchObject({
      code: 'ERR_TRUST_STORE_NOT_FOUND',
    });
  });
});
