import { hash } from '../../crypto/digest.ts';
import { equalBytes } from '../../encoding/bytes.ts';
import type { Certificate } from '../certificate.ts';
import { KnownChains } from '../known-chains.ts';
import type { AcceptedForms } from './accepted-forms.ts';
import { parseSignedData, type SignedData } from './cms.ts';
import { timestampInvalid } from './token-rules.ts';
import { parseTstInfo, type TstInfo } from './tst-info.ts';

/** A timestamp that covers a certain signature; its own signature was not verified. */
export interface ReadTimestamp {
  signed: SignedData;
  info: TstInfo;
  /** The certificates in the token, in its order. */
  certificates: readonly Certificate[];
}

/**
 * Reads a timestamp token and checks that it covers a signature. Who made it is not verified.
 *
 * @param token - RFC 3161 TimeStampToken, BER or DER.
 * @param signature - The primitive signature.
 * @param forms - The forms that are accepted; those that the token has are recorded.
 * @param known - Remembers certificates between calls.
 * @throws NotationError `ERR_TIMESTAMP_INVALID`, `ERR_CERTIFICATE_INVALID`, `ERR_LIMIT_EXCEEDED`
 */
export async function readTimestamp(
  token: Uint8Array,
  signature: Uint8Array,
  forms?: AcceptedForms,
  known = new KnownChains(),
): Promise<ReadTimestamp> {
  const signed = parseSignedData(token, forms);
  const info = parseTstInfo(signed.content);
  const { hash: name, value } = info.imprint;
  if (!equalBytes(await hash(name, signature), value)) {
    throw timestampInvalid('it does not cover the signature');
  }
  return { signed, info, certificates: signed.certificates.map((der) => known.read(der)) };
}
