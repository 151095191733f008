import { fill, read } from './inputs.mjs';

const pemOf = (der) =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n`;

export default [
  {
    of: 'x509/certificate.ts readCertificate',
    shape: 'URLs',
    n: 500,
    input: (n, { forgeLeaf, extensions }) =>
      forgeLeaf({ extensions: [extensions.crl(fill(n, () => 'http://a.example'))] }).der,
  },
  {
    of: 'x509/certificate.ts readCertificate',
    shape: 'a name of many attributes',
    n: 200,
    input: (n, { forgeLeaf }) => forgeLeaf({ subject: fill(n, () => ['OU', 'a']) }).der,
  },
  {
    of: 'x509/certificate.ts readCertificates',
    n: 20,
    input: (n, { forgeLeaf }) => pemOf(forgeLeaf().der).repeat(n),
    call: (f, pem) => f(pem, 'certificates'),
  },
  {
    of: 'x509/certificate.ts readChain',
    n: 20,
    input: (n, { forgeLeaf }) => pemOf(forgeLeaf().der).repeat(n),
  },
  {
    of: 'x509/certificate.ts parseCertificate',
    n: 500,
    input: (n, { forgeLeaf, extensions }) =>
      forgeLeaf({ extensions: [extensions.crl(fill(n, () => 'http://a.example'))] }).der,
  },
  {
    of: 'x509/certificate.ts parseCertificates',
    n: 20,
    input: (n, { forgeLeaf }) => pemOf(forgeLeaf().der).repeat(n),
  },
  {
    of: 'x509/distribution-points.ts readDistributionPoints',
    n: 20_000,
    input: (n, { der }) =>
      der.sequence(
        der.explicit(0, der.explicit(0, der.concat(fill(n, () => der.implicit(6, Uint8Array.of(0x61)))))),
      ),
    call: read(),
  },
  {
    of: 'x509/extension-list.ts readExtensionList',
    n: 200_000,
    input: (n, { extensions }) => extensions.of('1.2.3', new Uint8Array(n)),
    call: (f, bytes, tools) => read()(f, bytes, tools, {}),
  },
  {
    of: 'x509/extensions.ts readExtensions',
    n: 4000,
    input: (n, { extensions }) => extensions.crl(fill(n, () => 'http://a')),
    call: read(),
  },
  {
    of: 'x509/name.ts readName',
    n: 1000,
    input: (n, { nameOf }) => nameOf(fill(n, () => ['OU', 'a'])),
    call: read(),
  },
  {
    of: 'x509/name.ts subjectText',
    n: 1000,
    input: (n) => ({ subject: { attributes: fill(n, () => ({ type: 'OU', value: 'a,b' })) } }),
  },
  {
    of: 'x509/signature.ts readSignatureAlgorithm',
    n: 200_000,
    input: (n, { der }) => der.concat([der.oid('1.2.3'), der.octetString(new Uint8Array(n))]),
    call: read(),
  },
  {
    of: 'x509/public-key.ts readPublicKey',
    n: 100_000,
    input: (n, { der }) =>
      der.concat([
        der.sequence(der.oid('1.2.840.113549.1.1.1'), der.nullValue()),
        der.bitString(der.sequence(der.integer(new Uint8Array(n).fill(1)), der.integer(3))),
      ]),
    call: (f, bytes, tools) => read()(f, tools.der.sequence(bytes), tools),
  },
  {
    of: 'x509/revocation/crl.ts parseCrl',
    n: 200_000,
    input: (n, { forgeCrl, issuer }) => forgeCrl({ issuer, entries: [new Uint8Array(n)] }),
  },
  {
    of: 'x509/revocation/crl-extensions.ts readCrlExtensions',
    n: 1000,
    input: (n, { crlExtensions }) => crlExtensions.scope({ addresses: fill(n, () => 'http://a') }),
  },
  {
    of: 'x509/revocation/crl-scope.ts readCrlScope',
    n: 20_000,
    input: (n, { der }) =>
      der.sequence(
        der.explicit(0, der.explicit(0, der.concat(fill(n, () => der.implicit(6, new Uint8Array()))))),
      ),
    call: read('ERR_CRL_INVALID'),
  },
  {
    of: 'x509/revocation/crl-entries.ts CrlEntries',
    shape: 'in no order',
    n: 20_000,
    input: (n, { forgeCrlEntry, der }) =>
      der.concat(
        fill(n, (i) =>
          forgeCrlEntry({ serialNumber: Buffer.from([0x40, (i * 7919) >> 16, (i * 7919) >> 8, i * 7919]) }),
        ),
      ),
    call: (f, bytes) => new f(bytes).find('40010203'),
  },
  {
    of: 'x509/revocation/crl-entries.ts CrlEntries',
    shape: 'of one serial number',
    n: 20_000,
    input: (n, { forgeCrlEntry, der }) =>
      der.concat(fill(n, () => forgeCrlEntry({ serialNumber: Uint8Array.of(0x40) }))),
    call: (f, bytes) => new f(bytes).find('41'),
  },
  {
    of: 'x509/revocation/ocsp-response.ts parseOcspResponse',
    n: 1000,
    input: (n, { forgeOcsp, issuer }) =>
      forgeOcsp({
        signer: issuer,
        responses: [],
        certificates: [Buffer.concat([Uint8Array.of(0x30, 0x82, n >> 8, n & 255), new Uint8Array(n)])],
      }),
  },
  {
    of: 'x509/timestamp/cms.ts parseSignedData',
    shape: 'attributes',
    n: 15,
    input: (n, { forgeToken, forgeSignerInfo, attribute, der, issuer }) =>
      forgeToken({
        info: new Uint8Array(),
        certificates: [],
        signers: [signerWith(n, { forgeSignerInfo, attribute, der, issuer })],
      }),
  },
  {
    of: 'x509/timestamp/cms.ts parseSignedData',
    shape: 'the content',
    n: 50_000,
    input: (n, { forgeToken }) => forgeToken({ info: new Uint8Array(n), certificates: [], signers: [] }),
  },
  {
    of: 'x509/timestamp/tst-info.ts parseTstInfo',
    n: 100_000,
    input: (n, { forgeTstInfo }) =>
      forgeTstInfo({ signature: new Uint8Array(), nonce: new Uint8Array(n).fill(1) }),
  },
  {
    of: 'x509/timestamp/timestamp-response.ts readTimestampResponse',
    n: 10_000,
    input: (n, { der }) =>
      der.sequence(der.sequence(der.integer(2), der.sequence(der.utf8String('a'.repeat(n))))),
    call: (f, bytes) => f(bytes, 'the authority'),
    throws: 'ERR_TIMESTAMP_REFUSED',
  },
];

function signerWith(n, { forgeSignerInfo, attribute, der, issuer }) {
  const attributes = fill(n, (i) => attribute(`1.2.${i}`, der.nullValue()));
  return forgeSignerInfo(new Uint8Array(), { signer: issuer, moreAttributes: attributes });
}
