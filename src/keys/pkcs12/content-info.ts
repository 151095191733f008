import { contextTag, type DerReader, Tag } from '../../asn1/der-reader.ts';
import { Oid } from '../../asn1/oids.ts';
import { readOid } from '../../asn1/values.ts';
import { NotationError } from '../../errors/index.ts';

/**
 * The octets of a ContentInfo that must hold data (RFC 5652, section 4).
 * @param info - Its content.
 * @throws NotationError `ERR_KEY_INVALID`
 */
export function readContentInfo(info: DerReader): Uint8Array {
  const type = readOid(info);
  if (type === Oid.signedData) {
    throw new NotationError(
      'ERR_KEY_INVALID',
      'the PKCS #12 file is protected by a signature, which is not supported',
    );
  }
  if (type !== Oid.data) throw info.error(`holds content of the unknown type ${type}`);
  const wrapper = info.enter(contextTag(0));
  info.end();
  const { content } = wrapper.read(Tag.octetString);
  wrapper.end();
  return content;
}
