// The inputs with which `npm run bench -- --linear` measures every function that reads what comes from outside. An entry:
//   of      the file below `src`, and the function
//   shape   what the input is, if there are several
//   n       its size; the function is measured at n and at 4n
//   input   makes it; `tools` has the forgers of the tests
//   call    calls the function with it; with the input as the only argument if it is left out
//   throws  the code of the error with which the function rejects it
const read =
  (code = 'ERR_CERTIFICATE_INVALID') =>
  (f, bytes, { DerReader }, ...more) =>
    f(new DerReader(bytes, 'input', code), ...more);
const json = (value) => Buffer.from(JSON.stringify(value));
const fill = (n, make) => Array.from({ length: n }, (_, i) => make(i));
const members = (n, make) => Object.fromEntries(fill(n, (i) => [`name${i}`, make(i)]));
const digest = `sha256:${'0'.repeat(64)}`;
const manifest = (more) => ({
  schemaVersion: 2,
  mediaType: MANIFEST,
  config: content(),
  layers: [content()],
  ...more,
});
const content = () => ({ mediaType: 'application/octet-stream', digest, size: 2 });
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const EMPTY = 'application/vnd.oci.empty.v1+json';
const SIGNATURE = 'application/vnd.cncf.notary.signature';
const stored = { mediaType: MANIFEST, digest, size: 2 };
const response = (body) => ({ body, truncated: false, peer: 'peer', url: new URL('https://peer.example') });
const anySchema = ({ schema }) => schema.record(schema.string());
const policy = (statements) => json({ version: '1.0', trustPolicies: statements });
const statement = (i, more) => ({
  name: `statement${i}`,
  signatureVerification: { level: 'strict' },
  trustStores: ['ca:acme'],
  trustedIdentities: ['*'],
  ...more,
});
const ANY_KIND = {
  readStatement: (_, _dialect, report) => report('is rejected'),
  checkTogether: () => undefined,
};
const chainOf = (certificates) => certificates;

export const entries = [
  // asn1
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
  // encoding
  { of: 'encoding/base64.ts decodeBase64', n: 200_000, input: (n) => 'AAAA'.repeat(n) },
  { of: 'encoding/base64.ts decodeBase64Url', n: 50_000, input: (n) => 'A-_A'.repeat(n) },
  { of: 'encoding/bytes.ts decodeLatin1', n: 500_000, input: (n) => new Uint8Array(n) },
  { of: 'encoding/bytes.ts decodeUtf16', n: 500_000, input: (n) => new Uint8Array(2 * n) },
  { of: 'encoding/bytes.ts decodeUtf8', n: 500_000, input: (n) => new Uint8Array(n).fill(0x61) },
  { of: 'encoding/hex.ts encodeHex', n: 200_000, input: (n) => new Uint8Array(n) },
  { of: 'encoding/hex.ts decodeHex', n: 100_000, input: (n) => 'ab'.repeat(n) },
  {
    of: 'encoding/digest.ts parseDigest',
    n: 200_000,
    input: (n) => `sha256:${'0'.repeat(n)}`,
    throws: 'ERR_DESCRIPTOR_INVALID',
  },
  {
    of: 'encoding/json.ts parseJson',
    shape: 'many values',
    n: 50_000,
    input: (n) => json(fill(n, () => 0)),
    call: (f, bytes) => f(bytes, 'input'),
  },
  {
    of: 'encoding/json.ts parseJson',
    shape: 'many members',
    n: 4000,
    input: (n) => json(members(n, () => 0)),
    call: (f, bytes) => f(bytes, 'input'),
  },
  {
    of: 'encoding/json.ts parseJson',
    shape: 'names before white space',
    n: 100_000,
    input: (n) => Buffer.from(`{"a"${' '.repeat(n)}:1}`),
    call: (f, bytes) => f(bytes, 'input'),
  },
  {
    of: 'encoding/json.ts parseJson',
    shape: 'a string of escapes',
    n: 100_000,
    input: (n) => Buffer.from(`"${'\\\\'.repeat(n)}"`),
    call: (f, bytes) => f(bytes, 'input'),
  },
  {
    of: 'encoding/json.ts parseJson',
    shape: 'quotation marks that never close',
    n: 100_000,
    input: (n) => Buffer.from(`"${'\\"'.repeat(n)}`),
    call: (f, bytes) => f(bytes, 'input'),
    throws: 'ERR_ENCODING_INVALID',
  },
  {
    of: 'encoding/pem.ts decodePem',
    shape: 'a line of spaces and a letter',
    n: 200_000,
    input: (n) => `${' '.repeat(n)}a`,
  },
  {
    of: 'encoding/pem.ts decodePem',
    shape: 'lines of spaces in a block',
    n: 10_000,
    input: (n) => `-----BEGIN A-----\n${'  \n'.repeat(n)}-----END A-----\n`,
  },
  {
    of: 'encoding/pem.ts decodePem',
    shape: 'headers',
    n: 5000,
    input: (n) => `-----BEGIN A-----\n${'a: b\n'.repeat(n)}\nAAAA\n-----END A-----\n`,
  },
  {
    of: 'encoding/pem.ts decodePem',
    shape: 'many blocks',
    n: 4000,
    input: (n) => '-----BEGIN A-----\nAAAA\n-----END A-----\n'.repeat(n),
  },
  {
    of: 'encoding/pem.ts decodePem',
    shape: 'a label of letters and spaces',
    n: 100_000,
    input: (n) => `-----BEGIN ${'A '.repeat(n)}----x`,
  },
  {
    of: 'encoding/pem.ts decodePem',
    shape: 'one large block',
    n: 200_000,
    input: (n) => Buffer.from(`-----BEGIN A-----\n${'AAAA'.repeat(n)}\n-----END A-----\n`),
  },
  {
    of: 'encoding/document.ts parseDocument',
    shape: 'as described',
    n: 4000,
    input: (n) => json(members(n, String)),
    call: (f, bytes, tools) => f(anySchema(tools), bytes, 'input', 'ERR_CONFIG_INVALID'),
  },
  {
    of: 'encoding/document.ts parseDocument',
    shape: 'wrong members',
    n: 4000,
    input: (n) => json(members(n, () => 0)),
    call: (f, bytes, tools) => f(anySchema(tools), bytes, 'input', 'ERR_CONFIG_INVALID'),
    throws: 'ERR_CONFIG_INVALID',
  },
  { of: 'encoding/registry-host.ts canonicalHost', n: 20_000, input: (n) => 'a.'.repeat(n) },
  // errors and net
  { of: 'errors/quote.ts quote', n: 500_000, input: (n) => '\u202e'.repeat(n) },
  { of: 'errors/quote.ts oneLine', n: 500_000, input: (n) => ' '.repeat(n) },
  { of: 'errors/quote.ts escapeUnprintable', n: 10_000, input: (n) => '\u0001'.repeat(n) },
  {
    of: 'net/redact.ts createRedact',
    shape: 'at signs and question marks',
    n: 50_000,
    input: (n) => 'https://@?'.repeat(n),
    call: (f, text) => f(['secret'])(text),
  },
  {
    of: 'net/redact.ts createRedact',
    shape: 'one URL of slashes',
    n: 50_000,
    input: (n) => `https:${'/'.repeat(n)}@`,
    call: (f, text) => f(['secret'])(text),
  },
  {
    of: 'net/redact.ts createRedact',
    shape: 'the start of a secret',
    n: 50_000,
    input: (n) => 'a'.repeat(n),
    call: (f, text) => f([`${'a'.repeat(1000)}b`])(text),
  },
  {
    of: 'net/body.ts readAtMost',
    shape: 'small chunks',
    n: 5000,
    input: (n) => n,
    call: (f, n) => f(streamOf(n), { maxBytes: 2 ** 24, signal: new AbortController().signal, expected: 0 }),
  },
  {
    of: 'net/content-coding.ts decodeBody',
    n: 100_000,
    input: (n, { gzipSync }) => gzipSync(Buffer.alloc(n)),
    call: (f, body) =>
      f(body, new Headers({ 'content-encoding': 'gzip' }), {
        maxBytes: 2 ** 24,
        signal: new AbortController().signal,
      }),
  },
  {
    of: 'net/json.ts readJson',
    n: 4000,
    input: (n) => json(members(n, String)),
    call: (f, bytes, tools) => f(anySchema(tools), response(bytes), 'ERR_REGISTRY_RESPONSE'),
  },
  {
    of: 'net/json.ts readExplanation',
    n: 4000,
    input: (n) => json(members(n, String)),
    call: (f, bytes, tools) => f(anySchema(tools), response(bytes)),
  },
  // envelope
  {
    of: 'envelope/cbor-reader.ts readCbor',
    shape: 'an array',
    n: 2400,
    input: (n, { cbor }) => cbor(fill(n, () => 0)),
    call: (f, bytes) => f(bytes, 'input'),
  },
  {
    of: 'envelope/cbor-reader.ts readCbor',
    shape: 'a map',
    n: 1200,
    input: (n, { cbor, Pairs }) => cbor(new Pairs(fill(n, (i) => [`name${i}`, 0]))),
    call: (f, bytes) => f(bytes, 'input'),
  },
  {
    of: 'envelope/cbor-reader.ts readCbor',
    shape: 'a long string',
    n: 200_000,
    input: (n, { cbor }) => cbor('a'.repeat(n)),
    call: (f, bytes) => f(bytes, 'input'),
  },
  {
    of: 'envelope/cose-reader.ts parseCose',
    n: 1000,
    input: (n, { forgeCose }) => forgeCose({ headers: fill(n, (i) => [`name${i}`, 'a']) }),
    call: (f, bytes) => f(bytes, chainOf),
  },
  {
    of: 'envelope/jws-reader.ts parseJws',
    shape: 'a payload',
    n: 500_000,
    input: (n, { forgeJws }) => forgeJws({ payload: 'a'.repeat(n) }),
    call: (f, bytes) => f(bytes, chainOf),
  },
  {
    of: 'envelope/jws-reader.ts parseJws',
    shape: 'attributes',
    n: 1000,
    input: (n, { forgeJws }) => forgeJws({ headers: members(n, String) }),
    call: (f, bytes) => f(bytes, chainOf),
  },
  {
    of: 'envelope/envelope.ts parseEnvelope',
    n: 500_000,
    input: (n, { forgeJws }) => forgeJws({ payload: 'a'.repeat(n) }),
    call: (f, bytes) => f(bytes, 'application/jose+json'),
  },
  {
    of: 'envelope/payload.ts parsePayload',
    n: 2000,
    input: (n) => json({ targetArtifact: { ...content(), annotations: members(n, String) } }),
  },
  { of: 'envelope/rfc3339.ts parseRfc3339', n: 100_000, input: (n) => `2026-01-01T00:00:00${'0'.repeat(n)}` },
  // keys
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
  // node
  {
    of: 'node/plugins/read-zip.ts readZip',
    n: 20_000,
    input: (n) => Buffer.from('PK\x05\x06'.repeat(n)),
    call: drain,
    throws: 'ERR_PLUGIN_INVALID',
  },
  {
    of: 'node/plugins/read-tar.ts readTarGz',
    n: 500,
    input: (n, { gzipSync }) => gzipSync(Buffer.alloc(512 * n)),
    call: drain,
  },
  // oci
  {
    of: 'oci/documents.ts parseIndex',
    n: 1500,
    input: (n) => json({ schemaVersion: 2, manifests: fill(n, content) }),
    call: (f, bytes) => f(bytes, 'index'),
  },
  {
    of: 'oci/documents.ts parseReferrer',
    shape: 'annotations',
    n: 4000,
    input: (n) => json(manifest({ annotations: members(n, String) })),
    call: (f, bytes) => f(bytes, stored),
  },
  {
    of: 'oci/documents.ts parseReferrer',
    shape: 'wrong annotations',
    n: 1000,
    input: (n) => json(manifest({ annotations: members(n, () => 0) })),
    call: (f, bytes) => f(bytes, stored),
    throws: 'ERR_MANIFEST_INVALID',
  },
  { of: 'oci/platform.ts parsePlatform', n: 50_000, input: (n) => 'a/'.repeat(n) },
  {
    of: 'oci/reference.ts parseReference',
    n: 250,
    input: (n) => `registry.example/${'a-_.'.repeat(n)}`.slice(0, 4 * n),
    throws: 'ERR_REFERENCE_INVALID',
  },
  {
    of: 'oci/registry/challenge.ts parseChallenges',
    shape: 'a name and spaces',
    n: 2000,
    input: (n) => `Basic${' '.repeat(n)}`,
  },
  {
    of: 'oci/registry/challenge.ts parseChallenges',
    shape: 'letters',
    n: 2000,
    input: (n) => `Basic ${'a'.repeat(n)}`,
  },
  {
    of: 'oci/registry/challenge.ts parseChallenges',
    shape: 'equals signs',
    n: 2000,
    input: (n) => `Basic ${'a=='.repeat(n / 3)}x`,
  },
  {
    of: 'oci/registry/challenge.ts parseChallenges',
    shape: 'quotation marks that never close',
    n: 2000,
    input: (n) => 'a="'.repeat(n / 3),
  },
  {
    of: 'oci/registry/challenge.ts parseChallenges',
    shape: 'backslashes',
    n: 2000,
    input: (n) => `a="${'\\'.repeat(n)}`,
  },
  { of: 'oci/registry/link.ts nextLink', shape: 'brackets', n: 4000, input: (n) => '<'.repeat(n) },
  {
    of: 'oci/registry/link.ts nextLink',
    shape: 'semicolons and spaces',
    n: 4000,
    input: (n) => `<a>;${' '.repeat(n)}`,
  },
  {
    of: 'oci/registry/link.ts nextLink',
    shape: 'many links',
    n: 4000,
    input: (n) => '<a>; rel=x,'.repeat(n),
  },
  // plugin
  {
    of: 'plugin/responses.ts decodeBytes',
    n: 200_000,
    input: (n) => 'AAAA'.repeat(n),
    call: (f, text) => f({ name: 'plugin' }, 'signature', text),
  },
  { of: 'plugin/responses.ts pluginText', n: 200_000, input: (n) => '\n '.repeat(n) },
  { of: 'plugin/version.ts parseVersion', n: 50_000, input: (n) => `1.0.0-${'a.'.repeat(n)}` },
  // policy
  {
    of: 'policy/read-document.ts parsePolicy',
    n: 20,
    input: (n) => json({ version: '1.0', trustPolicies: fill(n, () => 0) }),
    call: (f, bytes) => f(bytes, {}, ANY_KIND),
    throws: 'ERR_POLICY_INVALID',
  },
  {
    of: 'policy/read-document.ts readPolicy',
    n: 20,
    input: (n) => json({ version: '1.0', trustPolicies: fill(n, () => 0) }),
    call: (f, bytes) => f(bytes, {}, ANY_KIND),
  },
  {
    of: 'policy/distinguished-name.ts parseDistinguishedName',
    n: 250,
    input: (n) => fill(n / 5, (i) => `A${i}=a`).join(','),
  },
  {
    of: 'policy/trust-stores.ts readTrustStores',
    n: 1000,
    input: (n) => fill(n, (i) => `ca:a${i}`),
    call: (f, values) => f(values, () => undefined),
  },
  {
    of: 'policy/parse.ts parseTrustPolicy',
    shape: 'statements',
    n: 250,
    input: (n) => policy(fill(n, (i) => statement(i, { registryScopes: [`registry.example/a${i}`] }))),
  },
  {
    of: 'policy/parse.ts parseTrustPolicy',
    shape: 'identities',
    n: 5,
    input: (n) =>
      policy(
        fill(n, (i) =>
          statement(i, {
            registryScopes: [`registry.example/a${i}`],
            trustedIdentities: fill(100, (j) => `x509.subject: C=US,ST=WA,O=acme${j}`),
          }),
        ),
      ),
  },
  {
    of: 'policy/parse.ts parseTrustPolicy',
    shape: 'scopes',
    n: 500,
    input: (n) => policy([statement(0, { registryScopes: fill(n, (i) => `registry.example/a${i}`) })]),
  },
  {
    of: 'policy/parse-blob.ts parseBlobTrustPolicy',
    n: 60,
    input: (n) => policy(fill(n, (i) => statement(i))),
  },
  // registries and storage
  { of: 'registries/ecr-host.ts readEcrHost', n: 20_000, input: (n) => `${'1'.repeat(n)}.dkr.ecr.` },
  { of: 'storage/contents.ts blobsOf', n: 200, input: (n) => json(manifest({ layers: fill(n, content) })) },
  {
    of: 'storage/platforms.ts parsePlatforms',
    n: 25,
    input: (n) => json({ schemaVersion: 2, manifests: fill(n, () => stored) }),
    call: (f, bytes) => f(bytes, digest),
  },
  {
    of: 'storage/signature-manifest.ts parseSignatureManifest',
    n: 1000,
    input: (n) =>
      json(
        manifest({
          artifactType: SIGNATURE,
          config: { ...content(), mediaType: EMPTY },
          subject: content(),
          annotations: members(n, String),
        }),
      ),
    call: (f, bytes) => f(bytes, MANIFEST),
  },
  // x509
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

const SMALL = 'rejects anything longer than a few bytes';
const OPTIONS = 'reads what the caller gives, not what comes from outside';
const FILE = 'reads bytes of a file up to a limit, and leaves their content to others';
const DOCUMENT = 'reads a file up to a limit, and gives it to parseDocument';
/** The functions of such a name that need no entry, with the reason. */
export const exemptions = {
  'asn1/key-algorithm.ts readKeyAlgorithm': 'reads one object identifier, which readOid bounds',
  'asn1/fine-time.ts readFineTime': SMALL,
  'asn1/values.ts readAlgorithmOid':
    'reads one object identifier, which readOid bounds, and skips an element',
  'asn1/values.ts readBoolean': SMALL,
  'asn1/values.ts readOid': SMALL,
  'asn1/values.ts readSmallInteger': SMALL,
  'asn1/values.ts readTime': SMALL,
  'encoding/bytes.ts readBytes': OPTIONS,
  'encoding/clock.ts readClock': OPTIONS,
  'envelope/payload.ts readUserMetadata': OPTIONS,
  'keys/pbes2.ts readDerivation': 'reads parameters, whose cost KeyDerivationBudget bounds',
  'net/addresses.ts parseServiceUrl': OPTIONS,
  'node/config/read-config-file.ts readConfigFile': DOCUMENT,
  'node/config/settings.ts readNotationSettings': DOCUMENT,
  'node/config/signing-key-list.ts readKeyList': DOCUMENT,
  'node/files/read-file.ts readBytes': FILE,
  'node/files/read-file.ts readRegularFile': FILE,
  'node/files/read-settled.ts readSettled': 'calls another function again, which reads',
  'node/files/read-file.ts readRegularFileIfExists': FILE,
  'node/layout/blobs.ts readBlob': FILE,
  'node/layout/blobs.ts readManifest': FILE,
  'node/layout/blobs.ts readManifestByDigest': FILE,
  'node/layout/blobs.ts readPart': FILE,
  'node/layout/index-json.ts readIndex': 'reads a file up to a limit, and gives it to parseIndex',
  'node/layout/layout-files.ts readLayoutFile': FILE,
  'node/plugins/package-source.ts readPackage': FILE,
  'oci/registry/referrers-tag.ts readReferrersTag':
    'fetches a manifest up to a limit, and gives it to parseIndex',
  'oci/repository.ts readBlobOptions': OPTIONS,
  'oci/repository.ts readReferrersOptions': OPTIONS,
  'policy/given-policy.ts readGivenPolicy': 'gives the document to parsePolicy',
  'policy/identities.ts readTrustedIdentities':
    'compares each identity with each other one, of which a statement has at most 256; measured by parseTrustPolicy',
  'policy/read-document.ts readShared': 'measured by parseTrustPolicy',
  'signer/signing.ts readSigning': OPTIONS,
  'storage/artifact.ts readReference': 'gives the text to parseReference',
  'storage/contents.ts readManifest': 'fetches a manifest up to a limit, and leaves its content to others',
  'storage/platforms.ts readPlatform': 'measured by parsePlatforms',
  'net/budget.ts readLimits': OPTIONS,
  'storage/read-ahead.ts readAhead': 'reads items of a list, not bytes',
  'testing/subject.ts parseSubject': OPTIONS,
  'testing/timestamp-token.ts readRequest': OPTIONS,
  'verifier/context.ts readRequest': OPTIONS,
  'verifier/named-stores.ts readStores':
    'reads from a trust store, and leaves its content to readCertificates',
  'verifier/options.ts readEnvelopeOptions': OPTIONS,
  'verifier/options.ts readVerifierOptions': OPTIONS,
  'x509/distribution-points.ts readFullName': 'measured by readDistributionPoints and readCrlScope',
  'net/external-cache.ts readCache': OPTIONS,
  'verifier/evaluate-all-options.ts readEvaluateAllOptions': OPTIONS,
  'verifier/evaluate-in-index.ts readIndexTarget': OPTIONS,
  'verifier/evaluate-platforms.ts readPlatforms': OPTIONS,
  'x509/revocation/check-arguments.ts readTimes': OPTIONS,
  'x509/revocation/evaluation.ts readFavourableTime': SMALL,
  'x509/revocation/evaluation.ts readReason': SMALL,
  'x509/timestamp/read-timestamp.ts readTimestamp': 'measured by parseSignedData and parseTstInfo',
};

const pemOf = (der) =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n`;

function signerWith(n, { forgeSignerInfo, attribute, der, issuer }) {
  const attributes = fill(n, (i) => attribute(`1.2.${i}`, der.nullValue()));
  return forgeSignerInfo(new Uint8Array(), { signer: issuer, moreAttributes: attributes });
}

async function drain(f, archive) {
  let count = 0;
  for await (const _ of f(archive)) count++;
  return count;
}

function streamOf(n) {
  let left = n;
  return new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(new Uint8Array(64));
      else controller.close();
    },
  });
}
