import { fill, read } from './inputs.mjs';

export default [
  {
    of: 'asn1/ber.ts toDer',
    shape: 'many elements',
    n: 1000,
    input: (n, { der }) => der.sequence(der.concat(fill(n, () => der.nullValue()))),
    call: (f, ber) => f(ber, { what: 'input', code: 'ERR_TIMESTAMP_INVALID', maxBytes: 2 ** 24 }),
  },
  {
    of: 'asn1/ber.ts toDer',
    shape: 'an octet string in pieces',
    n: 1000,
    input: (n, { der }) => der.element(0x24, der.concat(fill(n, () => der.octetString(Uint8Array.of(1))))),
    call: (f, ber) =>
      f(ber, { what: 'input', code: 'ERR_TIMESTAMP_INVALID', maxBytes: 2 ** 24, streamed: true }),
  },
  {
    of: 'asn1/values.ts readInteger',
    n: 500_000,
    input: (n, { der }) => der.integer(new Uint8Array(n).fill(1)),
    call: read(),
  },
  {
    of: 'asn1/values.ts readByteAlignedBitString',
    n: 500_000,
    input: (n, { der }) => der.bitString(new Uint8Array(n)),
    call: read(),
  },
  {
    of: 'asn1/values.ts readNamedBits',
    n: 500_000,
    input: (n, { der }) => der.bitString(new Uint8Array(n)),
    call: read(),
  },
  {
    of: 'asn1/values.ts stringValue',
    shape: 'PrintableString',
    n: 100_000,
    input: (n, { der }) => der.printableString('a'.repeat(n)),
    call: (f, bytes, { DerReader }) => {
      const reader = new DerReader(bytes, 'name', 'ERR_CERTIFICATE_INVALID');
      return f(reader, reader.read());
    },
  },
  {
    of: 'asn1/values.ts stringValue',
    shape: 'BMPString',
    n: 100_000,
    input: (n, { der }) => der.element(0x1e, Buffer.from('\0a'.repeat(n))),
    call: (f, bytes, { DerReader }) => {
      const reader = new DerReader(bytes, 'name', 'ERR_CERTIFICATE_INVALID');
      return f(reader, reader.read());
    },
  },
  {
    of: 'asn1/ecdsa-signature.ts readEcdsaSignature',
    n: 200_000,
    input: (n, { der }) => der.sequence(der.integer(new Uint8Array(n).fill(1)), der.integer(1)),
    call: (f, bytes, tools) => read()(f, bytes, tools, 32),
  },
];
