import { DerReader, Tag } from '../../asn1/der-reader.ts';
import { Oid } from '../../asn1/oids.ts';
import { readInteger } from '../../asn1/values.ts';
import { encodeHex } from '../../encoding/hex.ts';
import { readDistributionPoints } from '../distribution-points.ts';
import { type ExtensionReaders, eachExtension, readExtensionList } from '../extension-list.ts';
import { type CrlScope, readCrlScope } from './crl-scope.ts';
import { readFavourableTime } from './evaluation.ts';

/** The extensions of a CRL that are evaluated. */
export interface CrlExtensions {
  /** The CRL number: its content in hexadecimal, without leading zeros. */
  number?: string;
  /** Present in a delta CRL: the number of the oldest base that it updates. */
  deltaSince?: string;
  /** The certificates that it covers; absent if it covers all certificates of its issuer. */
  scope?: CrlScope;
  /** The URLs of its delta CRL. */
  freshest: readonly string[];
  /** It also lists certificates that expired at this time or later (expiredCertsOnCRL). */
  coversExpiredSince?: Date;
}

/**
 * Reads the extensions of a CRL.
 * @param extensions - One after another, DER.
 * @throws NotationError `ERR_CRL_INVALID`
 */
export function readCrlExtensions(extensions: Uint8Array): CrlExtensions {
  const list = new DerReader(extensions, 'CRL', 'ERR_CRL_INVALID');
  const coversExpiredSince = readExpiredCertsOnCrl(list.inside(extensions));
  const found: CrlExtensions = { freshest: [], ...(coversExpiredSince && { coversExpiredSince }) };
  const ignored = (value: DerReader) => void value.read();
  const known: ExtensionReaders = {
    [Oid.issuerAltName]: ignored,
    [Oid.authorityKeyIdentifier]: ignored,
    [Oid.crlNumber]: (value) => {
      found.number = readNumber(value);
    },
    [Oid.deltaCrlIndicator]: (value) => {
      found.deltaSince = readNumber(value);
    },
    [Oid.issuingDistributionPoint]: (value) => {
      found.scope = readCrlScope(value);
    },
    [Oid.freshestCrl]: (value) => {
      found.freshest = readDistributionPoints(value.enter(Tag.sequence)).flatMap(({ urls }) => urls);
    },
  };
  readExtensionList(list, known, [Oid.deltaCrlIndicator, Oid.issuingDistributionPoint]);
  return found;
}

/** Reads since when a CRL keeps the entries of expired certificates. */
function readExpiredCertsOnCrl(list: DerReader): Date | undefined {
  for (const { oid, value } of eachExtension(list)) {
    if (oid === Oid.expiredCertsOnCrl) return readFavourableTime(value);
  }
  return undefined;
}

/** Reads a CRL number of up to 20 bytes, too long for a number; it must not be negative. */
function readNumber(value: DerReader): string {
  const content = readInteger(value);
  if ((content[0] ?? 0) >= 0x80 || content.length > 32) throw value.error('has a CRL number out of range');
  return encodeHex(content).replace(/^(?:00)+(?=..)/, '');
}
