import { hash } from '../../crypto/digest.ts';
import { equalBytes } from '../../encoding/bytes.ts';
import { NotationError } from '../../errors/index.ts';
import { type Certificate, parseCertificate } from '../certificate.ts';
import { parseSignedData, type SignedData } from './cms.ts';
import { parseTstInfo, type TstInfo } from './tst-info.ts';

/** A time-stamp that was read, and is about a certain signature; who made it was not verified. */
export interface ReadTimestamp {
  signed: SignedData;
  info: TstInfo;
  /** Certificates that came along, in their order. */
  certificates: readonly Certificate[];
}

/**
 * Reads a time-stamp token and checks that it is about a signature, without asking who made it.
 *
 * @param token - RFC 3161 TimeStampToken, BER or DER.
 * @param signature - The primitive signature.
 * @throws NotationError `ERR_TIMESTAMP_INVALID`, `ERR_CERTIFICATE_INVALID`, `ERR_LIMIT_EXCEEDED`
 */
export async function readTimestamp(token: Uint8Array, signature: Uint8Array): Promise<ReadTimestamp> {
  const signed = parseSignedData(token);
  const info = parseTstInfo(signed.content);
  const { hash: name, value } = info.imprint;
  if (!equalBytes(await hash(name, signature), value)) {
    throw new NotationError(
      'ERR_TIMESTAMP_INVALID',
      'the time-stamp is about something else than the signature',
    );
  }
  return { signed, info, certificates: signed.certificates.map(parseCertificate) };
}
