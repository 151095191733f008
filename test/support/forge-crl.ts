import * as der from './der.ts';
import {
  algorithmIdentifier,
  extensions as certificateExtensions,
  type Forged,
  type ForgedKey,
  type ForgedName,
  type ForgedSignature,
  generalName,
  nameOf,
  signatureOf,
  signBytes,
} from './forge.ts';

/** One entry of a CRL; everything except the serial number has a default. */
export interface ForgedCrlEntry {
  /** Content bytes of the INTEGER. */
  serialNumber: Uint8Array;
  /** A minute ago by default; DER for anything else. */
  time?: Date | Uint8Array;
  /** The number of the CRLReason; none by default. */
  reason?: number;
  invalidityDate?: Date;
  /** Further extensions, DER. */
  extensions?: readonly Uint8Array[];
}

/** The content of a CRL; everything except the issuer has a default. */
export interface ForgedCrlContent {
  /** The certificate whose subject is the issuer and whose key signs. */
  issuer: Forged;
  issuerName?: ForgedName | string;
  signingKey?: ForgedKey;
  signature?: ForgedSignature;
  /** An AlgorithmIdentifier (DER) other than that of `signature`. */
  algorithmIdentifier?: Uint8Array;
  /** Another AlgorithmIdentifier (DER) inside the signed part only. */
  innerAlgorithmIdentifier?: Uint8Array;
  /** 2 by default; 1 leaves the field out. */
  version?: number;
  /** An hour ago by default; DER for anything else. */
  thisUpdate?: Date | Uint8Array;
  /** In an hour by default; `null` leaves it out of the list. */
  nextUpdate?: Date | Uint8Array | null;
  /** Entries, as DER for an unusual form. Without it the field is omitted; an empty list is written. */
  entries?: readonly (ForgedCrlEntry | Uint8Array)[];
  /** The CRL number, 1 by default; `null` leaves it out of the list. */
  number?: number | Uint8Array | null;
  /** Makes it a delta CRL. */
  deltaSince?: number | Uint8Array;
  scope?: ForgedScope | Uint8Array;
  /** The URLs of its delta CRL. */
  freshest?: readonly string[];
  /** Further extensions, DER. */
  extensions?: readonly Uint8Array[];
  corruptSignature?: boolean;
}

/** Content of an issuing distribution point. */
export interface ForgedScope {
  /** URLs, or directory names in DER. */
  addresses?: readonly (string | Uint8Array)[];
  users?: boolean;
  authorities?: boolean;
  reasons?: readonly number[];
  indirect?: boolean;
  attributes?: boolean;
}

const HOUR = 3_600_000;

/** Writes and signs a CRL (RFC 5280, section 5) with any content, allowed or not. */
export function forgeCrl(content: ForgedCrlContent): Uint8Array {
  const { issuer, version = 2, entries, nextUpdate = new Date(Date.now() + HOUR) } = content;
  const key = content.signingKey ?? issuer.key;
  const signature = content.signature ?? signatureOf(key);
  const algorithm = content.algorithmIdentifier ?? algorithmIdentifier(signature);
  const extensions = extensionsOf(content);
  const tbs = der.sequence(
    ...(version > 1 ? [der.integer(version - 1)] : []),
    content.innerAlgorithmIdentifier ?? algorithm,
    content.issuerName === undefined ? issuer.subject : nameOf(content.issuerName),
    timeOf(content.thisUpdate ?? new Date(Date.now() - HOUR)),
    ...(nextUpdate === null ? [] : [timeOf(nextUpdate)]),
    ...(entries ? [der.sequence(der.concat(entries.map(entryOf)))] : []),
    ...(extensions.length > 0 ? [der.explicit(0, der.sequence(...extensions))] : []),
  );
  const bits = signBytes(tbs, key, signature);
  if (content.corruptSignature) bits[bits.length - 1] = (bits.at(-1) ?? 0) ^ 1;
  return der.sequence(tbs, algorithm, der.bitString(bits));
}

/** One entry, DER. */
export function forgeCrlEntry(entry: ForgedCrlEntry): Uint8Array {
  const { serialNumber, time = new Date(Date.now() - 60_000), reason, invalidityDate } = entry;
  const extensions = [
    ...(reason === undefined ? [] : [crlExtensions.reason(reason)]),
    ...(invalidityDate ? [crlExtensions.invalidityDate(invalidityDate)] : []),
    ...(entry.extensions ?? []),
  ];
  return der.sequence(
    der.integer(serialNumber),
    timeOf(time),
    ...(extensions.length > 0 ? [der.sequence(...extensions)] : []),
  );
}

/** Extensions of a CRL and of its entries, DER. `critical` is as RFC 5280 requires by default. */
export const crlExtensions = {
  of: certificateExtensions.of,
  number(value: number | Uint8Array, critical = false): Uint8Array {
    return certificateExtensions.of('2.5.29.20', der.integer(value), critical);
  },
  deltaSince(value: number | Uint8Array, critical = true): Uint8Array {
    return certificateExtensions.of('2.5.29.27', der.integer(value), critical);
  },
  scope(value: ForgedScope | Uint8Array, critical = true): Uint8Array {
    return certificateExtensions.of(
      '2.5.29.28',
      value instanceof Uint8Array ? value : scopeOf(value),
      critical,
    );
  },
  expiredCertsOnCrl(since: Date | Uint8Array, critical = false): Uint8Array {
    const value = since instanceof Uint8Array ? since : der.generalizedTime(since);
    return certificateExtensions.of('2.5.29.60', value, critical);
  },
  reason(value: number, critical = false): Uint8Array {
    return certificateExtensions.of('2.5.29.21', der.enumerated(value), critical);
  },
  invalidityDate(date: Date, critical = false): Uint8Array {
    return certificateExtensions.of('2.5.29.24', der.generalizedTime(date), critical);
  },
};

function extensionsOf(content: ForgedCrlContent): Uint8Array[] {
  const { number = 1, deltaSince, scope, freshest, extensions = [] } = content;
  return [
    ...(number === null ? [] : [crlExtensions.number(number)]),
    ...(deltaSince === undefined ? [] : [crlExtensions.deltaSince(deltaSince)]),
    ...(scope ? [crlExtensions.scope(scope)] : []),
    ...(freshest ? [certificateExtensions.freshestCrl(freshest)] : []),
    ...extensions,
  ];
}

function scopeOf({ addresses, users, authorities, reasons, indirect, attributes }: ForgedScope): Uint8Array {
  const flag = (number: number, set: boolean | undefined) =>
    set === undefined ? [] : [der.implicit(number, Uint8Array.of(set ? 0xff : 0))];
  const names = addresses?.map(generalName);
  return der.sequence(
    ...(names ? [der.explicit(0, der.explicit(0, ...names))] : []),
    ...flag(1, users),
    ...flag(2, authorities),
    ...(reasons ? [der.implicit(3, der.namedBits(reasons).subarray(2))] : []),
    ...flag(4, indirect),
    ...flag(5, attributes),
  );
}

function entryOf(entry: ForgedCrlEntry | Uint8Array): Uint8Array {
  return entry instanceof Uint8Array ? entry : forgeCrlEntry(entry);
}

function timeOf(time: Date | Uint8Array): Uint8Array {
  return time instanceof Uint8Array ? time : der.time(time);
}
