import { readBoolean, readOid } from '../asn1-values.ts';
import { type DerReader, Tag } from '../der.ts';

const MAX_EXTENSIONS = 32;

/**
 * Reads the extensions of an OCSP reply, of a CRL or of an entry of either, each once. Those that are known are handed
 * over; one that is critical and should not be, or is unknown, makes the whole unusable.
 *
 * @param list - The content of the SEQUENCE OF Extension.
 * @param known - What to do with a value, by object identifier; the value is read to its end.
 * @param mayBeCritical - Those that the reference takes as critical; it refuses others that RFC 5280 never has so.
 */
export function readEachExtension(
  list: DerReader,
  known: Readonly<Record<string, (value: DerReader) => void>>,
  mayBeCritical: readonly string[] = [],
): void {
  const seen = new Set<string>();
  while (!list.done) {
    const extension = list.enter(Tag.sequence);
    const oid = readOid(extension);
    const critical = extension.peek() === Tag.boolean && readBoolean(extension);
    const value = extension.inside(extension.read(Tag.octetString).content);
    extension.end();
    if (seen.has(oid)) throw list.error(`has the extension ${oid} twice`);
    if (seen.add(oid).size > MAX_EXTENSIONS) throw list.error('has too many extensions');
    const read = Object.hasOwn(known, oid) ? known[oid] : undefined;
    if (critical && !(read && mayBeCritical.includes(oid))) {
      throw list.error(`has the critical extension ${oid}, which is not understood`);
    }
    read?.(value);
    if (read) value.end();
  }
}
