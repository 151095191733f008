import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decodePem } from '../../../src/encoding/pem.ts';
import { createFileTrustStore } from '../../../src/node/index.ts';
import {
  generateTestCertificate,
  generateTestChain,
  type TestCertificate,
} from '../../../src/testing/index.ts';

let root: string;
let selfSigned: TestCertificate;
let chain: TestCertificate;

beforeAll(async () => {
  selfSigned = await generateTestCertificate({ name: 'acme.example', keySpec: 'EC-256' });
  chain = await generateTestChain({ name: 'acme.example', keySpec: 'EC-256' });
});

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trust-store-'));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function put(store: string, file: string, content: string | Uint8Array): void {
  const directory = join(root, 'truststore', 'x509', store);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, file), content);
}

describe('a trust store in files', () => {
  it('reads PEM and DER, whatever the extension', async () => {
    put('ca/acme', 'root.txt', selfSigned.root);
    put('ca/acme', 'root.der', decodePem(chain.root)[0]?.der ?? '');
    expect(await createFileTrustStore({ configDirectory: root }).certificates('ca', 'acme')).toHaveLength(2);
  });

  it('reads several certificates of one file', async () => {
    put('ca/acme', 'bundle.pem', selfSigned.root + chain.root);
    expect(await createFileTrustStore({ configDirectory: root }).certificates('ca', 'acme')).toHaveLength(2);
  });

  it('is read again each time', async () => {
    const trustStore = createFileTrustStore({ configDirectory: root });
    put('ca/acme', 'a.pem', selfSigned.root);
    await trustStore.certificates('ca', 'acme');
    put('ca/acme', 'b.pem', chain.root);
    expect(await trustStore.certificates('ca', 'acme')).toHaveLength(2);
  });

  it('keeps the types apart', async () => {
    put('ca/acme', 'root.pem', selfSigned.root);
    await expect(
      createFileTrustStore({ configDirectory: root }).certificates('signingAuthority', 'acme'),
    ).rejects.toMatchObject({
      code: 'ERR_TRUST_STORE_NOT_FOUND',
    });
  });

  it.each(['.', '..', 'a/b', '../ca/acme', '', 'a b'])('rejects the name %j', async (name) => {
    put('ca/acme', 'root.pem', selfSigned.root);
    await expect(
      createFileTrustStore({ configDirectory: root }).certificates('ca', name),
    ).rejects.toMatchObject({
      code: 'ERR_TRUST_STORE_INVALID',
    });
  });

  it('rejects an empty store', async () => {
    mkdirSync(join(root, 'truststore/x509/ca/acme'), { recursive: true });
    await expect(
      createFileTrustStore({ configDirectory: root }).certificates('ca', 'acme'),
    ).rejects.toMatchObject({
      code: 'ERR_TRUST_STORE_INVALID',
      message: expect.stringContaining('empty'),
    });
  });

  it('rejects a directory inside', async () => {
    put('ca/acme', 'root.pem', selfSigned.root);
    put('ca/acme/more', 'root.pem', selfSigned.root);
    await expect(
      createFileTrustStore({ configDirectory: root }).certificates('ca', 'acme'),
    ).rejects.toMatchObject({
      code: 'ERR_TRUST_STORE_INVALID',
      message: expect.stringContaining('more'),
    });
  });

  it('rejects a symbolic link inside', async () => {
    put('ca/other', 'root.pem', selfSigned.root);
    put('ca/acme', 'root.pem', selfSigned.root);
    symlinkSync(
      join(root, 'truststore/x509/ca/other/root.pem'),
      join(root, 'truststore/x509/ca/acme/link.pem'),
    );
    await expect(
      createFileTrustStore({ configDirectory: root }).certificates('ca', 'acme'),
    ).rejects.toMatchObject({
      code: 'ERR_TRUST_STORE_INVALID',
    });
  });

  it('refuses to be a symbolic link', async () => {
    put('ca/other', 'root.pem', selfSigned.root);
    symlinkSync(join(root, 'truststore/x509/ca/other'), join(root, 'truststore/x509/ca/acme'));
    await expect(
      createFileTrustStore({ configDirectory: root }).certificates('ca', 'acme'),
    ).rejects.toMatchObject({
      code: 'ERR_TRUST_STORE_INVALID',
    });
  });

  it('rejects a leaf that another certificate issued', async () => {
    put('ca/acme', 'leaf.pem', chain.certificates.split(/(?=-----BEGIN)/)[0] ?? '');
    await expect(
      createFileTrustStore({ configDirectory: root }).certificates('ca', 'acme'),
    ).rejects.toMatchObject({
      code: 'ERR_TRUST_STORE_INVALID',
      message: expect.stringContaining('acme.example'),
    });
  });

  it('rejects a file without a certificate, and names it', async () => {
    put('ca/acme', 'root.pem', selfSigned.root);
    put('ca/acme', 'notes.txt', 'hello');
    await expect(
      createFileTrustStore({ configDirectory: root }).certificates('ca', 'acme'),
    ).rejects.toMatchObject({
      code: 'ERR_TRUST_STORE_INVALID',
      message: expect.stringContaining('notes.txt'),
    });
  });

  it('rejects a private key next to a certificate', async () => {
    put('ca/acme', 'root.pem', selfSigned.root + selfSigned.privateKey);
    await expect(
      createFileTrustStore({ configDirectory: root }).certificates('ca', 'acme'),
    ).rejects.toMatchObject({
      code: 'ERR_TRUST_STORE_INVALID',
    });
  });

  it('does not fall back to the store of this machine when a path is given instead of the options', () => {
    const wrong = root as unknown as { configDirectory: string };
    expect(() => createFileTrustStore(wrong)).toThrow(
      expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID' }),
    );
  });
});
