import { contextTag, type DerReader, Tag } from '../../asn1/der-reader.ts';
import { readBoolean } from '../../asn1/values.ts';
import type { Certificate } from '../certificate.ts';
import { type DistributionPointNames, readFullName } from '../distribution-points.ts';
import { isSameName } from '../name.ts';

/** The certificates that a CRL covers (RFC 5280, section 5.2.5, issuing distribution point). */
export interface CrlScope {
  /** The value of the extension, DER, to compare a delta CRL with its base. */
  der: Uint8Array;
  /** The names of its distribution point, if it has one. */
  point?: DistributionPointNames;
  only: 'user certificates' | 'CA certificates' | 'attribute certificates' | undefined;
  onlySomeReasons: boolean;
  /** It also lists certificates of other issuers. */
  indirect: boolean;
}

/** Reads an issuing distribution point. */
export function readCrlScope(value: DerReader): CrlScope {
  const { bytes, content } = value.read(Tag.sequence);
  const fields = value.inside(content);
  const point = fields.peek() === contextTag(0) ? readPoint(fields.enter(contextTag(0))) : undefined;
  const users = readFlag(fields, 1);
  const cas = readFlag(fields, 2);
  const onlySomeReasons = fields.readOptional(contextTag(3, false)) !== undefined;
  const indirect = readFlag(fields, 4);
  const attributes = readFlag(fields, 5);
  fields.end();
  if (Number(users) + Number(cas) + Number(attributes) > 1) throw value.error('covers no certificates');
  const only = users
    ? 'user certificates'
    : cas
      ? 'CA certificates'
      : attributes
        ? 'attribute certificates'
        : undefined;
  return { der: bytes, ...(point && { point }), only, onlySomeReasons, indirect };
}

function readPoint(name: DerReader): DistributionPointNames {
  if (name.peek() !== contextTag(0)) throw name.error('has a distribution point without a full name');
  const point = readFullName(name.enter(contextTag(0)));
  name.end();
  return point;
}

/** Reads an implicitly tagged BOOLEAN that is false if it is absent. */
function readFlag(fields: DerReader, number: number): boolean {
  const tag = contextTag(number, false);
  return fields.peek() === tag && readBoolean(fields.enterImplicit(tag, Tag.boolean));
}

/**
 * Returns why a CRL does not cover the certificate, or undefined if it does.
 * @param urls - The CRL URLs in the certificate.
 * @see docs/specification.md, rule RFC-14
 */
export function whyOutOfScope(
  scope: CrlScope | undefined,
  { basicConstraints, revocation }: Certificate,
  urls: readonly string[],
): string | undefined {
  if (!scope) return undefined;
  if (scope.indirect) return 'it is an indirect CRL';
  const kind = basicConstraints?.ca ? 'CA certificates' : 'user certificates';
  if (scope.only !== undefined && scope.only !== kind) return `it covers ${scope.only} only`;
  if (!scope.point) return undefined;
  const { crlElsewhere, crlDirectoryNames } = revocation;
  const named =
    scope.point.urls.some((url) => urls.includes(url) || crlElsewhere.includes(url)) ||
    scope.point.directoryNames.some((name) => crlDirectoryNames.some((other) => isSameName(name, other)));
  return named ? undefined : 'its distribution point is not in the certificate';
}
