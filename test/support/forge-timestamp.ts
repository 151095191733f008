import { createHash } from 'node:crypto';
import * as der from './der.ts';
import {
  algorithmIdentifier,
  extensions,
  type Forged,
  type ForgedContent,
  type ForgedKey,
  type ForgedSignature,
  forgeAuthority,
  forgeLeaf,
  purposes,
  signatureOf,
  signBytes,
} from './forge.ts';

/** Hash functions, by name or by a dotted object identifier under which SHA-256 is written. */
export type ForgedHash = keyof typeof HASHES | (string & {});

const HASHES = {
  'SHA-1': '1.3.14.3.2.26',
  'SHA-256': '2.16.840.1.101.3.4.2.1',
  'SHA-384': '2.16.840.1.101.3.4.2.2',
  'SHA-512': '2.16.840.1.101.3.4.2.3',
} as const;

/** Attributes that signers sign. */
export const attributeOids = {
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  signingCertificate: '1.2.840.113549.1.9.16.2.12',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
} as const;

const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const SIGNED_DATA = '1.2.840.113549.1.7.2';

/** The content of a TSTInfo; everything except the signature has a default. A `Uint8Array` is the DER of the field. */
export interface ForgedTstInfo {
  /** The data that was timestamped. */
  signature: Uint8Array;
  version?: number;
  policy?: string;
  /** SHA-256 by default. */
  hash?: ForgedHash;
  /** Another hash value. */
  hashedMessage?: Uint8Array;
  /** Content bytes; `2a` by default. */
  serialNumber?: Uint8Array;
  /** Now, in whole seconds, by default; a text is the content of the GeneralizedTime. */
  time?: Date | string | Uint8Array;
  /** Numbers are the values of the fields; none by default. */
  accuracy?: { seconds?: number; millis?: number; micros?: number } | Uint8Array;
  ordering?: boolean;
  /** Content bytes. */
  nonce?: Uint8Array;
  /** DER of the GeneralName. */
  tsa?: Uint8Array;
  /** See `extensions` of forge.ts. */
  extensions?: readonly Uint8Array[];
  /** Elements after the last one. */
  trailing?: readonly Uint8Array[];
}

/** The content of one SignerInfo; everything except the signer has a default. */
export interface ForgedSigner {
  signer: Forged;
  /** Another key to sign with. */
  signingKey?: ForgedKey;
  /** How it is signed; as {@link signatureOf} has it by default. */
  algorithm?: ForgedSignature;
  /** An AlgorithmIdentifier (DER) other than that of `algorithm`. */
  algorithmIdentifier?: Uint8Array;
  /** The hash of `algorithm` by default. */
  digest?: ForgedHash;
  version?: number;
  /** DER of the SignerIdentifier; issuer and serial number of `signer` by default. */
  sid?: Uint8Array;
  /** Attributes (DER) by object identifier instead of the usual ones; `null` leaves one out. */
  attributes?: Readonly<Record<string, Uint8Array | null>>;
  /** More attributes, DER. */
  moreAttributes?: readonly Uint8Array[];
  /** `false` leaves them out, and signs the content. */
  signedAttributes?: boolean;
  /** Encodes (and signs) them in an order other than that of DER. */
  order?: (attributes: Uint8Array[]) => Uint8Array[];
  /** Signs bytes other than those of the attributes. */
  signedBytes?: (attributes: Uint8Array[]) => Uint8Array;
  /** Content of SigningCertificateV2. */
  certificate?: ForgedCertificateId;
  /** Attributes that are not signed, DER. */
  unsignedAttributes?: readonly Uint8Array[];
  corruptSignature?: boolean;
}

/** How SigningCertificateV2 is to name the certificate. */
export interface ForgedCertificateId {
  /** A certificate other than the signer's. */
  of?: Forged;
  /** SHA-256, and not written, by default. */
  hash?: ForgedHash;
  certHash?: Uint8Array;
  /** `null` leaves it out; DER for anything else. */
  issuerSerial?: Uint8Array | null;
  /** ESSCertIDv2 (DER) after the first one. */
  more?: readonly Uint8Array[];
  /** `false` names none. */
  named?: boolean;
}

/** The content of a token; everything except its data and its signer has a default. */
export interface ForgedTokenContent {
  info: ForgedTstInfo | Uint8Array;
  /** One or several. */
  signers: ForgedSigner | readonly (ForgedSigner | Uint8Array)[];
  /** Certificates that come along: those of the signers by default; without any, the field is left out. */
  certificates?: readonly (Forged | Uint8Array)[];
  version?: number;
  contentType?: string;
  /** Content type of the outer ContentInfo. */
  outerType?: string;
  /** CRLs, DER. */
  crls?: readonly Uint8Array[];
  /** Elements at the end of SignedData. */
  trailing?: readonly Uint8Array[];
}

/** A SEQUENCE of type and values. */
export function attribute(oid: string, ...values: Uint8Array[]): Uint8Array {
  return der.sequence(der.oid(oid), der.set(...values));
}

/** Hash of bytes, by the name of the function. */
export function digestOf(hash: ForgedHash, bytes: Uint8Array): Uint8Array {
  const name = Object.hasOwn(HASHES, hash) ? hash : 'SHA-256';
  return new Uint8Array(createHash(name.replace('-', '').toLowerCase()).update(bytes).digest());
}

/** AlgorithmIdentifier of a hash function. */
export function hashIdentifier(hash: ForgedHash): Uint8Array {
  const oid = Object.entries(HASHES).find(([name]) => name === hash)?.[1] ?? hash;
  return der.sequence(der.oid(oid), der.nullValue());
}

/** Writes a TSTInfo (RFC 3161, section 2.4.2) with any content, allowed or not. */
export function forgeTstInfo(info: ForgedTstInfo): Uint8Array {
  const { hash = 'SHA-256', signature, extensions: list = [] } = info;
  return der.sequence(
    der.integer(info.version ?? 1),
    der.oid(info.policy ?? '1.2.3.4.1'),
    der.sequence(hashIdentifier(hash), der.octetString(info.hashedMessage ?? digestOf(hash, signature))),
    der.integer(info.serialNumber ?? Uint8Array.of(0x2a)),
    timeOf(info.time ?? new Date()),
    ...(info.accuracy ? [accuracyOf(info.accuracy)] : []),
    ...(info.ordering ? [der.boolean(true)] : []),
    ...(info.nonce ? [der.integer(info.nonce)] : []),
    ...(info.tsa ? [der.explicit(0, info.tsa)] : []),
    ...(list.length > 0 ? [der.explicit(1, ...list)] : []),
    ...(info.trailing ?? []),
  );
}

function timeOf(time: Date | string | Uint8Array): Uint8Array {
  if (time instanceof Uint8Array) return time;
  if (typeof time === 'string') return der.element(0x18, new TextEncoder().encode(time));
  return der.generalizedTime(time);
}

function accuracyOf(accuracy: Exclude<ForgedTstInfo['accuracy'], undefined>): Uint8Array {
  if (accuracy instanceof Uint8Array) return accuracy;
  const { seconds, millis, micros } = accuracy;
  const tagged = (n: number, value: number) => der.implicit(n, der.integer(value).subarray(2));
  return der.sequence(
    ...(seconds === undefined ? [] : [der.integer(seconds)]),
    ...(millis === undefined ? [] : [tagged(0, millis)]),
    ...(micros === undefined ? [] : [tagged(1, micros)]),
  );
}

/** Writes and signs a TimeStampToken (RFC 3161, RFC 5652), DER, with any content, allowed or not. */
export function forgeToken(content: ForgedTokenContent): Uint8Array {
  const info = content.info instanceof Uint8Array ? content.info : forgeTstInfo(content.info);
  const { contentType = TST_INFO, crls = [] } = content;
  const signers: readonly (ForgedSigner | Uint8Array)[] =
    'signer' in content.signers ? [content.signers] : content.signers;
  const usual = signers.flatMap((signer) => (signer instanceof Uint8Array ? [] : [signer.signer]));
  const certificates = (content.certificates ?? usual).map((one) =>
    one instanceof Uint8Array ? one : one.der,
  );
  const infos = signers.map((signer) =>
    signer instanceof Uint8Array ? signer : forgeSignerInfo(info, signer, contentType),
  );
  return wrapSignedData(
    [
      der.integer(content.version ?? 3),
      der.set(hashIdentifier('SHA-256')),
      der.sequence(der.oid(contentType), der.explicit(0, der.octetString(info))),
      ...(certificates.length > 0 ? [der.explicit(0, ...certificates)] : []),
      ...(crls.length > 0 ? [der.explicit(1, ...crls)] : []),
      der.set(...infos),
      ...(content.trailing ?? []),
    ],
    content.outerType,
  );
}

/** ContentInfo around the fields of a SignedData. */
export function wrapSignedData(fields: readonly Uint8Array[], outerType: string = SIGNED_DATA): Uint8Array {
  return der.sequence(der.oid(outerType), der.explicit(0, der.sequence(...fields)));
}

/** Writes and signs a SignerInfo about a content. */
export function forgeSignerInfo(content: Uint8Array, signer: ForgedSigner, type = TST_INFO): Uint8Array {
  const key = signer.signingKey ?? signer.signer.key;
  const algorithm = signer.algorithm ?? signatureOf(key);
  const digest = signer.digest ?? algorithm.hash;
  const attributes = attributesOf(content, type, digest, signer);
  const withAttributes = signer.signedAttributes !== false;
  const signed = withAttributes ? (signer.signedBytes?.(attributes) ?? der.set(...attributes)) : content;
  const signature = signBytes(signed, key, algorithm);
  if (signer.corruptSignature) signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1;
  const { unsignedAttributes = [] } = signer;
  return der.sequence(
    der.integer(signer.version ?? 1),
    signer.sid ?? issuerAndSerial(signer.signer),
    hashIdentifier(digest),
    ...(withAttributes ? [der.explicit(0, ...attributes)] : []),
    signer.algorithmIdentifier ?? algorithmIdentifier(algorithm),
    der.octetString(signature),
    ...(unsignedAttributes.length > 0 ? [der.explicit(1, ...unsignedAttributes)] : []),
  );
}

function attributesOf(
  content: Uint8Array,
  type: string,
  digest: ForgedHash,
  { attributes = {}, moreAttributes = [], order = inDerOrder, ...signer }: ForgedSigner,
): Uint8Array[] {
  const all: Record<string, Uint8Array | null> = {
    [attributeOids.contentType]: attribute(attributeOids.contentType, der.oid(type)),
    [attributeOids.messageDigest]: attribute(
      attributeOids.messageDigest,
      der.octetString(digestOf(digest, content)),
    ),
    [attributeOids.signingCertificateV2]: attribute(
      attributeOids.signingCertificateV2,
      signingCertificateV2(signer.signer, signer.certificate),
    ),
    ...attributes,
  };
  return order([...Object.values(all).filter((one) => one !== null), ...moreAttributes]);
}

/** The order of a SET OF in DER (X.690, section 11.6). */
export function inDerOrder(elements: readonly Uint8Array[]): Uint8Array[] {
  return [...elements].sort(Buffer.compare);
}

/** Value of the attribute SigningCertificateV2 (RFC 5035, section 3). */
export function signingCertificateV2(signer: Forged, id: ForgedCertificateId = {}): Uint8Array {
  const { of = signer, hash, more = [], named = true } = id;
  const issuerSerial = id.issuerSerial === undefined ? generalIssuerSerial(of) : id.issuerSerial;
  const first = der.sequence(
    ...(hash === undefined ? [] : [hashIdentifier(hash)]),
    der.octetString(id.certHash ?? digestOf(hash ?? 'SHA-256', of.der)),
    ...(issuerSerial ? [issuerSerial] : []),
  );
  return der.sequence(der.sequence(...(named ? [first, ...more] : [])));
}

/** IssuerSerial of RFC 5035: the names are GeneralNames. */
export function generalIssuerSerial(certificate: Forged): Uint8Array {
  return der.sequence(
    der.sequence(der.explicit(4, issuerOf(certificate))),
    der.integer(certificate.serialNumber),
  );
}

/** IssuerAndSerialNumber of CMS. */
export function issuerAndSerial(certificate: Forged): Uint8Array {
  return der.sequence(issuerOf(certificate), der.integer(certificate.serialNumber));
}

/** DER of the issuer of a certificate: the second name-like element of its signed part. */
function issuerOf({ der: bytes }: Forged): Uint8Array {
  let offset = skipHead(bytes, skipHead(bytes, 0));
  for (let i = 0; i < 3; i++) offset = endOf(bytes, offset); // version, serial number, algorithm
  return bytes.slice(offset, endOf(bytes, offset));
}

function skipHead(bytes: Uint8Array, offset: number): number {
  const first = bytes[offset + 1] ?? 0;
  return offset + 2 + (first < 0x80 ? 0 : first & 0x7f);
}

function endOf(bytes: Uint8Array, offset: number): number {
  const start = skipHead(bytes, offset);
  const first = bytes[offset + 1] ?? 0;
  if (first < 0x80) return start + first;
  return start + bytes.subarray(offset + 2, start).reduce((sum, byte) => sum * 256 + byte, 0);
}

/** PKIStatusInfo and token of a TimeStampResp (RFC 3161, section 2.4.2). */
export interface ForgedTimestampResponse {
  /** 0 (granted) by default. */
  status?: number;
  /** Texts of the status. */
  texts?: readonly string[];
  /** Bits of the failure information. */
  failures?: readonly number[];
  token?: Uint8Array;
}

/** Writes a TimeStampResp. */
export function forgeTimestampResponse({
  status = 0,
  texts = [],
  failures = [],
  token,
}: ForgedTimestampResponse): Uint8Array {
  return der.sequence(
    der.sequence(
      der.integer(status),
      ...(texts.length > 0 ? [der.sequence(...texts.map(der.utf8String))] : []),
      ...(failures.length > 0 ? [der.namedBits(failures)] : []),
    ),
    ...(token ? [token] : []),
  );
}

/** An authority with its chain. */
export interface ForgedTimestampAuthority {
  leaf: Forged;
  root: Forged;
}

/** Leaf for timestamping, and the root that issued it, by the profile, except for the given changes. */
export function forgeTimestampAuthority(
  content: { leaf?: ForgedContent; root?: ForgedContent } = {},
): ForgedTimestampAuthority {
  const root = forgeAuthority({ subject: 'TSA Root', ...content.root });
  return { root, leaf: forgeTimestampLeaf({ issuer: root, ...content.leaf }) };
}

/** A certificate for timestamping, by the profile, except for the given changes. */
export function forgeTimestampLeaf(content: ForgedContent = {}): Forged {
  return forgeLeaf({
    subject: 'TSA',
    extensions: [
      extensions.keyUsage(['digitalSignature']),
      extensions.extendedKeyUsage([purposes.timeStamping], true),
    ],
    ...content,
  });
}
