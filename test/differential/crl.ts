import { Enumerated, Integer } from 'asn1js';
import { CertificateRevocationList, CRLDistributionPoints, IssuingDistributionPoint } from 'pkijs';
import { DerReader, Tag } from '../../src/asn1/der-reader.ts';
import { parseCrl } from '../../src/x509/revocation/crl.ts';
import { CrlEntries } from '../../src/x509/revocation/crl-entries.ts';
import { readCrlExtensions } from '../../src/x509/revocation/crl-extensions.ts';
import { extensions, forgeAuthority } from '../support/forge.ts';
import { crlExtensions, forgeCrl } from '../support/forge-crl.ts';
import { type Comparison, DER_RULES, type OurReading } from './compare.ts';
import {
  contentOf,
  extensionValue,
  hexOf,
  keptAlgorithm,
  keptExtensions,
  keptName,
  reasonOf,
  signatureNamed,
  timeOf,
  urlsOf,
} from './pkijs.ts';

const issuer = forgeAuthority({ subject: 'issuer' });
const time = new Date('2026-01-02T03:04:05Z');
const later = new Date('2055-01-02T03:04:05Z');

const seeds = [
  forgeCrl({ issuer, thisUpdate: time, nextUpdate: null, number: null }),
  forgeCrl({
    issuer,
    thisUpdate: time,
    nextUpdate: later,
    number: 0x8003,
    freshest: ['http://crl.example/delta'],
    entries: [
      { serialNumber: Uint8Array.of(5), time, reason: 1, invalidityDate: time },
      { serialNumber: Uint8Array.of(0, 0x80, 3), time: later, reason: 6 },
      { serialNumber: Uint8Array.of(5), time, reason: 8 },
    ],
    extensions: [crlExtensions.expiredCertsOnCrl(time), extensions.authorityKeyIdentifier(issuer.key)],
  }),
  forgeCrl({
    issuer,
    thisUpdate: time,
    deltaSince: 7,
    number: 8,
    scope: { addresses: ['http://crl.example/a'], users: true, reasons: [1, 2], indirect: true },
    entries: [{ serialNumber: Uint8Array.of(1), time }],
  }),
];

function ours(bytes: Uint8Array): OurReading {
  const crl = parseCrl(bytes);
  const { number, deltaSince, scope, freshest, coversExpiredSince } = readCrlExtensions(crl.extensions);
  const index = new CrlEntries(crl.entries);
  const { name } = crl.signatureAlgorithm;
  const fields = {
    tbs: hexOf(crl.tbs),
    algorithm: name === 'unsupported' ? name : `${name} ${crl.signatureAlgorithm.hash}`,
    signature: hexOf(crl.signature),
    issuer: hexOf(crl.issuer),
    thisUpdate: crl.thisUpdate,
    nextUpdate: crl.nextUpdate,
    number,
    deltaSince,
    scope: scope && { ...scope, der: undefined, point: scope.point?.urls },
    freshest,
    coversExpiredSince,
    count: index.count,
    entries: serialsIn(crl.entries).map((serial) => [serial, index.find(serial)]),
  };
  return {
    fields,
    kept: [
      keptName(crl.issuer),
      keptAlgorithm(algorithmIn(crl.tbs)),
      ...listsIn(crl.entries).map(keptExtensions),
    ],
  };
}

/** The distinct serial numbers of entries, in their order. */
function serialsIn(entries: Uint8Array): string[] {
  const reader = new DerReader(entries, 'CRL', 'ERR_CRL_INVALID');
  const serials = new Set<string>();
  while (!reader.done) serials.add(hexOf(reader.enter(Tag.sequence).read(Tag.integer).content));
  return [...serials];
}

/** The lists of extensions of entries. */
function listsIn(entries: Uint8Array): Uint8Array[] {
  const reader = new DerReader(entries, 'CRL', 'ERR_CRL_INVALID');
  const lists: Uint8Array[] = [];
  while (!reader.done) {
    const entry = reader.enter(Tag.sequence);
    entry.read();
    entry.read();
    if (!entry.done) lists.push(entry.rest());
  }
  return lists;
}

function algorithmIn(tbs: Uint8Array): Uint8Array {
  const fields = new DerReader(tbs, 'CRL', 'ERR_CRL_INVALID').enter(Tag.sequence);
  fields.read();
  return fields.read().bytes;
}

function theirs(bytes: Uint8Array): unknown {
  const crl = CertificateRevocationList.fromBER(new Uint8Array(bytes));
  const list = crl.crlExtensions?.extensions;
  const scope = extensionValue(list, '2.5.29.28', IssuingDistributionPoint);
  const entries = crl.revokedCertificates ?? [];
  const number = (oid: string) => {
    const value = extensionValue(list, oid, Integer);
    return value && contentOf(value).replace(/^(?:00)+(?=..)/, '');
  };
  const facts = new Map<string, unknown[]>();
  for (const { userCertificate, revocationDate, crlEntryExtensions } of entries) {
    const serial = contentOf(userCertificate);
    const more = crlEntryExtensions?.extensions;
    const fact = {
      time: revocationDate.value,
      reason: reasonOf(extensionValue(more, '2.5.29.21', Enumerated)),
      invalidityDate: timeOf(more, '2.5.29.24'),
    };
    facts.set(serial, [...(facts.get(serial) ?? []), fact]);
  }
  return {
    tbs: hexOf(crl.tbsView),
    algorithm: signatureNamed(crl.signature.algorithmId),
    signature: hexOf(crl.signatureValue.valueBlock.valueHexView),
    issuer: hexOf(crl.issuer.valueBeforeDecode),
    thisUpdate: crl.thisUpdate.value,
    nextUpdate: crl.nextUpdate?.value,
    number: number('2.5.29.20'),
    deltaSince: number('2.5.29.27'),
    scope: scope && scopeOf(scope),
    freshest: (extensionValue(list, '2.5.29.46', CRLDistributionPoints)?.distributionPoints ?? []).flatMap(
      ({ distributionPoint }) => urlsOf(distributionPoint),
    ),
    coversExpiredSince: timeOf(list, '2.5.29.60'),
    count: entries.length,
    entries: [...facts],
  };
}

function scopeOf(scope: IssuingDistributionPoint): unknown {
  const { onlyContainsUserCerts, onlyContainsCACerts, onlyContainsAttributeCerts } = scope;
  return {
    der: undefined,
    point: scope.distributionPoint && urlsOf(scope.distributionPoint),
    only: onlyContainsUserCerts
      ? 'user certificates'
      : onlyContainsCACerts
        ? 'CA certificates'
        : onlyContainsAttributeCerts
          ? 'attribute certificates'
          : undefined,
    onlySomeReasons: 'onlySomeReasons' in scope,
    indirect: scope.indirectCRL,
  };
}

/** CRLs, by pkijs. */
export const crls: Comparison = {
  seeds,
  ours,
  theirs,
  stricter: [
    ...DER_RULES,
    [/has a malformed entry$/, 'the same rules of DER in an entry, and RFC 5280, 4.1.2.5, in its time'],
    [/has a malformed time$/, 'RFC 5280, 4.1.2.5: a time has seconds, no fraction of them, and Z'],
    [/has a time that does not exist$/, 'JavaScript takes 31 February for 3 March'],
    [
      /is not of version 2, which RFC 5280 requires$/,
      'RFC 5280, 5.1.2.1: only version 2 has extensions, and says what the CRL covers',
    ],
    [/has the tag 0xa instead of 0x2$/, 'an ENUMERATED is an Integer to asn1js'],
    [/has an INTEGER out of range$/, 'pkijs takes the low bits of a version'],
    [/names two signature algorithms$/, 'RFC 5280, 5.1.1.2: the algorithm inside is that outside'],
    [/has a BIT STRING that is not of whole bytes$/, 'no signature has unused bits'],
    [/has the extension [\d.]+ twice$/, 'RFC 5280, 4.2: one extension of a kind'],
    [/has the critical extension [\d.]+, which is not understood$/, 'RFC 5280, 5.2'],
    [/has a CRL number out of range$/, 'RFC 5280, 5.2.3: a CRL number is not negative'],
    [/covers no certificates$/, 'RFC 5280, 5.2.5: at most one of the three is true'],
    [/has a distribution point without a full name$/, 'a name relative to the issuer is not supported'],
  ],
  laxer: [
    [/2\.5\.29\.60 is malformed$/, 'a time that would favour the CRL is ignored if it cannot be read'],
    [/2\.5\.29\.21 is malformed$/, 'a reason that cannot be read is ignored: the certificate is revoked'],
    [
      /2\.5\.29\.28 is malformed$/,
      'only the URLs of a distribution point are read, and without any it fits no certificate',
    ],
    [/2\.5\.29\.46 is malformed$/, 'only the URLs of where the delta CRL is are read'],
  ],
};
