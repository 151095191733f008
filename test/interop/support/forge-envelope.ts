import { constants, type KeyObject, sign } from 'node:crypto';
import { type CborValue, EpochTime, encodeCbor } from '../../../src/envelope/cbor-encode.ts';
import type { Descriptor } from '../../../src/index.ts';
import type { Forged } from '../../support/forge.ts';

/** The content of a forged envelope; everything except the signer and the artifact has a default. */
export interface ForgedEnvelope {
  /** Leaf first: the leaf's key signs. */
  chain: readonly Forged[];
  artifact: Descriptor;
  /** Signed as annotations of the artifact. */
  annotations?: Record<string, string>;
  /** Instead of the payload that follows from the artifact. */
  payload?: Uint8Array;
  /** A minute ago by default. */
  signingTime?: Date;
  expiry?: Date;
  /** Under `notary.x509.signingAuthority` instead of `notary.x509`. */
  authenticSigningTime?: Date;
  /**
   * Added to the protected headers, replacing the usual ones; `undefined` removes one. Labels of digits are integers.
   */
  protected?: Record<string, unknown>;
  /** Added to the unprotected headers, replacing the usual ones; `undefined` removes one. */
  unprotected?: Record<string, unknown>;
  /** Marked critical in addition to the required ones. */
  critical?: readonly (string | number)[];
  /** Marked critical instead of the required ones. */
  onlyCritical?: readonly (string | number)[];
  /** Signs instead of the leaf's key. */
  key?: KeyObject;
  /** Length of the salt of RSA-PSS in bytes; as many as the hash has by default. */
  saltLength?: number;
  /** Signs by PKCS#1 v1.5 instead of PSS. */
  pkcs1?: boolean;
  /** Changes the encoded protected headers of a COSE before they are signed. */
  encoded?: (protectedHeaders: Uint8Array) => Uint8Array;
}

/** An envelope with its media type. */
export interface Envelope {
  mediaType: string;
  bytes: Uint8Array;
}

/** The parts of a JWS envelope; a change after signing is tampering. */
export type JwsParts = Record<string, unknown> & {
  payload: string;
  protected: string;
  header: Record<string, unknown>;
  signature: string;
};

/** The parts of a COSE envelope, in their order. */
export type CoseParts = [
  protectedHeaders: Uint8Array,
  unprotected: Headers,
  payload: Uint8Array,
  signature: Uint8Array,
];

type Headers = Map<string | number, CborValue>;

export const PAYLOAD_TYPE = 'application/vnd.cncf.notary.payload.v1+json';
const PREFIX = 'io.cncf.notary.';
const A_MINUTE_AGO = (): Date => new Date(Math.floor(Date.now() / 1000 - 60) * 1000);

interface KeyAlgorithm {
  hash: string;
  saltLength: number;
  jws: string;
  cose: number;
}

const ALGORITHMS: Readonly<Record<string, KeyAlgorithm>> = {
  'RSA-2048': { hash: 'sha256', saltLength: 32, jws: 'PS256', cose: -37 },
  'RSA-3072': { hash: 'sha384', saltLength: 48, jws: 'PS384', cose: -38 },
  'RSA-4096': { hash: 'sha512', saltLength: 64, jws: 'PS512', cose: -39 },
  'EC-256': { hash: 'sha256', saltLength: 0, jws: 'ES256', cose: -7 },
  'EC-384': { hash: 'sha384', saltLength: 0, jws: 'ES384', cose: -35 },
  'EC-521': { hash: 'sha512', saltLength: 0, jws: 'ES512', cose: -36 },
};

/** A JWS envelope with any content, allowed or not. */
export function forgeJws(
  content: ForgedEnvelope,
  tamper: (parts: JwsParts) => object = (parts) => parts,
): Envelope {
  const authentic = content.authenticSigningTime !== undefined;
  const critical = content.onlyCritical ?? [
    `${PREFIX}signingScheme`,
    ...(authentic ? [`${PREFIX}authenticSigningTime`] : []),
    ...(content.expiry ? [`${PREFIX}expiry`] : []),
    ...(content.critical ?? []),
  ];
  const headers = {
    alg: algorithmOf(content).jws,
    cty: PAYLOAD_TYPE,
    crit: critical,
    [`${PREFIX}signingScheme`]: authentic ? 'notary.x509.signingAuthority' : 'notary.x509',
    ...(authentic
      ? { [`${PREFIX}authenticSigningTime`]: rfc3339(content.authenticSigningTime) }
      : { [`${PREFIX}signingTime`]: rfc3339(content.signingTime ?? A_MINUTE_AGO()) }),
    ...(content.expiry && { [`${PREFIX}expiry`]: rfc3339(content.expiry) }),
    ...content.protected,
  };
  const signed = [JSON.stringify(headers), payloadOf(content)].map((part) =>
    Buffer.from(part).toString('base64url'),
  );
  const [protectedHeaders = '', payload = ''] = signed;
  const header = {
    x5c: content.chain.map(({ der }) => Buffer.from(der).toString('base64')),
    [`${PREFIX}signingAgent`]: 'forged',
    ...content.unprotected,
  };
  const signature = Buffer.from(signRaw(content, Buffer.from(signed.join('.')))).toString('base64url');
  const parts = { payload, protected: protectedHeaders, header, signature };
  return { mediaType: 'application/jose+json', bytes: Buffer.from(JSON.stringify(tamper(parts))) };
}

/** A COSE envelope with any content, allowed or not. */
export function forgeCose(
  content: ForgedEnvelope,
  tamper: (parts: CoseParts) => CoseParts = (parts) => parts,
): Envelope {
  const { encoded = (bytes) => bytes } = content;
  const protectedHeaders = encoded(encodeCbor(coseProtected(content)));
  const payload = payloadOf(content);
  const signed = encodeCbor(['Signature1', protectedHeaders, new Uint8Array(), payload]);
  const unprotected = headersOf(
    { 33: content.chain.map(({ der }) => der), [`${PREFIX}signingAgent`]: 'forged' },
    content.unprotected,
  );
  const parts = tamper([protectedHeaders, unprotected, payload, signRaw(content, signed)]);
  // Tag 18 in front: COSE_Sign1_Tagged.
  return { mediaType: 'application/cose', bytes: Buffer.concat([Uint8Array.of(0xd2), encodeCbor(parts)]) };
}

function coseProtected(content: ForgedEnvelope): Headers {
  const { authenticSigningTime, expiry } = content;
  const critical = content.onlyCritical ?? [
    `${PREFIX}signingScheme`,
    ...(authenticSigningTime ? [`${PREFIX}authenticSigningTime`] : []),
    ...(expiry ? [`${PREFIX}expiry`] : []),
    ...(content.critical ?? []),
  ];
  return headersOf(
    {
      1: algorithmOf(content).cose,
      2: critical,
      3: PAYLOAD_TYPE,
      [`${PREFIX}signingScheme`]: authenticSigningTime ? 'notary.x509.signingAuthority' : 'notary.x509',
      ...(authenticSigningTime
        ? { [`${PREFIX}authenticSigningTime`]: new EpochTime(authenticSigningTime) }
        : { [`${PREFIX}signingTime`]: new EpochTime(content.signingTime ?? A_MINUTE_AGO()) }),
      ...(expiry && { [`${PREFIX}expiry`]: new EpochTime(expiry) }),
    },
    content.protected,
  );
}

/** A map of headers: labels of digits are integers. */
function headersOf(usual: Record<string, unknown>, over: Record<string, unknown> = {}): Headers {
  const entries = Object.entries({ ...usual, ...over }).filter(([, value]) => value !== undefined);
  return new Map(
    entries.map(([label, value]) => [/^-?\d+$/.test(label) ? Number(label) : label, value as CborValue]),
  );
}

function payloadOf({ payload, artifact, annotations }: ForgedEnvelope): Uint8Array {
  const { mediaType, digest, size } = artifact;
  const targetArtifact = { mediaType, digest, size, ...(annotations && { annotations }) };
  return payload ?? Buffer.from(JSON.stringify({ targetArtifact }));
}

/** The primitive signature: RSA-PSS, or r and s of ECDSA side by side. */
function signRaw({ chain, key, saltLength, pkcs1 }: ForgedEnvelope, bytes: Uint8Array): Uint8Array {
  const privateKey = key ?? leafOf(chain).key.privateKey;
  const algorithm = algorithmOf({ chain });
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: saltLength ?? algorithm.saltLength };
  const options =
    privateKey.asymmetricKeyType === 'ec' ? { dsaEncoding: 'ieee-p1363' as const } : pkcs1 ? {} : pss;
  return sign(algorithm.hash, bytes, { key: privateKey, ...options });
}

function algorithmOf({ chain }: Pick<ForgedEnvelope, 'chain'>): KeyAlgorithm {
  const { type } = leafOf(chain).key;
  const fallback = type.startsWith('RSA') ? 'RSA-2048' : 'EC-256';
  return (ALGORITHMS[type] ?? ALGORITHMS[fallback]) as KeyAlgorithm;
}

function leafOf(chain: readonly Forged[]): Forged {
  const [leaf] = chain;
  if (!leaf) throw new Error('an envelope needs a signer');
  return leaf;
}

function rfc3339(time: Date | undefined): string {
  return (time ?? new Date(0)).toISOString().replace(/\.\d+Z$/, 'Z');
}
