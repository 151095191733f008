import { OctetString } from 'asn1js';
import {
  Attribute,
  Certificate,
  ContentInfo,
  IssuerAndSerialNumber,
  SignedData,
  type SignerInfo,
  TSTInfo,
} from 'pkijs';
import { toDer } from '../../src/asn1/ber.ts';
import { contextTag, DerReader, Tag } from '../../src/asn1/der-reader.ts';
import { hashNamed, readSignatureAlgorithm } from '../../src/x509/signature.ts';
import { type SignerInfo as OurSigner, parseSignedData } from '../../src/x509/timestamp/cms.ts';
import { tokenRules } from '../../src/x509/timestamp/token-rules.ts';
import { parseTstInfo } from '../../src/x509/timestamp/tst-info.ts';
import * as der from '../support/der.ts';
import { attribute, attributeOids, forgeTimestampAuthority, forgeToken } from '../support/forge-timestamp.ts';
import { type Comparison, DER_RULES, type KeptPart, type OurReading } from './compare.ts';
import { withMinimalLengths } from './mutate-der.ts';
import {
  certificateFields,
  certificateFieldsOf,
  contentOf,
  hexOf,
  keptAlgorithm,
  keptCertificate,
  keptElement,
  keptName,
  signatureNamed,
} from './pkijs.ts';

const { leaf, root } = forgeTimestampAuthority();
const signature = new TextEncoder().encode('a primitive signature');
const info = {
  signature,
  time: '20260102030405.678Z',
  accuracy: { seconds: 1, millis: 2, micros: 3 },
  nonce: Uint8Array.of(0, 0x80, 1),
  ordering: true,
};

const seeds = [
  forgeToken({ info: { signature, time: '20260102030405Z' }, signers: { signer: leaf } }),
  forgeToken({
    info,
    signers: [
      {
        signer: leaf,
        moreAttributes: [attribute(attributeOids.signingTime, der.time(new Date()))],
        unsignedAttributes: [attribute('1.2.3.4', der.nullValue())],
      },
      { signer: root },
    ],
    certificates: [root, leaf],
  }),
];

function ours(bytes: Uint8Array): OurReading {
  const signed = parseSignedData(bytes);
  const stamp = parseTstInfo(signed.content);
  const fields = {
    policy: stamp.policy,
    imprint: { hash: stamp.imprint.hash, value: hexOf(stamp.imprint.value) },
    serialNumber: stamp.serialNumber,
    time: stamp.time,
    earliest: stamp.earliest,
    latest: stamp.latest,
    nonce: stamp.nonce && hexOf(stamp.nonce),
    certificates: signed.certificates.map(certificateFieldsOf),
    signers: signed.signerInfos.map(ourSigner),
  };
  return { fields, kept: [...signed.certificates.map(keptCertificate), ...keptIn(toDer(bytes, tokenRules))] };
}

function ourSigner(signer: OurSigner): unknown {
  const algorithm = readSignatureAlgorithm(signer.signatureAlgorithm);
  return {
    version: signer.version,
    issuer: minimal(signer.sid.issuer),
    serialNumber: signer.sid.serialNumber,
    digestAlgorithm: signer.digestAlgorithm,
    signatureAlgorithm:
      algorithm.name === 'unsupported' ? algorithm.name : `${algorithm.name} ${algorithm.hash}`,
    signature: hexOf(signer.signature),
    attributes: [...signer.attributes].map(([oid, value]) => [oid, minimal(value.rest())]),
  };
}

/** The ignored parts: algorithms, CRLs, attributes, the name of the TSA, extensions. */
function keptIn(token: Uint8Array): KeptPart[] {
  const outer = new DerReader(token, 'timestamp', 'ERR_TIMESTAMP_INVALID').enter(Tag.sequence);
  outer.read();
  const data = outer.enterExplicit(contextTag(0), Tag.sequence);
  data.read();
  const kept = each(data.inside(data.read().content), keptAlgorithm);
  const encapsulated = data.enter(Tag.sequence);
  encapsulated.read();
  const content = encapsulated.enter(contextTag(0)).read(Tag.octetString).content;
  data.readOptional(contextTag(0));
  kept.push(...each(data.inside(data.readOptional(contextTag(1))?.content ?? new Uint8Array()), keptCrl));
  const signers = data.enter(Tag.set);
  while (!signers.done) {
    const signer = signers.enter(Tag.sequence);
    signer.read();
    const sid = signer.enter(Tag.sequence);
    kept.push(keptName(sid.read().bytes), keptAlgorithm(signer.read().bytes));
    kept.push(...each(signer.enter(contextTag(0)), keptAttribute), keptAlgorithm(signer.read().bytes));
    signer.read();
    if (!signer.done) kept.push(...each(signer.enter(contextTag(1)), keptAttribute));
  }
  const fields = data.inside(content).enter(Tag.sequence);
  fields.read();
  fields.read();
  kept.push(
    keptAlgorithm(fields.enter(Tag.sequence).read().bytes),
    ...each(fields, (bytes) => keptElement('a field of TSTInfo', bytes)),
  );
  return kept;
}

function each(reader: DerReader, keep: (bytes: Uint8Array) => KeptPart): KeptPart[] {
  const kept: KeptPart[] = [];
  while (!reader.done) kept.push(keep(reader.read().bytes));
  return kept;
}

/** Our reader converts a token to DER first, and pkijs does not. */
const minimal = (bytes: Uint8Array) => hexOf(withMinimalLengths(bytes));

const keptCrl = (bytes: Uint8Array) => keptElement('a CRL', bytes);
const keptAttribute = (bytes: Uint8Array): KeptPart => ({
  what: 'an attribute',
  bytes,
  read: (attribute) => Attribute.fromBER(new Uint8Array(attribute)),
});

function theirs(bytes: Uint8Array): unknown {
  const content = ContentInfo.fromBER(new Uint8Array(bytes));
  if (content.contentType !== '1.2.840.113549.1.7.2') throw new Error('not SignedData');
  const signed = new SignedData({ schema: content.content });
  const { eContent, eContentType } = signed.encapContentInfo;
  if (eContentType !== '1.2.840.113549.1.9.16.1.4' || !(eContent instanceof OctetString))
    throw new Error('not a TSTInfo');
  const stamp = TSTInfo.fromBER(eContent.getValue());
  const { seconds = 0, millis = 0, micros = 0 } = stamp.accuracy ?? {};
  const [time, accuracy] = [stamp.genTime.getTime(), seconds * 1e6 + millis * 1e3 + micros];
  return {
    policy: stamp.policy,
    imprint: {
      hash: hashNamed(stamp.messageImprint.hashAlgorithm.algorithmId),
      value: contentOf(stamp.messageImprint.hashedMessage),
    },
    serialNumber: contentOf(stamp.serialNumber),
    time: stamp.genTime,
    earliest: new Date(Math.floor(time - accuracy / 1000)),
    latest: new Date(Math.ceil(time + accuracy / 1000)),
    nonce: stamp.nonce && contentOf(stamp.nonce),
    certificates: (signed.certificates ?? []).map((one) => {
      if (one instanceof Certificate) return certificateFields(one);
      throw new Error('a certificate that is not X.509');
    }),
    signers: signed.signerInfos.map(theirSigner),
  };
}

function theirSigner(signer: SignerInfo): unknown {
  if (!(signer.sid instanceof IssuerAndSerialNumber))
    throw new Error('a signer without issuer and serial number');
  if (!signer.signedAttrs) throw new Error('a signer without signed attributes');
  return {
    version: signer.version,
    issuer: minimal(new Uint8Array(signer.sid.issuer.valueBeforeDecode)),
    serialNumber: contentOf(signer.sid.serialNumber),
    digestAlgorithm: signer.digestAlgorithm.algorithmId,
    signatureAlgorithm: signatureNamed(signer.signatureAlgorithm.algorithmId),
    signature: contentOf(signer.signature),
    attributes: signer.signedAttrs.attributes.map(({ type, values }) => [
      type,
      minimal(der.concat(values.map((value) => value.valueBeforeDecodeView))),
    ]),
  };
}

/** Timestamp tokens, by pkijs. */
export const timestamps: Comparison = {
  seeds,
  ours,
  theirs,
  stricter: [
    ...DER_RULES,
    [
      /it has trailing bytes$|is cut off$/,
      'asn1js ignores what is behind, and lets an element reach beyond the one around it',
    ],
    [/has an indefinite or oversized length$/, 'as the reference, ours takes definite lengths only'],
    [/is not SignedData of version 3$/, 'RFC 5652, 5.1: version 3 is that of a content other than data'],
    [/is not of version 1$/, 'RFC 3161, 2.4.2: only version 1 exists'],
    [/has an INTEGER out of range$/, 'a version or an accuracy beyond 2^31'],
    [/uses the hash function [\d.]+, which is not allowed$/, 'the hash functions of the specification only'],
    [/has a serial number of more than 160 bits$/, 'RFC 3161, 2.4.2: at most 160 bits'],
    [/has the extension [\d.]+ twice$/, 'RFC 5280, 4.2: one extension of a kind'],
    [/has the critical extension [\d.]+, which is not understood$/, 'RFC 5280, 4.2'],
    [/its elements are nested too deeply$/, 'ours has a limit of nesting'],
    [/has an accuracy out of range$/, 'RFC 3161, 2.4.2: at most 999 thousandths'],
    [/has the signed attribute [\d.]+ twice$/, 'RFC 5652, 5.3: one attribute of a kind'],
    [
      /has a malformed time$/,
      'RFC 3161, 2.4.2: a time has seconds, a fraction without zeros at the end, and Z',
    ],
    [/has a time that does not exist$/, 'JavaScript takes 31 February for 3 March'],
  ],
  laxer: [],
};
