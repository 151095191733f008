import { contextTag, DerReader, Tag } from '../../asn1/der-reader.ts';
import { readByteAlignedBitString, readSmallInteger, readTime } from '../../asn1/values.ts';
import { equalBytes } from '../../encoding/bytes.ts';
import { NotationError } from '../../errors/index.ts';
import type { Certificate } from '../certificate.ts';
import { isNameOf } from '../name.ts';
import {
  type CertificateSignatureAlgorithm,
  isSignatureOf,
  readSignatureAlgorithm,
  verifyOrThrow,
} from '../signature.ts';
import { CrlEntries } from './crl-entries.ts';
import { type CrlExtensions, readCrlExtensions } from './crl-extensions.ts';

/** Limit of a CRL in bytes; the largest known ones have half of that. */
export const MAX_CRL = 32 * 1024 * 1024;
/** Limit of its extensions in bytes; usual ones have less than a thousand. */
const MAX_EXTENSIONS = 64 * 1024;
/** The size in bytes from which processing a CRL takes milliseconds. */
const LARGE = 1024 * 1024;

/** A CRL (RFC 5280, section 5) that is not verified: its entries and extensions have not been read. */
export interface Crl {
  /** The whole CRL, DER. */
  der: Uint8Array;
  /** The signed part, TBSCertList, DER. */
  tbs: Uint8Array;
  signatureAlgorithm: CertificateSignatureAlgorithm;
  signature: Uint8Array;
  /** The name of its issuer, DER. */
  issuer: Uint8Array;
  thisUpdate: Date;
  nextUpdate?: Date;
  /** The entries, one after another, DER. */
  entries: Uint8Array;
  /** The extensions, one after another, DER. */
  extensions: Uint8Array;
}

/** A CRL whose signature was verified, and whose entries can be looked up. */
export interface VerifiedCrl extends Crl, CrlExtensions {
  index: CrlEntries;
}

/**
 * Reads a CRL, but neither its entries nor its extensions: they are read once the signature has been verified.
 * @throws NotationError `ERR_CRL_INVALID`, `ERR_LIMIT_EXCEEDED`
 */
export function parseCrl(der: Uint8Array): Crl {
  if (der.length > MAX_CRL) {
    throw new NotationError('ERR_LIMIT_EXCEEDED', `a CRL of ${der.length} bytes is too large`);
  }
  const outer = new DerReader(der, 'CRL', 'ERR_CRL_INVALID');
  const list = outer.enter(Tag.sequence);
  outer.end();
  const tbs = list.read(Tag.sequence);
  const outerAlgorithm = list.read(Tag.sequence);
  const signature = readByteAlignedBitString(list);
  list.end();

  const fields = outer.inside(tbs.content);
  // Version 1 has no version field.
  if (fields.peek() !== Tag.integer || readSmallInteger(fields) !== 1) {
    throw fields.error('is not of version 2, which RFC 5280 requires');
  }
  const algorithm = fields.read(Tag.sequence);
  if (!equalBytes(algorithm.bytes, outerAlgorithm.bytes))
    throw fields.error('names two signature algorithms');
  const issuer = fields.read(Tag.sequence).bytes;
  const thisUpdate = readTime(fields);
  const next = fields.peek();
  const nextUpdate = next === Tag.utcTime || next === Tag.generalizedTime ? readTime(fields) : undefined;
  const entries = fields.readOptional(Tag.sequence)?.content ?? new Uint8Array();
  const extensions =
    fields.peek() === contextTag(0)
      ? fields.enterExplicit(contextTag(0), Tag.sequence).rest()
      : new Uint8Array();
  fields.end();
  if (extensions.length > MAX_EXTENSIONS) {
    const message = `a CRL has extensions of ${extensions.length} bytes, more than ${MAX_EXTENSIONS}`;
    throw new NotationError('ERR_LIMIT_EXCEEDED', message);
  }
  return {
    der,
    tbs: tbs.bytes,
    signatureAlgorithm: readSignatureAlgorithm(fields.inside(algorithm.content)),
    signature,
    issuer,
    thisUpdate,
    ...(nextUpdate && { nextUpdate }),
    entries,
    extensions,
  };
}

/** Reports whether one CRL number is greater than another. */
export function isGreaterNumber(a: string, b: string): boolean {
  return a.length === b.length ? a > b : a.length > b.length;
}

/**
 * Verifies the signature of a CRL, and only then reads its extensions and indexes its entries.
 * @throws NotationError `ERR_CRL_INVALID`
 * @see docs/specification.md, rules REV-8, RFC-12
 */
export async function verifyCrl(crl: Crl, issuer: Certificate): Promise<VerifiedCrl> {
  const { signatureAlgorithm: algorithm, signature, tbs } = crl;
  if (!isNameOf(crl.issuer, issuer.subject)) throw crlInvalid('its issuer is not that of the certificate');
  if (!issuer.basicConstraints?.ca) throw crlInvalid('its issuer is not a CA');
  if (!issuer.keyUsage?.usages.has('cRLSign')) throw crlInvalid('its issuer lacks the key usage cRLSign');
  if (algorithm.name === 'unsupported')
    throw crlInvalid(`it is signed with ${algorithm.reason}, which is not allowed`);
  const good = await verifyOrThrow(
    () => isSignatureOf(issuer.publicKey, algorithm, signature, tbs),
    (reason, cause) => crlInvalid(`its signature ${reason}`, cause),
  );
  if (!good) throw crlInvalid('its signature was not made by its issuer');
  const extensions = readCrlExtensions(crl.extensions);
  if (tbs.length > LARGE) await nextTurn();
  return { ...crl, ...extensions, index: new CrlEntries(crl.entries) };
}

/**
 * Yields to the event loop between two long steps. Node also keeps its copy of the verified bytes until then: a large CRL
 * would be in memory three times otherwise.
 */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

function crlInvalid(reason: string, cause?: unknown): NotationError {
  return new NotationError('ERR_CRL_INVALID', `the CRL is invalid: ${reason}`, { cause });
}
