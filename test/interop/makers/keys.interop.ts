import { createSigner } from '../../../src/index.ts';
import { describeFileCases, type FileCase, PASSPHRASE } from './files.ts';

const CASES: readonly FileCase[] = [
  { maker: 'Bouncy Castle', variant: 'traditional' },
  { maker: 'Bouncy Castle', variant: 'pkcs8' },
  { maker: 'Bouncy Castle', variant: 'aes-256-cbc' },
  { maker: 'Bouncy Castle', variant: 'des3-cbc' },
  { maker: 'Bouncy Castle', variant: 'pbe-sha1-3des' },
  { maker: 'GnuTLS', variant: 'traditional' },
  { maker: 'GnuTLS', variant: 'pkcs8' },
  { maker: 'GnuTLS', variant: 'aes-128' },
  { maker: 'GnuTLS', variant: 'aes-192' },
  { maker: 'GnuTLS', variant: 'aes-256' },
  { maker: 'GnuTLS', variant: '3des' },
  { maker: 'GnuTLS', variant: '3des-pkcs12' },
  { maker: 'cryptography', variant: 'TraditionalOpenSSL' },
  { maker: 'cryptography', variant: 'PKCS8' },
  { maker: 'cryptography', variant: 'BestAvailableEncryption' },
];

describeFileCases('keys', 'key', CASES, {
  here: ({ content, leaf, authority }) =>
    createSigner({
      privateKey: content.toString(),
      certificates: leaf.certificate + authority.certificate,
      passphrase: PASSPHRASE,
    }),
  byOpenssl: ({ path }) => ['pkey', '-in', path, '-passin', `pass:${PASSPHRASE}`, '-noout', '-check'],
});
