import { type DerReader, Tag } from '../asn1/der-reader.ts';
import { readBoolean, readOid } from '../asn1/values.ts';

const MAX_EXTENSIONS = 64;

/** One extension, whose value has not been read. */
export interface Extension {
  oid: string;
  critical: boolean;
  value: DerReader;
}

/**
 * Reads the extensions of a certificate, a CRL, an OCSP response, a timestamp or a part of those, each once.
 * @param list - The content of the SEQUENCE OF Extension.
 */
export function* eachExtension(list: DerReader): Generator<Extension> {
  const seen = new Set<string>();
  while (!list.done) {
    const extension = list.enter(Tag.sequence);
    const oid = readOid(extension);
    const critical = extension.peek() === Tag.boolean && readBoolean(extension);
    const value = extension.inside(extension.read(Tag.octetString).content);
    extension.end();
    if (seen.has(oid)) throw list.error(`has the extension ${oid} twice`);
    if (seen.add(oid).size > MAX_EXTENSIONS) throw list.error('has too many extensions');
    yield { oid, critical, value };
  }
}

/** Readers of the values of extensions, by object identifier. */
export type ExtensionReaders = Readonly<Record<string, (value: DerReader) => void>>;

/**
 * Reads the values of the extensions that are known, to their end. A critical extension that is unknown, or that must not be
 * critical, is an error.
 *
 * @param list - The content of the SEQUENCE OF Extension.
 * @param mayBeCritical - Those that the reference accepts as critical; it rejects the others, because RFC 5280 forbids that they are critical.
 */
export function readExtensionList(
  list: DerReader,
  known: ExtensionReaders,
  mayBeCritical: readonly string[] = [],
): void {
  for (const { oid, critical, value } of eachExtension(list)) {
    const read = Object.hasOwn(known, oid) ? known[oid] : undefined;
    if (critical && !(read && mayBeCritical.includes(oid))) {
      throw list.error(`has the critical extension ${oid}, which is not understood`);
    }
    read?.(value);
    if (read) value.end();
  }
}
