import { contextTag, type DerReader, Tag } from '../asn1/der-reader.ts';
import { decodeLatin1 } from '../encoding/bytes.ts';
import { isNotationError } from '../errors/notation-error.ts';
import { type Name, readName } from './name.ts';

/** The names of a distribution point of CRLs: each is another way to the same CRL (RFC 5280, section 4.2.1.13). */
export interface DistributionPointNames {
  /** URIs, exactly as they are written. */
  urls: readonly string[];
  directoryNames: readonly Name[];
}

/**
 * Reads the full names of CRLDistributionPoints; points without a name are left out.
 * @throws NotationError With the code of the reader, also if a name is relative to the issuer of the CRL.
 */
export function readDistributionPoints(sequence: DerReader): DistributionPointNames[] {
  const points: DistributionPointNames[] = [];
  while (!sequence.done) {
    const point = sequence.enter(Tag.sequence);
    if (point.peek() !== contextTag(0)) continue;
    const pointName = point.enter(contextTag(0));
    // Without its URL the certificate would seem to have no CRL, and its status would not be checked.
    if (pointName.peek() !== contextTag(0)) throw point.error('has a distribution point without a full name');
    points.push(readFullName(pointName.enter(contextTag(0))));
  }
  return points;
}

/** Reads GeneralNames; names of other kinds lead nowhere, and are left out. */
export function readFullName(names: DerReader): DistributionPointNames {
  const urls: string[] = [];
  const directoryNames: Name[] = [];
  while (!names.done) {
    const { tag, content } = names.read();
    if (tag === contextTag(6, false)) urls.push(decodeLatin1(content));
    const directoryName = tag === contextTag(4) ? readDirectoryName(names.inside(content)) : undefined;
    if (directoryName) directoryNames.push(directoryName);
  }
  return { urls, directoryNames };
}

/** One that cannot be read is the name of no CRL, and does not make the certificate unusable. */
function readDirectoryName(name: DerReader): Name | undefined {
  try {
    return readName(name);
  } catch (error) {
    if (!isNotationError(error)) throw error;
    return undefined;
  }
}
