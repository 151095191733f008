import { type Enumerated, fromBER, GeneralizedTime, type Integer, type OctetString } from 'asn1js';
import {
  AlgorithmIdentifier,
  Certificate,
  type Extension,
  Extensions,
  type GeneralName,
  RelativeDistinguishedNames,
} from 'pkijs';
import { REVOCATION_REASONS } from '../../src/x509/revocation/evaluation.ts';
import type { KeptPart } from './compare.ts';
import { withMinimalLengths } from './mutate-der.ts';

// Converts the fields of pkijs to those of our readers.

export const hexOf = (bytes: ArrayBuffer | Uint8Array): string =>
  Buffer.from(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes)).toString('hex');

export const contentOf = (element: Integer | OctetString): string => hexOf(element.valueBlock.valueHexView);

/** Reads an element and everything inside it. */
export function readElement(bytes: Uint8Array): ReturnType<typeof fromBER>['result'] {
  const { offset, result } = fromBER(new Uint8Array(bytes));
  if (offset === -1) throw new Error(result.error);
  return result;
}

export const keptElement = (what: string, bytes: Uint8Array): KeptPart => ({
  what,
  bytes,
  read: readElement,
});
export const keptName = (bytes: Uint8Array): KeptPart => ({
  what: 'a name',
  bytes,
  read: (name) => RelativeDistinguishedNames.fromBER(new Uint8Array(name)),
});
export const keptAlgorithm = (bytes: Uint8Array): KeptPart => ({
  what: 'the parameters of an algorithm',
  bytes,
  read: (algorithm) => AlgorithmIdentifier.fromBER(new Uint8Array(algorithm)),
});

export const keptExtensions = (bytes: Uint8Array): KeptPart => ({
  what: 'a list of extensions',
  bytes,
  read: (list) => Extensions.fromBER(new Uint8Array(list)),
});

/** The value of an extension; throws unless it is one whole element that pkijs can read. */
export function extensionValue<T extends object>(
  extensions: readonly Extension[] | undefined,
  oid: string,
  type: abstract new (...parameters: never[]) => T,
): T | undefined {
  const extension = extensions?.find(({ extnID }) => extnID === oid);
  if (!extension) return undefined;
  const { valueHexView } = extension.extnValue.valueBlock;
  const parsed = parsedOrCause(extension);
  const whole = fromBERLength(valueHexView) === valueHexView.length;
  if (whole && parsed instanceof type && !('parsingError' in parsed)) return parsed;
  throw malformed(oid, parsed);
}

/** The time that is the value of an extension; throws unless it is DER, in seconds. */
export function timeOf(extensions: readonly Extension[] | undefined, oid: string): Date | undefined {
  const time = extensionValue(extensions, oid, GeneralizedTime);
  const value = extensions?.find(({ extnID }) => extnID === oid)?.extnValue.valueBlock.valueHexView;
  const isDer = value?.[1] === 15 && /^\d{14}Z$/.test(Buffer.from(value.subarray(2)).toString('latin1'));
  if (time && !isDer) throw malformed(oid);
  return time?.toDate();
}

/** The reason of a revocation, as its number. */
export function reasonOf(reason: Enumerated | undefined): string | undefined {
  if (!reason) return undefined;
  const [number = -1, ...more] = reason.valueBlock.valueHexView;
  return more.length === 0 ? REVOCATION_REASONS[number] : undefined;
}

/** The URIs among general names. */
export function urlsOf(names: unknown): string[] {
  if (!Array.isArray(names)) return [];
  return (names as GeneralName[]).filter(({ type }) => type === 6).map(({ value }) => value);
}

const SIGNATURES: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.11': 'RSASSA-PKCS1-v1_5 SHA-256',
  '1.2.840.113549.1.1.12': 'RSASSA-PKCS1-v1_5 SHA-384',
  '1.2.840.113549.1.1.13': 'RSASSA-PKCS1-v1_5 SHA-512',
  '1.2.840.10045.4.3.2': 'ECDSA SHA-256',
  '1.2.840.10045.4.3.3': 'ECDSA SHA-384',
  '1.2.840.10045.4.3.4': 'ECDSA SHA-512',
};
export const signatureNamed = (oid: string): string => SIGNATURES[oid] ?? 'unsupported';

/** asn1js throws for a time that it cannot read. */
function parsedOrCause(extension: Extension): unknown {
  try {
    return extension.parsedValue;
  } catch (error) {
    return error;
  }
}

function fromBERLength(bytes: Uint8Array): number {
  try {
    return fromBER(new Uint8Array(bytes)).offset;
  } catch {
    return -1;
  }
}

function malformed(oid: string, cause?: unknown): Error {
  return new Error(`the value of the extension ${oid} is malformed`, { cause });
}

export const keptCertificate = (bytes: Uint8Array): KeptPart => ({
  what: 'a certificate',
  bytes,
  read: (certificate) => Certificate.fromBER(new Uint8Array(certificate)),
});

/** The signed part of a certificate and its algorithm, in hexadecimal; pkijs does not keep the bytes as a whole. */
export const certificateFields = ({ tbsView, signatureValue }: Certificate): string =>
  hexOf(withMinimalLengths(tbsView)) + hexOf(signatureValue.valueBlock.valueHexView);

/**
 * The same for a certificate that our reader keeps as bytes; one that pkijs cannot read is rejected before fields are
 * compared.
 */
export function certificateFieldsOf(bytes: Uint8Array): string | undefined {
  try {
    return certificateFields(Certificate.fromBER(new Uint8Array(bytes)));
  } catch {
    return undefined;
  }
}
