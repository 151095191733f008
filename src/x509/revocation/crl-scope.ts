import { contextTag, type DerReader, Tag } from '../../asn1/der-reader.ts';
import { readBoolean } from '../../asn1/values.ts';
import { decodeLatin1 } from '../../encoding/bytes.ts';
import type { Certificate } from '../certificate.ts';

/** The certificates that a CRL covers (RFC 5280, section 5.2.5, issuing distribution point). */
export interface CrlScope {
  /** The value of the extension, DER, to compare a delta CRL with its base. */
  der: Uint8Array;
  /** The URIs of its distribution point, if it has one. */
  urls?: readonly string[];
  only: 'user certificates' | 'CA certificates' | 'attribute certificates' | undefined;
  onlySomeReasons: boolean;
  /** It also lists certificates of other issuers. */
  indirect: boolean;
}

/** Reads an issuing distribution point. */
export function readCrlScope(value: DerReader): CrlScope {
  const { bytes, content } = value.read(Tag.sequence);
  const fields = value.inside(content);
  const urls = fields.peek() === contextTag(0) ? readName(fields.enter(contextTag(0))) : undefined;
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
  return { der: bytes, ...(urls && { urls }), only, onlySomeReasons, indirect };
}

function readName(name: DerReader): string[] {
  if (name.peek() !== contextTag(0)) throw name.error('has a distribution point without a full name');
  const names = name.enter(contextTag(0));
  name.end();
  const urls: string[] = [];
  while (!names.done) {
    const { tag, content } = names.read();
    if (tag === contextTag(6, false)) urls.push(decodeLatin1(content));
  }
  return urls;
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
  { basicConstraints }: Certificate,
  urls: readonly string[],
): string | undefined {
  if (!scope) return undefined;
  if (scope.indirect) return 'it is an indirect CRL';
  const kind = basicConstraints?.ca ? 'CA certificates' : 'user certificates';
  if (scope.only !== undefined && scope.only !== kind) return `it covers ${scope.only} only`;
  if (scope.urls && !scope.urls.some((url) => urls.includes(url))) {
    return 'its distribution point is not in the certificate';
  }
  return undefined;
}
