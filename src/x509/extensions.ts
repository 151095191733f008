import { contextTag, type DerReader, Tag } from '../asn1/der-reader.ts';
import { Oid } from '../asn1/oids.ts';
import { readBoolean, readNamedBits, readOid, readSmallInteger } from '../asn1/values.ts';
import { decodeLatin1 } from '../encoding/bytes.ts';
import { type DistributionPointNames, readDistributionPoints } from './distribution-points.ts';
import { eachExtension } from './extension-list.ts';
import type { Name } from './name.ts';

/** The bits of the key usage extension, bit 0 first (RFC 5280, section 4.2.1.3). */
const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;

/** The permitted uses of a key, by the names of RFC 5280, section 4.2.1.3. */
export type KeyUsage = (typeof KEY_USAGES)[number];

/** The URLs for the revocation status of a certificate. */
export interface RevocationPointers {
  /** The URLs of OCSP responders, exactly as the certificate contains them. */
  ocsp: readonly string[];
  /** The URLs of CRLs, exactly as the certificate contains them, but for those in `crlElsewhere`. */
  crl: readonly string[];
  /**
   * URLs of other schemes, such as `ldap:`, next to one of HTTP in the same distribution point: they lead to the same CRL
   * (RFC 5280, section 4.2.1.13), and are not requested.
   */
  crlElsewhere: readonly string[];
  /** The distinguished names of CRL distribution points. */
  crlDirectoryNames: readonly Name[];
  /** Whether the certificate has the extension freshest CRL, which points to delta CRLs. */
  freshestCrl: boolean;
  /** Whether it belongs to an OCSP responder whose revocation need not be checked (RFC 6960, section 4.2.2.2.1). */
  noCheck: boolean;
}

/** The extensions that are evaluated; every other one is ignored, as the specification requires. */
export interface CertificateExtensions {
  basicConstraints?: { critical: boolean; ca: boolean; pathLength?: number };
  keyUsage?: { critical: boolean; usages: ReadonlySet<KeyUsage> };
  /** Dotted object identifiers of the purposes. */
  extendedKeyUsage?: { critical: boolean; purposes: readonly string[] };
  revocation: RevocationPointers;
  /**
   * A critical extension that is unknown, by object identifier. The profile of signing chains ignores it; certificates of
   * TSAs and OCSP responders are rejected.
   */
  unknownCritical?: string;
}

/** Extensions that RFC 5280 forbids to be critical, and that the reference rejects as critical. */
const NEVER_CRITICAL: readonly string[] = [
  Oid.subjectKeyIdentifier,
  Oid.authorityKeyIdentifier,
  Oid.authorityInfoAccess,
];
/** Extensions that are not evaluated, but must be well-formed, because the reference parses them. */
const WELL_FORMED: readonly string[] = [
  Oid.subjectKeyIdentifier,
  Oid.subjectAltName,
  Oid.nameConstraints,
  Oid.certificatePolicies,
  Oid.policyMappings,
  Oid.authorityKeyIdentifier,
  Oid.policyConstraints,
  Oid.inhibitAnyPolicy,
];
/** Extensions of RFC 5280, which verifiers can be expected to know, and id-pkix-ocsp-nocheck of RFC 6960. */
const KNOWN: readonly string[] = [
  ...WELL_FORMED,
  Oid.keyUsage,
  Oid.issuerAltName,
  Oid.basicConstraints,
  Oid.crlDistributionPoints,
  Oid.extendedKeyUsage,
  Oid.freshestCrl,
  Oid.authorityInfoAccess,
  Oid.subjectInfoAccess,
  Oid.ocspNoCheck,
];

/** Reads the extensions of a certificate (RFC 5280, section 4.2; rule CERT-15). */
export function readExtensions(extensions: DerReader): CertificateExtensions {
  const found: CertificateExtensions = {
    revocation: {
      ocsp: [],
      crl: [],
      crlElsewhere: [],
      crlDirectoryNames: [],
      freshestCrl: false,
      noCheck: false,
    },
  };
  for (const { oid, critical, value } of eachExtension(extensions)) {
    if (critical && NEVER_CRITICAL.includes(oid))
      throw extensions.error(`marks the extension ${oid} critical`);
    if (critical && !KNOWN.includes(oid)) found.unknownCritical ??= oid;
    readExtension(found, oid, critical, value);
  }
  return found;
}

function readExtension(found: CertificateExtensions, oid: string, critical: boolean, value: DerReader): void {
  switch (oid) {
    case Oid.keyUsage:
      found.keyUsage = { critical, usages: readKeyUsages(value) };
      break;
    case Oid.basicConstraints:
      found.basicConstraints = { critical, ...readBasicConstraints(value) };
      break;
    case Oid.crlDistributionPoints:
      found.revocation = { ...found.revocation, ...crlPointers(value.enter(Tag.sequence)) };
      break;
    case Oid.extendedKeyUsage:
      found.extendedKeyUsage = { critical, purposes: readPurposes(value.enter(Tag.sequence)) };
      break;
    case Oid.authorityInfoAccess:
      found.revocation = { ...found.revocation, ocsp: readOcspUrls(value.enter(Tag.sequence)) };
      break;
    case Oid.freshestCrl:
      found.revocation = { ...found.revocation, freshestCrl: true };
      return;
    case Oid.ocspNoCheck:
      found.revocation = { ...found.revocation, noCheck: true };
      return;
    default:
      if (!WELL_FORMED.includes(oid)) return;
      value.read();
  }
  value.end();
}

function readKeyUsages(value: DerReader): Set<KeyUsage> {
  const bits = readNamedBits(value);
  return new Set(KEY_USAGES.filter((_, bit) => bits[bit]));
}

function readBasicConstraints(value: DerReader): { ca: boolean; pathLength?: number } {
  const constraints = value.enter(Tag.sequence);
  const ca = constraints.peek() === Tag.boolean && readBoolean(constraints);
  const pathLength = constraints.peek() === Tag.integer ? readSmallInteger(constraints) : undefined;
  constraints.end();
  return pathLength === undefined ? { ca } : { ca, pathLength };
}

function readPurposes(sequence: DerReader): string[] {
  const purposes: string[] = [];
  while (!sequence.done) purposes.push(readOid(sequence));
  return purposes;
}

/** AuthorityInfoAccessSyntax (RFC 5280, section 4.2.2.1). */
function readOcspUrls(sequence: DerReader): string[] {
  const urls: string[] = [];
  while (!sequence.done) {
    const description = sequence.enter(Tag.sequence);
    const method = readOid(description);
    const location = description.read();
    if (method === Oid.ocsp && location.tag === contextTag(6, false))
      urls.push(decodeLatin1(location.content));
  }
  return urls;
}

function crlPointers(
  sequence: DerReader,
): Pick<RevocationPointers, 'crl' | 'crlElsewhere' | 'crlDirectoryNames'> {
  const points = readDistributionPoints(sequence);
  const elsewhere = new Set(points.flatMap(otherSchemes));
  const urls = points.flatMap((point) => point.urls);
  return {
    crl: urls.filter((url) => !elsewhere.has(url)),
    crlElsewhere: [...elsewhere],
    crlDirectoryNames: points.flatMap(({ directoryNames }) => directoryNames),
  };
}

/** Returns the URLs of a distribution point that lead to the CRL of an HTTP URL next to them. */
function otherSchemes({ urls }: DistributionPointNames): readonly string[] {
  const others = urls.filter((url) => !/^http:/i.test(url));
  return others.length < urls.length ? others : [];
}
