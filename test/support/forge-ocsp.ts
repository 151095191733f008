import { createHash } from 'node:crypto';
import * as der from './der.ts';
import {
  algorithmIdentifier,
  type Forged,
  type ForgedKey,
  type ForgedSignature,
  publicKeyBits,
  signatureOf,
  signBytes,
} from './forge.ts';

/** Content of a revoked status. */
export interface ForgedRevocation {
  /** A minute ago by default. */
  time?: Date;
  /** The number of the CRLReason; none by default. */
  reason?: number;
}

/** The status of one certificate in a response; everything except the certificate and its issuer has a default. */
export interface ForgedSingleResponse {
  certificate: Forged;
  issuer: Forged;
  /** SHA-1 by default; a dotted object identifier writes SHA-1 hashes under it. */
  hash?: keyof typeof CERT_ID_OIDS | (string & {});
  /** Another issuer name (DER) to hash. */
  issuerName?: Uint8Array;
  /** Another key to hash. */
  issuerKey?: ForgedKey;
  /** Content bytes of another serial number. */
  serialNumber?: Uint8Array;
  /** `good` by default; DER for anything else. */
  status?: 'good' | 'unknown' | ForgedRevocation | Uint8Array;
  /** An hour ago by default; DER for anything else. */
  thisUpdate?: Date | Uint8Array;
  /** In an hour by default; `null` leaves it out of the response; DER (inside of `[0]`) for anything else. */
  nextUpdate?: Date | Uint8Array | null;
  /** See `extensions` of forge.ts, and {@link invalidityDate}. */
  extensions?: readonly Uint8Array[];
}

/** The content of a response; everything except the statuses and the signer has a default. */
export interface ForgedOcspContent {
  responses: readonly (ForgedSingleResponse | Uint8Array)[];
  /** The certificate whose key signs and that the response names. */
  signer: Forged;
  /** The name of the signer by default; DER for anything else. */
  responder?: 'name' | 'key' | Uint8Array;
  /** Another key to sign with. */
  signingKey?: ForgedKey;
  /** Certificates that come along; without any, the field is left out. */
  certificates?: readonly (Forged | Uint8Array)[];
  signature?: ForgedSignature;
  /** An AlgorithmIdentifier (DER) other than that of `signature`. */
  algorithmIdentifier?: Uint8Array;
  producedAt?: Date | Uint8Array;
  /** Writes the version, which DER leaves out for version 1 (number 0). */
  version?: number;
  /** Response extensions. */
  extensions?: readonly Uint8Array[];
  responseType?: string;
  /** Flips a bit of the signature. */
  corruptSignature?: boolean;
}

const CERT_ID_OIDS = {
  'SHA-1': '1.3.14.3.2.26',
  'SHA-256': '2.16.840.1.101.3.4.2.1',
  'SHA-384': '2.16.840.1.101.3.4.2.2',
  'SHA-512': '2.16.840.1.101.3.4.2.3',
} as const;

const HOUR = 3_600_000;

/** Writes and signs an OCSPResponse (RFC 6960, section 4.2.1) with any content, allowed or not. */
export function forgeOcsp(content: ForgedOcspContent): Uint8Array {
  const { signer, extensions = [], certificates = [], responder = 'name' } = content;
  const key = content.signingKey ?? signer.key;
  const signature = content.signature ?? signatureOf(key);
  const data = der.sequence(
    ...(content.version === undefined ? [] : [der.explicit(0, der.integer(content.version))]),
    responderId(responder, signer),
    timeOf(content.producedAt ?? new Date(Date.now() - HOUR)),
    der.sequence(
      ...content.responses.map((single) =>
        single instanceof Uint8Array ? single : forgeSingleResponse(single),
      ),
    ),
    ...(extensions.length > 0 ? [der.explicit(1, der.sequence(...extensions))] : []),
  );
  const bits = signBytes(data, key, signature);
  if (content.corruptSignature) bits[bits.length - 1] = (bits.at(-1) ?? 0) ^ 1;
  const list = certificates.map((one) => (one instanceof Uint8Array ? one : one.der));
  const basic = der.sequence(
    data,
    content.algorithmIdentifier ?? algorithmIdentifier(signature),
    der.bitString(bits),
    ...(list.length > 0 ? [der.explicit(0, der.sequence(...list))] : []),
  );
  return wrapOcsp(basic, content.responseType);
}

/** An OCSPResponse with the status successful around a BasicOCSPResponse. */
export function wrapOcsp(basic: Uint8Array, responseType = '1.3.6.1.5.5.7.48.1.1'): Uint8Array {
  const bytes = der.sequence(der.oid(responseType), der.octetString(basic));
  return der.sequence(der.enumerated(0), der.explicit(0, bytes));
}

/** An OCSPResponse without an answer, of the number of a status. */
export function forgeOcspRefusal(status: number): Uint8Array {
  return der.sequence(der.enumerated(status));
}

/** One SingleResponse. */
export function forgeSingleResponse(content: ForgedSingleResponse): Uint8Array {
  const { nextUpdate = new Date(Date.now() + HOUR), extensions = [] } = content;
  return der.sequence(
    certId(content),
    statusOf(content.status ?? 'good'),
    timeOf(content.thisUpdate ?? new Date(Date.now() - HOUR)),
    ...(nextUpdate === null ? [] : [der.explicit(0, timeOf(nextUpdate))]),
    ...(extensions.length > 0 ? [der.explicit(1, der.sequence(...extensions))] : []),
  );
}

/** The extension that says since when a certificate is invalid (RFC 5280, section 5.3.2). */
export function invalidityDate(date: Date | Uint8Array, critical = false): Uint8Array {
  const value = der.octetString(timeOf(date));
  return der.sequence(der.oid('2.5.29.24'), ...(critical ? [der.boolean(true)] : []), value);
}

/** The extension that says since when a responder keeps expired certificates (RFC 6960, section 4.4.4). */
export function archiveCutoff(since: Date | Uint8Array): Uint8Array {
  return der.sequence(der.oid('1.3.6.1.5.5.7.48.1.6'), der.octetString(timeOf(since)));
}

function certId(content: ForgedSingleResponse): Uint8Array {
  const { certificate, issuer, hash = 'SHA-1' } = content;
  const known = Object.entries(CERT_ID_OIDS).find(([name]) => name === hash);
  const digest = (bytes: Uint8Array) => {
    const name = known ? known[0].replace('-', '').toLowerCase() : 'sha1';
    return der.octetString(new Uint8Array(createHash(name).update(bytes).digest()));
  };
  return der.sequence(
    der.sequence(der.oid(known ? known[1] : hash), der.nullValue()),
    digest(content.issuerName ?? issuer.subject),
    digest(publicKeyBits(content.issuerKey ?? issuer.key)),
    der.integer(content.serialNumber ?? certificate.serialNumber),
  );
}

function statusOf(status: NonNullable<ForgedSingleResponse['status']>): Uint8Array {
  if (status instanceof Uint8Array) return status;
  if (status === 'good') return der.implicit(0, new Uint8Array());
  if (status === 'unknown') return der.implicit(2, new Uint8Array());
  const { time = new Date(Date.now() - 60_000), reason } = status;
  const reasons = reason === undefined ? [] : [der.explicit(0, der.enumerated(reason))];
  return der.explicit(1, der.generalizedTime(time), ...reasons);
}

function responderId(responder: 'name' | 'key' | Uint8Array, signer: Forged): Uint8Array {
  if (responder instanceof Uint8Array) return responder;
  return responder === 'name'
    ? der.explicit(1, signer.subject)
    : der.explicit(2, der.octetString(signer.keyIdentifier));
}

function timeOf(time: Date | Uint8Array): Uint8Array {
  return time instanceof Uint8Array ? time : der.generalizedTime(time);
}
