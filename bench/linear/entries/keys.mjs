import { fill, read } from './inputs.mjs';

export default [
  {
    of: 'keys/private-key.ts readPrivateKey',
    shape: 'PEM of spaces',
    n: 50_000,
    input: (n) => `${' '.repeat(n)}a`,
    throws: 'ERR_KEY_INVALID',
  },
  {
    of: 'keys/private-key.ts readPrivateKey',
    shape: 'many blocks',
    n: 1000,
    input: (n) => '-----BEGIN A-----\nAAAA\n-----END A-----\n'.repeat(n),
    throws: 'ERR_KEY_INVALID',
  },
  {
    of: 'keys/pkcs12/read-pkcs12.ts readPkcs12',
    n: 4000,
    input: (n, { der }) => der.sequence(der.integer(3), der.concat(fill(n, () => der.nullValue()))),
    throws: 'ERR_KEY_INVALID',
  },
  {
    of: 'keys/pkcs12/safe-contents.ts readData',
    n: 200_000,
    input: (n, { der }) =>
      der.concat([der.oid('1.2.840.113549.1.7.1'), der.explicit(0, der.octetString(new Uint8Array(n)))]),
    call: read('ERR_KEY_INVALID'),
  },
];
