import { createSigner } from '../../../src/index.ts';
import { readPkcs12 } from '../../../src/keys/index.ts';
import { describeFileCases, type FileCase, PASSPHRASE } from './files.ts';

const gcm: Pick<FileCase, 'unlike'> = {
  unlike: { here: 'ERR_KEY_INVALID', openssl: 'refused', why: 'AES-GCM in PBES2; neither knows it' },
};

const CASES: readonly FileCase[] = [
  { maker: 'Bouncy Castle', variant: 'PKCS12' },
  { maker: 'Bouncy Castle', variant: 'PKCS12-DEF' },
  { maker: 'Bouncy Castle', variant: 'PKCS12-3DES-3DES' },
  { maker: 'Bouncy Castle', variant: 'PKCS12-AES256-AES128' },
  { maker: 'Bouncy Castle', variant: 'PKCS12-AES256-AES128-GCM', ...gcm },
  { maker: 'JDK', variant: 'PKCS12' },
  { maker: 'GnuTLS', variant: 'aes-128' },
  { maker: 'GnuTLS', variant: 'aes-192' },
  { maker: 'GnuTLS', variant: 'aes-256' },
  { maker: 'GnuTLS', variant: '3des' },
  { maker: 'GnuTLS', variant: '3des-pkcs12' },
  { maker: 'NSS', variant: 'AES-128-CBC' },
  { maker: 'NSS', variant: 'AES-256-CBC' },
  { maker: 'NSS', variant: 'DES-EDE3-CBC' },
  { maker: 'easy-rsa', variant: 'critical' },
  { maker: 'cryptography', variant: 'BestAvailableEncryption' },
  { maker: 'cryptography', variant: 'PBESv1SHA1And3KeyTripleDESCBC' },
  {
    maker: 'cryptography',
    variant: 'NoEncryption',
    unlike: {
      here: 'ERR_PASSPHRASE_INVALID',
      openssl: 'refused',
      why: 'its MAC has an empty passphrase, and another one was given',
    },
  },
];

describeFileCases('key stores', 'pkcs12', CASES, {
  here: async ({ content }) => createSigner(await readPkcs12(content, { passphrase: PASSPHRASE })),
  byOpenssl: ({ path }) => ['pkcs12', '-in', path, '-passin', `pass:${PASSPHRASE}`, '-noenc', '-legacy'],
});
