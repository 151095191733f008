import { createSigner } from '../../../src/index.ts';
import { describeFileCases, type FileCase, PASSPHRASE } from './files.ts';

/** The makers read the key from PKCS #8, which has the curve elsewhere. */
const withoutCurve: Pick<FileCase, 'keys' | 'unlike'> = {
  keys: ['EC-256'],
  unlike: { here: 'read', openssl: 'refused', why: 'the file does not name the curve; the certificate does' },
};

const CASES: readonly FileCase[] = [
  { maker: 'Bouncy Castle', variant: 'traditional', keys: ['RSA-2048'] },
  { maker: 'Bouncy Castle', variant: 'traditional', ...withoutCurve },
  { maker: 'Bouncy Castle', variant: 'pkcs8' },
  { maker: 'Bouncy Castle', variant: 'aes-256-cbc' },
  { maker: 'Bouncy Castle', variant: 'des3-cbc' },
  { maker: 'Bouncy Castle', variant: 'pbe-sha1-3des' },
  { maker: 'GnuTLS', variant: 'traditional', keys: ['RSA-2048'] },
  { maker: 'GnuTLS', variant: 'traditional', ...withoutCurve },
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
