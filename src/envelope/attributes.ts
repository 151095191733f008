import { argumentInvalid, NotationError } from '../errors/notation-error.ts';
import { quote } from '../errors/quote.ts';

/** Decides who vouches for the signing time, and which trust stores apply (signing scheme specification). */
export type SigningScheme = 'notary.x509' | 'notary.x509.signingAuthority';

/** The names of the attributes, the same in both formats. */
export const AttributeName = {
  signingScheme: 'io.cncf.notary.signingScheme',
  signingTime: 'io.cncf.notary.signingTime',
  authenticSigningTime: 'io.cncf.notary.authenticSigningTime',
  expiry: 'io.cncf.notary.expiry',
  verificationPlugin: 'io.cncf.notary.verificationPlugin',
  verificationPluginMinVersion: 'io.cncf.notary.verificationPluginMinVersion',
  timestampSignature: 'io.cncf.notary.timestampSignature',
  signingAgent: 'io.cncf.notary.signingAgent',
} as const;

/** The attributes that name the verification plugin; the plugin does not process them. */
export const PLUGIN_ATTRIBUTES: readonly (string | number)[] = [
  AttributeName.verificationPlugin,
  AttributeName.verificationPluginMinVersion,
];

/** A signed attribute that the specification does not define. */
export interface ExtendedAttribute {
  /** JWS allows strings only, COSE also integers. */
  key: string | number;
  value: unknown;
  critical: boolean;
}

/** The attributes that were signed in addition to the payload (signature specification, "Signed Attributes"). */
export interface SignedAttributes {
  signingScheme: SigningScheme;
  /** The signing time by the signer's own clock; under `notary.x509` only. */
  signingTime?: Date;
  /** The signing time that the signing authority vouches for; under `notary.x509.signingAuthority` only. */
  authenticSigningTime?: Date;
  expiry?: Date;
  extended: readonly ExtendedAttribute[];
}

/** Attributes that anyone may have changed (signature specification, "Unsigned Attributes"). */
export interface UnsignedAttributes {
  signingAgent?: string;
  /** An RFC 3161 timestamp token, DER or BER. */
  timestampSignature?: Uint8Array;
}

/** The protected headers of either format, decoded but not checked. */
export interface ProtectedHeaders {
  signingScheme: unknown;
  signingTime?: Date | undefined;
  authenticSigningTime?: Date | undefined;
  expiry?: Date | undefined;
  critical: readonly (string | number)[];
  /** Everything the specification does not define. */
  others: ReadonlyMap<string | number, unknown>;
}

/** Makes the error of an envelope that breaks the rules of its format, or those that both formats share. */
export function envelopeInvalid(reason: string, cause?: unknown): NotationError {
  return new NotationError('ERR_ENVELOPE_INVALID', `the signature envelope is invalid: ${reason}`, { cause });
}

/**
 * Applies the rules that both formats share (signature specification, "Signed Attributes"; signing scheme
 * specification, "Signature Verification").
 * @throws NotationError `ERR_ENVELOPE_INVALID`
 * @see docs/specification.md, rules ENV-8, ENV-9
 */
export function checkSignedAttributes(headers: ProtectedHeaders): SignedAttributes {
  const { signingTime, authenticSigningTime, expiry, others } = headers;
  const signingScheme = knownScheme(headers.signingScheme);
  const own = signingScheme === 'notary.x509' ? signingTime : authenticSigningTime;
  const foreign = signingScheme === 'notary.x509' ? authenticSigningTime : signingTime;
  if (!own) throw envelopeInvalid(`it lacks the signing time of the scheme ${signingScheme}`);
  if (foreign) throw envelopeInvalid(`it has a signing time that the scheme ${signingScheme} does not allow`);
  if (expiry && expiry <= own) throw envelopeInvalid('it expires before it was signed');
  const critical = checkCritical(headers, authenticSigningTime !== undefined);
  const extended = [...others].map(([key, value]) => ({ key, value, critical: critical.has(key) }));
  return {
    signingScheme,
    ...(signingTime && { signingTime }),
    ...(authenticSigningTime && { authenticSigningTime }),
    ...(expiry && { expiry }),
    extended,
  };
}

function knownScheme(scheme: unknown): SigningScheme {
  if (scheme === 'notary.x509' || scheme === 'notary.x509.signingAuthority') return scheme;
  throw envelopeInvalid(`its signing scheme ${quote(scheme)} is unknown`);
}

/**
 * Checks that every attribute that must be critical is, and that every critical one exists (RFC 7515, section 4.1.11;
 * RFC 9052, section 3.1).
 * @see docs/specification.md, rules ENV-6, ENV-10, JWS-4, COSE-3, RFC-3
 */
function checkCritical(
  { critical: names, expiry, others }: ProtectedHeaders,
  authentic: boolean,
): ReadonlySet<string | number> {
  const critical = new Set(names);
  if (critical.size !== names.length) throw envelopeInvalid('it marks an attribute as critical twice');
  const required = new Set<string | number>([AttributeName.signingScheme]);
  if (authentic) required.add(AttributeName.authenticSigningTime);
  if (expiry) required.add(AttributeName.expiry);
  for (const name of required) {
    if (!critical.has(name)) throw envelopeInvalid(`it does not mark ${name} as critical`);
  }
  for (const name of critical) {
    if (!required.has(name) && !others.has(name)) throw envelopeInvalid(mustNotBeCritical(name));
  }
  return critical;
}

/** Returns the reason for rejecting an attribute that must not be critical. */
export function mustNotBeCritical(name: string | number): string {
  return `it marks ${keyText(name)} as critical, which it must not`;
}

/** Formats the name of an attribute for an error: names in COSE may be numbers. */
export function keyText(name: string | number): string {
  return typeof name === 'number' ? String(name) : quote(name);
}

/**
 * Requires that the name of an extended attribute to sign is free.
 * @param taken - Whether the format has something under that name already.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function checkNewAttribute(key: string | number, taken: boolean): void {
  if (!taken && !isReserved(key)) return;
  throw argumentInvalid(`the attribute ${keyText(key)} is given twice, or its name is reserved`);
}

/** Reports whether the signer sets an attribute by other means than extended attributes, or cannot. */
function isReserved(key: string | number): boolean {
  const { verificationPlugin, verificationPluginMinVersion, ...own } = AttributeName;
  return ['', '__proto__', ...Object.values(own)].some((name) => name === key);
}

/** Returns the signing time that the signer claims, of either scheme. */
export function claimedSigningTime(attributes: SignedAttributes): Date {
  const time = attributes.signingTime ?? attributes.authenticSigningTime;
  if (!time) throw envelopeInvalid('it has no signing time');
  return time;
}
